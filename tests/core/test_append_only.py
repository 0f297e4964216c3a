"""Tables that refuse to be changed, in the database itself."""

import pytest
from django.db import IntegrityError, connection, transaction

from core import trail
from core.models import StateChange, TrailEvent, TrailSeal


@pytest.mark.django_db
@pytest.mark.parametrize("sql", ["UPDATE core_trailevent SET event = 'x'", "DELETE FROM core_trailevent"])
def test_no_sql_changes_the_trail(sql: str) -> None:
    line = trail.record(actor=None, event="thing.made", subject="thing:1")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert list(TrailEvent.objects.values_list("pk", "event")) == [(line.pk, "thing.made")]


@pytest.mark.django_db
@pytest.mark.parametrize("model", [TrailEvent, StateChange, TrailSeal])
def test_the_orm_cannot_change_them_either(model: type) -> None:
    row = {
        TrailEvent: {"event": "a.b", "subject": "c:1"},
        StateChange: {"kind": "a", "object_id": 1, "action": "b", "old": "c", "new": "d"},
        TrailSeal: {
            "number": 1,
            "after_id": 0,
            "low": 0,
            "high": 1,
            "rows": 0,
            "root": "",
            "previous": "",
            "digest": "",
        },
    }[model]
    made = model.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=made.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save()
    assert model.objects.count() == 1


@pytest.mark.django_db
def test_postgresql_refuses_to_truncate_as_well(on_sqlite: bool) -> None:
    if on_sqlite:
        return  # SQLite has no TRUNCATE
    trail.record(actor=None, event="thing.made", subject="thing:1")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE core_trailevent")
    assert TrailEvent.objects.count() == 1
