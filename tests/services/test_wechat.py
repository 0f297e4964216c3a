"""WeChat Pay only: what its scenes hand to the payer, and the defects of its library that are kept out."""

import base64
import gzip
import json
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from core import jobs
from core.errors import Conflict, DomainError
from partners.outcomes import Outcome
from payments import channels, services
from payments.models import Payment
from payments.providers import outbound
from tests.services.peer import certificate, private_pem, public_pem, rsa_key
from tests.services.wechat_peer import APP, HEADS, KEY_ID, MCHID, MINI, MOBILE, SERIAL

pytestmark = pytest.mark.django_db


def provider():
    return channels.provider("wechat")


def signed(text: str, signature: str) -> bool:
    rsa_key("merchant").public_key().verify(base64.b64decode(signature), text.encode(), PKCS1v15(), SHA256())
    return True


# --- Scenes
@pytest.mark.parametrize("scene", ["page", "native"])
def test_a_browser_on_a_desk_gets_a_code_to_scan(wechat, scene):
    action = services.open_at_channel(wechat.start(scene=scene).pk)
    assert action.kind == "qr"
    assert action.payload["text"].startswith("weixin://wxpay/")
    assert wechat.peer.requests == ["POST /v3/pay/transactions/native"]
    assert wechat.peer.asked[0]["appid"] == APP


def test_a_browser_on_a_phone_is_sent_to_wechat_and_comes_back_to_us(wechat, settings):
    payment = wechat.start(scene="h5")
    action = services.open_at_channel(payment.pk)
    assert action.kind == "redirect"
    assert action.payload["url"].endswith(f"%2Fpay%2F{payment.token}%2F")
    assert wechat.peer.asked[0]["scene_info"] == {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}


def test_the_donors_button_leads_a_phone_to_wechat_and_a_desk_to_a_code(wechat, client):
    phone, desk = wechat.start("gift:1"), wechat.start("gift:2")
    go = client.post(f"/pay/{phone.token}/go/", headers={"user-agent": "Mozilla/5.0 (iPhone) Mobile/15E148 Safari"})
    assert go.url.startswith("https://wx.tenpay.invalid/")
    again = client.post(f"/pay/{phone.token}/go/", headers={"user-agent": "Mozilla/5.0 (X11)"})
    assert again.url == go.url
    go = client.post(f"/pay/{desk.token}/go/", headers={"user-agent": "Mozilla/5.0 (X11)"}, follow=True)
    assert "<svg" in go.content.decode()
    assert wechat.peer.requests == ["POST /v3/pay/transactions/h5", "POST /v3/pay/transactions/native"]


@pytest.mark.parametrize(("scene", "app_id"), [("jsapi", APP), ("mini", MINI)])
def test_inside_wechat_the_payload_is_signed_with_our_key(wechat, scene, app_id):
    action = services.open_at_channel(wechat.start(scene=scene, payer_ref="o-openid").pk)
    found = action.payload
    assert action.kind == "jsapi"
    assert found["package"].startswith("prepay_id=wx")
    assert signed(f"{app_id}\n{found['timeStamp']}\n{found['nonceStr']}\n{found['package']}\n", found["paySign"])
    assert wechat.peer.asked[0]["payer"] == {"openid": "o-openid"}
    assert wechat.peer.asked[0]["appid"] == app_id


def test_our_app_gets_a_signed_payload_too(wechat):
    found = services.open_at_channel(wechat.start(scene="app").pk).payload
    assert (found["appid"], found["partnerid"], found["package"]) == (MOBILE, MCHID, "Sign=WXPay")
    assert signed(f"{MOBILE}\n{found['timestamp']}\n{found['noncestr']}\n{found['prepayid']}\n", found["sign"])


@pytest.mark.parametrize("scene", ["jsapi", "mini"])
def test_inside_wechat_nobody_pays_without_being_known(wechat, scene):
    with pytest.raises(DomainError) as refused:
        wechat.start(scene=scene)
    assert list(refused.value.fields) == ["payer_ref"]
    assert not Payment.objects.exists()


def test_a_scene_without_an_app_id_is_not_offered(wechat, settings):
    settings.WECHAT_PAY_MINI_APP_ID = settings.WECHAT_PAY_MOBILE_APP_ID = ""
    for scene in ("mini", "app", "card"):
        assert "wechat" not in {channel.code for channel in channels.available(scene)}
    assert "wechat" in {channel.code for channel in channels.available("jsapi")}


def test_no_secret_is_in_what_the_payer_gets(wechat, settings):
    for number, scene in enumerate(("page", "h5", "jsapi", "app")):
        action = services.open_at_channel(wechat.start(f"gift:{number}", scene=scene, payer_ref="o-1").pk)
        said = json.dumps(action.payload)
        assert not any(secret in said for secret in settings.WECHAT_PAY_SECRETS)
        assert "PRIVATE" not in said


# --- The library's defects
@pytest.mark.parametrize("fault", ["bad_signature", "unknown_key", "stale_answer"])
def test_an_answer_that_is_not_rightly_signed_a_moment_ago_decides_nothing(wechat, fault):
    payment = wechat.opened()
    wechat.peer.pay(payment.out_trade_no)
    asked = len(wechat.peer.requests)
    wechat.peer.fault(fault)
    assert services.check_payment(payment.pk).status == "pending"
    assert len(wechat.peer.requests) == asked + 1  # and nobody fetched a certificate
    assert services.check_payment(payment.pk).status == "paid"


def test_a_refusal_without_a_signature_never_ends_anything(wechat):
    wechat.peer.unsigned_errors = True
    payment = wechat.opened()
    assert provider().query_payment("D-unknown").result.outcome is Outcome.UNKNOWN
    del wechat.peer.orders[payment.out_trade_no]
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert services.check_payment(payment.pk).status == "pending"
    wechat.peer.unsigned_errors = False
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert services.check_payment(payment.pk).status == "expired"


def test_an_order_that_is_refused_without_a_signature_stays_open(wechat):
    payment = wechat.start()
    wechat.peer.unsigned_errors = True
    wechat.peer.mchid = MCHID
    Payment.objects.filter(pk=payment.pk).update(out_trade_no="D1")  # too short: PARAM_ERROR
    with pytest.raises(Conflict) as refused:
        services.open_at_channel(payment.pk)
    assert refused.value.code == "channel_unreachable"
    wechat.peer.unsigned_errors = False
    with pytest.raises(Conflict) as refused:
        services.open_at_channel(payment.pk)
    assert refused.value.code == "channel_refused"
    payment.refresh_from_db()
    assert payment.status == "closed"


def test_a_refund_refused_without_a_signature_stays_on_its_way_and_is_sent_again(wechat):
    payment = wechat.paid()
    wechat.peer.unsigned_errors, wechat.peer.refuse_refunds = True, "NOT_ENOUGH"
    refund = wechat.refund(payment, 4_000)
    jobs.sweep(timezone.now())
    refund.refresh_from_db()
    assert refund.status == "sent"
    assert wechat.books()["in_transit"] == 4_000
    wechat.peer.refuse_refunds = ""
    services.pursue_refund(refund.pk)
    assert list(wechat.peer.refunds) == [refund.refund_no]


def test_a_refund_that_fails_after_it_was_accepted_gives_the_money_back_to_the_campaign(wechat, cast):
    payment = wechat.paid()
    wechat.peer.fail_refunds = True
    refund = wechat.refund(payment, 4_000)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        wechat.rest()
    refund.refresh_from_db()
    assert (refund.status, refund.code) == ("failed", "ABNORMAL")
    assert wechat.books() == {"available": 10_000, "clearing": 10_000}


def test_an_order_that_was_paid_meanwhile_is_not_closed_because_it_cannot_be_made_again(wechat):
    payment = wechat.start()
    wechat.peer.fault("timeout_after")
    with pytest.raises(Conflict):
        services.open_at_channel(payment.pk)
    wechat.peer.pay(payment.out_trade_no)
    with pytest.raises(Conflict) as refused:
        services.open_at_channel(payment.pk)
    assert refused.value.code == "channel_unreachable"
    assert services.check_payment(payment.pk).status == "paid"


def test_every_call_has_a_time_limit_and_follows_no_redirect(wechat, monkeypatch):
    given = []
    request = outbound.requests.request
    monkeypatch.setattr(
        outbound.requests, "request", lambda *args, **more: given.append(more) or request(*args, **more)
    )
    payment = wechat.paid()
    wechat.refund(payment, 100)
    wechat.rest()
    provider().statement(timezone.localdate())
    assert len(given) >= 6
    assert {(one["timeout"], one["allow_redirects"]) for one in given} == {((3, 10), False)}


def test_a_bill_that_is_somewhere_else_is_not_fetched(wechat, monkeypatch):
    wechat.paid()
    elsewhere = {
        "hash_type": "SHA1",
        "hash_value": "0" * 40,
        "download_url": "https://elsewhere.invalid/v3/billdownload/file",
    }
    monkeypatch.setattr(wechat.peer, "bill_address", lambda: elsewhere)
    asked = len(wechat.peer.requests)
    assert provider().statement(timezone.localdate())[0].outcome is Outcome.UNKNOWN
    assert len(wechat.peer.requests) == asked + 1


@pytest.mark.parametrize(
    ("code", "signed_too", "outcome"),
    [
        ("NO_STATEMENT_EXIST", True, ("ok", "no_bill")),
        ("NO_STATEMENT_EXIST", False, ("unknown", "NO_STATEMENT_EXIST")),
        ("STATEMENT_CREATING", True, ("pending", "not_ready")),
        ("FREQUENCY_LIMITED", True, ("unknown", "FREQUENCY_LIMITED")),
        ("PARAM_ERROR", True, ("unknown", "PARAM_ERROR")),
    ],
)
def test_why_there_is_no_bill(wechat, code, signed_too, outcome):
    wechat.peer.statement_code, wechat.peer.unsigned_errors = code, not signed_too
    result, lines = provider().statement(timezone.localdate() - timedelta(days=3))
    assert ((result.outcome, result.code), lines) == (outcome, [])


def test_a_bill_that_unpacks_without_end_is_refused(wechat, monkeypatch):
    wechat.paid()
    wechat.peer.statement = gzip.compress(b"0" * 3_000_000)
    monkeypatch.setattr(outbound, "MAX_FILE", 1_000_000)
    assert provider().statement(timezone.localdate())[0].code == "malformed"


def test_a_refund_row_keeps_the_state_that_it_had_when_the_bill_was_made(wechat):
    payment = wechat.paid()
    wechat.peer.accept_refund("R-processing", wechat.peer.orders[payment.out_trade_no], 500)
    _result, lines = provider().statement(timezone.localdate())
    assert [(line.refund_no, line.state) for line in lines] == [("", "done"), ("R-processing", "processing")]
    assert len(HEADS.split(",")) == 27


# --- Notifications
def test_it_is_answered_as_wechat_wants_it(wechat):
    payment = wechat.opened()
    notice = wechat.peer.pay(payment.out_trade_no)
    good, bad = wechat.post(notice), wechat.post(wechat.peer.forgeries(notice)[0])
    assert (good.status_code, good.content) == (204, b"")
    assert (bad.status_code, json.loads(bad.content)["code"]) == (401, "FAIL")


def test_what_none_of_our_secrets_opens_is_refused(wechat):
    payment = wechat.opened()
    wechat.peer.secret = "z" * 32
    assert wechat.deliver(wechat.peer.pay(payment.out_trade_no)) == 401


def test_a_notification_of_something_else_is_refused(wechat):
    assert wechat.deliver(wechat.peer.envelope("COMPLAINT.CREATE", {"mchid": MCHID})) == 401
    assert wechat.deliver(wechat.peer.envelope("TRANSACTION.SUCCESS", {"mchid": MCHID, "appid": APP})) == 401


# --- Keys
def test_a_key_that_is_not_what_its_id_says_is_named_at_the_start(wechat, settings, tmp_path):
    ours, another = rsa_key("merchant"), rsa_key("stranger")
    cases = {
        "has the serial": ("WECHAT_PAY_MERCHANT_KEYS", f"{SERIAL:X}", certificate(ours, 7) + private_pem(ours)),
        "do not belong together": (
            "WECHAT_PAY_MERCHANT_KEYS", f"{SERIAL:X}", certificate(another, SERIAL) + private_pem(ours)
        ),
        "holds no certificate": ("WECHAT_PAY_MERCHANT_KEYS", f"{SERIAL:X}", private_pem(ours)),
        "holds no private key": ("WECHAT_PAY_MERCHANT_KEYS", f"{SERIAL:X}", certificate(ours, SERIAL)),
        "holds no public key": ("WECHAT_PAY_PUBLIC_KEYS", KEY_ID, b"nothing"),
        "not 7777": ("WECHAT_PAY_PUBLIC_KEYS", "7777", certificate(another, 8)),
    }  # fmt: skip
    for number, (said, (name, key_id, content)) in enumerate(cases.items()):
        path = tmp_path / f"case-{number}.pem"
        path.write_bytes(content)
        whole = getattr(settings, name)
        setattr(settings, name, {key_id: path})
        with pytest.raises(SystemCheckError, match=said):
            call_command("check")
        assert "wechat" not in {channel.code for channel in channels.live()}
        setattr(settings, name, whole)
    settings.WECHAT_PAY_PUBLIC_KEYS = {KEY_ID: tmp_path / "gone.pem"}
    with pytest.raises(SystemCheckError, match="cannot be read"):
        call_command("check")
    settings.WECHAT_PAY_SECRETS = ["short"]
    with pytest.raises(SystemCheckError, match="exactly 32 characters"):
        call_command("check")


def test_a_platform_certificate_verifies_too(wechat, settings, tmp_path):
    path = tmp_path / "platform.pem"
    path.write_bytes(certificate(rsa_key("wechat"), 0xAB12))
    settings.WECHAT_PAY_PUBLIC_KEYS = {"AB12": path}
    wechat.peer.key_id, wechat.peer.keys = "AB12", {"AB12": rsa_key("wechat")}
    assert wechat.paid().status == "paid"


def test_a_key_without_its_frame_is_not_guessed(wechat, settings, tmp_path):
    path = tmp_path / "bare.pem"
    path.write_bytes(b"".join(public_pem(rsa_key("wechat")).splitlines()[1:-1]))
    settings.WECHAT_PAY_PUBLIC_KEYS = {KEY_ID: path}
    with pytest.raises(SystemCheckError, match="holds no public key"):
        call_command("check")
