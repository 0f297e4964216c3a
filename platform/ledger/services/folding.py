"""Sums of old entries, so that reading a balance does not grow with its history (docs/decisions/0008)."""

from django.db import connection, transaction

from core.watermark import horizon
from ledger.models import Entry, Folded, Mark, Turnover

_FRESH = """
    SELECT {what}, e.kind, coalesce(sum(CASE WHEN e.amount > 0 THEN e.amount END), 0),
           coalesce(-sum(CASE WHEN e.amount < 0 THEN e.amount END), 0)
      FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
     WHERE e.id > %s AND e.id >= %s AND e.id < %s GROUP BY {what}, e.kind"""
_ADD = """
    INSERT INTO {table} ({column}, kind, debit, credit) {fresh}
    ON CONFLICT ({column}, kind) DO UPDATE SET debit = debit + excluded.debit, credit = credit + excluded.credit"""
_STEPS = [
    _ADD.format(table="ledger_folded", column="account_id", fresh=_FRESH.format(what="e.account_id")),
    _ADD.format(table="ledger_turnover", column="family", fresh=_FRESH.format(what="a.family")),
]


def fold() -> int:
    """Add the entries that are settled and not yet folded to the sums. Returns how many; two at once fold once."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_fold()")
            return int(cursor.fetchone()[0])
    with transaction.atomic():
        mark, _created = Mark.objects.get_or_create(id=1)
        high = horizon(Entry)
        fresh = Entry.objects.filter(id__gt=mark.after_id, id__gte=mark.upto, id__lt=high).count()
        if fresh:
            with connection.cursor() as cursor:
                for step in _STEPS:
                    cursor.execute(step, [mark.after_id, mark.upto, high])
            Mark.objects.filter(id=1).update(upto=high)
    return fresh


def fold_anew() -> None:
    """Throw the sums away and make them again from every entry: after a move to another server, while nobody posts."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_fold_anew()")
        return
    with transaction.atomic():
        for model in (Folded, Turnover, Mark):
            model._default_manager.all().delete()
        fold()
