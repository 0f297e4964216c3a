"""How well the room does its work, in numbers that anybody may read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from audit.models import Case, HumanVerdict, Report
from core.figures import kept

DAYS = 90


@dataclass(frozen=True)
class PublicFigures:
    """Of the last DAYS days. `median_minutes` from opening to decision, None when nothing was decided."""

    days: int
    decided: int
    approved: int
    to_mend: int
    refused: int
    by_two_or_more: int
    disagreements: int
    median_minutes: int | None
    waiting: int
    reports: int
    reports_proved: int
    reports_unproved: int
    reports_dismissed: int


@kept("audit.figures")
def public_figures() -> PublicFigures:
    """Five queries over everything that was decided, in a job; none for the page that reads them."""
    since = timezone.now() - timedelta(days=DAYS)
    cases = Case.objects.filter(decided_at__gt=since)
    counts = cases.aggregate(
        decided=Count("id"),
        approved=Count("id", filter=Q(outcome="approve")),
        to_mend=Count("id", filter=Q(outcome="fix")),
        refused=Count("id", filter=Q(outcome="refuse")),
        by_two_or_more=Count("id", filter=Q(second_by__isnull=False)),
        disagreements=Count("id", filter=Q(disagreement=True)),
    )
    reports = Report.objects.filter(received_at__gt=since).aggregate(
        reports=Count("id"),
        reports_proved=Count("id", filter=Q(status="decided", outcome="proved")),
        reports_unproved=Count("id", filter=Q(status="decided", outcome="unproved")),
        reports_dismissed=Count("id", filter=Q(status="dismissed")),
    )
    return PublicFigures(
        days=DAYS,
        **counts,
        median_minutes=_median_minutes(cases, counts["decided"]),
        waiting=Case.objects.filter(status__in=("opened", "waiting", "second_wanted", "senior_wanted")).count(),
        **reports,
    )


def _median_minutes(cases: QuerySet[Case], number: int) -> int | None:
    """The database sorts; only the one or two in the middle come here. One query."""
    took = cases.annotate(took=F("decided_at") - F("opened_at")).order_by("took").values_list("took", flat=True)
    middle = list(took[(number - 1) // 2 : number // 2 + 1]) if number else []
    return round(sum(span.total_seconds() for span in middle) / len(middle) / 60) if middle else None


@dataclass(frozen=True)
class ReviewerFigures:
    """One reviewer: verdicts given, how many were not what was decided in the end, how many went against the machine."""

    name: str
    verdicts: int
    overruled: int
    against_machine: int


def reviewer_figures(since: datetime) -> list[ReviewerFigures]:
    """The busiest first. One query. Thin numbers: a reason to talk, not a measure of anybody."""
    rows = (
        HumanVerdict.objects.filter(at__gt=since)
        .values("reviewer_id", "reviewer__name")
        .annotate(
            verdicts=Count("id"),
            overruled=Count("id", filter=Q(case__status="decided") & ~Q(outcome=F("case__outcome"))),
            against_machine=Count("id", filter=Q(case__disagreement=True, outcome=F("case__outcome"))),
        )
        .order_by("-verdicts", "reviewer_id")
    )
    return [
        ReviewerFigures(row["reviewer__name"], row["verdicts"], row["overruled"], row["against_machine"])
        for row in rows
    ]
