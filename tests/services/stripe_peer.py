"""Stripe on loopback: Checkout Sessions, PaymentIntents, refunds, balance transactions, idempotency keys, signed events.

Unlike localstripe it honours Idempotency-Key as the real one does: the same key with other parameters is an error, and whatever
the first request ended in, an error too, is answered again.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.services.peer import Answer, Handler, Notice, Order, Peer, Refund

SECRET, OLD_SECRET = "whsec_new", "whsec_old"
KEY, PUBLISHABLE = "sk_test_0001", "pk_test_0001"
MIN_AMOUNT = 400


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0][c]=1` as Stripe reads forms, lists as dictionaries by their number."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+", name)
        place = found
        for part, following in zip([first, *rest], [*rest, None], strict=False):
            if following is None:
                place[part] = value
            else:
                place = place.setdefault(part, {})
    return found


class Stripe(Peer):
    code = "stripe"
    live_url = "https://api.stripe.com"
    refusal, at_a_loss, fifty_first = "charge_disputed", "lock_timeout", "failed"
    required = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS")

    def __init__(self) -> None:
        super().__init__()
        self.secret = SECRET
        self.livemode = False
        self.saved: dict[str, tuple[str, int, bytes]] = {}
        self.seen: list[dict[str, str]] = []
        self.pages: dict[str, str] = {}  # session id -> order number
        self.movements: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda found: found
        self.page_size = 100

    def settings(self, folder: Path) -> dict[str, Any]:
        return {
            "STRIPE_API_URL": self.url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE,
            "STRIPE_WEBHOOK_SECRETS": [SECRET, OLD_SECRET],
        }

    # --- the API
    def answer(self, handler: Handler, body: bytes) -> None:
        path, _mark, query = handler.path.partition("?")
        self.requests.append(f"{handler.command} {path}")
        self.seen.append(dict(handler.headers))
        if handler.headers.get("Authorization") != f"Bearer {KEY}":
            handler.reply(401, b'{"error":{"type":"invalid_request_error","code":"api_key_expired"}}')
            return
        content = nested(parse_qsl((body.decode() or query), keep_blank_values=True))
        key, print_ = handler.headers.get("Idempotency-Key", ""), hashlib.sha256(path.encode() + body).hexdigest()
        if handler.command == "POST" and not key:
            handler.reply(400, b'{"error":{"type":"invalid_request_error","code":"test_wants_a_key"}}')
        elif key in self.saved and self.saved[key][0] != print_:
            handler.reply(400, b'{"error":{"type":"idempotency_error"}}')
        elif key in self.saved:
            handler.reply(*self.saved[key][1:])
        else:
            status, answer = self.run(handler.command, path, content)
            if key and status != 409:
                self.saved[key] = (print_, status, answer)
            handler.reply(status, answer)

    def run(self, method: str, path: str, content: dict[str, Any]) -> tuple[int, bytes]:
        try:
            return 200, json.dumps(self.act(method, path.removeprefix("/v1/").split("/"), content)).encode()
        except Answer as refusal:
            status = (
                409 if refusal.code == self.at_a_loss else refusal.status if refusal.status in (402, 404, 500) else 400
            )
            error = {"type": "invalid_request_error", "code": refusal.code, "message": "x"}
            return status, json.dumps({"error": error}).encode()

    def act(self, method: str, path: list[str], content: dict[str, Any]) -> dict[str, Any]:
        match [method, *path]:
            case ["POST", "checkout", "sessions"]:
                return self.create_page(content)
            case ["GET", "checkout", "sessions", page]:
                return self.page(page, self.known(self.pages.get(page, "")))
            case ["POST", "checkout", "sessions", page, "expire"]:
                order = self.known(self.pages.get(page, ""))
                if order.state != "open":
                    raise Answer(400, "resource_not_open")
                order.state = "closed"
                return self.page(page, order)
            case ["POST", "payment_intents"]:
                return self.create_intent(content)
            case ["GET", "payment_intents", "search"]:
                number = re.findall(r'"out_trade_no"\]:"([^"]+)"', content["query"])[0]
                found = [self.intent(self.orders[number])] if number in self.orders else []
                return {"object": "search_result", "data": found, "has_more": False}
            case ["GET", "payment_intents", intent]:
                return self.intent(self.by_intent(intent))
            case ["POST", "payment_intents", intent, "cancel"]:
                order = self.by_intent(intent)
                if order.state != "open":
                    raise Answer(400, "payment_intent_unexpected_state")
                order.state = "closed"
                return self.intent(order)
            case ["POST", "refunds"]:
                order = self.by_intent(content["payment_intent"])
                return self.refund(self.accept_refund(content["metadata"]["refund_no"], order, int(content["amount"])))
            case ["GET", "refunds"]:
                order = self.by_intent(content["payment_intent"])
                return self.listed(
                    [self.refund(one) for one in self.refunds.values() if one.order == order.number], content
                )
            case ["GET", "balance_transactions"]:
                assert content["expand"] == {"0": "data.source"}
                start, end = int(content["created"]["gte"]), int(content["created"]["lt"])
                found = [one for one in self.transactions() if start <= one["created"] < end]
                return self.listed(self.movements(found), content)
        raise Answer(404, "resource_missing")

    def listed(self, things: list[dict[str, Any]], content: dict[str, Any]) -> dict[str, Any]:
        """Newest first, a page at a time."""
        things = sorted(things, key=lambda one: one["created"], reverse=True)
        ids = [one["id"] for one in things]
        start = ids.index(content["starting_after"]) + 1 if "starting_after" in content else 0
        page = things[start : start + self.page_size]
        return {"object": "list", "data": page, "has_more": start + len(page) < len(things)}

    def known(self, number: str) -> Order:
        if number not in self.orders:
            raise Answer(404, "resource_missing")
        return self.orders[number]

    def by_intent(self, intent: str) -> Order:
        return next((one for one in self.orders.values() if one.channel_id == intent), None) or self.known("")

    def begin(self, number: str, amount: int, currency: str) -> Order:
        if currency != "cny":
            raise Answer(400, "currency_not_supported")
        if amount < MIN_AMOUNT:
            raise Answer(400, "amount_too_small")
        order = Order(number, amount, f"pi_{secrets.token_hex(12)}")
        self.orders[number] = order
        return order

    def create_page(self, content: dict[str, Any]) -> dict[str, Any]:
        if int(content["expires_at"]) < time.time() + 1800:
            raise Answer(400, "expires_too_soon")
        price = content["line_items"]["0"]["price_data"]
        number = content["client_reference_id"]
        assert content["payment_intent_data"]["metadata"] == content["metadata"] == {"out_trade_no": number}
        order = self.begin(number, int(price["unit_amount"]), price["currency"])
        page = f"cs_test_{secrets.token_hex(28)}"
        order.more["page"], self.pages[page] = page, number
        return self.page(page, order)

    def create_intent(self, content: dict[str, Any]) -> dict[str, Any]:
        return self.intent(self.begin(content["metadata"]["out_trade_no"], int(content["amount"]), content["currency"]))

    def page(self, page: str, order: Order) -> dict[str, Any]:
        state = "open" if self.fires("regress") else order.state
        return {
            "id": page,
            "object": "checkout.session",
            "livemode": self.mode(),
            "client_reference_id": order.number,
            "metadata": self.labels(order),
            "status": {"open": "open", "paid": "complete", "closed": "expired"}[state],
            "payment_status": "paid" if state == "paid" else "unpaid",
            "amount_total": order.amount,
            "currency": "cny",
            "payment_intent": self.intent(order) if state == "paid" else None,
            "url": f"https://checkout.stripe.invalid/c/pay/{page}",
        }

    def intent(self, order: Order) -> dict[str, Any]:
        paid = order.state == "paid"
        charge = (
            {"id": f"ch_{order.channel_id[3:]}", "object": "charge", "created": int(order.paid_at)} if paid else None
        )
        return {
            "id": order.channel_id,
            "object": "payment_intent",
            "livemode": self.mode(),
            "amount": order.amount,
            "amount_received": order.received if paid else 0,
            "currency": "cny",
            "metadata": self.labels(order),
            "status": {"open": "requires_payment_method", "paid": "succeeded", "closed": "canceled"}[order.state],
            "latest_charge": charge,
            "client_secret": f"{order.channel_id}_secret_x",
        }

    def mode(self) -> bool:
        return not self.livemode if self.fires("wrong_merchant") else self.livemode

    def labels(self, order: Order) -> dict[str, str]:
        return {"out_trade_no": f"{order.number[:-1]}x" if self.fires("another_order") else order.number}

    def refund(self, refund: Refund) -> dict[str, Any]:
        return {
            "id": f"re_{refund.channel_id}",
            "object": "refund",
            "amount": refund.amount - 100 if self.fires("wrong_amount") else refund.amount,
            "currency": "cny",
            "created": int(refund.done_at or time.time()),
            "payment_intent": self.orders[refund.order].channel_id,
            "metadata": {"refund_no": refund.number, "out_trade_no": refund.order},
            "status": {"processing": "pending", "done": "succeeded", "failed": "failed"}[refund.state],
            **({"failure_reason": "expired_or_canceled_card"} if refund.state == "failed" else {}),
        }

    def transactions(self) -> list[dict[str, Any]]:
        found = []
        for order in self.orders.values():
            if order.state == "paid":
                source = {
                    "id": f"ch_{order.channel_id[3:]}", "object": "charge", "payment_intent": order.channel_id,
                    "metadata": {"out_trade_no": order.number},
                }  # fmt: skip
                found.append(
                    self.movement("charge", order.received, self.fee(order.received), int(order.paid_at), source)
                )
        for refund in self.refunds.values():
            if refund.state == "done":
                found.append(self.movement("refund", -refund.amount, 0, int(refund.done_at), self.refund(refund)))
        return found

    @staticmethod
    def movement(kind: str, amount: int, fee: int, at: int, source: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"txn_{source['id']}", "object": "balance_transaction", "type": kind, "amount": amount, "fee": fee,
            "net": amount - fee, "currency": "cny", "created": at, "source": source, "status": "pending",
        }  # fmt: skip

    @staticmethod
    def fee(amount: int) -> int:
        return (amount * 34 + 500) // 1000 + 200

    # --- events
    def event(self, kind: str, thing: dict[str, Any], *, age: float = 0, secret: str = "", **changes: Any) -> Notice:
        body = json.dumps(
            {"id": f"evt_{secrets.token_hex(12)}", "object": "event", "type": kind, "livemode": self.livemode,
             "created": int(time.time()), "data": {"object": thing}, **changes},
            ensure_ascii=False,
        ).encode()  # fmt: skip
        return Notice(self.sign(body, age=age, secret=secret), body)

    def sign(self, body: bytes, *, age: float = 0, secret: str = "") -> dict[str, str]:
        stamp = str(int(time.time() - age))
        digest = hmac.new((secret or self.secret).encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
        return {"Stripe-Signature": f"t={stamp},v1={digest},v0=ignored"}

    def payment_notice(self, order: Order, *, age: float = 0, **changes: Any) -> Notice:
        page = order.more.get("page")
        thing, kind = (
            (self.page(page, order), "checkout.session.completed")
            if page
            else (self.intent(order), "payment_intent.succeeded")
        )
        return self.event(kind, thing, age=age, **changes)

    def refund_notice(self, refund: Refund) -> Notice:
        return self.event("refund.updated", self.refund(refund))

    # --- what the tests of every channel ask for
    def forgeries(self, good: Notice) -> list[Notice]:
        header = good.headers["Stripe-Signature"]
        stamp, digest = header.split(",")[0], header.split(",")[1]
        later = f"t={int(stamp[2:]) + 1}"
        headers = [
            "", "garbage", digest, stamp, f"{later},{digest}", f"{stamp},{digest[:-1]}x", f"{stamp},v0={digest[3:]}",
            f"{stamp},{later},{digest}", f"{stamp},{digest},t=0",
        ]  # fmt: skip
        return [
            *(Notice({"Stripe-Signature": one}, good.body) for one in headers),
            Notice(self.sign(good.body, secret="whsec_stranger"), good.body),
            Notice(self.sign(good.body, age=-3600), good.body),
        ]

    def foreign(self, order: Order) -> list[Notice]:
        return [
            self.payment_notice(order, livemode=not self.livemode),
            self.payment_notice(order, account="acct_another"),
        ]

    def fees(self, *amounts: int) -> list[int]:
        return [self.fee(amount) if amount > 0 else 0 for amount in amounts]

    def no_statement(self) -> None:
        """It says nothing special: the list is empty."""

    def spoilt_statements(self) -> list[Callable[[], None]]:
        def change(**fields: Any) -> Callable[[], None]:
            def spoil() -> None:
                self.movements = lambda found: [{**found[0], **fields}, *found[1:]]

            return spoil

        def without(name: str) -> Callable[[], None]:
            def spoil() -> None:
                self.movements = lambda found: [{key: found[0][key] for key in found[0] if key != name}, *found[1:]]

            return spoil

        return [
            change(currency="hkd"),
            change(net=1),
            change(amount="much"),
            change(created=int(time.time()) - 3 * 86_400),
            self.everything_twice,
            without("fee"),
            without("type"),
        ]

    def everything_twice(self) -> None:
        self.movements = lambda found: [one for movement in found for one in (movement, movement)]

    def live_settings(self, settings: Any) -> None:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = "sk_live_1", "pk_live_1"

    def rotate(self) -> None:
        self.secret = OLD_SECRET

    def retire_old(self, settings: Any) -> None:
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]

    def signed_by_first(self) -> bool:
        return {one["Authorization"] for one in self.seen} == {f"Bearer {KEY}"}
