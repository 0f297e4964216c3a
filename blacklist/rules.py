"""Terms and time limits. Pure: days in, days out."""

from datetime import date, datetime, timedelta

PERMANENT = 0


def expires_on(entered: date, years: int) -> date | None:
    """The day after the last day of a term of `years`; None for a permanent listing. 29 February ends on 1 March."""
    if years == PERMANENT:
        return None
    try:
        return entered.replace(year=entered.year + years)
    except ValueError:
        return date(entered.year + years, 3, 1)


def reply_time_over(now: datetime, *, notified_at: datetime | None, hours: int) -> bool:
    """Whether the person was told and had the whole time to reply."""
    return notified_at is not None and now >= notified_at + timedelta(hours=hours)


def may_appeal(now: datetime, *, entered_at: datetime, days: int) -> bool:
    return now <= entered_at + timedelta(days=days)
