"""Finding rows by words, with an index on both engines. The stored column holds space-joined `core.search.tokens()`.

PostgreSQL: a GIN index over the tokens as an array. SQLite: an FTS5 table beside the model's own, kept by triggers.
"""

from typing import Any, TypeVar

from django.db import migrations, models
from django.db.models import BooleanField, F, Func

from core.search import query_tokens

M = TypeVar("M", bound=models.Model)

MOST_TOKENS = 32

# What the loaded migrations promise, for the test that looks whether it is there.
indexed_columns: set[tuple[str, str]] = set()


def index_operations(table: str, column: str) -> list[migrations.RunPython]:
    """Migration operations that make and keep the index for `column` of `table`; the primary key is `id`.

    On SQLite the triggers are lost when a later migration builds the table anew: put the same operations there again.
    """
    indexed_columns.add((table, column))
    return [migrations.RunPython(_make(table, column), _drop(table, column))]


def matching(queryset: models.QuerySet[M], column: str, query: str) -> models.QuerySet[M]:
    """Those rows whose stored tokens hold every token of `query`, whatever a person typed there.

    Nothing typed means all rows; something typed that holds no letter or digit finds nothing. Only the first
    MOST_TOKENS tokens count.
    """
    if not query.strip():
        return queryset
    wanted = query_tokens(query)[:MOST_TOKENS]
    if not wanted:
        return queryset.none()
    return queryset.filter(_HasAll(queryset.model, column, wanted))


class _HasAll(Func):
    output_field = BooleanField()

    def __init__(self, model: type[models.Model], column: str, wanted: list[str]) -> None:
        super().__init__(F(column))
        self.index = _index(model._meta.db_table, column)
        self.wanted = wanted

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        column, params = compiler.compile(self.source_expressions[0])
        return f"(string_to_array({column}, ' ') @> %s::text[])", [*params, self.wanted]

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        column, params = compiler.compile(self.source_expressions[0])
        key = f"{column.rpartition('.')[0]}.{compiler.quote_name_unless_alias('id')}"
        # Tokens hold letters and digits only: quoting is enough to take FTS5's operators away.
        phrase = " ".join(f'"{token}"' for token in self.wanted)
        return f'({key} IN (SELECT rowid FROM "{self.index}" WHERE "{self.index}" MATCH %s))', [*params, phrase]  # noqa: S608


def _index(table: str, column: str) -> str:
    return f"{table}_{column}_fts"


def _make(table: str, column: str) -> Any:
    name = _index(table, column)
    out = f"INSERT INTO {name}({name}, rowid, {column}) VALUES ('delete', old.id, old.{column});"  # noqa: S608
    into = f"INSERT INTO {name}(rowid, {column}) VALUES (new.id, new.{column});"  # noqa: S608

    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin (string_to_array({column}, ' '))"
            )
            return
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5({column}, content='{table}', content_rowid='id', "
            # Rare characters that SQLite's Unicode tables do not know yet are letters, too.
            f"tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Cn'\")"
        )
        for verb, body in (
            ("INSERT", into),
            ("DELETE", out),
            (f"UPDATE OF {column}", out + into),
        ):
            trigger = f"{name}_{verb.split()[0].lower()}"
            schema_editor.execute(f"CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {verb} ON {table} BEGIN {body} END")
        schema_editor.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608

    return run


def _drop(table: str, column: str) -> Any:
    name = _index(table, column)

    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
            return
        for verb in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}_{verb}")
        schema_editor.execute(f"DROP TABLE IF EXISTS {name}")

    return run
