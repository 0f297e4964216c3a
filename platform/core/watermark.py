"""Where a row stands in commit order, so that a seal or a snapshot can never skip a row that commits late.

On PostgreSQL identity values commit out of order: a row with a small id may appear after one with a larger id. Each row
therefore keeps the transaction that wrote it, and a range is closed only when every older transaction has ended. SQLite has
one writer at a time: there, ids are in commit order.
"""

from typing import Any

from django.db import connection, models
from django.db.models import Func


class TransactionId(Func):
    """`db_default` of an `xid` column: the writing transaction on PostgreSQL, 0 on SQLite."""

    output_field = models.BigIntegerField()
    template = "0"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="(pg_current_xact_id()::text::bigint)")


def position() -> str:
    """The column that gives commit order on this engine."""
    return "xid" if connection.vendor == "postgresql" else "id"


def horizon(model: type[models.Model]) -> int:
    """Every row of `model` whose position is below this number is committed, and none will be added there. One query.

    On PostgreSQL any open transaction of the server holds it back, be it in another database: rows are then settled later.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            return int(cursor.fetchone()[0])
    last = model._default_manager.aggregate(last=models.Max("pk"))["last"]
    return int(last or 0) + 1
