"""The channel and the bank without a network: what they say is put in by the test, and everything else is the product."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from unittest import mock

from django.utils import timezone

from core.money import Fen
from ledger import chart
from ledger.selectors import balances
from partners import custodian
from partners.custody import TransferOrder, TransferView
from partners.outcomes import NOT_FOUND, Outcome, Result
from payments import channels, services
from payments.models import Payment
from payments.providers.base import (
    BadNotification,
    Event,
    PayAction,
    PayIntent,
    PaymentView,
    RefundView,
    Settlement,
    StatementLine,
)
from payments.services.paying import _take_view
from payments.services.settling import book_settlement

OK, PENDING, UNKNOWN = Result(Outcome.OK), Result(Outcome.PENDING), Result(Outcome.UNKNOWN, "unreachable")


@dataclass
class Words:
    """Refunds and transfers that were ordered, and what is said of them: `processing` or `accepted` until the test decides."""

    refunds: dict[str, tuple[str, Fen]] = field(default_factory=dict)
    transfers: dict[str, tuple[str, Fen]] = field(default_factory=dict)
    silent: bool = False  # nobody answers: UNKNOWN to everything
    batches: int = 0

    # what the product asks, as payments.providers.base and partners.custodian have it
    def create_payment(self, intent: PayIntent) -> tuple[Result, PayAction | None]:
        return (UNKNOWN, None) if self.silent else (OK, PayAction("redirect", {"url": f"/pay/{intent.out_trade_no}/"}))

    def query_payment(self, _out_trade_no: str, _channel_id: str = "") -> PaymentView:
        return PaymentView(UNKNOWN) if self.silent else PaymentView(OK, "open")

    def close_payment(self, _out_trade_no: str, _channel_id: str = "") -> Result:
        return UNKNOWN

    def refund(self, *, refund_no: str, amount: Fen, **_values: Any) -> Result:
        if self.silent:
            return UNKNOWN
        self.refunds.setdefault(refund_no, ("processing", amount))
        return PENDING

    def query_refund(self, refund_no: str, **_values: Any) -> RefundView:
        if self.silent:
            return RefundView(UNKNOWN)
        if refund_no not in self.refunds:
            return RefundView(Result(Outcome.REJECTED, NOT_FOUND))
        return RefundView(OK, *self.refunds[refund_no])

    def settlements(self, _after: str) -> tuple[Result, list[Settlement]]:
        return OK, []

    def statement(self, _day: date) -> tuple[Result, list[StatementLine]]:
        return Result(Outcome.PENDING, "not_ready"), []

    def parse_notification(self, _headers: Mapping[str, str], _body: bytes, _now: datetime) -> Event:
        raise BadNotification("bad_signature")

    def acknowledgement(self, ok: bool) -> tuple[int, str, bytes]:
        return (200 if ok else 401), "text/plain", b""

    def transfer(self, order: TransferOrder) -> Result:
        if self.silent:
            return UNKNOWN
        self.transfers.setdefault(order.transfer_no, ("accepted", order.amount))
        return PENDING

    def query_transfer(self, transfer_no: str) -> TransferView:
        if self.silent:
            return TransferView(UNKNOWN)
        if transfer_no not in self.transfers:
            return TransferView(Result(Outcome.REJECTED, NOT_FOUND))
        return TransferView(OK, *self.transfers[transfer_no])

    def balance(self) -> None:
        return None

    # what the test says
    def paid(self, payment: Payment, amount: Fen | None = None) -> None:
        view = PaymentView(OK, "paid", payment.total if amount is None else amount, timezone.now())
        _take_view(payment.pk, view)

    def closed(self, payment: Payment) -> None:
        _take_view(payment.pk, PaymentView(OK, "closed"))

    def refunds_are(self, state: str) -> None:
        """Of every refund that is being processed."""
        self.refunds = {no: (state if was == "processing" else was, fen) for no, (was, fen) in self.refunds.items()}

    def transfers_are(self, state: str) -> None:
        """Of every transfer that is with the bank."""
        self.transfers = {no: (state if was == "accepted" else was, fen) for no, (was, fen) in self.transfers.items()}

    def settle(self) -> None:
        """The channel pays everything that it holds into the custody account, and charges 0.6 per cent."""
        gross = balances([chart.clearing("sandbox")])[chart.clearing("sandbox")]
        if gross <= 0:
            return
        self.batches += 1
        fee, now = gross * 6 // 1000, timezone.now()
        batch = Settlement(f"B{self.batches}", f"{now:%Y-%m-%d}", gross, 0, fee, gross - fee, now, b"{}")
        book_settlement(channel="sandbox", batch=batch)


@contextmanager
def spoken() -> Iterator[Words]:
    """For as long as it lasts, channel and bank are these words. They write no statements: that is another test's matter."""
    words = Words()
    with (
        mock.patch.object(services, "due", lambda _now: []),
        mock.patch.object(channels, "provider", lambda _code: words),
        mock.patch.object(custodian, "provider", lambda: words),
    ):
        yield words
