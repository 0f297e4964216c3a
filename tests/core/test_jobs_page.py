"""What administrators see of the background work."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core import housekeeping
from core.models import IdempotentRequest, Job, TrailEvent
from tests.signin import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/staff/jobs/"


def _jobs(count: int, **changes: Any) -> None:
    start = Job.objects.count()
    Job.objects.bulk_create(
        Job(**{"kind": f"room.kind{n % 5}", "key": f"k{start + n}", **changes}) for n in range(count)
    )


@pytest.fixture
def admin(client: Client, cast: Any) -> Client:
    return sign_in(client, cast.wu)


def test_it_shows_what_waits_runs_and_failed_and_why(admin: Client) -> None:
    _jobs(3)
    _jobs(1, status="poison", kind="room.broken", last_error="ValueError: no such thing", attempts=12)
    _jobs(2, status="done", finished_at=timezone.now())
    _jobs(2, status="done", finished_at=timezone.now() - timedelta(days=2))
    answer = admin.get(PAGE)
    figures = {row.kind: row for row in answer.context["figures"]}
    assert figures["room.broken"].given_up == 1
    assert sum(row.waiting for row in figures.values()) == 3
    assert sum(row.done_lately for row in figures.values()) == 2
    assert "ValueError: no such thing" in answer.content.decode()


def test_filters_by_state_and_kind(admin: Client) -> None:
    _jobs(10)
    _jobs(4, status="poison", kind="room.broken")
    assert len(admin.get(PAGE, {"status": "poison"}).context["page_obj"]) == 4
    assert len(admin.get(PAGE, {"kind": "room.kind1"}).context["page_obj"]) == 2
    assert len(admin.get(PAGE, {"status": "nonsense"}).context["page_obj"]) == 14
    assert len(admin.get(PAGE, {"kind": "a\x00b", "page": "9" * 5000}).context["page_obj"]) == 0


def test_the_page_costs_the_same_with_many_jobs(admin: Client, django_assert_num_queries: Any) -> None:
    _jobs(3, status="poison")
    admin.get(PAGE)
    with django_assert_num_queries(_queries(admin)):
        admin.get(PAGE)
    few = _queries(admin)
    _jobs(500, status="poison")
    _jobs(500)
    assert _queries(admin) == few


def _queries(client: Client) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["lin", "zhao", "zhou"])
def test_nobody_else_finds_it(client: Client, cast: Any, who: str) -> None:
    _jobs(1, status="poison")
    sign_in(client, getattr(cast, who))
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}{Job.objects.get().pk}/retry/").status_code == 404
    assert Job.objects.get().status == "poison"


def test_strangers_sign_in_first(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert "next=" in answer["Location"]


def test_a_job_that_was_given_up_is_tried_again_once(admin: Client, cast: Any) -> None:
    _jobs(1, status="poison", attempts=12)
    job = Job.objects.get()
    for _click in range(2):
        answer = admin.post(f"{PAGE}{job.pk}/retry/", {"back": f"{PAGE}?status=poison"})
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?status=poison")
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("waiting", 0)
    assert list(TrailEvent.objects.filter(event="job.retry").values_list("actor", flat=True)) == [cast.wu.pk]


def test_the_way_back_stays_on_this_site(admin: Client) -> None:
    _jobs(1, status="poison")
    job = Job.objects.get()
    answer = admin.post(f"{PAGE}{job.pk}/retry/", {"back": "https://example.org/"})
    assert answer["Location"] == PAGE


def test_asking_by_get_changes_nothing(admin: Client) -> None:
    _jobs(1, status="poison")
    assert admin.get(f"{PAGE}{Job.objects.get().pk}/retry/").status_code == 405
    assert Job.objects.get().status == "poison"


def test_finished_jobs_go_after_ninety_days_and_nothing_else_does() -> None:
    old, young = timezone.now() - timedelta(days=91), timezone.now() - timedelta(days=89)
    _jobs(3, status="done", finished_at=old)
    _jobs(2, status="done", finished_at=young)
    _jobs(1, status="poison", finished_at=old)
    _jobs(1, created_at=old)
    IdempotentRequest.objects.create(owner="user:1", key="a" * 16, path="/", fingerprint="", started_at=old)
    housekeeping.sweep()
    assert Job.objects.count() == 4
    assert not IdempotentRequest.objects.exists()
