"""Limits, deadlines and arithmetic of a raise. Pure: plain values in, plain values out."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from core.money import Fen, allocate

# Nothing that looks like something else when read aloud or written by hand.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
PPM = 1_000_000
MAX_COST_LINES = 20
MAX_PAPERS_PER_SLOT = 12
URGENT_WITHIN = timedelta(days=14)
NEARLY_THERE_PPM = 800_000
STALE_REVIEW = timedelta(minutes=10)


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _place in range(CODE_LENGTH))


def target_of(lines: Sequence[Fen], *, insurance: Fen, aid: Fen, own: Fen) -> Fen:
    """What is missing: the estimate minus insurance, aid and own means; never below zero (R28)."""
    return max(sum(lines) - insurance - aid - own, 0)


def over_target(kept: Fen, target: Fen) -> Fen:
    """How much of what is kept lies above the target and has to go back (R29)."""
    return max(kept - target, 0)


def progress_ppm(kept: Fen, target: Fen) -> int:
    """Parts per million of the target, at most one million."""
    return min(kept * PPM // target, PPM) if target else 0


def whole_percent(ppm: int) -> int:
    """Parts per million, rounded down to whole percent."""
    return ppm - ppm % (PPM // 100)


def runs_too_fast(amount: Fen, donors: int, *, most_amount: Fen, most_donors: int) -> bool:
    """Whether what came in within the window needs the eyes of a person before it goes on (R30)."""
    return amount > most_amount or donors > most_donors


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError("no such month")


def diagnosis_is_old(diagnosed_on: date, today: date, months: int) -> bool:
    """R18: a certificate may be `months` months old, not a day more."""
    return diagnosed_on < months_before(today, months)


def ends_at(published: datetime, days: int) -> datetime:
    return published + timedelta(days=days)


def give_back(available: Fen, kept: Sequence[Fen]) -> list[Fen]:
    """Share what is still there among the gifts in proportion to what each still has in it, to the fen (R63)."""
    whole = sum(kept)
    return allocate(min(available, whole), kept) if whole else [0] * len(kept)
