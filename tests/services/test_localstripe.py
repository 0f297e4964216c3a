"""The same way against a peer that we did not write: localstripe (GPL-3.0), a process of its own, never imported by ours.

Set LOCALSTRIPE_PYTHON to a Python that has it (`python -m venv DIR && DIR/bin/pip install localstripe==1.15.10`). It has no
Checkout, no search, no list of balance transactions, no `amount_received`, and ignores Idempotency-Key: these are proved
against our own peer only.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.utils import timezone

from core import jobs
from payments import channels, services
from payments.models import Inbox
from payments.providers import stripe_cards
from tests.payments.conftest import start

PYTHON = os.environ.get("LOCALSTRIPE_PYTHON", "")
SERVER = (
    "import sys; from aiohttp import web; import localstripe.server as s; "
    "web.run_app(s.app, host='127.0.0.1', port=int(sys.argv[1]), print=None)"
)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not PYTHON, reason="LOCALSTRIPE_PYTHON names no Python that has localstripe"),
]


@pytest.fixture
def localstripe(tmp_path: Any, settings: Any, live_server: Any, told: Any) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([PYTHON, "-c", SERVER, str(port)], cwd=tmp_path, env={"TMPDIR": str(tmp_path)})
    url = f"http://127.0.0.1:{port}"
    try:
        for _try in range(100):
            try:
                requests.get(url, timeout=1)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        settings.SITE_URL = live_server.url
        settings.STRIPE_API_URL, settings.STRIPE_SECRET_KEY = url, "sk_test_local"
        settings.STRIPE_PUBLISHABLE_KEY, settings.STRIPE_WEBHOOK_SECRETS = "pk_test_local", ["whsec_local"]
        hook = {"url": f"{live_server.url}/hooks/stripe/", "secret": "whsec_local"}
        requests.post(f"{url}/_config/webhooks/candor", json=hook, timeout=10).raise_for_status()
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(autouse=True)
def _amount_received(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one field that we read and that it leaves out, put in from the amount of the charge that it made."""
    request = stripe_cards._Transport.request

    def completed(self: Any, *args: Any, **more: Any) -> tuple[str, int, Any]:
        body, status, headers = request(self, *args, **more)
        content = json.loads(body)
        if content.get("object") == "payment_intent" and content.get("latest_charge"):
            content["amount_received"] = content["latest_charge"]["amount"]
        return json.dumps(content), status, headers

    monkeypatch.setattr(stripe_cards._Transport, "request", completed)


def call(url: str, path: str, **fields: str) -> dict[str, Any]:
    answer = requests.post(f"{url}/v1/{path}", data=fields, auth=("sk_test_local", ""), timeout=10)
    answer.raise_for_status()
    return dict(answer.json())


def confirm(url: str, intent: str, number: str = "4242424242424242") -> dict[str, Any]:
    """The payer types a card number into the card fields."""
    card = {"card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2030", "card[cvc]": "123"}
    method = call(url, "payment_methods", type="card", **card)
    call(url, f"payment_intents/{intent}", payment_method=method["id"])  # confirming with one is not implemented there
    return call(url, f"payment_intents/{intent}/confirm")


def rest(seconds: int = 0) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        jobs.enqueue("payments.sweep", f"now:{seconds}")
        for _round in range(20):
            if not jobs.sweep(timezone.now()):
                return


def test_a_card_is_charged_the_event_comes_and_the_refund_goes_back(localstripe):
    payment = start(channel="stripe", scene="card")
    services.open_at_channel(payment.pk)
    payment.refresh_from_db()
    confirm(localstripe, payment.channel_id)
    for _try in range(60):  # it sends the event a second later, signed, over real HTTP
        if Inbox.objects.filter(provider="stripe", merchant_no=payment.out_trade_no).exists():
            break
        time.sleep(0.1)
    else:
        raise AssertionError("no event came")
    rest()
    payment.refresh_from_db()
    assert (payment.status, payment.received) == ("paid", 10_000)
    refund = services.request_refund(
        actor=None, payment=payment, amount=4_000, reason="mistake", key="r", from_account=payment.credit_account
    )
    rest()
    rest(60)
    refund.refresh_from_db()
    assert refund.status == "done"
    view = channels.provider("stripe").query_refund(
        refund.refund_no, out_trade_no=payment.out_trade_no, channel_id=payment.channel_id
    )
    assert (view.state, view.amount) == ("done", 4_000)


def test_a_refund_repeated_is_one_although_this_peer_ignores_our_key(localstripe):
    payment = start(channel="stripe", scene="card")
    services.open_at_channel(payment.pk)
    payment.refresh_from_db()
    confirm(localstripe, payment.channel_id)
    given = {"out_trade_no": payment.out_trade_no, "channel_id": payment.channel_id}
    for _again in range(3):
        channels.provider("stripe").refund(refund_no="R1", amount=4_000, total=10_000, reason="mistake", **given)
    answer = requests.get(
        f"{localstripe}/v1/refunds",
        params={"payment_intent": payment.channel_id},
        auth=("sk_test_local", ""),
        timeout=10,
    )
    assert [one["amount"] for one in answer.json()["data"]] == [4_000]


def test_an_order_that_nobody_pays_is_cancelled_there(localstripe):
    payment = start(channel="stripe", scene="card")
    services.open_at_channel(payment.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "expired"
    payment.refresh_from_db()
    found = requests.get(
        f"{localstripe}/v1/payment_intents/{payment.channel_id}", auth=("sk_test_local", ""), timeout=10
    ).json()
    assert found["status"] == "canceled"
