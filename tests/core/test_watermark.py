"""Commit order."""

import threading

import pytest
from django.db import connection, transaction

from core import trail
from core.models import TrailEvent
from core.watermark import horizon, position
from tests.horizon import settle


def _settled() -> list[str]:
    limit = horizon(TrailEvent)
    return list(
        TrailEvent.objects.filter(**{f"{position()}__lt": limit})
        .order_by(position(), "id")
        .values_list("event", flat=True)
    )


@pytest.mark.django_db(transaction=True)
def test_committed_rows_are_below_the_horizon() -> None:
    trail.record(actor=None, event="first", subject="a:1")
    trail.record(actor=None, event="second", subject="a:1")
    settle(TrailEvent)
    assert _settled() == ["first", "second"]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_never_passed_over(on_sqlite: bool) -> None:
    """One transaction takes its id and waits; another commits a later id. Nothing counts as settled until the first ends."""
    if on_sqlite:
        return  # one writer at a time: the second would simply wait
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                trail.record(actor=None, event="slow", subject="a:1")
                written.set()
                finish.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    trail.record(actor=None, event="quick", subject="a:1")
    before = _settled()
    finish.set()
    thread.join()
    assert before == []
    settle(TrailEvent)
    assert _settled() == ["slow", "quick"]
