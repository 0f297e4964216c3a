"""The one way to write to the books: on PostgreSQL a single call of a function in the database, on SQLite the same by rows."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict
from core.money import Fen
from core.trail import Actor
from ledger import chart
from ledger.models import Account, Closing, Entry, Journal
from ledger.selectors import balances
from policy.enforce import enforces

Legs = Sequence[tuple[str, Fen]]


def open_accounts(codes: Iterable[str]) -> dict[str, Account]:
    """The accounts of `codes`, made where they are missing. Raises ValueError for a code outside the chart.

    `post` opens what it needs by itself; on PostgreSQL only the owner of the tables may call this.
    """
    wanted = sorted(set(codes))
    specs = {code: chart.spec(code) for code in wanted}
    found = {account.code: account for account in Account.objects.filter(code__in=wanted)}
    missing = [
        Account(code=code, family=chart.family(code), kind=specs[code].kind, guarded=specs[code].guarded)
        for code in wanted
        if code not in found
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
    write = _by_function if connection.vendor == "postgresql" else _by_rows
    journal = Journal(
        key=key,
        kind=kind,
        ref=ref,
        digest=_digest(kind, ref, legs, reverses),
        reverses=reverses,
        actor_id=actor.pk if actor else None,
        effective_at=effective_at or timezone.now(),
    )
    outcome, number = write(journal, legs)
    if outcome == "key_reused":
        raise Conflict("key_reused", _("The same number was already used for something else."))
    if outcome == "insufficient_funds":
        raise Conflict("insufficient_funds", _("There is not enough money for this."))
    if outcome == "known":
        return Journal.objects.get(pk=number)
    journal.pk = journal.closing_id = number
    journal._state.adding = False
    return journal


def _check(legs: Legs) -> None:
    if len(legs) < 2 or any(amount == 0 for _code, amount in legs) or sum(amount for _code, amount in legs) != 0:
        raise ValueError(f"a journal needs two or more legs, none zero, that sum to zero: {legs}")


def _digest(kind: str, ref: str, legs: Legs, reverses: Journal | None) -> str:
    content = [kind, ref, [list(leg) for leg in legs], reverses.pk if reverses else None]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


_CALL = """SELECT outcome, journal_id FROM ledger_post(
    %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::text[], %s::text[], %s::boolean[], %s::bigint[])"""


def _by_function(journal: Journal, legs: Legs) -> tuple[str, int]:
    """One round trip. What the function refuses it says; it raises nothing, so the caller's transaction goes on."""
    codes = [code for code, _amount in legs]
    specs = [chart.spec(code) for code in codes]
    values = [
        journal.key,
        journal.kind,
        journal.ref,
        journal.digest,
        journal.actor_id,
        journal.effective_at,
        journal.reverses_id,
        codes,
        [chart.family(code) for code in codes],
        [spec.kind for spec in specs],
        [spec.guarded for spec in specs],
        [amount for _code, amount in legs],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CALL, values)
        outcome, number = cursor.fetchone()
    return outcome, number or 0


def _by_rows(journal: Journal, legs: Legs) -> tuple[str, int]:
    """On SQLite one writer at a time holds the lock of the whole file (IMMEDIATE), so looking before writing is safe."""
    with transaction.atomic():
        accounts = open_accounts(code for code, _amount in legs)
        known = Journal.objects.filter(key=journal.key).first()
        if known:
            return ("known" if known.digest == journal.digest else "key_reused"), known.pk
        if _overdraws(accounts, legs):
            return "insufficient_funds", 0
        number = (Journal.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
        journal.pk = journal.closing_id = number
        journal.save(force_insert=True)
        Entry.objects.bulk_create(
            Entry(journal=journal, account=accounts[code], kind=journal.kind, amount=amount) for code, amount in legs
        )
        Closing.objects.create(pk=number)
    return "posted", number


def _overdraws(accounts: dict[str, Account], legs: Legs) -> bool:
    """Whether a guarded account would go below zero in its natural sign."""
    net: dict[str, Fen] = defaultdict(int)
    for code, amount in legs:
        net[code] += amount * accounts[code].sign
    debited = [code for code, amount in net.items() if accounts[code].guarded and amount < 0]
    held = balances(debited) if debited else {}
    return any(held[code] + net[code] < 0 for code in debited)
