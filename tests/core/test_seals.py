"""The trail's hash chain: right under late commits, and it finds what was changed."""

import threading
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from core import chain, trail
from core.models import TrailEvent, TrailSeal
from core.seals import TRAIL
from tests import flush
from tests.horizon import settle

pytestmark = pytest.mark.django_db(transaction=True)


def _write(count: int, event: str = "thing.done") -> None:
    for number in range(count):
        trail.record(actor=None, event=event, subject=f"thing:{number}", data={"名": "值", "n": number})


def _seal(lines: int) -> None:
    settle(TrailEvent)
    assert TRAIL.seal() == lines


def _verify() -> str:
    out = StringIO()
    call_command("verify_trail", stdout=out)
    return out.getvalue()


def _tamper(sql: str) -> None:
    """What a database administrator can do: lift the triggers, change, put them back."""
    with flush.lifted(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_lines_are_sealed_once_and_the_chain_holds() -> None:
    _write(5)
    _seal(5)
    _seal(0)
    _write(3)
    _seal(3)
    first, second = TrailSeal.objects.order_by("number")
    assert (first.previous, second.previous) == (chain.FIRST, first.digest)
    verdict = TRAIL.verify()
    assert (verdict.fault, verdict.seals, verdict.sealed, verdict.unsealed) == ("", 2, 8, 0)
    _write(2)
    assert TRAIL.verify().unsealed == 2
    assert second.digest in _verify()


def test_long_trails_are_sealed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "LINES_PER_SEAL", 4)
    _write(11)
    _seal(11)
    assert list(TrailSeal.objects.order_by("number").values_list("rows", flat=True)) == [4, 4, 3]
    with transaction.atomic():  # one transaction that wrote more than fits stays together
        _write(9)
    _seal(9)
    assert TRAIL.verify().fault == ""


TAMPERINGS: dict[str, tuple[str, str]] = {
    "a changed line": (
        "UPDATE core_trailevent SET purpose = 'x' WHERE id = {third}",
        "seal 1: its 5 lines were changed",
    ),
    "changed data": ("UPDATE core_trailevent SET data = '{{}}' WHERE id = {third}", "seal 1: its 5 lines were changed"),
    "a moved time": (
        "UPDATE core_trailevent SET at = '2020-01-01' WHERE id = {sixth}",
        "seal 2: its 3 lines were changed",
    ),
    "a removed line": ("DELETE FROM core_trailevent WHERE id = {third}", "seal 1: its 5 lines were changed (now 4)"),
    "a changed seal": ("UPDATE core_trailseal SET digest = 'f' WHERE number = 1", "seal 1 was changed"),
    "a removed seal": ("DELETE FROM core_trailseal WHERE number = 1", "seal 1 is missing"),
    "a wider seal": ("UPDATE core_trailseal SET high = high + 1 WHERE number = 1", "seal 1"),
}


@pytest.mark.damages
@pytest.mark.parametrize("sql, found", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_what_was_changed_is_found_and_the_first_broken_seal_named(sql: str, found: str) -> None:
    _write(5)
    _seal(5)
    _write(3)
    _seal(3)
    ids = list(TrailEvent.objects.order_by("id").values_list("id", flat=True))
    _tamper(sql.format(third=ids[2], sixth=ids[5]))
    with pytest.raises(CommandError) as refusal:
        _verify()
    assert found in str(refusal.value)
    assert refusal.value.returncode == 1


@pytest.mark.damages
def test_a_line_that_was_slipped_in_is_found() -> None:
    _write(5)
    _seal(5)
    line = TrailEvent.objects.order_by("id").values_list("id", "xid")[2]
    _tamper(f"DELETE FROM core_trailevent WHERE id = {line[0]}")
    TrailEvent.objects.create(id=line[0], xid=line[1], event="forged", subject="thing:2")
    assert TRAIL.verify().fault.startswith("seal 1: its 5 lines were changed")


def test_a_chain_that_was_written_anew_does_not_know_the_published_digest() -> None:
    _write(5)
    _seal(5)
    published = TRAIL.verify().head
    call_command("verify_trail", expect=published, stdout=StringIO())
    _tamper("DELETE FROM core_trailseal")
    _write(1)
    _seal(6)
    assert TRAIL.verify().fault == ""
    with pytest.raises(CommandError, match="expected digest"):
        call_command("verify_trail", expect=published, stdout=StringIO())


def test_a_line_that_commits_late_is_sealed_and_not_passed_over(on_sqlite: bool) -> None:
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                _write(1, "slow")
                written.set()
                finish.wait(10)
        finally:
            connection.close()

    _write(2)
    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    if not on_sqlite:  # SQLite lets nobody write meanwhile
        _write(2, "quick")
    sealed, until = 0, time.monotonic() + 60
    while sealed < 2 and time.monotonic() < until:
        sealed += TRAIL.seal()
    assert sealed == 2
    finish.set()
    thread.join()
    _write(1)
    _seal(TrailEvent.objects.count() - 2)
    verdict = TRAIL.verify()
    assert (verdict.fault, verdict.unsealed, verdict.sealed) == ("", 0, TrailEvent.objects.count())
    assert TrailEvent.objects.filter(event="slow").count() == 1


def test_sealing_at_once_with_many_writers_keeps_one_chain() -> None:
    failures: list[BaseException] = []

    def loop(body: Callable[[], object], times: int) -> None:
        try:
            for _n in range(times):
                body()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=loop, args=(lambda: _write(1), 25)) for _ in range(4)]
    sealers = [threading.Thread(target=loop, args=(TRAIL.seal, 12)) for _ in range(3)]
    for thread in [*writers, *sealers]:
        thread.start()
    for thread in [*writers, *sealers]:
        thread.join()
    _seal(100 - TRAIL.verify().sealed)
    verdict = TRAIL.verify()
    assert failures == []
    assert (verdict.fault, verdict.sealed, verdict.unsealed) == ("", 100, 0)


def test_after_a_move_to_another_server_a_new_segment_goes_on(on_sqlite: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if on_sqlite:
        return  # a SQLite file is moved with its numbers
    _write(4)
    _seal(4)
    _write(2)
    old_horizon: Any = chain.horizon
    top = old_horizon(TrailEvent)
    monkeypatch.setattr(chain, "horizon", lambda model: 3)  # the new server counts its transactions from the beginning
    with pytest.raises(chain.OutOfStep):
        TRAIL.seal()
    call_command("verify_trail", new_segment=True, stdout=StringIO())
    for xid in (1, 2):
        TrailEvent.objects.create(event="after", subject="a:1", xid=xid)
    assert TRAIL.seal() == 2
    verdict = TRAIL.verify()
    assert (verdict.fault, verdict.sealed, verdict.unsealed) == ("", 8, 0)
    assert TrailSeal.objects.filter(high__gt=top).count() <= 1
