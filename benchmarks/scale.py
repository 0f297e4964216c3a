"""A few thousand rows made by `benchmarks.rows` become a million: copied inside PostgreSQL, each copy a thing of its own.

Copy number n of the row with id i has the id i + n * STRIDE, in every table alike, so that foreign keys between copied tables
are kept by adding the same. What has to be unique gets an expression of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from accounts.models import Consent, User
from benchmarks.rows import CODE_ALPHABET, Maker
from campaigns.models import Campaign, Donation
from campaigns.rules import CODE_LENGTH
from identity.models import Person
from ledger import chart
from ledger.models import Account, Closing, Entry, Journal
from ledger.services.folding import fold_anew
from payments.models import Payment

STRIDE = 1_000_000
_ID = f"(t.id + n * {STRIDE})"
_BASE = len(CODE_ALPHABET)
_RANGE = _BASE**CODE_LENGTH
# A number without common factor with _RANGE: different ids get different codes, and neighbours do not look alike.
_FACTOR = 104_729
CODE = " || ".join(
    f"substr('{CODE_ALPHABET}', (({_ID} * {_FACTOR} % {_RANGE}) / {_BASE**place} % {_BASE})::int + 1, 1)"
    for place in range(CODE_LENGTH)
)
# model -> column -> SQL of its value in the copy; `fk` columns are shifted like the id.
CHANGES: dict[type[models.Model], dict[str, str]] = {
    User: {"email": f"'b' || {_ID} || '@candor.invalid'", "phone": "''", "phone_index": "NULL"},
    Person: {"id_index": f"encode(sha256(({_ID})::text::bytea), 'hex')", "user_id": "NULL"},
    Campaign: {
        "code": CODE,
        "search_text": f"t.search_text || ' ' || lower({CODE})",
        "published_at": "t.published_at - n * interval '61 seconds'",
        "needed_by": "t.needed_by + n % 9",
    },
}
_TEXT_KEYS = (
    "key",
    "occasion",
    "token",
    "out_trade_no",
    "refund_no",
    "transfer_no",
    "number",
    "form_key",
    "campaign_ref",
)


def multiply(model: type[models.Model], times: int, *, along: Sequence[type[models.Model]] = ()) -> None:
    """Make `times` rows of every row that is there. Foreign keys to `along` and to the model itself go to the copies."""
    own = CHANGES.get(model, {})
    columns, values = [], []
    for field in model._meta.concrete_fields:
        columns.append(f'"{field.column}"')
        values.append(own.get(field.column) or _copied(field, along, model))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) SELECT {", ".join(values)} '
            f'FROM "{model._meta.db_table}" t, generate_series(1, {times - 1}) n'
        )


def _copied(field: Any, along: Sequence[type[models.Model]], model: type[models.Model]) -> str:
    if field.primary_key:
        return _ID
    if field.remote_field and field.remote_field.model in (*along, model):
        return f't."{field.column}" + n * {STRIDE}'
    if field.name in _TEXT_KEYS and field.max_length:
        # As long as the original at most, so that every column takes it.
        return f"left(md5(({_ID})::text || '{field.name}'), {min(field.max_length, 32)})"
    return f't."{field.column}"'


@contextmanager
def loading(*models_: type[models.Model]) -> Iterator[None]:
    """While much is written: no foreign key is checked row by row, and indexes that guard nothing are built in the end."""
    tables = [model._meta.db_table for model in models_]
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off"
        )
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [tables],
        )
        indexes: Mapping[str, str] = dict(cursor.fetchall())
        for name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        for statement in indexes.values():
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin; SET synchronous_commit = on")
        for model in models_:
            _catch_up(cursor, model)
        cursor.execute("VACUUM (ANALYZE) " + ", ".join(f'"{table}"' for table in tables))


def _catch_up(cursor: Any, model: type[models.Model]) -> None:
    """New rows get ids behind the copies."""
    table = model._meta.db_table
    cursor.execute(f"SELECT pg_get_serial_sequence('{table}', 'id')")
    if (sequence := cursor.fetchone()[0]) is not None:
        cursor.execute(f'SELECT setval(%s, (SELECT coalesce(max(id), 1) FROM "{table}"))', [sequence])


def campaigns(maker: Maker, number: int, *, base: int = 2000) -> int:
    """About `number` campaigns with raisers, patients and consents, each with one gift in the books. Returns how many."""
    base, times = min(base, number), max(number // base, 1)
    users = maker.users(base)
    hospitals = maker.hospitals(200)
    rows = maker.campaigns(base, raisers=users, hospitals=hospitals)
    maker.photos(rows[:100])
    maker.payees(rows[:100])
    with loading(User, Person, Campaign, Consent, Account, Journal, Closing, Entry):
        if times > 1:
            multiply(User, times)
            multiply(Person, times)
            multiply(Campaign, times, along=[User, Person])
            _consents()
        books(Campaign.objects.order_by("id"))
    fold_anew()
    return Campaign.objects.count()


def _consents() -> None:
    """The raiser's consent to publish, for each copied campaign."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_consent (user_id, purpose, scope, given, text_version, text_sha256, language, at) "
            "SELECT raiser_id, 'publish_story', 'campaign:' || code, true, '2026-11a', repeat('0', 64), 'zh-hans', now() "
            f"FROM campaigns_campaign WHERE id > {STRIDE}"
        )


def books(rows: models.QuerySet[Campaign]) -> None:
    """The accounts of the campaigns and one donation of 100 yuan to each, as `ledger.services.post` would leave them."""
    chosen, params = rows.values("id").query.sql_with_params()
    available, held = chart.spec(chart.available(1)), chart.spec(chart.held(1))
    clearing = Account.objects.get_or_create(
        code=chart.clearing("sandbox"), defaults={"kind": "A", "family": chart.family(chart.clearing("sandbox"))}
    )[0].pk
    with connection.cursor() as cursor:
        for suffix, spec in (("available", available), ("held", held)):
            cursor.execute(
                "INSERT INTO ledger_account (code, family, kind, guarded) "
                f"SELECT 'camp:' || id || ':{suffix}', %s, %s, %s FROM ({chosen}) c",
                [chart.family(f"camp:1:{suffix}"), spec.kind, spec.guarded, *params],
            )
        _donations(cursor, f"SELECT id, 10000 AS amount, 'bench:' || id AS key FROM ({chosen}) c", params, clearing)


def gifts_of(
    campaign: Campaign, number: int, maker: Maker, *, others: Sequence[Campaign] = (), base: int = 1000
) -> None:
    """`number` paid gifts to one campaign, in payments, donations and books, and as many spread over `others`."""
    base = min(base, number)
    maker.gifts(base, campaigns=[campaign], donors=maker.users(200))
    if others:
        maker.gifts(base, campaigns=others, donors=maker.users(200))
    clearing = Account.objects.get(code=chart.clearing("sandbox")).pk
    with loading(Payment, Donation, Journal, Closing, Entry):
        multiply(Payment, max(number // base, 1))
        multiply(Donation, max(number // base, 1), along=[Payment])
        Payment.objects.filter(donation__campaign=campaign).update(credit_account=chart.available(campaign.pk))
        with connection.cursor() as cursor:
            gifts = (
                "SELECT campaign_id AS id, amount, 'gift:' || id AS key FROM campaigns_donation WHERE campaign_id = %s"
            )
            _donations(cursor, gifts, (campaign.pk,), clearing)
    fold_anew()


def _donations(cursor: Any, gifts: str, params: Sequence[Any], clearing: int) -> None:
    """Journals, legs and closings for rows of (campaign id, amount, key)."""
    cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_journal")
    start = cursor.fetchone()[0]
    cursor.execute(
        "CREATE TEMPORARY TABLE gift ON COMMIT PRESERVE ROWS AS "
        f"SELECT row_number() OVER (ORDER BY key) + {start} AS journal, g.*, "
        f"a.id AS account FROM ({gifts}) g JOIN ledger_account a ON a.code = 'camp:' || g.id || ':available'",
        params,
    )
    cursor.execute(
        "INSERT INTO ledger_journal (id, key, kind, ref, digest, effective_at, posted_at, closing_id) "
        "SELECT journal, key, 'donation', key, md5(key), now(), now(), journal FROM gift"
    )
    cursor.execute(
        "INSERT INTO ledger_entry (journal_id, account_id, kind, amount) "
        "SELECT journal, account, 'donation', -amount FROM gift "
        f"UNION ALL SELECT journal, {clearing}, 'donation', amount FROM gift"
    )
    cursor.execute("INSERT INTO ledger_closing (id) SELECT journal FROM gift")
    cursor.execute("DROP TABLE gift")
