"""Deadlines, batches, fees and shares of the time after the raise. Pure: plain values in, plain values out.

Days are Asia/Shanghai dates, amounts are fen, rates are parts per million.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.money import Fen, allocate, share

# Days relative to the due day on which a raiser is reminded: before, on the day, after.
REMINDER_DAYS = (-7, -2, 0, 3)
PPM = 1_000_000


@dataclass(frozen=True)
class Fee:
    """What is kept back from one withdrawal (R90)."""

    service: Fen
    channel: Fen

    @property
    def total(self) -> Fen:
        return self.service + self.channel


def fee_for(amount: Fen, *, service_ppm: int, channel_ppm: int, cap: Fen, charged: Fen) -> Fee:
    """The fee on a withdrawal of `amount`, when `charged` service fee was already taken from the same campaign.

    The service part never exceeds what is left of the campaign's `cap`; the channel part is passed on at cost.
    """
    service = min(share(amount, service_ppm), max(cap - charged, 0))
    return Fee(service=service, channel=share(amount, channel_ppm))


def plan_batches(amount: Fen, *, split: bool, ratios: Sequence[int]) -> list[Fen]:
    """One payment, or several by `ratios` when the amount is high or the disclosure is incomplete (R48, R49)."""
    if not split:
        return [amount]
    return [part for part in allocate(amount, ratios) if part]


def must_split(*, raised: Fen, threshold: Fen, completeness_ppm: int, required_ppm: int) -> bool:
    """High amount or incomplete disclosure: pay the hospital, or in batches (R48)."""
    return raised > threshold or completeness_ppm < required_ppm


def notice_ends(starts: datetime, hours: int) -> datetime:
    """When the public notice of a withdrawal is over (R50). The hours run on the clock, not in working time."""
    return starts + timedelta(hours=hours)


def due_on(paid_on: date, days: int) -> date:
    """The last day on which the use of a payment may be proved in time (R55)."""
    return paid_on + timedelta(days=days)


def reminder_days(due: date) -> tuple[date, ...]:
    """The four days on which a reminder goes out, in order."""
    return tuple(due + timedelta(days=offset) for offset in REMINDER_DAYS)


def next_reminder(due: date, after: date | None) -> date | None:
    """The first reminder day later than `after` (or the first of all), None when all have gone out.

    A platform that slept through several reminder days sends one reminder, not a heap: the caller passes today.
    """
    return next((day for day in reminder_days(due) if after is None or day > after), None)


def is_overdue(due: date, today: date) -> bool:
    return today > due


def days_overdue(due: date, today: date) -> int:
    return max((today - due).days, 0)


def covered(*, amount: Fen, proved: Fen, ratio_ppm: int) -> bool:
    """Whether accepted bills cover enough of a payment for the obligation to count as proved (R49, R55)."""
    return proved >= share(amount, ratio_ppm)


def surplus_shares(surplus: Fen, kept: Sequence[Fen]) -> list[Fen]:
    """What each donor gets back of `surplus`, in proportion to what the donor still has in the campaign (R61, R63).

    `kept` is each donation minus its refunds. No donor ever gets back more than was given: `surplus` may not exceed the sum.
    """
    if surplus > sum(kept):
        raise ValueError("a surplus cannot be larger than what the donors gave")
    return allocate(surplus, kept)


def completeness_ppm(answered: int, asked: int) -> int:
    """How much of what must be disclosed is verified, in ppm; nothing asked counts as nothing shown."""
    return answered * PPM // asked if asked else 0
