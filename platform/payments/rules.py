"""Limits and times of this room. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta

from core.money import Fen
from ledger.chart import TIPS
from policy.enforce import enforces

PAY_WITHIN = timedelta(minutes=30)
FIRST_CHECK = timedelta(minutes=2)
_MAX_CHECK_GAP = timedelta(hours=1)
STUCK_AFTER = 10  # questions about a refund, the last ones an hour apart, before people hear of it
NEEDS_PAYER = frozenset({"jsapi", "mini"})  # scenes in which a channel must know beforehand who pays


def next_check(now: datetime, checks: int) -> datetime:
    """When to ask the channel again: after 15 seconds, then ever later, once an hour at last."""
    return now + min(timedelta(seconds=15) * 2 ** min(checks, 12), _MAX_CHECK_GAP)


def scene_on(scene: str, user_agent: str, offered: Collection[str]) -> str:
    """The scene for a browser's page: a browser on a phone cannot scan its own screen, so it goes to the channel's page for
    phones where there is one. Not inside WeChat: that page refuses to open there."""
    on_phone = (
        any(word in user_agent for word in ("Mobile", "Android", "iPhone")) and "MicroMessenger" not in user_agent
    )
    return "h5" if scene == "page" and on_phone and "h5" in offered else scene


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
