"""The books' own seals: a published number that a changed journal cannot agree with, and that proves a single one."""

import json

import pytest
from django.core.management import call_command
from django.db import connection

from core import merkle
from ledger import auditing, chart
from ledger.kinds import Kind
from ledger.models import BooksSeal, Journal
from ledger.seals import BOOKS
from ledger.services import post
from tests import flush
from tests.horizon import settle

pytestmark = pytest.mark.django_db(transaction=True)


def give(count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        legs = [(chart.clearing("sandbox"), 500 + number), (chart.available(1), -500 - number)]
        post(key=f"donation:{number}", kind=Kind.DONATION, ref="payment:1", legs=legs, actor=None)


def seal(lines: int) -> None:
    settle(Journal)
    assert BOOKS.seal() == lines


def test_journals_are_sealed_with_their_legs_and_the_chain_holds() -> None:
    give(5)
    seal(5)
    give(3, start=5)
    seal(3)
    first, second = BooksSeal.objects.order_by("number")
    assert second.previous == first.digest
    assert BOOKS.verify().sealed == 8
    assert auditing.verify().seals == 2


@pytest.mark.damages
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET amount = amount + 1 WHERE amount = 502",
        "UPDATE ledger_journal SET ref = 'payment:2' WHERE key = 'donation:2'",
        "UPDATE ledger_entry SET account_id = account_id + 1000 WHERE amount = 502",
    ],
)
def test_a_changed_journal_is_found(sql: str, capsys: pytest.CaptureFixture[str]) -> None:
    give(5)
    seal(5)
    with flush.lifted(), connection.cursor() as cursor:
        cursor.execute(sql)
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--json")
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert "seal 1: its 5 lines were changed (now 5)" in faults


def test_one_journal_is_proved_by_a_path_from_the_published_root() -> None:
    give(7)
    seal(7)
    found = BooksSeal.objects.get()
    lines = list(BOOKS.write(BOOKS.sealed_by(found)))
    leaves = [merkle.leaf(line) for line in lines]
    assert json.loads(lines[3])[1:4] == ["donation:3", "donation", "payment:1"]
    assert merkle.fold(leaves[3], merkle.path(leaves, 3)).hex() == found.root


def test_after_a_move_to_another_server_the_books_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    give(4)
    seal(4)
    call_command("verify_ledger", "--new-segment")
    give(2, start=4)
    with flush.lifted(), connection.cursor() as cursor:  # the new server counts its transactions from the beginning
        cursor.execute("UPDATE ledger_journal SET xid = 5 WHERE key IN ('donation:4', 'donation:5')")
        cursor.execute("UPDATE ledger_entry SET xid = 5 WHERE amount IN (504, 505, -504, -505)")
    seal(2)
    found = auditing.verify()
    assert (found.ok, BOOKS.verify().sealed) == (True, 6)
