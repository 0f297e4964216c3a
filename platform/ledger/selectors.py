"""Readers of the books. Every sum is computed from the entries; nothing is a counter that could drift."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from core.errors import Text
from core.money import Fen
from ledger import chart
from ledger.models import Account, Entry, Journal
from policy.enforce import enforces


def balances(codes: Iterable[str]) -> dict[str, Fen]:
    """Fen in each account, natural sign, 0 for an account that has not been opened: one query."""
    wanted = list(codes)
    found = dict.fromkeys(wanted, 0)
    rows = Account.objects.filter(code__in=wanted).annotate(total=Sum("entries__amount"))
    found.update({account.code: (account.total or 0) * account.sign for account in rows})
    return found


def totals(codes: Iterable[str]) -> dict[str, dict[str, Fen]]:
    """Fen that each kind of journal moved in each account, natural sign: one query."""
    wanted = list(codes)
    found: dict[str, dict[str, Fen]] = {code: {} for code in wanted}
    rows = (
        Entry.objects.filter(account__code__in=wanted)
        .values_list("account__code", "account__kind", "kind")
        .annotate(total=Sum("amount"))
        .order_by()
    )
    for code, account_kind, kind, total in rows:
        found[code][kind] = total if account_kind in "AX" else -total
    return found


def kind_totals(prefix: str) -> dict[str, Fen]:
    """Fen that each kind of journal moved in all accounts under `prefix` together, liabilities positive: one query."""
    rows = (
        Entry.objects.filter(account__code__startswith=prefix)
        .values_list("kind")
        .annotate(total=Sum("amount"))
        .order_by()
    )
    return {kind: -total for kind, total in rows}


@dataclass(frozen=True)
class Line:
    """One account of the trial balance, in fen."""

    code: str
    debit: Fen
    credit: Fen


def trial_balance(prefix: str = "") -> list[Line]:
    """Every account that starts with `prefix`, with what it holds on its side: one query."""
    rows = Account.objects.filter(code__startswith=prefix).annotate(total=Sum("entries__amount")).order_by("code")
    return [Line(row.code, max(row.total or 0, 0), max(-(row.total or 0), 0)) for row in rows]


@dataclass(frozen=True)
class Family:
    """All accounts of one meaning together: turnovers and balance, the balance in its natural sign."""

    code: str
    label: Text
    debit: Fen
    credit: Fen
    balance: Fen


def families() -> list[Family]:
    """The trial balance as people read it, in the order of the chart. One query over all entries."""
    rows = (
        Entry.objects.annotate(family=_family())
        .values_list("family")
        .annotate(
            debit=Sum("amount", filter=Q(amount__gt=0), default=0),
            credit=Sum("amount", filter=Q(amount__lt=0), default=0),
        )
        .order_by()
    )
    sums = {family: (debit, -credit) for family, debit, credit in rows}
    lines = []
    for code, label in chart.FAMILIES.items():
        debit, credit = sums.get(code, (0, 0))
        sign = 1 if chart.spec(code.replace("*", "1")).kind in "AX" else -1
        lines.append(Family(code, label, debit, credit, (debit - credit) * sign))
    return lines


def _family() -> Case:
    patterns = [code.split("*") for code in chart.FAMILIES if "*" in code]
    return Case(
        *(
            When(account__code__startswith=head, account__code__endswith=tail, then=Value(f"{head}*{tail}"))
            for head, tail in patterns
        ),
        default=F("account__code"),
    )


def accounts_of(family: str) -> QuerySet[Account]:
    """The accounts of one family of the chart, by code; the balances of a page come from `balances`."""
    head, _star, tail = family.partition("*")
    if not tail:
        return Account.objects.filter(code=family).order_by("id")
    return Account.objects.filter(code__startswith=head, code__endswith=tail).order_by("id")


@dataclass(frozen=True)
class Identity:
    """What was raised was paid out, refunded, charged, or is still there (R45). All in fen."""

    raised: Fen
    paid_out: Fen  # arrived at payees
    on_the_way: Fen  # ordered at the bank, not arrived yet
    refunded: Fen  # taken out for refunds, confirmed or on their way
    fees: Fen
    pending: Fen  # still in campaigns, available or held
    difference: Fen  # 0, or something moved money in a way that the equation does not know


@enforces("R45")
def identity() -> Identity:
    """The yearly audit's equation over all campaigns, from the books alone. Two queries."""
    moved: dict[str, Fen] = defaultdict(int)
    campaigns = Entry.objects.filter(account__code__startswith="camp:")
    for kind, total in campaigns.values_list("kind").annotate(total=Sum("amount")).order_by():
        moved[kind] = -total
    on_the_way = balances([chart.PAYOUT_TRANSIT])[chart.PAYOUT_TRANSIT]
    raised, fees, pending = moved["donation"], -moved["payout_fee"], sum(moved.values())
    paid_out = -moved["payout_send"] - moved["payout_return"] - on_the_way
    refunded = -moved["refund_hold"] - moved["refund_fail"]
    difference = raised - paid_out - on_the_way - refunded - fees - pending
    return Identity(raised, paid_out, on_the_way, refunded, fees, pending, difference)


def ledger_sum() -> Fen:
    """Debits minus credits over everything: zero, or the books are broken. One query."""
    return Entry.objects.aggregate(total=Sum("amount"))["total"] or 0


def statement(code: str) -> QuerySet[Entry]:
    """An account's entries, newest first; one query a page."""
    return Entry.objects.filter(account__code=code).select_related("journal").order_by("-id")


@dataclass(frozen=True)
class StatementLine:
    """`amount` and the `balance` after it, in the account's natural sign."""

    entry: Entry
    amount: Fen
    balance: Fen


def with_balances(account: Account, entries: list[Entry]) -> list[StatementLine]:
    """Put the running balance beside one page of `statement`. One query."""
    if not entries:
        return []
    upto = Entry.objects.filter(account=account, id__lte=entries[0].pk).aggregate(total=Sum("amount"))
    balance = (upto["total"] or 0) * account.sign
    lines = []
    for entry in entries:
        lines.append(StatementLine(entry, entry.amount * account.sign, balance))
        balance -= entry.amount * account.sign
    return lines


@dataclass(frozen=True)
class Audit:
    """What `verify_ledger` found. `faults` names what is wrong, in words; empty when the books are right."""

    ledger_sum_fen: Fen
    journals: int
    faults: list[str]

    @property
    def ok(self) -> bool:
        return not self.faults


def verify() -> Audit:
    """Recompute what the database promises, without trusting it: five queries."""
    total = ledger_sum()
    faults = [f"the books do not sum to zero but to {total} fen"] if total else []
    unbalanced = (
        Journal.objects.annotate(total=Sum("entries__amount"), legs=Count("entries"))
        .exclude(total=0, legs__gte=2)
        .values_list("pk", flat=True)[:10]
    )
    faults += [f"journal {pk} is unbalanced" for pk in unbalanced]
    strangers = Entry.objects.exclude(kind=F("journal__kind")).values_list("pk", flat=True)[:10]
    faults += [f"entry {pk} is of another kind than its journal" for pk in strangers]
    overdrawn = Account.objects.filter(guarded=True).annotate(total=Sum("entries__amount")).filter(total__gt=0)
    faults += [f"account {account.code} is overdrawn" for account in overdrawn[:10]]
    return Audit(total, Journal.objects.count(), faults)
