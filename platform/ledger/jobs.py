"""Durable work of this room."""

from datetime import timedelta

from core.jobs import recurring
from ledger.selectors import verify


class BooksBroken(Exception):
    """The books do not add up. The job fails loudly and stands on the staff's page of jobs with what was found."""


@recurring("ledger.verify", every=timedelta(days=1))
def verify_daily() -> None:
    found = verify()
    if not found.ok:
        raise BooksBroken("; ".join(found.faults))
