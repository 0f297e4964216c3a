"""Readers of this room, for finance and for the rooms above. Query counts do not depend on the amount of data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.models import StateChange
from core.money import Fen
from ledger import chart
from ledger.models import Journal
from ledger.selectors import balances
from partners.models import Charity
from payments import channels
from payments.differences import CUSTODIAN
from payments.models import (
    Attention,
    Break,
    CustodyCheck,
    Inbox,
    InterestGift,
    Payment,
    Refund,
    SettlementBatch,
    StatementEntry,
    StatementFile,
    Transfer,
)
from policy.parameters import value


def payments(*, status: str = "", number: str = "") -> QuerySet[Payment]:
    """Newest first. `number` is the exact number that the channel knows."""
    return _narrowed(Payment.objects.select_related("actor"), status, out_trade_no=number)


def refunds(*, status: str = "", number: str = "") -> QuerySet[Refund]:
    """Newest first, with their payments. One query a page."""
    return _narrowed(Refund.objects.select_related("payment"), status, refund_no=number)


def transfers(*, status: str = "", number: str = "") -> QuerySet[Transfer]:
    """Newest first. One query a page."""
    return _narrowed(Transfer.objects.all(), status, transfer_no=number)


def _narrowed(rows: QuerySet, status: str, **number: str) -> QuerySet:
    if status:
        rows = rows.filter(status=status)
    if any(number.values()):
        rows = rows.filter(**number)
    return rows.order_by("-id")


def open_attention() -> QuerySet[Attention]:
    """What waits for finance, oldest first. One query a page."""
    return Attention.objects.filter(settled_at=None).order_by("id")


_FACTS: dict[str, tuple[Text, bool]] = {
    "asked": (_("Amount asked for"), True),
    "received": (_("Confirmed by the channel"), True),
    "refunded": (_("Refunded"), True),
    "transferred": (_("Transferred"), True),
    "gross": (_("Paid"), True),
    "fee": (_("Fee"), True),
    "net": (_("To custody"), True),
    "bank": (_("The bank says"), True),
    "books": (_("Our books said then"), True),
    "number": (_("Number"), False),
    "provider": (_("Who told us"), False),
    "code": (_("Reason"), False),
    "differences": (_("Differences found"), False),
}


def facts(attention: Attention) -> list[tuple[Text, Any, bool]]:
    """What is known about it, as (label, value, whether the value is fen). No query."""
    return [(_FACTS[name][0], value, _FACTS[name][1]) for name, value in attention.data.items() if name in _FACTS]


def refunding(from_accounts: Iterable[str]) -> dict[str, Fen]:
    """For each account what has left it for refunds that the channels have not confirmed yet. One query."""
    found = dict.fromkeys(from_accounts, 0)
    on_the_way = Refund.objects.filter(from_account__in=found, status__in=["requested", "sent"])
    found.update(on_the_way.values_list("from_account").annotate(total=Sum("amount")).order_by())
    return found


@dataclass(frozen=True)
class Overview:
    """The money that is between two places, in fen, and what needs people."""

    clearing: list[tuple[channels.Channel, Fen]]
    custody: Fen
    check: CustodyCheck | None
    on_the_way_out: Fen
    on_the_way_back: Fen
    suspense: Fen
    interest: Fen
    waiting: dict[str, int]
    batches: list[SettlementBatch]


def overview() -> Overview:
    """Eight queries."""
    live = channels.live()
    transit = [chart.refund_transit(channel.code) for channel in live]
    codes = [chart.CUSTODY, chart.PAYOUT_TRANSIT, chart.SUSPENSE, chart.INTEREST, *transit]
    money = balances([*codes, *(chart.clearing(channel.code) for channel in live)])
    return Overview(
        clearing=[(channel, money[chart.clearing(channel.code)]) for channel in live],
        custody=money[chart.CUSTODY],
        check=CustodyCheck.objects.order_by("-id").first(),
        on_the_way_out=money[chart.PAYOUT_TRANSIT],
        on_the_way_back=sum(money[code] for code in transit),
        suspense=money[chart.SUSPENSE],
        interest=money[chart.INTEREST],
        waiting={
            "attention": open_attention().count(),
            "breaks": Break.objects.filter(status__in=["open", "proposed"]).count(),
            "failed": Refund.objects.filter(status="failed").count(),
            "sent": Transfer.objects.filter(status__in=["requested", "sent"]).count(),
        },
        batches=list(SettlementBatch.objects.order_by("-id")[:10]),
    )


def breaks(*, difference: str = "", channel: str = "", state: str = "", age: int = 0) -> QuerySet[Break]:
    """Differences with statements, the oldest first: those that are open, or all of one state. `age` in days at least. One
    query a page."""
    rows = Break.objects.filter(status__in=[state] if state else ["open", "proposed"]).select_related("proposed_by")
    if difference:
        rows = rows.filter(difference=difference)
    if channel:
        rows = rows.filter(channel=channel)
    if age:
        rows = rows.filter(opened_at__lte=timezone.now() - timedelta(days=age))
    return rows.order_by("opened_at", "id")


def sources() -> list[tuple[str, Text]]:
    """Whose statements there may be: code and how people call it. No query."""
    return [
        *((channel.code, channel.label) for channel in channels.CHANNELS.values()),
        (CUSTODIAN, _("Custodian bank")),
    ]


def source_label(code: str) -> Text:
    return dict(sources()).get(code, code)


def blocking(now: datetime) -> QuerySet[Break]:
    """What is open for so long that no money may leave (recon.block_after_days), oldest first."""
    before = now - timedelta(days=value("recon.block_after_days", now))
    return Break.objects.filter(status__in=["open", "proposed"], opened_at__lte=before).order_by("opened_at")


@dataclass(frozen=True)
class Blocked:
    """Why no money leaves: how many old differences there are, and since when the oldest is open."""

    count: int
    oldest: Break | None


def blocked() -> Blocked:
    """One query."""
    rows = list(blocking(timezone.now())[:100])
    return Blocked(len(rows), rows[0] if rows else None)


@dataclass(frozen=True)
class Sides:
    """Both sides of a difference, and what happened to it."""

    ours: Payment | Refund | Transfer | SettlementBatch | None
    when: datetime | None  # it happened, as we know it
    theirs: list[StatementEntry]
    files: list[StatementFile]
    changes: list[tuple[StateChange, Text]]
    journals: list[Journal]


def sides(row: Break) -> Sides:
    """Five queries."""
    number = row.number.partition("#")[0]
    entries = StatementEntry.objects.filter(kind=row.kind, number=number, file__channel=row.channel)
    changes = StateChange.objects.filter(kind=row.STATES.kind, object_id=row.pk).select_related("actor")
    ours = _ours(row.kind, number)
    times = (getattr(ours, name, None) for name in ("paid_at", "done_at", "finished_at", "settled_at"))
    return Sides(
        ours=ours,
        when=next((moment for moment in times if moment), None),
        theirs=list(entries.select_related("file").order_by("file__day", "file__version", "position")[:50]),
        files=list(StatementFile.objects.filter(channel=row.channel, day=row.day).order_by("version")),
        changes=[(change, row.STATES.actions[change.action].sentence) for change in changes.order_by("id")],
        journals=list(Journal.objects.filter(ref=f"break:{row.pk}").order_by("id")),
    )


def _ours(kind: str, number: str) -> Payment | Refund | Transfer | SettlementBatch | None:
    match kind:
        case "payment":
            return Payment.objects.filter(out_trade_no=number).first()
        case "refund":
            return Refund.objects.filter(refund_no=number).select_related("payment").first()
        case "transfer":
            return Transfer.objects.filter(transfer_no=number).first()
        case "credit":
            channel, _colon, batch_no = number.partition(":")
            return SettlementBatch.objects.filter(channel=channel, batch_no=batch_no).first()
    return None


def gifts() -> QuerySet[InterestGift]:
    """Interest given to charities, newest first. One query a page."""
    return InterestGift.objects.select_related("charity", "proposed_by", "approved_by").order_by("-id")


def payable_charities() -> QuerySet[Charity]:
    """Those with a bank account that two people have approved."""
    return Charity.objects.filter(is_active=True, account__isnull=False).order_by("name", "id")


@dataclass(frozen=True)
class Story:
    """What happened to one payment, refund or transfer: its states with a sentence each, its journals, what we were told."""

    changes: list[tuple[StateChange, Text]]
    journals: list[Journal]
    told: list[Inbox]


def story(thing: Payment | Refund | Transfer, number: str) -> Story:
    """Three queries."""
    changes = StateChange.objects.filter(kind=thing.STATES.kind, object_id=thing.pk).select_related("actor")
    return Story(
        changes=[(change, thing.STATES.actions[change.action].sentence) for change in changes.order_by("id")],
        journals=list(Journal.objects.filter(ref=_ref(thing)).order_by("id")),
        told=list(Inbox.objects.filter(merchant_no=number).order_by("id")),
    )


def journal_refs(payment: Payment) -> list[str]:
    """What the journals of a payment and of its refunds refer to. One query."""
    return [_ref(payment), *(f"refund:{pk}" for pk in payment.refunds.order_by("id").values_list("id", flat=True))]


def _ref(thing: Model) -> str:
    return f"{thing._meta.model_name}:{thing.pk}"
