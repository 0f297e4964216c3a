"""Proof of the books without trusting what keeps them: everything is computed again from the entries.

Rooms above, whose money stands in these books, register what they know of it: `register("payments", faults)`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Sum

from core.money import Fen
from core.watermark import position
from ledger import chart
from ledger.models import Account, Entry, Journal
from ledger.seals import BOOKS
from policy.enforce import enforces

MOST = 10  # of one sort that are named

Faults = Callable[[], Iterator[str]]
_rooms: dict[str, Faults] = {}


def register(room: str, faults: Faults) -> None:
    """A room's own look: sentences for what does not agree with the journals; reads only, a fixed number of queries."""
    _rooms[room] = faults


@dataclass(frozen=True)
class Audit:
    """What was found. `faults` names what is wrong, in words; empty when the books are right."""

    ledger_sum_fen: Fen
    journals: int
    seals: int
    faults: list[str]

    @property
    def ok(self) -> bool:
        return not self.faults


@enforces("R45")
def verify() -> Audit:
    """Read everything once and name what is wrong."""
    total = Entry.objects.aggregate(total=Sum("amount"))["total"] or 0
    sealed = BOOKS.verify()
    faults = [f"the books do not sum to zero but to {total} fen"] if total else []
    for look in (_journals, _accounts, _sums, *_rooms.values()):
        faults += look()
    if sealed.fault:
        faults.append(sealed.fault)
    return Audit(total, Journal.objects.count(), sealed.seals, faults)


def _journals() -> Iterator[str]:
    unbalanced = Journal.objects.annotate(total=Sum("entries__amount"), legs=Count("entries")).exclude(
        total=0, legs__gte=2
    )
    for pk in unbalanced.values_list("pk", flat=True)[:MOST]:
        yield f"journal {pk} is unbalanced"
    for pk in Entry.objects.exclude(kind=F("journal__kind")).values_list("pk", flat=True)[:MOST]:
        yield f"entry {pk} is of another kind than its journal"
    lost = Entry.objects.exclude(Exists(Account.objects.filter(pk=OuterRef("account_id"))))
    for pk in lost.values_list("pk", flat=True)[:MOST]:
        yield f"entry {pk} is of an account that does not exist"


def _accounts() -> Iterator[str]:
    overdrawn = Account.objects.filter(guarded=True).annotate(total=Sum("entries__amount")).filter(total__gt=0)
    for code in overdrawn.values_list("code", flat=True)[:MOST]:
        yield f"account {code} is overdrawn"
    for account in Account.objects.iterator(chunk_size=5000):
        if not _of_the_chart(account):
            yield f"account {account.code} is not what the chart says"


def _of_the_chart(account: Account) -> bool:
    try:
        spec = chart.spec(account.code)
    except ValueError:
        return False
    told = (account.kind, account.guarded, account.family)
    return told == (spec.kind, spec.guarded, chart.family(account.code))


_BELOW = """e.id <= coalesce((SELECT after_id FROM ledger_mark), 0)
            OR e.{position} < coalesce((SELECT upto FROM ledger_mark), 0)"""
_FOLDED = """
    SELECT what FROM (
      SELECT account_id AS what, kind, debit - credit AS amount FROM ledger_folded
      UNION ALL SELECT e.account_id, e.kind, -e.amount FROM ledger_entry e WHERE {below}) line
    GROUP BY what, kind HAVING sum(amount) <> 0 LIMIT 10"""
_TURNOVERS = """
    SELECT what FROM (
      SELECT family AS what, kind, debit - credit AS amount FROM ledger_turnover
      UNION ALL SELECT a.family, e.kind, -e.amount FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
       WHERE {below}) line
    GROUP BY what, kind HAVING sum(amount) <> 0 LIMIT 10"""


def _sums() -> Iterator[str]:
    """What was folded is what the entries below the mark say."""
    below = _BELOW.format(position=position())
    for query, words in ((_FOLDED, "the folded sum of account"), (_TURNOVERS, "the turnover of")):
        with connection.cursor() as cursor:
            cursor.execute(query.format(below=below))
            for (what,) in cursor.fetchall():
                yield f"{words} {what} is not that of its entries"
