"""Operations that migrations of several rooms need.

On SQLite a later change of a table (AlterField, AddConstraint) builds the table anew and loses its triggers. Put the same
operations at the end of that migration again: they may run twice. tests/house/test_triggers.py fails when one is missing.
"""

from typing import Any

from django.db import migrations

# What the loaded migrations promise, for the test that looks whether it is there.
append_only_tables: set[str] = set()
final_tables: set[str] = set()


def append_only(table: str) -> list[migrations.RunPython]:
    """Make `table` refuse UPDATE, DELETE and (on PostgreSQL) TRUNCATE in the database itself, on both engines."""
    append_only_tables.add(table)
    return [migrations.RunPython(_forbid(table), _allow(table))]


def _forbid(table: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            # A percent sign in DDL is a placeholder to the driver.
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_deny() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION '{table} is append-only: %%', tg_op USING errcode = 'restrict_violation'; END $$"
            )
            schema_editor.execute(
                f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_deny()"
            )
            return
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb}'); END"
            )

    return run


def _allow(table: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_deny()")
            return
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")

    return run


def final_once(table: str, condition: str) -> list[migrations.RunPython]:
    """Make `table` refuse UPDATE of rows whose stored values fulfil `condition` (SQL on OLD), and every DELETE."""
    final_tables.add(table)
    return [migrations.RunPython(_forbid_final(table, condition), _allow_final(table))]


def _forbid_final(table: str, condition: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        guards = (("update", f"WHEN ({condition})"), ("delete", ""))
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"RAISE EXCEPTION '{table} is final: %%', tg_op USING errcode = 'restrict_violation'; END $$"
            )
        for verb, when in guards:
            name = f"{table}_final_{verb}"
            event = f"BEFORE {verb.upper()} ON {table} FOR EACH ROW {when}"
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(f"CREATE OR REPLACE TRIGGER {name} {event} EXECUTE FUNCTION {table}_final()")
                continue
            schema_editor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {name} {event} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is final: {verb.upper()}'); END"
            )

    return run


def _allow_final(table: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_final_{verb}{on_table}")
        if on_table:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_final()")

    return run
