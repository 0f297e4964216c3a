"""The one way to write to the books."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict
from core.money import Fen
from core.trail import Actor
from ledger import chart
from ledger.models import Account, Closing, Entry, Journal
from policy.enforce import enforces

Legs = Sequence[tuple[str, Fen]]


def open_accounts(codes: Iterable[str]) -> dict[str, Account]:
    """The accounts of `codes`, made where they are missing. Raises ValueError for a code outside the chart."""
    wanted = sorted(set(codes))
    specs = {code: chart.spec(code) for code in wanted}
    found = {account.code: account for account in Account.objects.filter(code__in=wanted)}
    missing = [
        Account(code=code, kind=specs[code].kind, guarded=specs[code].guarded) for code in wanted if code not in found
    ]
    if missing:
        Account.objects.bulk_create(missing, ignore_conflicts=True)
        found = {account.code: account for account in Account.objects.filter(code__in=wanted)}
    return found


@enforces("R42", "R56")
def post(
    *,
    key: str,
    kind: str,
    ref: str,
    legs: Legs,
    actor: Actor,
    effective_at: datetime | None = None,
    reverses: Journal | None = None,
) -> Journal:
    """Write one balanced journal, once per `key`; joins the caller's transaction.

    `legs` are `(account code, fen)`, debit positive, credit negative, at least two, none zero, sum zero (ValueError
    otherwise). The same key with the same content returns the journal that exists; with other content Conflict
    `key_reused`. A debit that would take a guarded account below zero raises Conflict `insufficient_funds`. Only debits
    of guarded accounts take a lock; a donation takes none.
    """
    _check(legs)
    digest = _digest(kind, ref, legs, reverses)
    with transaction.atomic():
        accounts = open_accounts(code for code, _amount in legs)
        journal = _begin(key, kind, ref, digest, actor, effective_at, reverses)
        if journal is None:
            return _replayed(key, digest)
        debited = _lock_debited(accounts, legs)
        Entry.objects.bulk_create(
            Entry(journal=journal, account=accounts[code], kind=kind, amount=amount) for code, amount in legs
        )
        Closing.objects.create(pk=journal.pk)
        _check_guarded(debited)
    return journal


def _check(legs: Legs) -> None:
    if len(legs) < 2 or any(amount == 0 for _code, amount in legs) or sum(amount for _code, amount in legs) != 0:
        raise ValueError(f"a journal needs two or more legs, none zero, that sum to zero: {legs}")


def _digest(kind: str, ref: str, legs: Legs, reverses: Journal | None) -> str:
    content = [kind, ref, [list(leg) for leg in legs], reverses.pk if reverses else None]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _begin(
    key: str, kind: str, ref: str, digest: str, actor: Actor, effective_at: datetime | None, reverses: Journal | None
) -> Journal | None:
    """A new journal row, or None when the key is taken. The id is drawn first: the row names its own closing."""
    if Journal.objects.filter(key=key).exists():
        return None
    number = _next_id()
    try:
        with transaction.atomic():
            return Journal.objects.create(
                pk=number,
                key=key,
                kind=kind,
                ref=ref,
                digest=digest,
                actor_id=actor.pk if actor else None,
                effective_at=effective_at or timezone.now(),
                reverses=reverses,
                closing_id=number,
            )
    except IntegrityError:
        if Journal.objects.filter(key=key).exists():
            return None
        raise


def _next_id() -> int:
    """On PostgreSQL from the table's sequence; on SQLite the write lock of the transaction makes max + 1 safe."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_journal', 'id'))")
        else:
            cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM ledger_journal")
        return int(cursor.fetchone()[0])


def _replayed(key: str, digest: str) -> Journal:
    journal = Journal.objects.get(key=key)
    if journal.digest != digest:
        raise Conflict("key_reused", _("The same number was already used for something else."))
    return journal


def _lock_debited(accounts: dict[str, Account], legs: Legs) -> list[Account]:
    """Lock the guarded accounts whose net leg takes money out, in id order so that two posts cannot deadlock."""
    net: dict[str, Fen] = defaultdict(int)
    for code, amount in legs:
        net[code] += amount
    debited = [account.pk for code, account in accounts.items() if account.guarded and net[code] * account.sign < 0]
    if not debited:
        return []
    # NO KEY: entries refer to the account by a foreign key, and a donation must not wait for a withdrawal.
    return list(Account.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=debited).order_by("pk"))


def _check_guarded(debited: list[Account]) -> None:
    for account in debited:
        total = Entry.objects.filter(account=account).aggregate(total=Sum("amount"))["total"] or 0
        if total * account.sign < 0:
            raise Conflict("insufficient_funds", _("There is not enough money for this."))
