"""Durable work of this room."""

from datetime import timedelta

from core.jobs import recurring
from ledger.auditing import verify
from ledger.seals import BOOKS
from ledger.services import fold


class BooksBroken(Exception):
    """The books do not add up. The job fails loudly and stands on the staff's page of jobs with what was found."""


@recurring("ledger.verify", every=timedelta(days=1))
def verify_daily() -> None:
    found = verify()
    if not found.ok:
        raise BooksBroken("; ".join(found.faults))


@recurring("ledger.fold", every=timedelta(minutes=1), atomic=True)
def fold_settled() -> None:
    fold()


@recurring("ledger.seal", every=timedelta(minutes=10))
def seal_books() -> None:
    BOOKS.seal()
