"""States move by table, under races as well (law 3)."""

import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, models, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import states
from core.errors import Conflict
from core.models import StateChange, TrailEvent
from core.states import Action, Table

KNOWN = ["a", "b", "c"]


class Thing(models.Model):
    """Lives in these tests only; its table is made and dropped by the fixture."""

    status = models.CharField(max_length=10, default="a")
    note = models.CharField(max_length=10, blank=True)

    STATES = Table(
        "thing",
        "a",
        {"a": "A", "b": "B", "c": "C"},
        {
            "go": Action("go", ("a",), "b", "A goes to B."),
            "end": Action(
                "end", ("b",), "c", "B ends.", guard=lambda thing: "Not without a note." if not thing.note else None
            ),
            "back": Action("back", ("b", "c"), "a", "Back to the start."),
        },
    )

    class Meta:
        app_label = "tests_core"  # no installed app: migrations and flushes do not see it
        managed = False
        db_table = "test_thing"

    def __str__(self) -> str:
        return self.status


@pytest.fixture
def thing(transactional_db: None) -> Any:
    key = "integer PRIMARY KEY" if connection.vendor == "sqlite" else "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE test_thing (id {key}, status varchar(10) NOT NULL, note varchar(10) NOT NULL)")
    try:
        yield Thing.objects.create()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE test_thing")


def test_a_move_leaves_a_change_and_a_trail_line(thing: Thing, cast: Any) -> None:
    states.apply(thing, "go", actor=cast.zhao, reason="because", data={"amount": 5})
    assert thing.status == "b"
    thing.refresh_from_db()
    assert thing.status == "b"
    change = StateChange.objects.get()
    assert (change.kind, change.object_id, change.action, change.old, change.new) == ("thing", thing.pk, "go", "a", "b")
    assert (change.actor_id, change.reason) == (cast.zhao.pk, "because")
    line = TrailEvent.objects.get(event="thing.go")
    assert (line.data, line.actor_id, line.subject) == (
        {"old": "a", "new": "b", "amount": 5},
        cast.zhao.pk,
        f"tests_core.thing:{thing.pk}",
    )


def _nothing_written(thing: Thing, status: str) -> None:
    assert Thing.objects.get(pk=thing.pk).status == status
    assert not StateChange.objects.exists()
    assert not TrailEvent.objects.exists()


def test_a_wrong_state_is_refused(thing: Thing) -> None:
    with pytest.raises(Conflict) as refusal:
        states.apply(thing, "end", actor=None)
    assert (refusal.value.code, refusal.value.status) == ("wrong_state", 409)
    _nothing_written(thing, "a")


def test_the_stored_state_counts_and_not_the_one_in_memory(thing: Thing) -> None:
    thing.status = "b"
    with pytest.raises(Conflict):
        states.apply(thing, "back", actor=None)
    _nothing_written(thing, "a")


def test_a_guard_looks_at_the_stored_thing(thing: Thing) -> None:
    Thing.objects.update(status="b")
    thing.note = "only here"
    with pytest.raises(Conflict) as refusal:
        states.apply(thing, "end", actor=None)
    assert refusal.value.code == "refused"
    _nothing_written(thing, "b")


def test_a_move_goes_with_the_transaction_of_its_caller(thing: Thing) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        states.apply(thing, "go", actor=None)
        raise ZeroDivisionError
    _nothing_written(thing, "a")


def test_of_many_at_once_exactly_one_moves_it(thing: Thing) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def move() -> None:
        try:
            mine = Thing.objects.get(pk=thing.pk)
            start.wait()
            states.apply(mine, "go", actor=None)
            outcomes.append("moved")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=move) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved"] + ["wrong_state"] * 5
    assert StateChange.objects.count() == 1


@given(
    sources=st.lists(st.sampled_from([*KNOWN, "nowhere"]), max_size=3),
    target=st.sampled_from([*KNOWN, "nowhere"]),
    initial=st.sampled_from([*KNOWN, "nowhere"]),
)
def test_a_table_names_only_states_that_it_has(sources: list[str], target: str, initial: str) -> None:
    def declare() -> Table:
        actions = {"move": Action("move", tuple(sources), target, "")}
        return Table("t", initial, dict.fromkeys(KNOWN, ""), actions)

    if sources and "nowhere" not in (*sources, target, initial):
        made = declare()
        assert [action.name for action in made.allowed(sources[0])] == ["move"]
        assert made.choices == [("a", ""), ("b", ""), ("c", "")]
    else:
        with pytest.raises(ValueError):
            declare()


def test_two_actions_of_one_name_are_a_mistake() -> None:
    move = Action("move", ("a",), "b", "")
    with pytest.raises(ValueError, match="two actions"):
        states.table("t", initial="a", states=dict.fromkeys(KNOWN, ""), actions=[move, move])


def test_every_table_can_be_printed() -> None:
    out = StringIO()
    call_command("states", stdout=out)
    for table in states.tables():
        assert f"## {table.kind}\n" in out.getvalue()
    assert len(states.tables()) == len({table.kind for table in states.tables()}) > 0
