"""What every payment channel offers, whoever it is. Domain code sees this and nothing of the channel's own library."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from core.money import Fen
from partners.outcomes import Result


class BadNotification(Exception):
    """Not the channel's word, or not a fresh one: `code` is bad_signature, unknown_key, stale, malformed or foreign (rightly
    signed, but about another merchant's money)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class PayIntent:
    """`scene`: page (whatever suits a browser), native (a code to scan), h5 (a browser on a phone), jsapi (inside the channel's
    own app), mini (its mini program), app (our app), card. `payer_ref`: who pays, as the channel knows them; jsapi and mini."""

    out_trade_no: str
    amount: Fen
    subject: str
    scene: str
    client_ip: str
    expires_at: datetime
    return_path: str  # where the channel sends the browser afterwards; it proves nothing
    payer_ref: str = ""


@dataclass(frozen=True)
class PayAction:
    """What the donor's browser or app has to do next. The payload is signed for the client where the channel wants that, and
    holds no secret of ours.

    `kind`: redirect (open `url`), qr (show `text` as a code to scan), form (post `fields` to `url`), jsapi and app (hand the
    payload to the channel's library), client_secret (the same, for its card fields).
    """

    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class PaymentView:
    """What the channel says about an order. `state`: open, paid, closed, or empty when `result` says why not. A payment
    that was paid and refunded since is paid: refunds are asked about by their own numbers."""

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
    type: str  # payment, refund, or empty: rightly signed, and about nothing of ours
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


class StatementLine(NamedTuple):
    """One movement in a channel's statement of a day, in fen: a refund is negative, `net` is `gross` - `fee`.

    `kind`: payment, refund, other. `merchant_no` is our number of the payment, `refund_no` of the refund, both as the channel
    wrote them, and empty where it wrote none. `state`: done, processing, failed, as it stood when the statement was made.
    """

    day: date
    kind: str
    channel_id: str
    merchant_no: str
    refund_no: str
    gross: Fen
    fee: Fen
    net: Fen
    state: str
    at: datetime
    raw: str


NO_BILL = "no_bill"  # the channel says that nothing moved on that day: OK, and no lines
NOT_READY = "not_ready"  # the statement is still being made: PENDING


class PaymentProvider(Protocol):
    """Methods that talk to the channel are never called inside a transaction and raise nothing for what goes wrong outside:
    a timeout, a 5xx, an answer that cannot be verified is UNKNOWN, and is asked again with the same number.

    `channel_id` is the channel's own number of the payment (`Result.channel_id` of an earlier answer), or empty while we have
    none; channels that know our numbers do not need it.
    """

    code: str

    def create_payment(self, intent: PayIntent) -> tuple[Result, PayAction | None]: ...
    def query_payment(self, out_trade_no: str, channel_id: str = "") -> PaymentView: ...
    def close_payment(self, out_trade_no: str, channel_id: str = "") -> Result: ...
    def refund(
        self, *, refund_no: str, out_trade_no: str, amount: Fen, total: Fen, reason: str, channel_id: str = ""
    ) -> Result: ...
    def query_refund(self, refund_no: str, *, out_trade_no: str, channel_id: str = "") -> RefundView: ...

    def settlements(self, after: str) -> tuple[Result, list[Settlement]]:
        """Batches after the one of that number. REJECTED `not_offered` where a channel does not speak of batches."""
        ...

    def statement(self, day: date) -> tuple[Result, list[StatementLine]]:
        """Every movement of a day in Shanghai, read from the channel's own statement and checked against its digest and totals.

        OK with lines, OK `no_bill` without, PENDING `not_ready`, or UNKNOWN when it cannot be had or does not add up: then no
        line of it is given out.
        """
        ...

    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Verify over the raw bytes, then read. Raises BadNotification. No network."""
        ...

    def acknowledgement(self, ok: bool) -> tuple[int, str, bytes]:
        """Status, content type and body that tell the channel to stop, or to send it again."""
        ...
