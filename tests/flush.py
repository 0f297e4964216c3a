"""Append-only tables refuse to be emptied, which is their job; a transactional test needs exactly that between tests.

So the test run, and only the test run, lifts the triggers while Django flushes: on PostgreSQL by the replica role of the
session, on SQLite by dropping the guards and making them again from their own text. Triggers that keep an index stay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations


@contextmanager
def allowed() -> Iterator[None]:
    original = BaseDatabaseOperations.execute_sql_flush

    def execute(self: Any, sql_list: list[str]) -> None:
        if self.connection.vendor == "postgresql":
            original(
                self, ["SET session_replication_role = replica;", *sql_list, "SET session_replication_role = origin;"]
            )
            return
        triggers = _guards()
        original(self, [*_drops(triggers), *sql_list, *triggers.values()])

    BaseDatabaseOperations.execute_sql_flush = execute  # type: ignore[method-assign]
    try:
        yield
    finally:
        BaseDatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@contextmanager
def lifted() -> Iterator[None]:
    """What a database administrator can do: take the guards away for a moment. For tests of what then finds the change."""
    if connection.vendor == "postgresql":
        before, after = ["SET session_replication_role = replica"], ["SET session_replication_role = origin"]
    else:
        triggers = _guards()
        before, after = _drops(triggers), list(triggers.values())
    _run(before)
    try:
        yield
    finally:
        _run(after)


def _guards() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(%'")
        return dict(cursor.fetchall())


def _drops(triggers: dict[str, str]) -> list[str]:
    return [f'DROP TRIGGER "{name}";' for name in triggers]


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
