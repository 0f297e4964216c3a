"""Stripe only: its page and its card fields, idempotency keys, and what its library would let pass."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from core import jobs
from core.errors import Conflict
from partners.outcomes import Outcome
from payments import channels, services
from payments.models import Inbox, Payment
from tests.services.peer import Answer
from tests.services.stripe_peer import KEY, PUBLISHABLE

pytestmark = pytest.mark.django_db


def provider():
    return channels.provider("stripe")


def sweep_later(world, key="now"):
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", key)
        world.rest()


# --- Scenes
def test_a_browser_is_led_to_stripes_own_page_and_comes_back_to_ours(stripe):
    payment = stripe.start(scene="page")
    action = services.open_at_channel(payment.pk)
    assert action.kind == "redirect"
    assert action.payload["url"].startswith("https://checkout.stripe.invalid/")
    payment.refresh_from_db()
    assert payment.channel_id.startswith("cs_test_")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scene", ["card", "app"])
def test_card_fields_get_a_secret_of_the_clients_own_and_the_way_is_the_same(stripe, live_server, settings, scene):
    settings.SITE_URL = stripe.at = live_server.url
    payment = stripe.start(scene=scene)
    action = services.open_at_channel(payment.pk)
    assert action.kind == "client_secret"
    assert action.payload["publishable_key"] == PUBLISHABLE
    assert KEY not in json.dumps(action.payload)
    stripe.peer.pay(payment.out_trade_no)
    stripe.rest()
    refund = stripe.refund(payment, 10_000)
    jobs.sweep(timezone.now())
    sweep_later(stripe)
    payment.refresh_from_db()
    refund.refresh_from_db()
    assert (payment.status, refund.status) == ("paid", "done")
    assert payment.channel_id == stripe.peer.orders[payment.out_trade_no].channel_id
    assert stripe.books() == {}


@pytest.mark.parametrize("scene", ["page", "card"])
def test_what_nobody_pays_is_closed_there_too(stripe, scene):
    payment = stripe.opened(scene=scene)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "expired"
    assert stripe.peer.orders[payment.out_trade_no].state == "closed"


def test_an_amount_that_stripe_finds_too_small_is_refused_for_good(stripe):
    payment = stripe.start(amount=100)
    with pytest.raises(Conflict) as refused:
        services.open_at_channel(payment.pk)
    assert refused.value.code == "channel_refused"
    payment.refresh_from_db()
    assert payment.status == "closed"


# --- The same number
def test_every_request_that_changes_something_carries_our_number(stripe):
    payment = stripe.paid()
    refund = stripe.refund(payment, 100)
    jobs.sweep(timezone.now())
    keys = [one.get("Idempotency-Key") for one in stripe.peer.seen if one.get("Idempotency-Key")]
    assert keys == [payment.out_trade_no, refund.refund_no]


def test_an_error_that_stripe_remembers_is_no_answer_and_no_reason_for_a_new_number(stripe, monkeypatch):
    """Once it has answered 500 under a key, it answers 500 under that key for a day."""
    payment = stripe.paid()
    refund = stripe.refund(payment, 4_000)
    number, act = refund.refund_no, stripe.peer.act

    def bursts(method, path, content):
        if (method, path) == ("POST", ["refunds"]) and stripe.peer.fires("burst"):
            raise Answer(500, "api_error")
        return act(method, path, content)

    monkeypatch.setattr(stripe.peer, "act", bursts)
    stripe.peer.fault("burst")
    for _again in range(3):
        services.pursue_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.status, refund.refund_no, stripe.peer.refunds) == ("sent", number, {})
    assert stripe.peer.requests.count("POST /v1/refunds") == 3
    stripe.peer.saved.clear()  # a day later
    services.pursue_refund(refund.pk)
    sweep_later(stripe)
    refund.refresh_from_db()
    assert (refund.status, list(stripe.peer.refunds)) == ("done", [number])


def test_a_refund_is_found_again_when_stripe_has_forgotten_the_key(stripe):
    payment = stripe.paid()
    refund = stripe.refund(payment, 4_000)
    provider().refund(
        refund_no=refund.refund_no, channel_id=payment.channel_id, out_trade_no=payment.out_trade_no, amount=4_000,
        total=10_000, reason="mistake",
    )  # fmt: skip
    stripe.peer.saved.clear()
    jobs.sweep(timezone.now())
    assert stripe.peer.requests.count("POST /v1/refunds") == 1


def test_a_payment_whose_id_we_never_learned_is_searched_for_by_our_number(stripe):
    payment = stripe.opened(scene="card")
    stripe.peer.pay(payment.out_trade_no)
    Payment.objects.filter(pk=payment.pk).update(channel_id="")
    assert services.check_payment(payment.pk).status == "paid"
    assert "GET /v1/payment_intents/search" in stripe.peer.requests
    assert provider().query_payment("D-unknown").result.code == "NOT_FOUND"


# --- Refusals
@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, b'{"error":{"type":"invalid_request_error","code":"amount_too_large"}}', Outcome.REJECTED),
        (402, b'{"error":{"type":"card_error","code":"card_declined"}}', Outcome.REJECTED),
        (404, b'{"error":{"type":"invalid_request_error","code":"resource_missing"}}', Outcome.REJECTED),
        (400, b'{"error":{"type":"idempotency_error"}}', Outcome.UNKNOWN),
        (400, b"<html>a proxy</html>", Outcome.UNKNOWN),
        (404, b'{"message":"not found"}', Outcome.UNKNOWN),
        (401, b'{"error":{"type":"invalid_request_error","code":"api_key_expired"}}', Outcome.UNKNOWN),
        (403, b'{"error":{"type":"invalid_request_error"}}', Outcome.UNKNOWN),
        (409, b'{"error":{"type":"invalid_request_error","code":"lock_timeout"}}', Outcome.UNKNOWN),
        (429, b'{"error":{"type":"invalid_request_error","code":"rate_limit"}}', Outcome.UNKNOWN),
        (500, b'{"error":{"type":"api_error"}}', Outcome.UNKNOWN),
        (302, b"", Outcome.UNKNOWN),
    ],
)
def test_only_what_stripe_itself_says_about_this_request_is_a_no(stripe, monkeypatch, status, body, outcome):
    monkeypatch.setattr(stripe.peer, "answer", lambda handler, _body: handler.send(status, body, "application/json"))
    assert provider().query_payment("D1", "pi_1").result.outcome is outcome


def test_no_request_tells_what_machine_this_is(stripe):
    stripe.paid()
    for headers in stripe.peer.seen:
        assert not [name for name in headers if name.lower().startswith("x-stripe-client")]


def test_another_currency_is_not_ours_to_book(stripe, monkeypatch):
    payment = stripe.opened(scene="card")
    stripe.peer.pay(payment.out_trade_no)
    intent = stripe.peer.intent
    monkeypatch.setattr(stripe.peer, "intent", lambda order: {**intent(order), "currency": "jpy"})
    assert services.check_payment(payment.pk).status == "pending"


# --- Events
def test_events_about_nothing_of_ours_are_answered_and_not_kept(stripe):
    order = {"id": "pi_1", "object": "payment_intent", "metadata": {}, "status": "succeeded"}
    for thing in (order, {"object": "payout", "id": "po_1"}, {"object": "charge", "metadata": {"out_trade_no": "D1"}}):
        assert stripe.deliver(stripe.peer.event("x.y", thing)) == 200
    assert not Inbox.objects.exists()


def test_an_event_that_is_no_event_is_refused(stripe):
    for changes in ({"id": ""}, {"data": {}}, {"data": None}, {"livemode": None}):
        assert stripe.deliver(stripe.peer.event("x.y", {"object": "refund"}, **changes)) == 400


def test_a_refund_that_fails_afterwards_gives_the_money_back_to_the_campaign(stripe, cast):
    payment = stripe.paid()
    stripe.peer.fail_refunds = True
    refund = stripe.refund(payment, 4_000)
    jobs.sweep(timezone.now())
    sweep_later(stripe)
    refund.refresh_from_db()
    assert (refund.status, refund.code) == ("failed", "expired_or_canceled_card")
    assert stripe.books() == {"available": 10_000, "clearing": 10_000}


# --- Statements
def test_a_long_day_is_read_page_by_page(stripe):
    stripe.peer.page_size = 2
    numbers = [stripe.paid(f"gift:{number}", 1_000 + number).out_trade_no for number in range(5)]
    day = timezone.localdate()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        result, lines = provider().statement(day)
    assert result.outcome is Outcome.OK
    assert sorted(line.merchant_no for line in lines) == sorted(numbers)


def test_what_is_neither_payment_nor_refund_is_a_line_too(stripe):
    stripe.paid()
    payout = stripe.peer.movement("payout", -9_000, 0, int(timezone.now().timestamp()), {"id": "po_1"})
    stripe.peer.movements = lambda found: [*found, payout]
    day = timezone.localdate()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        _result, lines = provider().statement(day)
    assert [(line.kind, line.gross, line.merchant_no) for line in lines if line.kind == "other"] == [
        ("other", -9_000, "")
    ]


# --- Keys
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STRIPE_SECRET_KEY", "pk_test_1", "must begin with sk_live_"),
        ("STRIPE_SECRET_KEY", "sk_live_1", "a sandbox uses a test key"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_1", "must begin with pk_test_"),
        ("STRIPE_WEBHOOK_SECRETS", ["whsec_1", "secret"], "must begin with whsec_"),
    ],
)
def test_a_key_of_the_wrong_kind_is_named_at_the_start(stripe, settings, name, value, said):
    setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=said):
        call_command("check")
    assert "stripe" not in {channel.code for channel in channels.live()}


def test_a_test_key_takes_no_gift_in_production(stripe, settings):
    settings.SANDBOX = False
    settings.STRIPE_API_URL = "https://api.stripe.com"
    assert "stripe" not in {channel.code for channel in channels.live()}
