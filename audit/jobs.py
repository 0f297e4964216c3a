"""Durable jobs of the room."""

from datetime import timedelta

from django.utils import timezone

from audit import services
from audit.models import Question
from core import jobs


@jobs.handler("audit.machine")
def machine(case_id: int) -> None:
    services.judge_case(case_id=case_id)


@jobs.recurring("audit.unanswered", every=timedelta(minutes=15))
def unanswered() -> None:
    overdue = Question.objects.filter(answered_at=None, due_at__lte=timezone.now())
    for case_id in overdue.values_list("case_id", flat=True)[:500]:
        services.resume_unanswered(case_id=case_id)


@jobs.recurring("audit.reports", every=timedelta(minutes=15))
def reports() -> None:
    services.remind_and_escalate(now=timezone.now())
