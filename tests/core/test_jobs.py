"""Durable jobs: taken by one, tried again, given up in the end, and never twice."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from core import jobs, trail
from core.errors import Conflict
from core.models import Job, TrailEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Only the handlers that a test declares."""
    own: dict[str, Any] = {}
    monkeypatch.setattr(jobs, "_handlings", own)
    return own


@pytest.fixture
def ran() -> list[Any]:
    return []


@pytest.fixture
def later() -> Iterator[Callable[[float], None]]:
    """Move the clock forward by seconds."""
    with time_machine.travel(datetime(2026, 11, 23, 2, 0, tzinfo=UTC), tick=False) as traveller:
        yield lambda seconds: traveller.shift(seconds)


def _declare(ran: list[Any], *, fail: Exception | None = None, **options: Any) -> None:
    @jobs.handler("test.work", **options)
    def work(**payload: Any) -> None:
        ran.append(payload)
        if fail:
            raise fail


def written(kind: str, key: str, *args: Any, **values: Any) -> Job:
    jobs.enqueue(kind, key, *args, **values)
    return Job.objects.get(key=f"{kind}:{key}")


def test_a_job_is_written_in_the_callers_transaction() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.enqueue("test.work", "1")
        raise ZeroDivisionError
    assert not Job.objects.exists()


def test_asking_twice_gives_one_job(ran: list[Any]) -> None:
    _declare(ran)
    jobs.enqueue("test.work", "1", {"number": 1})
    jobs.enqueue("test.work", "1", {"number": 2})
    assert jobs.sweep(timezone.now()) == 1
    assert jobs.sweep(timezone.now()) == 0
    assert written("test.work", "1").status == Job.Status.DONE
    assert ran == [{"number": 1}]


def test_a_job_for_later_waits(ran: list[Any]) -> None:
    _declare(ran)
    job = written("test.work", "1", run_after=timezone.now() + timedelta(hours=1))
    assert jobs.sweep(timezone.now()) == 0
    assert not jobs.run(job.pk)
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert jobs.sweep(timezone.now()) == 1
    assert len(ran) == 1


def test_failures_wait_longer_each_time_and_end_as_given_up(ran: list[Any], later: Callable[[float], None]) -> None:
    _declare(ran, fail=ValueError("the card 6222 0212 3456 7890 123 of 13812341234"))
    job = written("test.work", "1")
    pauses = []
    for _try in range(12):
        started = timezone.now()
        assert jobs.sweep(timezone.now()) == 1
        job.refresh_from_db()
        if job.status == Job.Status.WAITING:
            pauses.append(int((job.run_after - started).total_seconds()))
            assert jobs.sweep(timezone.now()) == 0
            later(pauses[-1])
    assert pauses == [5, 15, 60, 300, 900, 3600, 3600, 3600, 3600, 3600, 3600]
    assert (job.status, job.attempts, len(ran)) == (Job.Status.POISON, 12, 12)
    assert job.last_error == "ValueError: the card 622202*********0123 of 138****1234"
    later(100_000)
    assert jobs.sweep(timezone.now()) == 0


def test_not_yet_is_no_failure(ran: list[Any], later: Callable[[float], None]) -> None:
    _declare(ran, fail=jobs.NotYet(30, "still PENDING"))
    job = written("test.work", "1")
    for _visit in range(20):
        assert jobs.sweep(timezone.now()) == 1
        later(30)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.last_error, len(ran)) == (Job.Status.WAITING, 0, "still PENDING", 20)


def test_an_unknown_kind_waits_for_its_room_to_come_back() -> None:
    job = written("gone.away", "1")
    assert jobs.sweep(timezone.now()) == 1
    job.refresh_from_db()
    assert job.status == Job.Status.WAITING
    assert "gone.away" in job.last_error


def test_a_job_whose_worker_died_is_run_again_and_given_up_in_the_end(
    ran: list[Any], later: Callable[[float], None]
) -> None:
    _declare(ran)
    job = written("test.work", "1")
    for death in range(1, 13):
        taken = jobs._take(job.pk)  # and then the worker dies
        assert taken is not None
        assert taken.attempts == death
        assert jobs.sweep(timezone.now()) == 0
        later(jobs.LEASE.total_seconds() + 1)
    assert jobs.sweep(timezone.now()) == 0
    job.refresh_from_db()
    assert (job.status, ran) == (Job.Status.POISON, [])
    assert job.last_error


def test_a_worker_that_slept_through_its_lease_cannot_write_the_outcome(
    ran: list[Any], later: Callable[[float], None]
) -> None:
    _declare(ran)
    job = written("test.work", "1")
    slow = jobs._take(job.pk)
    assert slow is not None
    later(jobs.LEASE.total_seconds() + 1)
    quick = jobs._take(job.pk)
    assert quick is not None
    assert not jobs._settle(slow, status=Job.Status.POISON, last_error="slow")
    assert jobs._settle(quick, status=Job.Status.DONE)
    job.refresh_from_db()
    assert (job.status, job.last_error) == (Job.Status.DONE, "")


def test_an_atomic_handler_that_lost_its_lease_leaves_nothing(later: Callable[[float], None]) -> None:
    @jobs.handler("test.slow", atomic=True)
    def slow() -> None:
        trail.record(actor=None, event="slow.done", subject="a:1")
        later(jobs.LEASE.total_seconds() + 1)
        assert jobs._take(job.pk) is not None  # somebody else takes it meanwhile

    job = written("test.slow", "1")
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING
    # The other one's lease was taken inside the slow transaction, so it goes with it; what counts is that no effect stays.
    assert not TrailEvent.objects.filter(event="slow.done").exists()


def test_an_atomic_handler_that_fails_leaves_nothing() -> None:
    @jobs.handler("test.fails", atomic=True)
    def fails() -> None:
        trail.record(actor=None, event="half.done", subject="a:1")
        raise ValueError

    job = written("test.fails", "1")
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts) == (Job.Status.WAITING, 1)
    assert not TrailEvent.objects.filter(event="half.done").exists()


def test_a_worker_that_is_told_to_stop_hands_its_job_back() -> None:
    @jobs.handler("test.stopped")
    def stopped() -> None:
        raise SystemExit(0)

    job = written("test.stopped", "1")
    with pytest.raises(SystemExit):
        jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts, job.lease_until) == (Job.Status.WAITING, 0, None)


@pytest.mark.django_db(transaction=True)
def test_many_runners_never_run_one_job_twice() -> None:
    ran: list[int] = []

    @jobs.handler("test.many")
    def many(number: int) -> None:
        ran.append(number)

    for number in range(40):
        jobs.enqueue("test.many", str(number), {"number": number})
    start = threading.Barrier(6)

    def runner() -> None:
        try:
            start.wait()
            while jobs.sweep(timezone.now()):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=runner) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == list(range(40))
    assert Job.objects.filter(status=Job.Status.DONE, attempts=1).count() == 40


@pytest.mark.django_db(transaction=True)
def test_many_callers_write_one_job() -> None:
    start = threading.Barrier(6)
    found: list[int] = []

    def caller() -> None:
        try:
            start.wait()
            with transaction.atomic():
                found.append(written("test.same", "1").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=caller) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert Job.objects.count() == 1


def test_recurring_work_is_started_once_per_period(ran: list[Any], later: Callable[[float], None]) -> None:
    @jobs.recurring("test.hourly", every=timedelta(hours=1))
    def hourly() -> None:
        ran.append(timezone.now().hour)

    for _tick in range(5):
        jobs.start_recurring(timezone.now())
        jobs.sweep(timezone.now())
        later(600)
    assert ran == [2]
    later(600)
    jobs.start_recurring(timezone.now())
    jobs.sweep(timezone.now())
    assert ran == [2, 3]
    assert list(Job.objects.order_by("id").values_list("key", flat=True)) == [
        "test.hourly:2026-11-23T02:00:00Z",
        "test.hourly:2026-11-23T03:00:00Z",
    ]


def test_recurring_work_does_not_pile_up_behind_a_failure(ran: list[Any], later: Callable[[float], None]) -> None:
    @jobs.recurring("test.minute", every=timedelta(minutes=1))
    def minute() -> None:
        ran.append(1)
        raise ValueError("no luck")

    for _tick in range(30):
        jobs.start_recurring(timezone.now())
        jobs.sweep(timezone.now())
        later(60)
    assert Job.objects.exclude(status=Job.Status.POISON).count() == 1
    # A failure is tried again within the period: the pause never grows past it.
    assert len(ran) == 30


def test_a_tick_with_nothing_to_start_costs_one_query(django_assert_num_queries: Any) -> None:
    for number in range(20):
        jobs.recurring(f"test.r{number}", every=timedelta(hours=1))(lambda: None)
    now = timezone.now()
    jobs.start_recurring(now)
    assert Job.objects.count() == 20
    with django_assert_num_queries(1):
        jobs.start_recurring(now)


def test_two_handlers_of_one_kind_are_a_mistake(ran: list[Any]) -> None:
    _declare(ran)
    with pytest.raises(ValueError, match="two handlers"):
        _declare(ran)


def test_only_a_job_that_was_given_up_can_be_started_again(cast: Any, ran: list[Any]) -> None:
    _declare(ran)
    job = written("test.work", "1")
    with pytest.raises(Conflict) as refusal:
        jobs.retry(actor=cast.wu, job_id=job.pk)
    assert refusal.value.code == "not_given_up"
    assert not TrailEvent.objects.filter(event="job.retry").exists()
    Job.objects.update(status=Job.Status.POISON, attempts=12)
    jobs.retry(actor=cast.wu, job_id=job.pk)
    with pytest.raises(Conflict):
        jobs.retry(actor=cast.wu, job_id=job.pk)
    jobs.sweep(timezone.now())
    job.refresh_from_db()
    assert (job.status, job.attempts, len(ran)) == (Job.Status.DONE, 1, 1)
    line = TrailEvent.objects.get(event="job.retry")
    assert (line.actor_id, line.subject) == (cast.wu.pk, f"core.job:{job.pk}")
