"""What /healthz says, and to whom it says nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from core import health
from core.models import Job

pytestmark = pytest.mark.django_db


def test_a_healthy_platform_answers_in_three_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(2):
        answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": "ok",
        "cache": "ok",
        "jobs": {"status": "ok", "oldest_due_seconds": 0},
    }
    assert "no-store" in answer["Cache-Control"]


def test_late_jobs_are_told_but_take_no_web_server_out(client: Client) -> None:
    Job.objects.create(kind="k", key="1", run_after=timezone.now() - timedelta(hours=2))
    Job.objects.create(kind="k", key="2", run_after=timezone.now() + timedelta(hours=2))
    Job.objects.create(kind="k", key="3", status="done", run_after=timezone.now() - timedelta(days=2))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["jobs"]["status"] == "late"
    assert 7200 <= answer.json()["jobs"]["oldest_due_seconds"] < 7300


def test_without_a_database_it_is_unfit_and_gives_nothing_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise OperationalError("could not connect to postgresql://candor:hunter2@db")

    monkeypatch.setattr(health, "_database", down)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failed", "database": "failed", "cache": "ok", "jobs": {"status": "unknown"}}


def test_a_cache_that_forgets_is_unfit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "get", lambda key: None)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["cache"]) == (503, "failed")


def test_it_is_only_read(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
