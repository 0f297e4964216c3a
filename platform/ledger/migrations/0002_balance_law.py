"""The laws of the books, in the database itself, on both engines."""

from typing import Any

from django.db import migrations

from core.migration_tools import append_only

SQLITE = [
    """CREATE TRIGGER ledger_closing_balanced BEFORE INSERT ON ledger_closing
       WHEN (SELECT count(*) < 2 OR coalesce(sum(amount), 1) <> 0 FROM ledger_entry WHERE journal_id = NEW.id)
       BEGIN SELECT RAISE(ABORT, 'journal is not balanced'); END""",
    """CREATE TRIGGER ledger_entry_open BEFORE INSERT ON ledger_entry
       WHEN EXISTS (SELECT 1 FROM ledger_closing WHERE id = NEW.journal_id)
       BEGIN SELECT RAISE(ABORT, 'journal is closed'); END""",
    """CREATE TRIGGER ledger_journal_own_closing BEFORE INSERT ON ledger_journal
       WHEN NEW.closing_id <> NEW.id
       BEGIN SELECT RAISE(ABORT, 'a journal is closed under its own number'); END""",
]

POSTGRESQL = [
    """CREATE FUNCTION ledger_closing_balanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF (SELECT count(*) < 2 OR coalesce(sum(amount), 1) <> 0 FROM ledger_entry WHERE journal_id = NEW.id) THEN
           RAISE EXCEPTION 'journal is not balanced' USING errcode = 'check_violation';
         END IF;
         RETURN NEW; END $$""",
    """CREATE TRIGGER ledger_closing_balanced BEFORE INSERT ON ledger_closing
       FOR EACH ROW EXECUTE FUNCTION ledger_closing_balanced()""",
    """CREATE FUNCTION ledger_entry_open() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF EXISTS (SELECT 1 FROM ledger_closing WHERE id = NEW.journal_id) THEN
           RAISE EXCEPTION 'journal is closed' USING errcode = 'restrict_violation';
         END IF;
         RETURN NEW; END $$""",
    """CREATE TRIGGER ledger_entry_open BEFORE INSERT ON ledger_entry
       FOR EACH ROW EXECUTE FUNCTION ledger_entry_open()""",
    "ALTER TABLE ledger_journal ADD CONSTRAINT ledger_journal_own_closing CHECK (closing_id = id)",
]

UNDO = {
    "sqlite": [
        "DROP TRIGGER ledger_closing_balanced",
        "DROP TRIGGER ledger_entry_open",
        "DROP TRIGGER ledger_journal_own_closing",
    ],
    "postgresql": [
        "DROP TRIGGER ledger_closing_balanced ON ledger_closing",
        "DROP FUNCTION ledger_closing_balanced()",
        "DROP TRIGGER ledger_entry_open ON ledger_entry",
        "DROP FUNCTION ledger_entry_open()",
        "ALTER TABLE ledger_journal DROP CONSTRAINT ledger_journal_own_closing",
    ],
}


def make(apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unmake(apps: Any, schema_editor: Any) -> None:
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_books")]

    operations = [
        migrations.RunPython(make, unmake),
        *append_only("ledger_account"),
        *append_only("ledger_journal"),
        *append_only("ledger_closing"),
        *append_only("ledger_entry"),
    ]
