"""The only writers of identity: persons, organisations, accounts, checks and reviews."""

from identity.services.checks import check_account, check_organisation, claim, complete_attempt, request_check
from identity.services.persons import bind_user, ensure_organisation, ensure_person
from identity.services.reviews import record_account_review, record_review, release_user, reveal

__all__ = [
    "bind_user",
    "check_account",
    "check_organisation",
    "claim",
    "complete_attempt",
    "ensure_organisation",
    "ensure_person",
    "record_account_review",
    "record_review",
    "release_user",
    "request_check",
    "reveal",
]
