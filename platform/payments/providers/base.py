"""What every payment channel offers, whoever it is. Domain code sees this and nothing of the channel's own library."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.money import Fen
from partners.outcomes import Result


class BadNotification(Exception):
    """Not the channel's word, or not a fresh one: `code` is bad_signature, stale or malformed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class PayIntent:
    out_trade_no: str
    amount: Fen
    subject: str
    scene: str
    client_ip: str
    expires_at: datetime
    return_path: str  # where the channel sends the browser afterwards; it proves nothing


@dataclass(frozen=True)
class PayAction:
    """What the donor's browser or app has to do next. `kind`: redirect (`payload["url"]`), qr, form, app."""

    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class PaymentView:
    """What the channel says about an order. `state`: open, paid, closed, or empty when `result` says why not."""

    result: Result
    state: str = ""
    amount: Fen = 0
    paid_at: datetime | None = None


@dataclass(frozen=True)
class RefundView:
    """`state`: processing, done, failed, or empty when `result` says why not."""

    result: Result
    state: str = ""
    amount: Fen = 0
    reason: str = ""


@dataclass(frozen=True)
class Event:
    """A verified notification. A hint: what it says is asked again before anything is booked (law 9)."""

    event_id: str
    type: str  # payment, refund
    merchant_no: str
    state: str


@dataclass(frozen=True)
class Settlement:
    """A batch that the channel has paid to the custody account: gross - refunded - fee = net, any of them possibly negative."""

    batch_no: str
    day: str
    gross: Fen
    refunded: Fen
    fee: Fen
    net: Fen
    settled_at: datetime
    raw: bytes


class PaymentProvider(Protocol):
    """Methods that talk to the channel are never called inside a transaction and raise nothing for what goes wrong outside:
    a timeout, a 5xx, an answer that cannot be verified is UNKNOWN, and is asked again with the same number."""

    code: str

    def create_payment(self, intent: PayIntent) -> tuple[Result, PayAction | None]: ...
    def query_payment(self, out_trade_no: str) -> PaymentView: ...
    def close_payment(self, out_trade_no: str) -> Result: ...
    def refund(self, *, refund_no: str, out_trade_no: str, amount: Fen, total: Fen, reason: str) -> Result: ...
    def query_refund(self, refund_no: str) -> RefundView: ...
    def settlements(self, after: str) -> tuple[Result, list[Settlement]]: ...

    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Verify over the raw bytes, then read. Raises BadNotification. No network."""
        ...

    def acknowledgement(self, ok: bool) -> tuple[int, str, bytes]:
        """Status, content type and body that tell the channel to stop, or to send it again."""
        ...
