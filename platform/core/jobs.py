"""Durable jobs (law 2): a row in the caller's transaction, a wake-up on commit, a lease while running, a sweep for the rest.

What a crash can do: the row is there or the caller's transaction is not; a worker that dies leaves a lease that runs out, and
the job is run again. So a handler is run *at least* once. One that only writes to this database is declared `atomic=True`: its
writes and the mark "done" are one transaction, so they happen exactly once. One that talks to the outside calls a service
that asks before it acts, under a number that stays the same (law 10).
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict
from core.logs import mask_text
from core.models import Job
from core.trail import Actor, record

log = logging.getLogger(__name__)

# Longer than CELERY_TASK_TIME_LIMIT: a worker is killed before somebody else takes its job.
LEASE = timedelta(minutes=15)
BACK_OFF_SECONDS = (5, 15, 60, 300, 900, 3600)
SWEEP_BATCH = 200
UNFINISHED = (Job.Status.WAITING, Job.Status.RUNNING)

Handler = Callable[..., None]


@dataclass(frozen=True)
class _Handling:
    do: Handler
    atomic: bool
    every: timedelta | None = None


class NotYet(Exception):
    """The work is in order but not finished (a channel still says PENDING): come back later without counting a failure."""

    def __init__(self, seconds: int, why: str = "") -> None:
        super().__init__(why)
        self.seconds = seconds


class _LeaseLost(Exception):
    """Somebody else holds the job by now."""


_handlings: dict[str, _Handling] = {}


def handler(kind: str, *, atomic: bool = False) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`. It takes the payload as keyword arguments and calls one service."""
    return _register(kind, atomic, None)


def recurring(kind: str, *, every: timedelta, atomic: bool = False) -> Callable[[Handler], Handler]:
    """Register a handler that the platform itself starts once per period. It takes no arguments.

    Periods are counted in UTC, so a day begins at 08:00 in Shanghai and no reminder rings at night. While a run is
    unfinished (it failed and waits for its next try) no other one is started.
    """
    return _register(kind, atomic, every)


def _register(kind: str, atomic: bool, every: timedelta | None) -> Callable[[Handler], Handler]:
    def register(function: Handler) -> Handler:
        if kind in _handlings:
            raise ValueError(f"two handlers for job kind {kind}")
        _handlings[kind] = _Handling(function, atomic, every)
        return function

    return register


def enqueue(
    kind: str, key: str, payload: Mapping[str, Any] | None = None, *, run_after: datetime | None = None
) -> None:
    """Write the job in the caller's transaction and wake a worker when it commits. One statement.

    `key` is unique for the piece of work: asking twice leaves one row, the first, for as long as finished rows are kept
    (core.housekeeping). `payload` holds ids and plain values.
    """
    now = timezone.now()
    job = Job(key=f"{kind}:{key}", kind=kind, payload=dict(payload or {}), run_after=run_after or now)
    Job.objects.bulk_create([job], ignore_conflicts=True)
    if job.run_after <= now:
        transaction.on_commit(partial(_wake, job.key))


def _wake(key: str) -> None:
    """Waking a worker for a job that was there before is harmless: it finds nothing to do."""
    if settings.TESTING:
        return
    try:
        run_job.delay(key)
    except Exception:
        # The row is committed: the sweep finds it. A lost broker delays work, it loses none.
        log.warning("no broker: job %s waits for the sweep", key)


@shared_task(name="core.run_job")
def run_job(key: str) -> None:
    pk = Job.objects.filter(key=key).values_list("pk", flat=True).first()
    if pk is not None:
        run(pk)


@shared_task(name="core.tick")
def tick() -> None:
    start_recurring(timezone.now())
    sweep(timezone.now())


def start_recurring(now: datetime) -> None:
    """One row per recurring kind and period, whoever ticks and however often. One query when nothing is to start."""
    due = {f"{kind}:{_period(every, now)}": kind for kind, every in _periods()}
    taken = set(
        Job.objects.filter(Q(key__in=due) | Q(kind__in=due.values(), status__in=UNFINISHED)).values_list(
            "kind", flat=True
        )
    )
    for key, kind in due.items():
        if kind not in taken:
            enqueue(kind, key.removeprefix(f"{kind}:"))


def _periods() -> Iterable[tuple[str, timedelta]]:
    return [(kind, handling.every) for kind, handling in _handlings.items() if handling.every]


def _period(every: timedelta, now: datetime) -> str:
    seconds = int(every.total_seconds())
    start = int(now.timestamp()) // seconds * seconds
    return datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sweep(now: datetime) -> int:
    """Run what is due or whose lease ran out. Returns the number of jobs that were tried."""
    ids = list(Job.objects.filter(_free(now)).order_by("run_after", "id").values_list("id", flat=True)[:SWEEP_BATCH])
    return sum(run(job_id) for job_id in ids)


def _free(now: datetime) -> Q:
    return Q(status=Job.Status.WAITING, run_after__lte=now) | Q(status=Job.Status.RUNNING, lease_until__lt=now)


def run(job_id: int) -> bool:
    """Take the lease, do the work, record what happened. Returns False when there is nothing to do or somebody else does it."""
    job = _take(job_id)
    if job is None:
        return False
    try:
        _do(job)
    except _LeaseLost:
        log.warning("job %s: the lease ran out and somebody else took it", job.key)
    except NotYet as later:
        # attempts count failures and deaths; a visit that came too early is neither.
        _settle(
            job,
            status=Job.Status.WAITING,
            run_after=timezone.now() + timedelta(seconds=later.seconds),
            last_error=str(later),
            attempts=F("attempts") - 1,
        )
    except Exception as error:
        log.exception("job %s failed", job.key)
        _failed(job, f"{type(error).__name__}: {error}")
    except BaseException:
        # The worker is told to stop: hand the job back at once instead of letting the lease run out.
        with suppress(DatabaseError):
            _settle(job, status=Job.Status.WAITING, attempts=F("attempts") - 1)
        raise
    return True


def _take(job_id: int) -> Job | None:
    now, token = timezone.now(), uuid4().hex
    taken = Job.objects.filter(_free(now), pk=job_id).update(
        status=Job.Status.RUNNING, lease_until=now + LEASE, lease_token=token, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    job = Job.objects.get(pk=job_id)
    if job.lease_token != token:
        return None
    if job.attempts > job.max_attempts:
        _settle(
            job, status=Job.Status.POISON, last_error=job.last_error or "The worker died each time.", finished_at=now
        )
        return None
    return job


def _do(job: Job) -> None:
    handling = _handlings[job.kind]
    with transaction.atomic() if handling.atomic else nullcontext():
        handling.do(**job.payload)
        if not _settle(job, status=Job.Status.DONE, last_error="", finished_at=timezone.now()):
            raise _LeaseLost


def _failed(job: Job, error: str) -> None:
    if job.attempts >= job.max_attempts:
        _settle(job, status=Job.Status.POISON, last_error=error, finished_at=timezone.now())
        return
    wait = timedelta(seconds=BACK_OFF_SECONDS[min(job.attempts, len(BACK_OFF_SECONDS)) - 1])
    handling = _handlings.get(job.kind)
    if handling and handling.every:
        wait = min(wait, handling.every)
    _settle(job, status=Job.Status.WAITING, last_error=error, run_after=timezone.now() + wait)


def _settle(job: Job, **changes: Any) -> bool:
    """Write the outcome, if this very lease still holds: a worker that slept through its lease may not."""
    if "last_error" in changes:
        changes["last_error"] = mask_text(changes["last_error"])[:2000]
    held = Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, lease_token=job.lease_token)
    return bool(held.update(lease_until=None, lease_token="", **changes))


def retry(*, actor: Actor, job_id: int) -> Job:
    """Give a job that was given up a new start, and leave a trail line. Raises Conflict `not_given_up` for any other."""
    with transaction.atomic():
        again = Job.objects.filter(pk=job_id, status=Job.Status.POISON).update(
            status=Job.Status.WAITING, attempts=0, run_after=timezone.now(), finished_at=None
        )
        if not again:
            raise Conflict("not_given_up", _("Only a job that was given up can be started again."))
        job = Job.objects.get(pk=job_id)
        record(actor=actor, event="job.retry", subject=job, data={"kind": job.kind})
        transaction.on_commit(partial(_wake, job.key))
    return job
