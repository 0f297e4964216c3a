"""Is this instance fit to serve? For load balancers and for the container's own check."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.selectors import oldest_due

log = logging.getLogger(__name__)

# Beat ticks every few seconds: a job that has been due this long means that no worker runs.
LATE_SECONDS = 600


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database and the cache answer, else 503. Late jobs are told but do not take a web server out of service."""
    answers = {"database": _works(_database), "cache": _works(_cache)}
    jobs: dict[str, object] = {"status": "unknown"}
    if answers["database"]:
        since = oldest_due(timezone.now())
        age = int((timezone.now() - since).total_seconds()) if since else 0
        jobs = {"status": "late" if age > LATE_SECONDS else "ok", "oldest_due_seconds": age}
    fit = all(answers.values())
    report = {name: "ok" if works else "failed" for name, works in answers.items()}
    body = {"status": "ok" if fit else "failed", **report, "jobs": jobs}
    return JsonResponse(body, status=200 if fit else 503)


def _works(question: Callable[[], None]) -> bool:
    try:
        question()
    except Exception:
        log.exception("health check failed")
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    cache.set("healthz", "1", 10)
    if cache.get("healthz") != "1":
        raise RuntimeError("the cache does not keep what it is given")
