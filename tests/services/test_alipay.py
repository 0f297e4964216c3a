"""Alipay only: forms and orders that we sign ourselves, its states, and the defects of its library that are kept out."""

import json
import time
import zipfile
from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qsl, urlencode

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from core import jobs
from core.errors import Conflict
from partners.outcomes import Outcome
from payments import channels, services
from payments.models import Inbox
from tests.services.alipay_peer import SELLER, fingerprint
from tests.services.peer import Answer, in_shanghai, private_pem, public_pem, rsa_key

pytestmark = pytest.mark.django_db


def provider():
    return channels.provider("alipay")


def sweep_later(world, **more):
    with time_machine.travel(timezone.now() + timedelta(minutes=1, **more)):
        jobs.enqueue("payments.sweep", f"now:{more}")
        world.rest()


# --- Scenes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scene", "product"), [("page", "FAST_INSTANT_TRADE_PAY"), ("h5", "QUICK_WAP_PAY")])
def test_from_the_form_on_our_page_to_the_refund_over_real_http(alipay, live_server, settings, scene, product):
    settings.SITE_URL = alipay.at = live_server.url
    payment = alipay.start(scene=scene)
    action = services.open_at_channel(payment.pk)
    assert (action.kind, alipay.peer.requests) == ("form", [])
    assert action.payload["url"] == f"{settings.ALIPAY_GATEWAY_URL}?charset=utf-8"
    fields = action.payload["fields"]
    order = json.loads(fields["biz_content"])
    assert (order["product_code"], order["total_amount"], order["seller_id"]) == (product, "100.00", SELLER)
    assert fields["return_url"] == f"{live_server.url}/pay/{payment.token}/"
    assert services.check_payment(payment.pk).status == "pending"  # they have never heard of it
    alipay.peer.browse(urlencode(fields))
    alipay.peer.pay(payment.out_trade_no)
    alipay.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"
    refund = alipay.refund(payment, 10_000)
    jobs.sweep(timezone.now())
    sweep_later(alipay)
    refund.refresh_from_db()
    assert refund.status == "done"
    assert alipay.books() == {}
    assert alipay.told == [("paid", payment.pk), ("refunded", refund.pk)]


def test_our_app_gets_a_signed_order_that_alipay_takes(alipay):
    payment = alipay.start(scene="app")
    action = services.open_at_channel(payment.pk)
    assert action.kind == "app"
    assert alipay.peer.browse(action.payload["order_string"]).amount == 10_000


def test_a_form_that_nobody_posts_expires_with_us(alipay):
    payment = alipay.opened(scene="page")
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "expired"
    limit = json.loads(
        services.open_at_channel(alipay.start("gift:2", scene="page").pk).payload["fields"]["biz_content"]
    )
    assert limit["time_expire"] == in_shanghai(time.time() + 1800)[:17] + limit["time_expire"][17:]


def test_no_secret_is_in_what_the_payer_gets(alipay):
    for number, scene in enumerate(("page", "h5", "app", "native")):
        action = services.open_at_channel(alipay.start(f"gift:{number}", scene=scene).pk)
        assert "PRIVATE" not in json.dumps(action.payload)


# --- The library's defects
def test_nothing_of_an_order_stands_in_an_address(alipay):
    payment = alipay.paid()
    alipay.refund(payment, 100)
    alipay.rest()
    assert {"alipay.trade.precreate", "alipay.trade.query", "alipay.trade.refund"} <= set(alipay.peer.requests)
    assert set(alipay.peer.queries) == {""}


def test_the_clock_of_a_request_is_that_of_shanghai_wherever_the_process_runs(alipay, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert alipay.opened().pk
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_answer_that_is_not_rightly_signed_decides_nothing(alipay):
    payment = alipay.opened()
    alipay.peer.pay(payment.out_trade_no)
    alipay.peer.fault("bad_signature")
    assert services.check_payment(payment.pk).status == "pending"
    alipay.peer.unsigned = True
    assert services.check_payment(payment.pk).status == "pending"
    alipay.peer.unsigned = False
    assert services.check_payment(payment.pk).status == "paid"


def test_a_refusal_is_known_by_its_code_whatever_its_words_hold(alipay):
    alipay.peer.sub_msg = 'a brace } and "sign":"x" and a { in the words'
    view = provider().query_payment("D-unknown")
    assert (view.result.outcome, view.result.code) == (Outcome.REJECTED, "NOT_FOUND")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ACQ.SYSTEM_ERROR", Outcome.UNKNOWN),
        ("aop.ACQ.SYSTEM_ERROR", Outcome.UNKNOWN),
        ("isp.unknow-error", Outcome.UNKNOWN),
        ("isv.app-call-limited", Outcome.UNKNOWN),
        ("ACQ.TOTAL_FEE_EXCEED", Outcome.REJECTED),
    ],
)
def test_only_a_business_refusal_is_a_no(alipay, monkeypatch, code, outcome):
    def refuse(_content):
        raise Answer(400, code)

    monkeypatch.setattr(alipay.peer, "arrive", refuse)
    payment = alipay.start()
    with pytest.raises(Conflict) as refused:
        services.open_at_channel(payment.pk)
    expected = "channel_refused" if outcome is Outcome.REJECTED else "channel_unreachable"
    assert refused.value.code == expected


def test_20000_is_no_answer(alipay, monkeypatch):
    def burst(_content):
        raise Answer(500, "isp.unknow-error")

    payment = alipay.paid()
    monkeypatch.setattr(alipay.peer, "give_back", burst)
    refund = alipay.refund(payment, 100)
    jobs.sweep(timezone.now())
    refund.refresh_from_db()
    assert refund.status == "sent"


# --- States
def test_a_repeated_refund_that_moves_nothing_is_no_failure(alipay):
    payment = alipay.paid()
    refund = alipay.refund(payment, 4_000)
    provider().refund(
        refund_no=refund.refund_no, out_trade_no=payment.out_trade_no, amount=4_000, total=10_000, reason="mistake"
    )
    alipay.rest()
    sweep_later(alipay)
    refund.refresh_from_db()
    assert alipay.peer.fund_changes == ["Y", "N"]
    assert refund.status == "done"
    assert alipay.books() == {"available": 6_000, "clearing": 6_000}


def test_a_trade_that_is_closed_because_all_of_it_went_back_was_paid(alipay):
    payment = alipay.opened()
    order = alipay.peer.orders[payment.out_trade_no]
    alipay.peer.pay(order.number)
    alipay.peer.outbox.clear()
    alipay.peer.accept_refund("R-by-hand", order, 10_000)
    view = provider().query_payment(order.number)
    assert (view.state, view.amount) == ("paid", 10_000)
    assert services.check_payment(payment.pk).status == "paid"


def test_a_trade_that_is_finished_months_later_changes_nothing(alipay):
    payment = alipay.paid()
    order = alipay.peer.orders[payment.out_trade_no]
    order.state = "finished"
    with time_machine.travel(timezone.now() + timedelta(days=90)):
        assert alipay.deliver(alipay.peer.payment_notice(order, trade_status="TRADE_FINISHED")) == 200
        alipay.rest()
    assert Inbox.objects.count() == 2
    assert alipay.told == [("paid", payment.pk)]
    assert alipay.books() == {"available": 10_000, "clearing": 10_000}


def test_a_finished_trade_can_no_longer_be_refunded_and_finance_hears_of_it(alipay, cast):
    payment = alipay.paid()
    alipay.peer.orders[payment.out_trade_no].state = "finished"
    refund = alipay.refund(payment, 100)
    alipay.rest()
    refund.refresh_from_db()
    assert (refund.status, refund.code) == ("failed", "ACQ.TRADE_HAS_FINISHED")


# --- Notifications
def test_it_is_answered_with_seven_letters(alipay):
    payment = alipay.opened()
    notice = alipay.peer.pay(payment.out_trade_no)
    good, bad = alipay.post(notice), alipay.post(alipay.peer.forgeries(notice)[0])
    assert (good.status_code, good.content) == (200, b"success")
    assert (bad.status_code, bad.content) == (400, b"fail")


def test_a_blank_field_belongs_to_what_is_signed(alipay):
    payment = alipay.opened()
    notice = alipay.peer.pay(payment.out_trade_no)
    assert ("passback_params", "") in parse_qsl(notice.body.decode(), keep_blank_values=True)
    assert alipay.deliver(notice) == 200


def test_a_late_one_within_their_25_hours_is_taken(alipay):
    payment = alipay.opened()
    alipay.peer.pay(payment.out_trade_no)
    late = alipay.peer.payment_notice(alipay.peer.orders[payment.out_trade_no], age=25 * 3600)
    assert alipay.deliver(late) == 200


# --- Bills
def test_a_bill_is_read_at_once_and_only_from_alipay(alipay, monkeypatch):
    alipay.paid()
    monkeypatch.setattr(
        alipay.peer, "act", lambda _method, _content: {"bill_download_url": "https://elsewhere.invalid/bill"}
    )
    result, lines = provider().statement(timezone.localdate())
    assert ((result.outcome, result.code), lines) == (("unknown", "foreign_address"), [])


def test_an_archive_with_two_files_of_rows_is_not_guessed(alipay):
    alipay.paid()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.csv", b"x")
        made.writestr("b.csv", b"x")
    alipay.peer.statement = packed.getvalue()
    assert provider().statement(timezone.localdate())[0].code == "malformed"


# --- Keys
def test_a_key_that_is_not_what_its_id_says_is_named_at_the_start(alipay, settings, tmp_path):
    ours, theirs = rsa_key("app"), rsa_key("alipay")
    cases = {
        "has the fingerprint": ("ALIPAY_APP_KEYS", "0" * 16, private_pem(ours)),
        "holds no private key": ("ALIPAY_APP_KEYS", fingerprint(ours), public_pem(ours)),
        "holds no public key": ("ALIPAY_PUBLIC_KEYS", fingerprint(theirs), private_pem(theirs)),
        "our own public key": ("ALIPAY_PUBLIC_KEYS", fingerprint(ours), public_pem(ours)),
    }
    for number, (said, (name, key_id, content)) in enumerate(cases.items()):
        path = tmp_path / f"case-{number}.pem"
        path.write_bytes(content)
        whole = getattr(settings, name)
        setattr(settings, name, {key_id: path})
        with pytest.raises(SystemCheckError, match=said):
            call_command("check")
        assert "alipay" not in {channel.code for channel in channels.live()}
        setattr(settings, name, whole)


def test_alipays_own_test_gateway_may_be_used_in_a_sandbox_and_not_in_production(alipay, settings):
    settings.ALIPAY_GATEWAY_URL = "https://openapi-sandbox.dl.alipaydev.com/gateway.do"
    assert "alipay" in {channel.code for channel in channels.live()}
    settings.SANDBOX = False
    assert "alipay" not in {channel.code for channel in channels.live()}
