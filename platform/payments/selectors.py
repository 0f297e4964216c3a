"""Readers of this room, for finance and for the rooms above. Query counts do not depend on the amount of data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.models import StateChange
from core.money import Fen
from ledger import chart
from ledger.models import Journal
from ledger.selectors import balances
from payments import channels
from payments.models import Attention, CustodyCheck, Inbox, Payment, Refund, SettlementBatch, Transfer


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
    waiting: dict[str, int]
    batches: list[SettlementBatch]


def overview() -> Overview:
    """Seven queries."""
    live = channels.live()
    transit = [chart.refund_transit(channel.code) for channel in live]
    codes = [chart.CUSTODY, chart.PAYOUT_TRANSIT, chart.SUSPENSE, *transit]
    money = balances([*codes, *(chart.clearing(channel.code) for channel in live)])
    return Overview(
        clearing=[(channel, money[chart.clearing(channel.code)]) for channel in live],
        custody=money[chart.CUSTODY],
        check=CustodyCheck.objects.order_by("-id").first(),
        on_the_way_out=money[chart.PAYOUT_TRANSIT],
        on_the_way_back=sum(money[code] for code in transit),
        suspense=money[chart.SUSPENSE],
        waiting={
            "attention": open_attention().count(),
            "failed": Refund.objects.filter(status="failed").count(),
            "sent": Transfer.objects.filter(status__in=["requested", "sent"]).count(),
        },
        batches=list(SettlementBatch.objects.order_by("-id")[:10]),
    )


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
