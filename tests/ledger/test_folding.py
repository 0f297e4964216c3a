"""Sums of old entries: they never change what a balance is, only what it costs to read."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ledger import auditing, chart, selectors
from ledger.kinds import Kind
from ledger.models import Entry, Folded, Turnover
from ledger.services import fold, fold_anew, post
from tests import flush
from tests.horizon import settle

CLEARING, FREE, HELD = chart.clearing("sandbox"), chart.available(1), chart.held(1)


def give(number: int, amount: int, campaign: int = 1) -> None:
    legs = [(CLEARING, amount), (chart.available(campaign), -amount)]
    post(key=f"donation:{number}", kind=Kind.DONATION, ref=f"d:{number}", legs=legs, actor=None)


def hold(number: int, amount: int) -> None:
    post(key=f"hold:{number}", kind=Kind.PAYOUT_HOLD, ref="w:1", legs=[(FREE, amount), (HELD, -amount)], actor=None)


def fold_all() -> int:
    settle(Entry)
    return fold()


@pytest.mark.django_db(transaction=True)
def test_balances_totals_and_turnovers_are_the_same_before_and_after() -> None:
    for number in range(5):
        give(number, 1_000 + number)
    hold(1, 3_000)

    def seen() -> tuple[Any, ...]:
        return (
            selectors.balances([CLEARING, FREE, HELD]),
            selectors.totals([FREE]),
            selectors.kind_totals(*chart.CAMPAIGNS),
            selectors.families(),
            selectors.identity(),
        )

    before = seen()
    assert fold_all() == 12
    assert Folded.objects.count() == 4
    assert Turnover.objects.count() == 4
    assert seen() == before
    give(9, 50)
    hold(2, 1_000)
    assert selectors.balances([FREE, HELD]) == {FREE: 1_060, HELD: 4_000}
    assert fold_all() == 4
    assert selectors.balances([FREE, HELD]) == {FREE: 1_060, HELD: 4_000}
    assert auditing.verify().ok


class TestAnyHistory(TestCase):
    @given(st.lists(st.one_of(st.integers(1, 500), st.just("fold")), max_size=20))
    @settings(max_examples=25, deadline=None)
    def test_is_summed_rightly_wherever_it_is_folded(self, events: list[Any]) -> None:
        total = 0
        for number, event in enumerate(events):
            if event == "fold":
                fold()
                continue
            give(number, event)
            total += event
        assert selectors.balances([FREE, CLEARING]) == {FREE: total, CLEARING: total}
        assert auditing.verify().ok


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_is_neither_lost_nor_counted_twice(on_sqlite: bool) -> None:
    if on_sqlite:
        return  # one writer at a time: there is no late one
    give(0, 1)  # whoever opens an account lets others wait for it
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                give(1, 777)
                written.set()
                finish.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    give(2, 1_000)
    fold()
    assert selectors.balances([FREE]) == {FREE: 1_001}
    finish.set()
    thread.join()
    assert selectors.balances([FREE]) == {FREE: 1_778}
    fold_all()
    assert selectors.balances([FREE]) == {FREE: 1_778}
    assert auditing.verify().ok


@pytest.mark.django_db(transaction=True)
def test_two_who_fold_at_once_fold_once() -> None:
    for number in range(20):
        give(number, 100)
    threads = [threading.Thread(target=lambda: (fold(), connection.close())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert selectors.balances([FREE]) == {FREE: 2_000}
    assert auditing.verify().ok


@pytest.mark.django_db(transaction=True)
def test_sums_that_were_tampered_with_are_found_and_made_anew() -> None:
    give(1, 1_000)
    fold_all()
    with flush.lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_folded SET debit = debit + 5 WHERE debit > 0")
        cursor.execute("UPDATE ledger_turnover SET credit = credit + 5 WHERE credit > 0")
    assert len(auditing.verify().faults) == 2
    fold_anew()
    assert auditing.verify().ok
    assert selectors.balances([FREE]) == {FREE: 1_000}
    give(2, 1)
    fold_all()
    assert selectors.balances([FREE]) == {FREE: 1_001}
    assert auditing.verify().ok
