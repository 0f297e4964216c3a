"""What migrations promise stands in the database: on SQLite a table that is built anew loses its triggers."""

import pytest
from django.db import connection

from core import migration_tools, searching


def _triggers() -> set[str]:
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_every_append_only_table_has_its_guards(on_sqlite: bool) -> None:
    found = _triggers()
    for table in migration_tools.append_only_tables:
        wanted = {f"{table}_no_update", f"{table}_no_delete"} if on_sqlite else {f"{table}_append_only"}
        assert wanted <= found, f"{table}: put append_only() at the end of the migration that built the table anew"
    assert {"core_trailevent", "core_statechange", "core_trailseal"} <= migration_tools.append_only_tables
    for table in migration_tools.final_tables:
        assert {f"{table}_final_update", f"{table}_final_delete"} <= found, table


@pytest.mark.django_db
def test_every_search_index_is_there_and_kept(on_sqlite: bool) -> None:
    found = _triggers()
    for table, column in searching.indexed_columns:
        name = f"{table}_{column}_fts"
        if on_sqlite:
            assert {f"{name}_{verb}" for verb in ("insert", "update", "delete")} <= found, name
        else:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = %s", [name])
                assert cursor.fetchone(), name
