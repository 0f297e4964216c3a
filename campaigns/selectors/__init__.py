"""The readers of this room."""

from campaigns.selectors.giving import attestation_count, donations_of, refundable_donations
from campaigns.selectors.money import Money, money
from campaigns.selectors.public import get_public

__all__ = ["Money", "attestation_count", "donations_of", "get_public", "money", "refundable_donations"]
