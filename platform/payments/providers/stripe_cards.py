"""Cards from abroad over Stripe, by its own library `stripe`.

A browser is led to Stripe's own page (a Checkout Session), our app gets what its card fields need (a PaymentIntent). Stripe's
answers are not signed: TLS is what proves them. The library's transport is replaced by ours (`_Transport`): time limits, no
redirects, and no description of this machine on each request. It never repeats a request by itself: we do, under the same
number.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings
from django.utils import timezone

from core.money import Fen
from partners.outcomes import ABSENT, NOT_FOUND, UNREACHABLE, Outcome, Result
from partners.wire import WINDOW, Unreachable
from payments.providers import outbound, reading
from payments.providers.base import (
    NO_BILL,
    NOT_READY,
    BadNotification,
    Event,
    PayAction,
    PayIntent,
    PaymentView,
    RefundView,
    Settlement,
    StatementLine,
)

HOOK = "/hooks/stripe/"
SCENES = frozenset({"page", "card", "app"})
CURRENCY = "cny"
# A page of theirs lives for thirty minutes at least: it is closed by us when our own time is over.
_PAGE_LIVES_ON = timedelta(minutes=31)
_MADE_BY = timedelta(minutes=10)  # after midnight, until a day's movements are all listed
_INTENT_STATES = {"succeeded": "paid", "canceled": "closed"}
_REFUND_STATES = {
    "pending": "processing",
    "requires_action": "processing",
    "succeeded": "done",
    "failed": "failed",
    "canceled": "failed",
}
_REFUND_OUTCOMES = {"processing": Outcome.PENDING, "done": Outcome.OK, "failed": Outcome.REJECTED}
_MOVEMENTS = {"charge": "payment", "payment": "payment", "refund": "refund", "payment_refund": "refund"}
_SECRET_HEADERS = {"x-stripe-client-user-agent", "x-stripe-client-telemetry"}  # they tell what machine this is


# --- Configuration -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Config:
    """The mode, live or test, stands in the keys themselves."""

    url: str
    secret_key: str
    publishable_key: str
    webhook_secrets: tuple[str, ...]

    @property
    def live(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))


def config() -> Config:
    return Config(
        url=settings.STRIPE_API_URL,
        secret_key=settings.STRIPE_SECRET_KEY,
        publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
        webhook_secrets=tuple(settings.STRIPE_WEBHOOK_SECRETS),
    )


def configured() -> bool:
    """Whether somebody has begun to set this channel up; `problems` says whether it is complete."""
    found = config()
    return bool(found.secret_key or found.webhook_secrets or found.publishable_key)


def problems() -> list[str]:
    """What is missing or does not fit, one sentence each; no network."""
    found = config()
    missing = {
        "STRIPE_SECRET_KEY": found.secret_key,
        "STRIPE_PUBLISHABLE_KEY": found.publishable_key,
        "STRIPE_WEBHOOK_SECRETS": found.webhook_secrets,
    }
    said = [f"{name} is missing." for name, value in missing.items() if not value]
    if said:
        return said
    mode = "live" if found.live else "test"
    if not found.secret_key.startswith((f"sk_{mode}_", f"rk_{mode}_")):
        said.append("STRIPE_SECRET_KEY must begin with sk_live_, rk_live_, sk_test_ or rk_test_.")
    if not found.publishable_key.startswith(f"pk_{mode}_"):
        said.append(f"STRIPE_PUBLISHABLE_KEY must begin with pk_{mode}_, like the secret key.")
    if not all(secret.startswith("whsec_") for secret in found.webhook_secrets):
        said.append("STRIPE_WEBHOOK_SECRETS must begin with whsec_.")
    if found.live is settings.SANDBOX:
        said.append("STRIPE_SECRET_KEY: a sandbox uses a test key, production a live one.")
    return said


# --- The wire ----------------------------------------------------------------------------------------------------------
class _Transport(stripe.HTTPClient):
    """The library's requests, sent by our rules."""

    name = "candor"

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_more: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in _SECRET_HEADERS}
        body = post_data.encode() if isinstance(post_data, str) else post_data
        reply = outbound.send(method.upper(), url, headers=kept, body=body)
        return reply.body.decode(errors="replace"), reply.status, reply.headers

    def close(self) -> None:
        """Every request has a connection of its own."""


@lru_cache(maxsize=4)
def _client(found: Config) -> stripe.StripeClient:
    logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it writes whole answers, with people in them
    return stripe.StripeClient(
        found.secret_key, base_addresses={"api": found.url}, http_client=_Transport(), max_network_retries=0
    )


class _Refused(Exception):
    """A definite no, or none at all: `result` says which."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.code)
        self.result = result


def _refusal(error: stripe.StripeError) -> Result:
    """Only an error that Stripe itself put into words, about this very request, decides anything."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    told = body.get("error")
    code = str((told.get("code") or told.get("type") if isinstance(told, dict) else "") or f"http_{error.http_status}")[
        :60
    ]
    decided = isinstance(error, stripe.CardError | stripe.InvalidRequestError) and error.http_status in (400, 402, 404)
    if not decided or not isinstance(told, dict) or code in ("lock_timeout", "rate_limit", "idempotency_key_in_use"):
        return Result(Outcome.UNKNOWN, code)
    return ABSENT if code == "resource_missing" else Result(Outcome.REJECTED, code)


# --- The provider ------------------------------------------------------------------------------------------------------
class StripeCards:
    code = "stripe"

    def __init__(self) -> None:
        self.config = config()
        self.api = _client(self.config).v1

    def _ask(self, call: Any, *where: str, params: dict[str, Any] | None = None, number: str = "") -> dict[str, Any]:
        """One request; `number` is its Idempotency-Key. Raises _Refused."""
        try:
            found = call(*where, params=params or {}, options={"idempotency_key": number} if number else {})
            content: dict[str, Any] = found.to_dict()
        except stripe.StripeError as error:
            raise _Refused(_refusal(error)) from error
        except (Unreachable, ValueError, AttributeError) as error:
            raise _Refused(UNREACHABLE) from error
        if content.get("livemode", self.config.live) is not self.config.live:  # lists and refunds do not say
            raise _Refused(Result(Outcome.UNKNOWN, "foreign"))
        return content

    # --- payments
    def create_payment(self, intent: PayIntent) -> tuple[Result, PayAction | None]:
        try:
            return self._session(intent) if intent.scene == "page" else self._intent(intent)
        except _Refused as refused:
            return refused.result, None

    def _session(self, intent: PayIntent) -> tuple[Result, PayAction | None]:
        back = settings.SITE_URL + intent.return_path
        ours = {"out_trade_no": intent.out_trade_no}
        price = {"currency": CURRENCY, "unit_amount": intent.amount, "product_data": {"name": intent.subject[:250]}}
        content = self._ask(
            self.api.checkout.sessions.create,
            params={
                "mode": "payment",
                "client_reference_id": intent.out_trade_no,
                "line_items": [{"quantity": 1, "price_data": price}],
                "payment_method_types": ["card"],
                "payment_intent_data": {"metadata": ours},
                "metadata": ours,
                "success_url": back,
                "cancel_url": back,
                "expires_at": int((intent.expires_at + _PAGE_LIVES_ON).timestamp()),
            },
            number=intent.out_trade_no,
        )
        if content.get("client_reference_id") != intent.out_trade_no or not content.get("url"):
            return Result(Outcome.UNKNOWN, "malformed"), None
        return Result(Outcome.OK, "", str(content["id"])[:80]), PayAction("redirect", {"url": str(content["url"])})

    def _intent(self, intent: PayIntent) -> tuple[Result, PayAction | None]:
        content = self._ask(
            self.api.payment_intents.create,
            params={
                "amount": intent.amount,
                "currency": CURRENCY,
                "payment_method_types": ["card"],
                "metadata": {"out_trade_no": intent.out_trade_no},
            },
            number=intent.out_trade_no,
        )
        if _number(content) != intent.out_trade_no or not content.get("client_secret"):
            return Result(Outcome.UNKNOWN, "malformed"), None
        payload = {"client_secret": content["client_secret"], "publishable_key": self.config.publishable_key}
        return Result(Outcome.OK, "", str(content["id"])[:80]), PayAction("client_secret", payload)

    def query_payment(self, out_trade_no: str, channel_id: str = "") -> PaymentView:
        try:
            return _payment_view(self._look_up(out_trade_no, channel_id), out_trade_no)
        except _Refused as refused:
            return PaymentView(refused.result)
        except (KeyError, TypeError, ValueError, AttributeError):
            return PaymentView(Result(Outcome.UNKNOWN, "malformed"))

    def _look_up(self, out_trade_no: str, channel_id: str) -> dict[str, Any]:
        """The session or intent of a payment. Without its id it is searched for by our number, which lags by a minute or so."""
        if channel_id.startswith("cs_"):
            expand = {"expand": ["payment_intent.latest_charge"]}
            return self._ask(self.api.checkout.sessions.retrieve, channel_id, params=expand)
        if not channel_id:
            query = f'metadata["out_trade_no"]:"{out_trade_no}"'
            found = self._ask(self.api.payment_intents.search, params={"query": query, "limit": 1})["data"]
            if not found:
                raise _Refused(ABSENT)
            channel_id = str(found[0]["id"])
        return self._ask(self.api.payment_intents.retrieve, channel_id, params={"expand": ["latest_charge"]})

    def close_payment(self, out_trade_no: str, channel_id: str = "") -> Result:
        try:
            content = self._look_up(out_trade_no, channel_id)
            sessions, intents = self.api.checkout.sessions, self.api.payment_intents
            close = sessions.expire if content["object"] == "checkout.session" else intents.cancel
            self._ask(close, str(content["id"]), number=f"{out_trade_no}-close")
        except _Refused as refused:
            return refused.result
        return Result(Outcome.OK)

    # --- refunds
    def refund(
        self, *, refund_no: str, out_trade_no: str, amount: Fen, total: Fen, reason: str, channel_id: str = ""
    ) -> Result:
        """Looked for first: Stripe forgets an Idempotency-Key after a day, and then would refund a second time."""
        known = self.query_refund(refund_no, out_trade_no=out_trade_no, channel_id=channel_id)
        if known.result != ABSENT:
            return known.result
        try:
            content = self._ask(
                self.api.refunds.create,
                params={
                    "payment_intent": self._intent_id(out_trade_no, channel_id),
                    "amount": amount,
                    "metadata": {"refund_no": refund_no, "out_trade_no": out_trade_no, "reason": reason[:80]},
                },
                number=refund_no,
            )
        except _Refused as refused:
            return refused.result
        return _refund_view(content, refund_no).result

    def query_refund(self, refund_no: str, *, out_trade_no: str, channel_id: str = "") -> RefundView:
        try:
            where = {"payment_intent": self._intent_id(out_trade_no, channel_id)}
            for content in self._every(self.api.refunds.list, where):
                if (content.get("metadata") or {}).get("refund_no") == refund_no:
                    return _refund_view(content, refund_no)
        except _Refused as refused:
            return RefundView(refused.result)
        except (KeyError, TypeError, ValueError, AttributeError):
            return RefundView(Result(Outcome.UNKNOWN, "malformed"))
        return RefundView(ABSENT)

    def _intent_id(self, out_trade_no: str, channel_id: str) -> str:
        """Raises _Refused: while nobody knows, and not as a definite no, when the payment itself cannot be found."""
        if channel_id.startswith("pi_"):
            return channel_id
        try:
            content = self._look_up(out_trade_no, channel_id)
        except _Refused as refused:
            raise _Refused(Result(Outcome.UNKNOWN, refused.result.code)) from refused
        intent = content["payment_intent"] if content["object"] == "checkout.session" else content
        if not isinstance(intent, dict):
            raise _Refused(Result(Outcome.UNKNOWN, NOT_FOUND))
        return str(intent["id"])

    def _every(self, call: Any, where: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """All of a list, page by page. Raises _Refused."""
        after: dict[str, Any] = {}
        while True:
            found = self._ask(call, params={**where, **after, "limit": 100})
            yield from found["data"]
            if not found.get("has_more"):
                return
            after = {"starting_after": found["data"][-1]["id"]}

    # --- statements
    def settlements(self, after: str) -> tuple[Result, list[Settlement]]:
        return Result(Outcome.REJECTED, "not_offered"), []

    def statement(self, day: date) -> tuple[Result, list[StatementLine]]:
        """The movements of the balance. They have no digest and no totals: each must add up by itself."""
        start, end = reading.day_bounds(day)
        if timezone.now() < datetime.fromtimestamp(end, UTC) + _MADE_BY:
            return Result(Outcome.PENDING, NOT_READY), []
        where = {"created": {"gte": start, "lt": end}, "expand": ["data.source"]}
        try:
            found = list(self._every(self.api.balance_transactions.list, where))
            lines = [_line(content, day) for content in found]
            if not all(start <= int(content["created"]) < end for content in found):
                return Result(Outcome.UNKNOWN, "another_day"), []
            if len({content["id"] for content in found}) != len(found):
                return Result(Outcome.UNKNOWN, "twice"), []
        except _Refused as refused:
            return Result(Outcome.UNKNOWN, refused.result.code), []
        except (KeyError, TypeError, ValueError, AttributeError):
            return Result(Outcome.UNKNOWN, "malformed"), []
        return Result(Outcome.OK, "" if lines else NO_BILL), sorted(lines, key=lambda line: line.at)

    # --- notifications
    def parse_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Verified over the raw bytes with whichever of our secrets; the library lets a time in the future pass, we do not."""
        header = headers.get("Stripe-Signature", "")
        if not any(_rightly_signed(body, header, secret) for secret in self.config.webhook_secrets):
            raise BadNotification("bad_signature")
        stamps = [part.removeprefix("t=") for part in header.split(",") if part.startswith("t=")]
        if len(stamps) != 1 or not stamps[0].isdigit() or abs(now.timestamp() - int(stamps[0])) > WINDOW:
            raise BadNotification("stale")
        try:
            content = json.loads(body)
            event_id, thing = str(content["id"]), content["data"]["object"]
            if content["livemode"] is not self.config.live or content.get("account"):
                raise BadNotification("foreign")
            kind, number = _about(thing)
            state = str(thing.get("status", ""))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadNotification("malformed") from error
        if not event_id:
            raise BadNotification("malformed")
        return Event(event_id[:64], kind, number[:64], state[:20])

    def acknowledgement(self, ok: bool) -> tuple[int, str, bytes]:
        return (200, "application/json", b"{}") if ok else (400, "application/json", b"{}")


def _rightly_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None))
    except (stripe.SignatureVerificationError, ValueError):
        return False


def _about(thing: Mapping[str, Any]) -> tuple[str, str]:
    """What a notification is about: ("payment" | "refund", our number), or empty when it is nothing of ours."""
    ours = thing.get("metadata") or {}
    if thing["object"] in ("checkout.session", "payment_intent") and ours.get("out_trade_no"):
        return "payment", str(ours["out_trade_no"])
    if thing["object"] == "refund" and ours.get("refund_no"):
        return "refund", str(ours["refund_no"])
    return "", ""


def _number(content: Mapping[str, Any]) -> str:
    return str((content.get("metadata") or {}).get("out_trade_no", ""))


def _payment_view(content: Mapping[str, Any], out_trade_no: str) -> PaymentView:
    if _number(content) != out_trade_no:
        return PaymentView(Result(Outcome.UNKNOWN, "another_order"))
    intent = content
    if content["object"] == "checkout.session":
        if content["status"] == "expired":
            return PaymentView(Result(Outcome.OK), "closed")
        intent = content.get("payment_intent") or {}
        if content["payment_status"] != "paid" or not isinstance(intent, dict):
            return PaymentView(Result(Outcome.OK), "open")
    if intent["currency"] != CURRENCY:
        return PaymentView(Result(Outcome.UNKNOWN, "another_currency"))
    state, number = _INTENT_STATES.get(intent["status"], "open"), str(intent["id"])[:80]
    if state != "paid":
        # An intent of a page is not closed because one try ended: the page may make another.
        closed = state == "closed" and content["object"] == "payment_intent"
        return PaymentView(Result(Outcome.OK), "closed" if closed else "open")
    charge = intent.get("latest_charge")
    paid_at = datetime.fromtimestamp(charge["created"], UTC) if isinstance(charge, dict) else None
    return PaymentView(Result(Outcome.OK, "", number), "paid", int(intent["amount_received"]), paid_at)


def _refund_view(content: Mapping[str, Any], refund_no: str) -> RefundView:
    if (content.get("metadata") or {}).get("refund_no") != refund_no or content["currency"] != CURRENCY:
        return RefundView(Result(Outcome.UNKNOWN, "another_order"))
    state = _REFUND_STATES[content["status"]]
    reason = str(content.get("failure_reason") or content["status"])[:60] if state == "failed" else ""
    result = Result(_REFUND_OUTCOMES[state], reason, str(content["id"])[:64])
    return RefundView(result, state, int(content["amount"]), reason)


def _line(content: Mapping[str, Any], day: date) -> StatementLine:
    """Raises ValueError for another currency than ours: what settles in another cannot be read as fen."""
    gross, fee, net = (int(content[name]) for name in ("amount", "fee", "net"))
    if content["currency"] != CURRENCY or gross - fee != net:
        raise ValueError("another currency, or it does not add up")
    source = content["source"] if isinstance(content.get("source"), dict) else {}
    ours = source.get("metadata") or {}
    kind = _MOVEMENTS.get(content["type"], "other")
    return StatementLine(
        day,
        kind,
        str(source.get("payment_intent") or source.get("id") or content["id"]),
        str(ours.get("out_trade_no", "")),
        str(ours.get("refund_no", "")) if kind == "refund" else "",
        gross,
        fee,
        net,
        "done",
        datetime.fromtimestamp(int(content["created"]), UTC),
        json.dumps(content, sort_keys=True),
    )
