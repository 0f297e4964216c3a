"""The role of the running platform cannot lift what makes the books and the trail unchangeable. On a real PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg2
import pytest
from django.db import connection

from core import migration_tools
from ledger import chart

ROOT = Path(__file__).resolve().parents[2]
NAME = f"candor_roles_{os.getpid()}"


@pytest.fixture
def roles(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A database made by deploy/roles.sh; its connection strings by role."""
    at = connection.settings_dict
    server = {
        "PGHOST": at["HOST"],
        "PGPORT": str(at["PORT"]),
        "PGPASSWORD": at["PASSWORD"],
        "POSTGRES_USER": at["USER"],
    }
    for name in ("owner", "app"):
        (tmp_path / f"db_{name}_password").write_text(f"secret-{name}")
    try:
        subprocess.run(
            ["bash", str(ROOT / "deploy/roles.sh")],
            env={**os.environ, **server, "SECRETS": str(tmp_path), "CANDOR_DATABASE": NAME},
            check=True,
            capture_output=True,
        )
        yield {
            name: f"host={at['HOST']} port={at['PORT']} dbname={NAME} user={NAME}_{name} password=secret-{name}"
            for name in ("owner", "app")
        }
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            for name in ("owner", "app"):
                cursor.execute(f"DROP ROLE IF EXISTS {NAME}_{name}")


@pytest.mark.django_db(transaction=True)
def test_the_running_platform_cannot_lift_a_trigger(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        return  # a file has no roles
    roles = request.getfixturevalue("roles")
    monkeypatch.setattr(migration_tools, "append_only_tables", set())
    with psycopg2.connect(roles["owner"]) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE line (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, said text)")
        for operation in migration_tools.append_only("line"):
            # Without parameters the driver leaves percent signs alone; Django's cursor halves them.
            editor = SimpleNamespace(connection=connection, execute=lambda sql: cursor.execute(sql.replace("%%", "%")))
            operation.code(None, editor)
    owner.close()
    app = psycopg2.connect(roles["app"])
    app.autocommit = True
    with app.cursor() as cursor:
        cursor.execute("INSERT INTO line (said) VALUES ('once')")
        for refused in (
            "UPDATE line SET said = 'twice'",
            "DELETE FROM line",
            "TRUNCATE line",
            "ALTER TABLE line DISABLE TRIGGER ALL",
            "DROP TRIGGER line_append_only ON line",
            "DROP TABLE line",
            "SET session_replication_role = replica",
            "CREATE TABLE other (id int)",
            "CREATE OR REPLACE FUNCTION line_deny() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        ):
            with pytest.raises(psycopg2.Error):
                cursor.execute(refused)
        cursor.execute("SELECT said FROM line")
        assert cursor.fetchall() == [("once",)]
    app.close()


@pytest.mark.django_db(transaction=True)
def test_the_running_platform_writes_to_the_books_by_the_function_only(request: pytest.FixtureRequest) -> None:
    if connection.vendor == "sqlite":
        return  # a file has no roles
    roles, at = request.getfixturevalue("roles"), connection.settings_dict
    owner = f"postgresql://{NAME}_owner:secret-owner@{at['HOST']}:{at['PORT']}/{NAME}"
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"],
        env={**os.environ, "DATABASE_URL": owner, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"},
        check=True,
        capture_output=True,
    )
    app = psycopg2.connect(roles["app"])
    app.autocommit = True
    give = "SELECT outcome FROM ledger_post('donation:1', 'donation', 'd:1', 'digest', NULL, now(), NULL, %s, %s, %s, %s, %s)"
    codes, amounts = ["channel:sandbox:clearing", "camp:1:available"], [500, -500]
    with app.cursor() as cursor:
        families = [chart.family(code) for code in codes]
        cursor.execute(give, [codes, families, ["A", "L"], [False, True], amounts])
        assert cursor.fetchone() == ("posted",)
        for refused in (
            "INSERT INTO ledger_entry (journal_id, account_id, kind, amount) VALUES (1, 1, 'donation', 5)",
            "INSERT INTO ledger_account (code, family, kind, guarded) VALUES ('x', 'x', 'A', false)",
            "UPDATE ledger_folded SET debit = 5",
            "UPDATE ledger_mark SET upto = 5",
            "DELETE FROM ledger_turnover",
            "UPDATE ledger_entry SET amount = 1",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(refused)
        cursor.execute("SELECT ledger_fold()")
        cursor.execute("SELECT ledger_balance(id) FROM ledger_account WHERE code = 'camp:1:available'")
        assert cursor.fetchone() == (-500,)
    app.close()
