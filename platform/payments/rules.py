"""Limits and times of this room. Pure."""

from datetime import datetime, timedelta

from core.money import Fen
from ledger.chart import TIPS
from policy.enforce import enforces

PAY_WITHIN = timedelta(minutes=30)
FIRST_CHECK = timedelta(minutes=2)
_MAX_CHECK_GAP = timedelta(hours=1)


def next_check(now: datetime, checks: int) -> datetime:
    """When to ask the channel again: after 15 seconds, then ever later, once an hour at last."""
    return now + min(timedelta(seconds=15) * 2 ** min(checks, 12), _MAX_CHECK_GAP)


def refundable(*, received: Fen, reserved: Fen) -> Fen:
    """What can still be sent back of a payment: never more than came in."""
    return received - reserved


@enforces("R91")
def payment_legs(
    *, clearing: str, credit_account: str, amount: Fen, tip: Fen
) -> list[tuple[str, list[tuple[str, Fen]]]]:
    """The journals of a confirmed payment as (kind, legs): the gift, and apart from it the tip, if any."""
    journals = [("donation", [(clearing, amount), (credit_account, -amount)])]
    if tip:
        journals.append(("tip", [(clearing, tip), (TIPS, -tip)]))
    return journals
