"""Reading the background work for the people who look after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from core.models import Job

OPEN = (Job.Status.WAITING, Job.Status.RUNNING, Job.Status.POISON)


@dataclass(frozen=True)
class KindFigures:
    kind: str
    waiting: int
    running: int
    given_up: int
    done_lately: int


def job_figures(now: datetime) -> list[KindFigures]:
    """Per kind: what waits, runs, was given up, and was done in the last day. One query over indexed parts only."""
    lately = Q(status=Job.Status.DONE, finished_at__gte=now - timedelta(days=1))
    rows = (
        Job.objects.filter(Q(status__in=OPEN) | lately)
        .values("kind")
        .annotate(
            waiting=Count("pk", filter=Q(status=Job.Status.WAITING)),
            running=Count("pk", filter=Q(status=Job.Status.RUNNING)),
            given_up=Count("pk", filter=Q(status=Job.Status.POISON)),
            done_lately=Count("pk", filter=lately),
        )
        .order_by("kind")
    )
    return [KindFigures(**row) for row in rows]


def list_jobs(*, status: str = "", kind: str = "") -> QuerySet[Job]:
    """Newest first. No query of its own."""
    jobs = Job.objects.order_by("-id")
    if status:
        jobs = jobs.filter(status=status)
    return jobs.filter(kind=kind) if kind else jobs


def oldest_due(now: datetime) -> datetime | None:
    """Since when the longest-waiting job could have run; None when nothing is late. One query."""
    due = Job.objects.filter(status=Job.Status.WAITING, run_after__lte=now)
    return due.aggregate(since=Min("run_after"))["since"]
