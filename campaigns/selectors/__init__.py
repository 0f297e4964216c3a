"""The readers of this room."""

from campaigns.selectors.giving import attestation_count, donations_of, refundable_donations
from campaigns.selectors.money import Money, money
from campaigns.selectors.page import Gift, as_gift, gifts_page
from campaigns.selectors.public import get_public

__all__ = [
    "Gift",
    "Money",
    "as_gift",
    "attestation_count",
    "donations_of",
    "get_public",
    "gifts_page",
    "money",
    "refundable_donations",
]
