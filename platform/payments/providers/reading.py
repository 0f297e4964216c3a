"""Reading what channels write: yuan strings, times in Shanghai. Strict: what is not understood raises ValueError."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.money import Fen

SHANGHAI = ZoneInfo("Asia/Shanghai")
_YUAN = re.compile(r"(-?)([0-9]{1,11})(?:\.([0-9]{1,2}))?")


def fen(text: str) -> Fen:
    """`"-0.6"` → `-60`."""
    found = _YUAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not an amount in yuan: {text!r}")
    sign, yuan, cents = found.groups()
    amount = int(yuan) * 100 + int((cents or "").ljust(2, "0"))
    return -amount if sign else amount


def shanghai(text: str) -> datetime:
    """`"2026-11-23 10:00:00"` as written by a clock in Shanghai."""
    return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)


def nothing_came(day: date, now: datetime) -> bool:
    """Whether "no statement" means that nothing moved: by ten in the morning of the next day they are all made."""
    return now >= datetime.combine(day, time(10), SHANGHAI) + timedelta(days=1)


def day_bounds(day: date) -> tuple[int, int]:
    """The first second of a day in Shanghai and the first second after it."""
    start = int(datetime.combine(day, time(), SHANGHAI).timestamp())
    return start, start + 86_400
