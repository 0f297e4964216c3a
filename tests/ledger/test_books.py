"""The laws of the books, asked of the services and of the database itself."""

import json
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.errors import Conflict
from ledger import auditing, chart, selectors
from ledger.kinds import Kind
from ledger.models import Account, Closing, Entry, Journal
from ledger.services import open_accounts, post
from tests import flush

CLEARING, FREE, HELD = chart.clearing("sandbox"), chart.available(1), chart.held(1)


def give(key: str, amount: int) -> Journal:
    return post(key=key, kind=Kind.DONATION, ref=key, legs=[(CLEARING, amount), (FREE, -amount)], actor=None)


def hold(key: str, amount: int) -> Journal:
    return post(key=key, kind=Kind.PAYOUT_HOLD, ref=key, legs=[(FREE, amount), (HELD, -amount)], actor=None)


@pytest.mark.rule("R42", "R56")
def test_each_state_of_the_money_has_its_own_account(db: None) -> None:
    give("donation:1", 10_000)
    hold("hold:1", 3_000)
    assert selectors.balances([CLEARING, FREE, HELD, chart.CUSTODY]) == {
        CLEARING: 10_000, FREE: 7_000, HELD: 3_000, chart.CUSTODY: 0,
    }  # fmt: skip
    assert selectors.totals([FREE]) == {FREE: {"donation": 10_000, "payout_hold": -3_000}}
    assert sum(line.debit - line.credit for line in selectors.families()) == 0
    assert auditing.verify().ok


def test_the_same_key_posts_once(db: None) -> None:
    assert give("donation:1", 500) == give("donation:1", 500)
    assert Entry.objects.count() == 2


def test_the_same_key_for_something_else_is_refused(db: None) -> None:
    give("donation:1", 500)
    with pytest.raises(Conflict, match="key_reused"):
        give("donation:1", 501)
    assert Journal.objects.count() == 1


@pytest.mark.parametrize("legs", [[], [(FREE, 0), (HELD, 0)], [(FREE, 5)], [(FREE, 5), (HELD, -4)]])
def test_what_does_not_balance_is_no_journal(db: None, legs: list[tuple[str, int]]) -> None:
    with pytest.raises(ValueError, match="journal"):
        post(key="x" * 8, kind=Kind.DONATION, ref="x", legs=legs, actor=None)
    assert not Journal.objects.exists()


def test_an_account_outside_the_chart_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="chart"):
        open_accounts(["camp:1:pocket"])
    assert not Account.objects.exists()


def test_nobody_takes_more_than_there_is(db: None) -> None:
    give("donation:1", 10_000)
    with pytest.raises(Conflict, match="insufficient_funds"):
        hold("hold:1", 10_001)
    assert selectors.balances([FREE, HELD]) == {FREE: 10_000, HELD: 0}
    assert Journal.objects.count() == 1


def refused(act: Callable[[], Any]) -> None:
    """The database itself says no, and nothing is left behind."""
    before = (Journal.objects.count(), Entry.objects.count(), Closing.objects.count())
    with pytest.raises(Error), transaction.atomic():
        act()
    assert (Journal.objects.count(), Entry.objects.count(), Closing.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_changes_late_legs_and_unbalanced_journals() -> None:
    journal = give("donation:1", 500)
    free = Account.objects.get(code=FREE)
    refused(lambda: Entry.objects.filter(journal=journal).update(amount=1))
    refused(lambda: Entry.objects.filter(journal=journal).delete())
    refused(lambda: Journal.objects.update(ref="other"))
    refused(lambda: Account.objects.update(guarded=False))
    refused(lambda: Entry.objects.create(journal=journal, account=free, kind="donation", amount=5))

    def unclosed() -> None:
        Journal.objects.create(
            pk=99, key="by hand", kind="donation", ref="x", digest="", effective_at=journal.effective_at, closing_id=99
        )

    refused(unclosed)

    def unbalanced() -> None:
        unclosed()
        Entry.objects.create(journal_id=99, account=free, kind="donation", amount=5)
        Entry.objects.create(journal_id=99, account=free, kind="donation", amount=-4)
        Closing.objects.create(pk=99)

    refused(unbalanced)

    def borrowed_closing() -> None:
        Journal.objects.create(
            pk=99,
            key="by hand",
            kind="donation",
            ref="x",
            digest="",
            effective_at=journal.effective_at,
            closing_id=journal.pk,
        )

    refused(borrowed_closing)


def at_once(count: int, act: Callable[[int], Any]) -> list[str]:
    start, outcomes = Barrier(count), []

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
            outcomes.append("done")
        except Conflict as conflict:
            outcomes.append(conflict.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_hold_only_what_is_there() -> None:
    give("donation:1", 19_940)
    outcomes = at_once(20, lambda number: hold(f"hold:{number}", 3_000))
    assert outcomes.count("done") == 6
    assert outcomes.count("insufficient_funds") == 14
    assert selectors.balances([FREE, HELD]) == {FREE: 1_940, HELD: 18_000}
    assert auditing.verify().ok


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_post_once() -> None:
    assert at_once(20, lambda _number: give("donation:race", 500)) == ["done"] * 20
    assert selectors.balances([FREE]) == {FREE: 500}
    assert Journal.objects.count() == 1


class TestAnyHistory(TestCase):
    @given(st.lists(st.tuples(st.booleans(), st.integers(min_value=1, max_value=1_000)), max_size=25))
    @settings(max_examples=25, deadline=None)
    def test_keeps_the_books_at_zero_and_no_guarded_account_below_it(self, events: list[tuple[bool, int]]) -> None:
        free = held = 0
        for number, (giving, amount) in enumerate(events):
            if giving:
                give(f"donation:{number}", amount)
                free += amount
                continue
            try:
                hold(f"hold:{number}", amount)
            except Conflict:
                assert amount > free
            else:
                free, held = free - amount, held + amount
        assert selectors.balances([FREE, HELD]) == {FREE: free, HELD: held}
        assert auditing.verify().ok


def test_verify_ledger_names_what_is_wrong(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give("donation:1", 500)
    call_command("verify_ledger", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "ledger_sum_fen": 0,
        "journals": 1,
        "seals": 0,
        "faults": [],
    }
    monkeypatch.setitem(auditing._rooms, "a room", lambda: iter(["a payment without its journal"]))
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--json")
    assert json.loads(capsys.readouterr().out)["faults"] == ["a payment without its journal"]


@pytest.mark.django_db(transaction=True)
def test_a_donation_does_not_wait_for_a_withdrawal_that_is_not_committed(on_sqlite: bool) -> None:
    if on_sqlite:
        pytest.skip("SQLite lets one writer in at a time")
    give("donation:1", 10_000)
    waited: list[str] = []

    def another() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            give("donation:2", 500)
        except Error as error:
            waited.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        hold("hold:1", 3_000)
        thread = Thread(target=another)
        thread.start()
        thread.join()
    assert waited == []
    assert selectors.balances([FREE, HELD]) == {FREE: 7_500, HELD: 3_000}


@pytest.mark.django_db(transaction=True)
@pytest.mark.damages
def test_verify_finds_what_somebody_with_power_over_the_database_did() -> None:
    give("donation:1", 500)
    with flush.lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET kind = 'tip' WHERE amount < 0")
        cursor.execute("UPDATE ledger_entry SET amount = 501 WHERE amount > 0")
    found = auditing.verify()
    assert found.ledger_sum_fen == 1
    assert len(found.faults) == 3  # the sum, the journal, the kind
