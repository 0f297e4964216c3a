"""What the platform does by itself, whatever rooms there are: seal the trail, sweep what is finished."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from core import jobs
from core.models import IdempotentRequest, Job
from core.seals import TRAIL

KEEP_FINISHED_JOBS = timedelta(days=90)
KEEP_ANSWERS = timedelta(days=3)
_BATCH = 1000


@jobs.recurring("core.seal_trail", every=timedelta(minutes=10))
def seal_trail() -> None:
    TRAIL.seal()


@jobs.recurring("core.sweep", every=timedelta(days=1))
def sweep() -> None:
    """Finished jobs, stored answers and ended sessions. What was given up stays until somebody looks at it."""
    now = timezone.now()
    _delete(Job.objects.filter(status=Job.Status.DONE, finished_at__lt=now - KEEP_FINISHED_JOBS))
    _delete(IdempotentRequest.objects.filter(started_at__lt=now - KEEP_ANSWERS))
    if settings.SESSION_ENGINE == "django.contrib.sessions.backends.db":
        call_command("clearsessions")


def _delete(rows: models.QuerySet[Any]) -> None:
    """In small steps, so that a long pause is never held against those who write."""
    while ids := list(rows.values_list("pk", flat=True)[:_BATCH]):
        rows.model._default_manager.filter(pk__in=ids).delete()
