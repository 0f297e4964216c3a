"""Limits and times of this room. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from core.money import Fen
from ledger.chart import CUSTODY, FEE_CHANNEL, SUSPENSE, TIPS, clearing
from payments.differences import CUSTODIAN, Difference
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


# --- Reconciliation. Amounts are signed as in a statement: what goes out is negative.
EDGE = timedelta(hours=1)  # so close to midnight the other side may put a movement on the next day
READY_AT = timedelta(hours=34)  # ten in the morning of the next day, counted from the day's beginning
LATE_AFTER = timedelta(days=3)  # a statement that is not there by then is a difference of its own
KNOWN = frozenset({"payment", "refund", "credit", "transfer", "interest"})


NOTHING_TO_BOOK = frozenset({Difference.FEE, Difference.CHANGED, Difference.BALANCE, Difference.NO_STATEMENT})


class Line(NamedTuple):
    """One line of a statement. `state`: done, processing, failed."""

    kind: str
    number: str
    gross: Fen
    fee: Fen
    net: Fen
    state: str


class Own(NamedTuple):
    """The same movement as we know it. `state`: done (it stands in the books), moving, dead."""

    amount: Fen
    state: str


class Found(NamedTuple):
    """A difference: what stands in our books and what the other side says, in fen."""

    difference: Difference
    kind: str
    number: str
    ours: Fen
    theirs: Fen


Key = tuple[str, str]


def match(lines: Iterable[Line], own: Mapping[Key, Own], missing: Mapping[Key, Own]) -> list[Found]:
    """Compare every line with what we know under its (kind, number), and what the statement should have had and has not.

    But for fees, which are about a line alone, all differences together explain to the fen why the sums differ.
    """
    found: list[Found] = []
    seen: dict[Key, int] = defaultdict(int)
    for line in lines:
        key = line.kind, line.number
        seen[key] += 1
        found += _fee(line)
        if line.kind not in KNOWN:
            found.append(Found(Difference.UNKNOWN_KIND, line.kind, line.number, 0, line.gross))
        elif seen[key] > 1:
            found.append(Found(Difference.DUPLICATE, line.kind, f"{line.number}#{seen[key]}", 0, line.gross))
        else:
            found += _judge(line, own.get(key, Own(0, "unknown")))
    for (kind, number), mine in missing.items():
        if (kind, number) not in seen:
            found.append(Found(Difference.MISSING_THEIRS, kind, number, mine.amount, 0))
    return found


def _fee(line: Line) -> Iterator[Found]:
    if line.net != line.gross - line.fee or abs(line.fee) > abs(line.gross):
        yield Found(Difference.FEE, line.kind, line.number, line.gross - line.net, line.fee)


def _judge(line: Line, own: Own) -> Iterator[Found]:
    booked = own.amount if own.state == "done" else 0
    if line.state == "failed":
        if booked:
            yield Found(Difference.STATE, line.kind, line.number, booked, 0)
    elif own.state == "done":
        if booked != line.gross:
            yield Found(Difference.AMOUNT, line.kind, line.number, booked, line.gross)
    elif line.state == "done" or own.state == "unknown":
        yield Found(Difference.MISSING_OURS, line.kind, line.number, 0, line.gross)
    elif own.state == "dead":
        yield Found(Difference.STATE, line.kind, line.number, 0, line.gross)


def correction(difference: str, kind: str, source: str, moved: Fen) -> list[tuple[str, Fen]]:
    """The legs that bring our books `moved` fen nearer to what `source` says; none where there is nothing to book.

    What is not understood yet stands on the suspense account, never on a campaign.
    """
    if not moved or difference in NOTHING_TO_BOOK:
        return []
    account, against = (CUSTODY if source == CUSTODIAN else clearing(source)), SUSPENSE
    if difference == Difference.SETTLEMENT:
        account, against = (FEE_CHANNEL if kind == "fee" else CUSTODY), clearing(source)
    return [(account, moved), (against, -moved)]


def judged(begin: datetime, seen: datetime) -> tuple[datetime, datetime]:
    """The time (from, before) whose movements must stand in the statement of the day that begins at `begin`, if it was made
    at `seen`, or in an earlier one: what happened close to midnight is given until the next statement."""
    return begin - EDGE, min(begin + timedelta(days=1), seen) - EDGE


def statement_due(begin: datetime, now: datetime, *, at_once: bool) -> bool:
    """Whether the statement of the day that begins at `begin` may be asked for: from ten o'clock of the next day on."""
    return now >= begin + (timedelta(days=1) if at_once else READY_AT)
