"""Readers of the books. Every sum is computed from the entries; nothing is a counter that could drift."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet, Sum

from core.errors import Text
from core.money import Fen
from core.watermark import position
from ledger import chart
from ledger.models import Account, Entry
from policy.enforce import enforces


@dataclass(frozen=True)
class Moved:
    """What one kind of journal moved, in fen: debits and credits apart, neither negative."""

    debit: Fen
    credit: Fen

    @property
    def net(self) -> Fen:
        return self.debit - self.credit


# The sums below the mark, and the entries above it; both in one statement, so that no entry is seen twice or not at all.
_ACCOUNTS = """
    SELECT account_id, kind, debit, credit FROM ledger_folded WHERE account_id IN ({wanted})
    UNION ALL
    SELECT account_id, kind, CASE WHEN amount > 0 THEN amount ELSE 0 END, CASE WHEN amount < 0 THEN -amount ELSE 0 END
      FROM ledger_entry WHERE account_id IN ({wanted}) AND {tail}"""
_FAMILIES = """
    SELECT family, kind, debit, credit FROM ledger_turnover
    UNION ALL
    SELECT a.family, e.kind, CASE WHEN amount > 0 THEN amount ELSE 0 END, CASE WHEN amount < 0 THEN -amount ELSE 0 END
      FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE {tail}"""


def _tail(prefix: str = "") -> str:
    after, upto = "(SELECT after_id FROM ledger_mark)", "(SELECT upto FROM ledger_mark)"
    return f"{prefix}id > coalesce({after}, 0) AND {prefix}{position()} >= coalesce({upto}, 0)"


def _moved(codes: list[str]) -> dict[str, tuple[str, dict[str, Moved]]]:
    """For each account that exists: its kind, and what each kind of journal moved in it. One query."""
    if not codes:
        return {}
    marks = ", ".join(["%s"] * len(codes))
    wanted = f"SELECT id FROM ledger_account WHERE code IN ({marks})"  # noqa: S608
    lines = _ACCOUNTS.format(wanted=wanted, tail=_tail())
    query = f"""SELECT a.code, a.kind, line.kind, sum(line.debit), sum(line.credit)
                  FROM ledger_account a LEFT JOIN ({lines}) line ON line.account_id = a.id
                 WHERE a.code IN ({marks}) GROUP BY a.code, a.kind, line.kind"""  # noqa: S608
    found: dict[str, tuple[str, dict[str, Moved]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, codes * 3)
        for code, account_kind, kind, debit, credit in cursor.fetchall():
            by_kind = found.setdefault(code, (account_kind, {}))[1]
            if kind is not None:
                by_kind[kind] = Moved(int(debit), int(credit))
    return found


def _sign(account_kind: str) -> int:
    return 1 if account_kind in "AX" else -1


def balances(codes: Iterable[str]) -> dict[str, Fen]:
    """Fen in each account, natural sign, 0 for an account that has not been opened: one query, whatever the history."""
    wanted = list(codes)
    found = dict.fromkeys(wanted, 0)
    for code, (account_kind, by_kind) in _moved(wanted).items():
        found[code] = sum(moved.net for moved in by_kind.values()) * _sign(account_kind)
    return found


def totals(codes: Iterable[str]) -> dict[str, dict[str, Fen]]:
    """Fen that each kind of journal moved in each account, natural sign: one query, whatever the history."""
    wanted = list(codes)
    found: dict[str, dict[str, Fen]] = {code: {} for code in wanted}
    for code, (account_kind, by_kind) in _moved(wanted).items():
        found[code] = {kind: moved.net * _sign(account_kind) for kind, moved in by_kind.items()}
    return found


def _turnovers() -> dict[str, dict[str, Moved]]:
    """For each family of accounts, what each kind of journal moved in all of them together: one query."""
    query = f"""SELECT line.family, line.kind, sum(line.debit), sum(line.credit)
                  FROM ({_FAMILIES.format(tail=_tail("e."))}) line GROUP BY line.family, line.kind"""  # noqa: S608
    found: dict[str, dict[str, Moved]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(query)
        for family, kind, debit, credit in cursor.fetchall():
            found[family][kind] = Moved(int(debit), int(credit))
    return found


def kind_totals(*families: str) -> dict[str, Fen]:
    """Fen that each kind of journal moved in all accounts of the families together, liabilities positive: one query."""
    found: dict[str, Fen] = defaultdict(int)
    turnovers = _turnovers()
    for family in families:
        for kind, moved in turnovers.get(family, {}).items():
            found[kind] -= moved.net
    return dict(found)


@dataclass(frozen=True)
class Family:
    """All accounts of one meaning together: turnovers and balance, the balance in its natural sign."""

    code: str
    label: Text
    debit: Fen
    credit: Fen
    balance: Fen


def families() -> list[Family]:
    """The trial balance as people read it, in the order of the chart. One query, whatever the history."""
    turnovers = _turnovers()
    lines = []
    for code, label in chart.FAMILIES.items():
        moved = turnovers.get(code, {}).values()
        debit, credit = sum(part.debit for part in moved), sum(part.credit for part in moved)
        sign = _sign(chart.spec(code.replace("*", "1")).kind)
        lines.append(Family(code, label, debit, credit, (debit - credit) * sign))
    return lines


def accounts_of(family: str) -> QuerySet[Account]:
    """The accounts of one family of the chart; the balances of a page come from `balances`."""
    return Account.objects.filter(family=family).order_by("id")


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
    moved: dict[str, Fen] = defaultdict(int, kind_totals(*chart.CAMPAIGNS))
    on_the_way = balances([chart.PAYOUT_TRANSIT])[chart.PAYOUT_TRANSIT]
    raised, fees, pending = moved["donation"], -moved["payout_fee"], sum(moved.values())
    paid_out = -moved["payout_send"] - moved["payout_return"] - on_the_way
    refunded = -moved["refund_hold"] - moved["refund_fail"]
    difference = raised - paid_out - on_the_way - refunded - fees - pending
    return Identity(raised, paid_out, on_the_way, refunded, fees, pending, difference)


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
    """Put the running balance beside one page of `statement`: today's, less what came after the page. Two queries."""
    if not entries:
        return []
    newer = Entry.objects.filter(account=account, id__gt=entries[0].pk).aggregate(total=Sum("amount"))["total"] or 0
    balance = balances([account.code])[account.code] - newer * account.sign
    lines = []
    for entry in entries:
        lines.append(StatementLine(entry, entry.amount * account.sign, balance))
        balance -= entry.amount * account.sign
    return lines
