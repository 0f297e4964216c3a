"""Money coming in, with a real channel on the other side of real HTTP."""

import base64
import json
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from core import jobs
from core.errors import Conflict, DomainError
from core.models import Job
from ledger import chart, selectors
from ledger.models import Journal
from partners import custodian
from payments import purposes, services
from payments.models import Attention, Inbox, Payment
from tests.payments.conftest import start

AVAILABLE, CLEARING = chart.available(1), chart.clearing("sandbox")
pytestmark = pytest.mark.django_db


def balance(code=AVAILABLE):
    return selectors.balances([code])[code]


def orders(outside):
    return [row["out_trade_no"] for row in outside.channel.store.all("SELECT out_trade_no FROM payments")]


# --- The straight way
def test_a_payment_is_booked_when_the_channel_confirms_it(outside, told):
    payment = outside.pay(start())
    assert payment.status == "paid"
    assert payment.received == 10_000
    assert payment.next_check_at is None
    assert selectors.balances([AVAILABLE, CLEARING, chart.TIPS]) == {AVAILABLE: 10_000, CLEARING: 10_000, chart.TIPS: 0}
    assert told == [("paid", payment.pk)]
    assert Inbox.objects.get().outcome == "paid"


@pytest.mark.rule("R91")
def test_a_tip_is_nothing_unless_given_and_stands_in_a_journal_of_its_own(outside, told):
    assert outside.pay(start("plain")).tip == 0
    outside.pay(start("with tip", amount=10_000, tip=300))
    assert balance() == 20_000
    assert selectors.totals([chart.TIPS, AVAILABLE]) == {chart.TIPS: {"tip": 300}, AVAILABLE: {"donation": 20_000}}
    assert sorted(Journal.objects.values_list("kind", flat=True)) == ["donation", "donation", "tip"]


def test_asking_for_the_same_payment_twice_gives_one(told):
    assert start() == start()
    assert Payment.objects.count() == 1
    with pytest.raises(Conflict) as refused:
        start(amount=10_001)
    assert refused.value.code == "key_reused"
    assert Payment.objects.get().amount == 10_000


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 10**14}, "amount"),
        ({"tip": -1}, "tip"),
        ({"channel": "nowhere"}, "channel"),
    ],
)
def test_a_wrong_payment_is_refused_beside_its_field_and_nothing_is_written(told, wrong, field):
    with pytest.raises(DomainError) as refused:
        start(**wrong)
    assert list(refused.value.fields) == [field]
    assert not Payment.objects.exists()


def test_a_purpose_or_an_account_that_does_not_exist_is_a_bug(told):
    with pytest.raises(KeyError):
        start(purpose="nothing")
    with pytest.raises(ValueError, match="chart"):
        start(credit_account="camp:1:pocket")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("url", ["https://evil.invalid/", "//evil.invalid/", ""])
def test_the_way_back_leads_to_this_site_only(told, url):
    with pytest.raises(ValueError, match="return_url"):
        start(return_url=url)


def test_opening_twice_is_one_order_at_the_channel(outside, told):
    payment = start()
    first, second = services.open_at_channel(payment.pk), services.open_at_channel(payment.pk)
    assert first == second
    assert orders(outside) == [payment.out_trade_no]
    payment.refresh_from_db()
    assert payment.status == "pending"


def test_neither_the_sandbox_channel_nor_its_bank_is_there_in_production(settings, told, client):
    settings.SANDBOX = False
    with pytest.raises(DomainError):
        start()
    for door in ("sandbox", "custodian"):
        assert client.post(f"/hooks/{door}/", data=b"{}", content_type="application/json").status_code == 404
    assert services.collect_settlements() == 0
    assert services.check_custody() is None
    with pytest.raises(ImproperlyConfigured, match="R42"):
        custodian.provider()


# --- When the channel does not answer
@pytest.mark.parametrize("fault", ["timeout_after_commit", "error_after_commit", "bad_answer_signature", "unavailable"])
def test_an_order_whose_answer_is_lost_is_sent_again_with_the_same_number(outside, told, fault):
    payment = start()
    outside.channel.fault(fault)
    with pytest.raises(Conflict) as refused:
        services.open_at_channel(payment.pk)
    assert refused.value.code == "channel_unreachable"
    payment.refresh_from_db()
    assert payment.status == "created"
    assert outside.pay(payment).status == "paid"
    assert orders(outside) == [payment.out_trade_no]
    assert balance() == 10_000


def test_while_the_channel_cannot_be_asked_nothing_is_booked_and_it_is_asked_again(outside, told):
    payment = start()
    outside.press(payment, "pay")
    outside.channel.fault("unavailable", "on")
    outside.channel.tick()
    jobs.sweep(timezone.now())
    payment.refresh_from_db()
    assert payment.status == "pending"
    assert Inbox.objects.get().processed_at is None
    assert balance() == 0
    outside.channel.fault("unavailable", "off")
    with time_machine.travel(timezone.now() + timedelta(seconds=20)):
        outside.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert balance() == 10_000


def test_no_call_goes_out_inside_a_transaction(outside, told, transactional_db):
    payment = start()
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        services.open_at_channel(payment.pk)
    assert orders(outside) == []


# --- Notifications
def test_the_same_notification_twice_is_booked_once(outside, told):
    outside.channel.fault("duplicate_notify")
    payment = outside.pay(start())
    assert len(outside.sent) == 2
    assert outside.post(*outside.sent[0]) == 200
    outside.rest()
    assert balance() == 10_000
    assert Inbox.objects.count() == 1
    assert told == [("paid", payment.pk)]


def test_two_notifications_of_one_payment_are_booked_once(outside, told):
    payment = outside.pay(start())
    notice = {"type": "payment", "merchant_no": payment.out_trade_no, "state": "paid", "amount": 10_000}
    outside.channel.notify("http://candor.invalid/hooks/sandbox/", notice)
    outside.rest()
    assert Inbox.objects.count() == 2
    assert balance() == 10_000
    assert told == [("paid", payment.pk)]


@pytest.mark.parametrize("fault", ["bad_signature", "stale_notify"])
def test_a_forged_or_old_notification_is_refused_and_not_kept(outside, told, fault):
    outside.channel.fault(fault)
    payment = start()
    outside.press(payment, "pay")
    outside.channel.tick()
    assert not Inbox.objects.exists()
    assert balance() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=10)):
        outside.rest()  # the channel sends it again, rightly this time
    assert balance() == 10_000


def test_a_notification_replayed_an_hour_later_is_refused(outside, told):
    outside.pay(start())
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert outside.post(*outside.sent[0]) == 400
    assert Inbox.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda url, body, headers: (url, body.replace(b"paid", b"open"), headers),
        lambda url, body, headers: (url, body, {**headers, "X-Timestamp": str(int(time.time()) + 1)}),
        lambda url, body, headers: (url, body, {**headers, "X-Nonce": "other"}),
        lambda url, body, headers: (url, body, {**headers, "X-Signature": base64.b64encode(b"x" * 64).decode()}),
        lambda url, body, headers: (url, body, {**headers, "X-Signature": "not base64"}),
        lambda url, body, headers: (url, body, {}),
        lambda url, body, headers: (url.replace("/sandbox/", "/custodian/"), body, headers),
        lambda url, body, headers: (url, b"x" * 200_000, headers),
    ],
    ids=["body", "time", "nonce", "signature", "not base64", "no headers", "another door", "too large"],
)
def test_a_notification_with_one_thing_changed_is_refused(outside, told, change):
    payment = start()
    outside.press(payment, "pay")
    caught = []
    outside.channel.deliver = lambda *sent: caught.append(sent) or 200
    outside.channel.tick()
    assert outside.post(*change(*caught[0])) == 400
    assert not Inbox.objects.exists()
    assert outside.post(*caught[0]) == 200


@pytest.mark.parametrize("content", [b"[]", b"not json", b"{}", b'{"event_id": 1, "type": "gift"}', b"\xff\x00"])
def test_a_signed_notification_that_makes_no_sense_is_refused(outside, told, content):
    stamp = str(int(time.time()))
    signature = outside.channel.keys.sign("NOTIFY", "/hooks/sandbox/", stamp, "n", content)
    headers = {"X-Timestamp": stamp, "X-Nonce": "n", "X-Signature": signature}
    assert outside.post("http://x/hooks/sandbox/", content, headers) == 400
    assert not Inbox.objects.exists()


def test_the_notification_door_takes_posts_of_known_parties_only(outside, client):
    assert client.get("/hooks/sandbox/").status_code == 405
    assert client.post("/hooks/nobody/", data=b"{}", content_type="application/json").status_code == 404


def test_a_notification_of_an_unknown_order_goes_to_finance(outside, told, cast):
    notice = {"type": "payment", "merchant_no": "D-of-somebody-else", "state": "paid", "amount": 5}
    outside.channel.notify("http://candor.invalid/hooks/sandbox/", notice)
    outside.rest()
    attention = Attention.objects.get()
    assert (attention.code, attention.data["number"]) == ("unknown_number", "D-of-somebody-else")
    assert cast.zhou.notices.filter(code="payments.attention").count() == 1
    assert not Journal.objects.exists()


def test_a_notification_that_lies_books_nothing(outside, told):
    """Rightly signed, "paid" it says; but asked, the channel says it is open. What it answers counts."""
    payment = start()
    services.open_at_channel(payment.pk)
    notice = {"type": "payment", "merchant_no": payment.out_trade_no, "state": "paid", "amount": 10_000}
    outside.channel.notify("http://candor.invalid/hooks/sandbox/", notice)
    outside.rest()
    payment.refresh_from_db()
    assert payment.status == "pending"
    assert balance() == 0


def test_a_notification_that_is_quicker_than_the_answer_to_the_order(outside, told, monkeypatch):
    payment = start()
    provider = services.paying.channels.provider("sandbox")
    create = provider.create_payment

    def slow_create(intent):
        answer = create(intent)
        number = payment.out_trade_no
        row = outside.channel.store.one("SELECT channel_id FROM payments WHERE out_trade_no = ?", number)
        outside.channel.pay(row["channel_id"])
        outside.rest()
        return answer

    monkeypatch.setattr(provider, "create_payment", slow_create)
    monkeypatch.setattr(services.paying.channels, "provider", lambda _code: provider)
    services.open_at_channel(payment.pk)
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert balance() == 10_000


def test_a_lost_notification_is_made_good_by_the_sweep(outside, told):
    outside.channel.fault("drop_notify")
    payment = start()
    outside.press(payment, "pay")
    outside.rest()
    assert balance() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        jobs.enqueue("payments.sweep", "now")
        outside.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert balance() == 10_000


# --- What does not fit
def test_another_amount_than_asked_is_set_aside_for_finance_and_credited_to_nobody(outside, told, cast):
    outside.channel.fault("wrong_amount")
    payment = outside.pay(start())
    assert payment.status == "suspended"
    assert selectors.balances([AVAILABLE, CLEARING, chart.SUSPENSE]) == {
        AVAILABLE: 0,
        CLEARING: 9_900,
        chart.SUSPENSE: 9_900,
    }
    assert told == []
    assert Attention.objects.get().data == {"asked": 10_000, "received": 9_900}
    refund = services.return_suspended(actor=cast.zhou, payment=payment)
    outside.rest()
    refund.refresh_from_db()
    assert (refund.status, refund.amount) == ("done", 9_900)
    assert selectors.balances([CLEARING, chart.SUSPENSE]) == {CLEARING: 0, chart.SUSPENSE: 0}


# --- Not paid
def test_a_payer_who_cancels_closes_the_payment(outside, told):
    payment = start()
    outside.press(payment, "cancel")
    assert services.check_payment(payment.pk).status == "closed"
    assert told == []
    with pytest.raises(Conflict) as refused:
        services.open_at_channel(payment.pk)
    assert refused.value.code == "payment_final"


def test_a_payment_that_nobody_pays_is_closed_at_the_channel_after_half_an_hour(outside, told):
    payment = start()
    services.open_at_channel(payment.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=29)):
        assert services.check_payment(payment.pk).status == "pending"
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "expired"
        with pytest.raises(Conflict):
            services.open_at_channel(payment.pk)
    assert outside.channel.store.one("SELECT state FROM payments")["state"] == "closed"
    assert not Journal.objects.exists()


def test_an_order_that_never_reached_the_channel_expires(outside, told):
    payment = start()
    assert services.check_payment(payment.pk).status == "created"
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "expired"


def test_a_payment_in_the_last_second_is_booked_although_we_meant_to_close_it(outside, told):
    outside.channel.fault("drop_notify")
    payment = start()
    outside.press(payment, "pay")
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "paid"
    assert balance() == 10_000


def test_money_that_comes_after_the_closing_is_booked_and_the_purpose_is_told(outside, told):
    payment = start()
    services.open_at_channel(payment.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        services.check_payment(payment.pk)
    outside.channel.store.run("UPDATE payments SET state = 'paid', paid_amount = amount, paid_at = 1795000000")
    notice = {"type": "payment", "merchant_no": payment.out_trade_no, "state": "paid", "amount": 10_000}
    outside.channel.notify("http://candor.invalid/hooks/sandbox/", notice)
    outside.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert told == [("paid", payment.pk)]


def test_while_closing_is_uncertain_the_payment_stays_open_with_us(outside, told):
    payment = start()
    services.open_at_channel(payment.pk)
    outside.channel.fault("unavailable", "on")
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "pending"
    payment.refresh_from_db()
    assert payment.next_check_at is not None


# --- Crashes and races
def test_when_the_purpose_fails_nothing_is_booked_and_it_is_tried_again(outside, told, monkeypatch):
    def burst(_payment):
        raise RuntimeError("out of order")

    payment = start()
    outside.press(payment, "pay")
    whole = purposes.get("gift")
    monkeypatch.setitem(purposes._purposes, "gift", purposes.Purpose("gift", burst))
    outside.channel.tick()
    jobs.sweep(timezone.now())
    payment.refresh_from_db()
    assert payment.status == "pending"
    assert payment.received is None
    assert not Journal.objects.exists()
    monkeypatch.setitem(purposes._purposes, "gift", whole)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.sweep(timezone.now())
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert balance() == 10_000
    assert Job.objects.filter(kind="payments.inbox").get().status == Job.Status.DONE


@pytest.mark.django_db(transaction=True)
def test_ten_who_ask_at_once_book_once(outside, told):
    payment = start()
    outside.press(payment, "pay")

    def ask():
        try:
            services.check_payment(payment.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance() == 10_000
    assert told == [("paid", payment.pk)]
    assert Journal.objects.count() == 1


def test_wishing_for_the_result_many_times_asks_the_channel_once_in_five_seconds(outside, told):
    payment = start()
    with time_machine.travel(timezone.now(), tick=False):
        for _number in range(5):
            services.request_check(payment=payment)
    assert Job.objects.filter(kind="payments.check_payment").count() == 1


def test_what_is_stored_of_a_notification_is_what_was_sent(outside, told):
    outside.pay(start())
    inbox = Inbox.objects.get()
    assert bytes(inbox.raw) == outside.sent[0][1]
    assert json.loads(bytes(inbox.raw))["event_id"] == inbox.event_id
