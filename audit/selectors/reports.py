"""Reports from the public: what everybody may read, and the board of the officers (R36, R93)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from audit.models import Report
from audit.states import REPORT, REPORT_OPEN
from core.errors import Text
from core.models import StateChange
from core.states import Among
from policy.enforce import enforces


@dataclass(frozen=True)
class Response:
    """One complaint and its answer as the public sees it: neutral words, and never who reported."""

    category: Text
    received_at: datetime
    status: Text
    is_open: bool
    summary: str
    answer: str
    answered_at: datetime | None
    outcome: Text
    finding: str
    decided_at: datetime | None


@enforces("R36", "R93")
def responses(subject_kind: str, object_id: int) -> list[Response]:
    """Credible reports about a subject, newest first, with the raiser's answer and the decision. One query.

    A report appears when it was found credible and has its neutral summary; one that was set aside does not.
    """
    rows = Report.objects.filter(subject_kind=subject_kind, object_id=object_id, credible=True).exclude(summary="")
    rows = rows.exclude(status="dismissed").order_by("-id")
    return [
        Response(
            category=report.get_category_display(),
            received_at=report.received_at,
            status=report.get_status_display(),
            is_open=report.status in REPORT_OPEN,
            summary=report.summary,
            answer=report.answer,
            answered_at=report.answered_at,
            outcome=report.get_outcome_display() if report.status == "decided" else "",
            finding=report.finding if report.status == "decided" else "",
            decided_at=report.decided_at if report.status == "decided" else None,
        )
        for report in rows
    ]


def unanswered(subject_kind: str, object_id: int) -> list[str]:
    """Numbers of the reports that the person concerned was asked to answer, the oldest first. One query."""
    rows = Report.objects.filter(subject_kind=subject_kind, object_id=object_id, status="investigating")
    return list(rows.order_by("id").values_list("number", flat=True))


def board(*, status: str = "", category: str = "", overdue_at: datetime | None = None) -> QuerySet[Report]:
    """Reports for the officers, the next deadline first; what is closed has none, there the newest is first.

    Empty filters: everything that is open.
    """
    rows = Report.objects.select_related("handler")
    rows = rows.filter(status=status) if status else rows.filter(Among(REPORT_OPEN))
    if category:
        rows = rows.filter(category=category)
    if overdue_at:
        rows = rows.filter(due_at__lte=overdue_at)
    return rows.order_by("-id") if status and status not in REPORT_OPEN else rows.order_by("due_at", "id")


def about(report: Report) -> QuerySet[Report]:
    """Other reports about the same subject, newest first."""
    rows = Report.objects.filter(subject_kind=report.subject_kind, object_id=report.object_id)
    return rows.exclude(pk=report.pk).order_by("-id")[:20]


@dataclass(frozen=True)
class Step:
    sentence: Text
    actor: User | None
    at: datetime


def history(report: Report) -> list[Step]:
    """What was done with a report, in order, in the words of the state table. One query."""
    rows = StateChange.objects.filter(kind=REPORT.kind, object_id=report.pk).select_related("actor").order_by("id")
    return [Step(REPORT.actions[row.action].sentence, row.actor, row.at) for row in rows]
