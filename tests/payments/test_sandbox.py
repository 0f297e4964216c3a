"""The stand-ins are as strict as real ones: what is not rightly signed, fresh and new is not done."""

import base64
import hashlib
import json
import secrets
import time
from datetime import date

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from partners import wire
from partners.outcomes import Outcome, Result
from payments import channels, services
from tests.payments.conftest import start

pytestmark = pytest.mark.django_db
ORDER = {"out_trade_no": "D-by-hand", "amount": 5, "subject": "x"}


def ask(
    url, path="/v1/payments", content=ORDER, *, key=None, stamp=None, nonce=None, sender="candor", signed_path=None
):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    stamp, nonce = stamp or str(int(time.time())), nonce or secrets.token_hex(8)
    text = wire.text_to_sign("POST", signed_path or path, stamp, nonce, body)
    signature = base64.b64encode((key or wire._our_key()).sign(text)).decode()
    headers = {"X-Key": sender, "X-Timestamp": stamp, "X-Nonce": nonce, "X-Signature": signature}
    answer = requests.post(url + path, data=body, headers=headers, timeout=10)
    return answer.status_code, answer.json().get("code", "")


def test_a_request_that_is_rightly_signed_is_done(outside):
    assert ask(outside.channel.url) == (200, "")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"key": Ed25519PrivateKey.generate()}, (401, "BAD_SIGNATURE")),
        ({"sender": "channel"}, (401, "BAD_SIGNATURE")),
        ({"sender": "../candor"}, (401, "BAD_SIGNATURE")),
        ({"signed_path": "/v1/refunds"}, (401, "BAD_SIGNATURE")),
        ({"stamp": str(int(time.time()) - 3600)}, (401, "STALE")),
        ({"content": b"not json"}, (400, "NOT_JSON")),
        ({"content": {**ORDER, "amount": "5"}}, (400, "BAD_AMOUNT")),
        ({"content": {**ORDER, "amount": True}}, (400, "BAD_AMOUNT")),
        ({"content": {**ORDER, "amount": -5}}, (400, "BAD_AMOUNT")),
        ({"path": "/v1/nothing"}, (404, "NO_SUCH_PATH")),
    ],
)
def test_everything_else_is_refused_and_not_done(outside, wrong, refusal):
    assert ask(outside.channel.url, **wrong) == refusal
    assert outside.channel.store.all("SELECT * FROM payments") == []


def test_the_same_request_sent_twice_is_refused_the_second_time(outside):
    assert ask(outside.channel.url, nonce="once") == (200, "")
    assert ask(outside.channel.url, nonce="once") == (401, "REPLAYED")


def test_only_the_channel_credits_the_custody_account(outside):
    credit = {"batch_no": "B1", "amount": 100}
    assert ask(outside.custodian.url, "/v1/credits", credit) == (401, "BAD_SIGNATURE")
    key = outside.channel.keys._private
    assert ask(outside.custodian.url, "/v1/credits", credit, key=key, sender="channel") == (200, "")
    assert ask(outside.custodian.url, "/v1/credits", credit, key=key, sender="channel") == (200, "")
    assert outside.custodian.balance() == 100
    assert ask(outside.custodian.url, "/v1/balance", {}, key=key, sender="channel") == (401, "BAD_SIGNATURE")


def test_an_order_cannot_be_changed_and_a_refund_cannot_exceed_it(outside):
    payment = outside.pay(start())
    provider = channels.provider("sandbox")
    assert ask(outside.channel.url, content={**ORDER, "out_trade_no": payment.out_trade_no}) == (409, "ORDER_MISMATCH")
    asked = {"out_trade_no": payment.out_trade_no, "total": 10_000, "reason": "x"}
    assert provider.refund(refund_no="R1", amount=10_001, **asked).code == "REFUND_TOO_MUCH"
    assert provider.refund(refund_no="R2", amount=6_000, **asked).outcome == "pending"
    assert provider.refund(refund_no="R2", amount=6_000, **asked).outcome in ("pending", "ok")
    assert provider.refund(refund_no="R2", amount=6_001, **asked).code == "REFUND_MISMATCH"
    assert provider.refund(refund_no="R3", amount=4_001, **asked).code == "REFUND_TOO_MUCH"


def test_the_statement_of_a_day_has_every_movement_and_its_totals(outside):
    payment = outside.pay(start())
    outside.channel.create_refund(
        {"refund_no": "R1", "out_trade_no": payment.out_trade_no, "amount": 2_500, "notify_url": ""}
    )
    outside.channel.tick()
    row = outside.channel.store.one("SELECT paid_at FROM payments")
    day = time.strftime("%Y-%m-%d", time.gmtime(row["paid_at"] + 8 * 3600))
    lines = outside.channel.statement({"day": day})["csv"].splitlines()
    assert [line.split(",")[1] for line in lines] == ["kind", "payment", "refund", "2"]
    assert lines[-1].split(",")[5:7] == ["75.00", "0.45"]
    assert outside.channel.statement({"day": "2001-01-01"})["csv"].splitlines()[-1].startswith("total,0")


def test_the_statement_is_read_into_lines_and_checked(outside, monkeypatch):
    payment = outside.pay(start())
    outside.channel.create_refund(
        {"refund_no": "R1", "out_trade_no": payment.out_trade_no, "amount": 2_500, "notify_url": ""}
    )
    outside.channel.tick()
    provider, day = channels.provider("sandbox"), timezone.localdate()
    result, lines = provider.statement(day)
    assert result.outcome is Outcome.OK
    assert [line[1:5] for line in lines] == [
        ("payment", payment.channel_id, payment.out_trade_no, ""),
        ("refund", lines[1].channel_id, payment.out_trade_no, "R1"),
    ]
    assert [(line.gross, line.fee, line.net, line.state) for line in lines] == [
        (10_000, 60, 9_940, "done"),
        (-2_500, -15, -2_485, "done"),
    ]
    assert provider.statement(date(2001, 1, 1)) == (Result(Outcome.OK, "no_bill"), [])
    true = outside.channel.statement
    for spoil in (
        lambda told: {**told, "csv": told["csv"].replace("100.00", "101.00", 1)},
        lambda told: resealed(told["csv"].replace("100.00", "101.00", 1)),
        lambda told: resealed("\r\n".join(told["csv"].splitlines()[:-1])),
        lambda told: resealed("nothing"),
    ):
        monkeypatch.setattr(outside.channel, "statement", lambda content, spoil=spoil: spoil(true(content)))
        result, lines = provider.statement(day)
        assert (result.outcome, lines) == (Outcome.UNKNOWN, [])
    monkeypatch.setattr(outside.channel, "statement", true)
    outside.channel.fault("unavailable")
    assert provider.statement(day)[0].outcome is Outcome.UNKNOWN


def resealed(text):
    return {"csv": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def test_notifications_are_sent_again_until_they_are_taken(outside):
    payment = start()
    outside.press(payment, "pay")
    answers = [500, 0, 200]
    tries = []
    outside.channel.deliver = lambda *sent: tries.append(sent) or answers[len(tries) - 1]
    for _round in range(5):
        outside.channel.tick()
        outside.channel.store.run("UPDATE notifications SET due_at = 0")
    assert len(tries) == 3
    assert len({sent[1] for sent in tries}) == 1


def test_the_pages_escape_what_the_platform_sends(outside):
    payment = start(subject="<script>alert(1)</script>")
    url = services.open_at_channel(payment.pk).payload["url"]
    for page in (url, outside.channel.url + "/", outside.channel.url + "/faults", outside.custodian.url + "/"):
        answer = requests.get(page, timeout=10)
        assert answer.status_code == 200
        assert "SANDBOX" in answer.text
        assert "<script>alert" not in answer.text
    assert requests.get(outside.channel.url + "/pay/unknown", timeout=10).status_code == 404
    assert requests.post(outside.channel.url + "/pay/unknown", data={"action": "pay"}, timeout=10).status_code == 404


def test_faults_are_switched_on_the_page(outside):
    requests.post(outside.channel.url + "/faults", data={"slow": "once", "unknown": "on"}, timeout=10)
    assert outside.channel.fault_mode("slow") == "once"
    assert outside.channel.fires("slow")
    assert not outside.channel.fires("slow")
