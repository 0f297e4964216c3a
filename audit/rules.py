"""Bands, seats, order of the queue and deadlines. Pure: no Django, no database."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")

# How long a reviewer keeps a case before it goes back to the others.
LEASE = timedelta(minutes=20)
# An urgent case stands in the queue as if it had been opened this much earlier. Ageing is the same for all: a routine case
# that has waited longer than the head start goes first again, so nobody waits for ever.
URGENT_HEAD_START = timedelta(hours=24)
ANSWER_TIME = timedelta(hours=72)
APPEAL_TIME = timedelta(days=30)
WORK_OPENS, WORK_CLOSES = time(9), time(18)

AGAINST = ("enhanced", "hard_stop")


def rank_at(opened_at: datetime, *, urgent: bool) -> datetime:
    """The place in the queue: smaller goes first. It never has to be computed again."""
    return opened_at - URGENT_HEAD_START if urgent else opened_at


def working_deadline(start: datetime, span: timedelta) -> datetime:
    """`start` plus `span` of working time: Monday to Friday, 9 to 18, Asia/Shanghai. Public holidays count as any day."""
    moment = start.astimezone(CHINA)
    while True:
        opens, closes = (datetime.combine(moment.date(), at, CHINA) for at in (WORK_OPENS, WORK_CLOSES))
        if moment.weekday() < 5 and moment < closes:
            moment = max(moment, opens)
            if span <= closes - moment:
                return moment + span
            span -= closes - moment
        moment = datetime.combine(_tomorrow(moment), WORK_OPENS, CHINA)


def _tomorrow(moment: datetime) -> date:
    return moment.date() + timedelta(days=1)


def band(
    score: int,
    *,
    stop: bool,
    doubtful: bool,
    standard_from: int,
    enhanced_from: int,
) -> str:
    """Where the machine sends a case. `stop`: preliminary evidence of falsehood. `doubtful`: something could not be
    evaluated, or a grave finding has no rule; both always get a close look, never a pass."""
    if stop:
        return "hard_stop"
    if score >= enhanced_from:
        return "enhanced"
    return "standard" if doubtful or score >= standard_from else "fast"


def disagree(machine_band: str, outcome: str) -> bool:
    """The machine saw nothing and people refused, or it warned and people approved."""
    return (machine_band == "fast" and outcome == "refuse") or (machine_band in AGAINST and outcome == "approve")


def needs_second(machine_band: str, outcome: str, reasons: Collection[str]) -> bool:
    """Two people are due when the subject's own rules say so, when the machine warns, and when people contradict it."""
    return bool(reasons) or machine_band in AGAINST or disagree(machine_band, outcome)


def asks_public_order(case_kind: str) -> bool:
    """Whether the reviewer must say that the matter is not against public order and good morals (bottom line 3, R75)."""
    return case_kind in ("submission", "material_change", "appeal")


def suggest_outcome(results: Iterable[tuple[str, bool]], *, public_order_ok: bool | None) -> str:
    """What the verdicts on facts amount to: pairs of (result, the reason may end the request)."""
    refused = [final for result, final in results if result == "refused"]
    if public_order_ok is False or any(refused):
        return "refuse"
    return "fix" if refused else "approve"


def is_frozen_by(reports: Collection[tuple[str, bool]], *, threshold: int) -> bool:
    """Whether open reports freeze a subject (R95): pairs of (who reported, preliminary evidence), credible ones only.

    One with preliminary evidence is enough; otherwise as many independent reporters as the policy says.
    """
    return any(evidence for _who, evidence in reports) or len({who for who, _evidence in reports}) >= threshold
