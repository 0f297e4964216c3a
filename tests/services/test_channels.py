"""What every real channel must do right, each against a peer that signs, verifies and misbehaves (PAYMENTS 1.5, 6)."""

import threading
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, transaction
from django.utils import timezone

from core import jobs
from core.errors import Conflict, DomainError
from ledger import auditing
from ledger.models import Journal
from partners.outcomes import Outcome
from payments import channels, services
from payments.models import Attention, Inbox, Payment, Refund
from payments.providers import outbound
from tests.services.peer import Notice

pytestmark = pytest.mark.django_db
LOST = ["timeout_before", "timeout_after", "error_before", "error_after", "garbage"]


# --- The whole way
@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R60")
def test_from_the_first_click_to_the_refund_over_real_http(world, live_server, settings):
    settings.SITE_URL = world.at = live_server.url
    payment = world.start(tip=200)
    assert payment.status == "created"
    services.open_at_channel(payment.pk)
    payment.refresh_from_db()
    assert (payment.status, world.books()) == ("pending", {})
    world.peer.pay(payment.out_trade_no)
    world.rest()
    payment.refresh_from_db()
    assert (payment.status, payment.received) == ("paid", 10_200)
    assert payment.channel_id
    assert world.books() == {"available": 10_000, "clearing": 10_200}
    assert Inbox.objects.filter(provider=world.code, outcome="paid").count() >= 1
    refund = world.refund(payment, 4_000)
    assert world.books() == {"available": 6_000, "clearing": 10_200, "in_transit": 4_000}
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    refund.refresh_from_db()
    assert (refund.status, refund.code) == ("done", "")
    assert world.books() == {"available": 6_000, "clearing": 6_200}
    assert list(world.peer.refunds) == [refund.refund_no]
    assert world.peer.refunded(payment.out_trade_no) == 4_000
    assert world.told == [("paid", payment.pk), ("refunded", refund.pk)]
    assert auditing.verify().ok


def test_opening_twice_is_one_order(world):
    payment = world.start()
    assert services.open_at_channel(payment.pk) == services.open_at_channel(payment.pk)
    assert list(world.peer.orders) == [payment.out_trade_no]


# --- When the channel does not answer
@pytest.mark.parametrize("fault", LOST)
def test_an_order_whose_answer_is_lost_is_sent_again_under_the_same_number(world, fault):
    payment = world.start()
    world.peer.fault(fault)
    try:
        services.open_at_channel(payment.pk)
    except Conflict as refused:
        assert refused.code == "channel_unreachable"
    payment.refresh_from_db()
    assert not payment.is_final
    assert services.open_at_channel(payment.pk)
    world.peer.pay(payment.out_trade_no)
    world.rest()
    payment.refresh_from_db()
    assert (payment.status, list(world.peer.orders)) == ("paid", [payment.out_trade_no])
    assert world.books() == {"available": 10_000, "clearing": 10_000}


@pytest.mark.parametrize("fault", [*LOST, "wrong_merchant", "another_order"])
def test_a_question_whose_answer_cannot_be_believed_decides_nothing_and_is_asked_again(world, fault):
    payment = world.opened()
    world.peer.pay(payment.out_trade_no)
    world.peer.fault(fault, 5)
    assert services.check_payment(payment.pk).status == "pending"
    assert world.books() == {}
    world.peer.fault(fault, 0)
    assert services.check_payment(payment.pk).status == "paid"


@pytest.mark.rule("R60")
@pytest.mark.parametrize("fault", LOST)
def test_a_refund_whose_answer_is_lost_keeps_its_number_and_goes_back_once(world, fault):
    payment = world.paid()
    world.peer.fault(fault)
    refund = world.refund(payment, 4_000)
    number = refund.refund_no
    jobs.sweep(timezone.now())
    refund.refresh_from_db()
    assert refund.status == "sent"
    assert world.books() == {"available": 6_000, "clearing": 10_000, "in_transit": 4_000}
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    refund.refresh_from_db()
    assert (refund.status, refund.refund_no) == ("done", number)
    assert [(one.number, one.amount) for one in world.peer.refunds.values()] == [(number, 4_000)]
    assert world.books() == {"available": 6_000, "clearing": 6_000}


def test_a_channel_that_does_not_answer_in_time_is_not_waited_for(world, monkeypatch):
    monkeypatch.setattr(outbound, "TIMEOUT", (0.5, 0.3))
    payment = world.opened()
    held = threading.Event()
    monkeypatch.setattr(world.peer, "answer", lambda _handler, _body: held.wait(5))
    view = channels.provider(world.code).query_payment(payment.out_trade_no, payment.channel_id)
    held.set()
    assert (view.result.outcome, view.state) == (Outcome.UNKNOWN, "")


def test_nothing_is_asked_inside_a_transaction(world, transactional_db):
    payment = world.start()
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        services.open_at_channel(payment.pk)
    assert world.peer.orders == {}


# --- Notifications
def test_the_same_notification_again_is_booked_once_and_its_replay_is_refused_or_known(world):
    payment = world.opened()
    notice = world.peer.pay(payment.out_trade_no)
    assert world.deliver(notice) < 300
    world.rest()
    stored = Inbox.objects.count()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert 400 <= world.deliver(notice) < 500
    assert Inbox.objects.count() == stored == 1
    assert world.books() == {"available": 10_000, "clearing": 10_000}
    assert world.told == [("paid", payment.pk)]


@pytest.mark.django_db(transaction=True)
def test_the_same_notification_ten_times_at_once_is_stored_and_booked_once(world, live_server):
    world.at = live_server.url
    payment = world.opened()
    notice = world.peer.pay(payment.out_trade_no)
    threads = [threading.Thread(target=world.deliver, args=(notice,)) for _number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(world.statuses) == [world.statuses[0]] * 10
    assert Inbox.objects.count() == 1
    world.rest()
    assert Journal.objects.count() == 1
    assert world.told == [("paid", payment.pk)]
    connection.close()


def test_a_notification_of_yesterday_and_a_day_is_refused(world):
    payment = world.opened()
    world.peer.pay(payment.out_trade_no)
    old = world.peer.payment_notice(world.peer.orders[payment.out_trade_no], age=2 * 86_400)
    assert 400 <= world.deliver(old) < 500
    assert not Inbox.objects.exists()


def test_what_is_not_the_channels_word_is_refused_without_asking_anybody(world):
    payment = world.opened()
    good = world.peer.pay(payment.out_trade_no)
    asked = len(world.peer.requests)
    wrong = [
        Notice(good.headers, good.body + b" "),
        Notice(good.headers, good.body.replace(b"0", b"1", 1)),
        Notice({}, b"{}"),
        Notice(good.headers, b""),
        Notice(good.headers, b"\xff\xfe garbage"),
        Notice({}, b"<html>garbage</html>"),
        Notice(good.headers, good.body + b"x" * 200_000),
        *world.peer.forgeries(good),
    ]
    for notice in wrong:
        status = world.deliver(Notice(notice.headers, notice.body, good.content_type))
        assert 400 <= status < 500, notice
    assert len(world.peer.requests) == asked
    assert not Inbox.objects.exists()


def test_a_notification_about_another_merchants_money_is_refused(world):
    payment = world.opened()
    world.peer.pay(payment.out_trade_no)
    order = world.peer.orders[payment.out_trade_no]
    for notice in world.peer.foreign(order):
        assert 400 <= world.deliver(notice) < 500
    assert not Inbox.objects.exists()


def test_a_notification_of_an_order_that_we_do_not_know_goes_to_finance(world):
    payment = world.opened()
    notice = world.peer.pay(payment.out_trade_no)
    Payment.objects.filter(pk=payment.pk).update(out_trade_no="D-another")
    assert world.deliver(notice) < 300
    world.peer.outbox.clear()
    world.rest()
    assert Attention.objects.get().code == "unknown_number"
    assert not Journal.objects.exists()


def test_a_notification_that_lies_books_nothing(world):
    """Rightly signed, and "paid" it says; but asked, the channel says that it is not."""
    payment = world.opened()
    notice = world.peer.pay(payment.out_trade_no)
    world.peer.orders[payment.out_trade_no].state = "open"
    world.peer.outbox.clear()
    assert world.deliver(notice) < 300
    world.rest()
    payment.refresh_from_db()
    assert payment.status == "pending"
    assert world.books() == {}


def test_a_notification_that_is_quicker_than_the_answer_to_the_order(world, monkeypatch):
    payment = world.start()
    provider = channels.provider(world.code)
    create = provider.create_payment

    def slow_create(intent):
        answer = create(intent)
        assert world.deliver(world.peer.pay(payment.out_trade_no)) < 300
        world.peer.outbox.clear()
        jobs.sweep(timezone.now())
        return answer

    monkeypatch.setattr(provider, "create_payment", slow_create)
    with monkeypatch.context() as patched:
        patched.setattr(services.paying.channels, "provider", lambda _code: provider)
        services.open_at_channel(payment.pk)
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        world.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert world.books() == {"available": 10_000, "clearing": 10_000}
    assert world.told == [("paid", payment.pk)]


def test_a_lost_notification_is_made_good_by_the_sweep(world):
    payment = world.opened()
    world.peer.pay(payment.out_trade_no)
    world.peer.outbox.clear()
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"


def test_notifications_in_the_wrong_order_end_in_the_same_books(world):
    payment = world.opened()
    late = world.peer.pay(payment.out_trade_no)
    world.peer.outbox.clear()
    services.check_payment(payment.pk)
    refund = world.refund(payment, 10_000)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    assert world.deliver(late) < 300
    world.rest()
    refund.refresh_from_db()
    assert refund.status == "done"
    assert world.books() == {}
    assert world.told == [("paid", payment.pk), ("refunded", refund.pk)]


# --- What does not fit
def test_another_amount_than_asked_is_set_aside_and_goes_back_the_same_way(world, cast):
    payment = world.opened()
    world.peer.pay(payment.out_trade_no, amount=9_900)
    world.rest()
    payment.refresh_from_db()
    assert payment.status == "suspended"
    assert world.books() == {"clearing": 9_900, "suspense": 9_900}
    assert world.told == []
    refund = services.return_suspended(actor=cast.zhou, payment=payment)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    refund.refresh_from_db()
    assert refund.status == "done"
    assert world.books() == {}


def test_what_is_paid_stays_paid_whatever_the_channel_says_afterwards(world):
    payment = world.paid()
    world.peer.fault("regress", 5)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert services.check_payment(payment.pk).status == "paid"
    assert world.books() == {"available": 10_000, "clearing": 10_000}


def test_a_refund_that_is_reported_with_another_amount_is_not_booked(world, cast):
    payment = world.paid()
    refund = world.refund(payment, 4_000)
    jobs.sweep(timezone.now())
    world.peer.finish_refunds()
    world.peer.fault("wrong_amount", 5)
    if services.pursue_refund(refund.pk).status == "sent":
        assert Attention.objects.get().code == "refund_amount_mismatch"
        assert world.books() == {"available": 6_000, "clearing": 10_000, "in_transit": 4_000}


# --- Not paid
def test_an_order_that_nobody_pays_is_closed_at_the_channel(world):
    payment = world.opened()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "expired"
    assert world.peer.orders[payment.out_trade_no].state in ("closed", "absent")
    assert world.books() == {}


def test_a_payment_that_was_never_opened_expires_without_a_question(world):
    payment = world.start()
    assert services.check_payment(payment.pk).status == "created"
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "expired"
        with pytest.raises(Conflict):
            services.open_at_channel(payment.pk)
    assert world.peer.requests == []


def test_paid_in_the_last_second_is_booked_although_we_meant_to_close_it(world):
    payment = world.opened()
    world.peer.pay(payment.out_trade_no)
    world.peer.outbox.clear()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "paid"


def test_money_that_comes_after_the_closing_is_booked_and_the_purpose_is_told(world):
    payment = world.opened()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        services.check_payment(payment.pk)
        world.peer.pay(payment.out_trade_no)
        world.rest()
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert world.told == [("paid", payment.pk)]


@pytest.mark.parametrize("fault", ["timeout_before", "error_before", "garbage"])
def test_while_the_closing_is_uncertain_the_payment_stays_open_with_us(world, fault):
    payment = world.opened()
    world.peer.fault(fault, 50)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.check_payment(payment.pk).status == "pending"


# --- Refunds
@pytest.mark.rule("R60")
def test_a_refund_refused_for_good_is_sent_again_by_finance_under_a_new_number(world, cast):
    payment = world.paid()
    world.peer.refuse_refunds = world.peer.refusal
    refund = world.refund(payment, 4_000)
    world.rest()
    refund.refresh_from_db()
    assert (refund.status, refund.code) == ("failed", world.peer.refusal)
    assert world.books() == {"available": 10_000, "clearing": 10_000}
    first = refund.refund_no
    world.peer.refuse_refunds = ""
    services.retry_refund(actor=cast.zhou, refund=refund)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    refund.refresh_from_db()
    assert refund.status == "done"
    assert refund.refund_no != first
    assert list(world.peer.refunds) == [refund.refund_no]


def test_a_channel_that_is_at_a_loss_does_not_fail_a_refund_and_people_hear_of_it(world, cast):
    payment = world.paid()
    world.peer.refuse_refunds = world.peer.at_a_loss
    refund = world.refund(payment, 4_000)
    number = refund.refund_no
    for hour in range(12):
        with time_machine.travel(timezone.now() + timedelta(hours=2 * hour)):
            services.pursue_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.status, refund.refund_no) == ("sent", number)
    assert world.books() == {"available": 6_000, "clearing": 10_000, "in_transit": 4_000}
    assert [one.code for one in Attention.objects.all()] == ["refund_stuck"]


def test_fifty_parts_go_back_and_the_fifty_first_is_refused_by_the_channel(world, cast):
    payment = world.paid()
    for number in range(50):
        world.peer.accept_refund(f"R-earlier-{number}", world.peer.orders[payment.out_trade_no], 1)
    world.peer.finish_refunds()
    world.peer.outbox.clear()
    refund = world.refund(payment, 100)
    world.rest()
    refund.refresh_from_db()
    assert refund.status == world.peer.fifty_first
    if refund.status == "failed":
        assert world.books() == {"available": 10_000, "clearing": 10_000}


def test_refunding_everybody_goes_on_after_a_crash_at_a_third(world, monkeypatch):
    """Eight gifts; the worker dies in the call of the third refund, and is started again. Everybody gets theirs once."""
    payments = [world.paid(f"gift:{number}", 1_000 + number) for number in range(8)]
    refunds = [world.refund(payment, payment.amount, f"refund:{payment.pk}") for payment in payments]
    calls = []
    kind = type(channels.provider(world.code))
    send = kind.refund

    def dies_after_the_third(self, **given):
        result = send(self, **given)
        calls.append(given["refund_no"])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(kind, "refund", dies_after_the_third)
    with pytest.raises(KeyboardInterrupt):
        for refund in refunds:
            services.pursue_refund(refund.pk)
    monkeypatch.setattr(kind, "refund", send)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        jobs.enqueue("payments.sweep", "again")
        world.rest()
    assert sorted(Refund.objects.values_list("status", flat=True)) == ["done"] * 8
    assert len(world.peer.refunds) == 8
    assert world.books() == {}


# --- Statements
def statement(world, day=None):
    """Asked for at eleven on the next day, when all of them are made."""
    day = day or timezone.localdate()
    noon = timezone.make_aware(datetime.combine(timezone.localdate(), datetime.min.time().replace(hour=11)))
    with time_machine.travel(noon + timedelta(days=1)):
        return channels.provider(world.code).statement(day)


def test_the_statement_of_a_day_has_every_movement(world):
    payment = world.paid()
    refund = world.refund(payment, 4_000)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        world.rest()
    payment.refresh_from_db()
    result, lines = statement(world)
    assert result.outcome is Outcome.OK, result
    assert [(line.kind, line.gross, line.state) for line in lines] == [
        ("payment", 10_000, "done"), ("refund", -4_000, "done")
    ]  # fmt: skip
    assert [(line.merchant_no, line.refund_no) for line in lines] == [
        (payment.out_trade_no, ""), (payment.out_trade_no, refund.refund_no)
    ]  # fmt: skip
    assert {line.channel_id for line in lines} == {payment.channel_id}
    assert [line.fee for line in lines] == world.peer.fees(10_000, -4_000)
    assert all(line.net == line.gross - line.fee and line.raw for line in lines)
    assert all(line.day == timezone.localdate() == timezone.localdate(line.at) for line in lines)


def test_a_day_on_which_nothing_moved_is_an_ordinary_day_once_it_is_over(world):
    world.peer.no_statement()
    result, lines = statement(world, timezone.localdate() - timedelta(days=3))
    assert (result.outcome, result.code, lines) == (Outcome.OK, "no_bill", [])
    result, lines = channels.provider(world.code).statement(timezone.localdate())
    assert (result.outcome, result.code, lines) == (Outcome.PENDING, "not_ready", [])


@pytest.mark.parametrize("fault", [*LOST])
def test_a_statement_that_cannot_be_had_is_no_empty_day(world, fault):
    world.paid()
    world.peer.fault(fault, 5)
    result, lines = statement(world)
    assert (result.outcome, lines) == (Outcome.UNKNOWN, [])


def test_a_statement_that_is_not_whole_or_not_ours_gives_no_line(world):
    world.paid("gift:1")
    world.paid("gift:2", 7_000)
    for spoil in world.peer.spoilt_statements():
        spoil()
        result, lines = statement(world)
        assert (result.outcome, lines) == (Outcome.UNKNOWN, []), spoil


# --- Configuration
def test_a_channel_that_is_not_configured_is_not_there(world, settings, client):
    settings.SANDBOX = True
    assert world.code in {channel.code for channel in channels.live()}
    for name, value in world.peer.settings(world.folder).items():
        if not name.endswith("_URL"):
            setattr(settings, name, type(value)())
    assert world.code not in {channel.code for channel in channels.live()}
    with pytest.raises(DomainError) as refused:
        world.start()
    assert refused.value.code == "no_such_channel"
    assert client.post(f"/hooks/{world.code}/", data=b"{}", content_type="application/json").status_code == 404
    call_command("check")


def test_a_half_configured_channel_is_named_at_the_start_and_not_offered(world, settings):
    names = [name for name in world.peer.required if getattr(settings, name)]
    assert names
    for name in names:
        whole = getattr(settings, name)
        setattr(settings, name, type(whole)())
        with pytest.raises(SystemCheckError, match=name):
            call_command("check")
        assert world.code not in {channel.code for channel in channels.live()}
        setattr(settings, name, whole)
    call_command("check")


def test_the_live_service_is_not_asked_from_a_sandbox_nor_this_machine_in_production(world, settings):
    url_name = next(name for name in world.peer.settings(world.folder) if name.endswith("_URL"))
    loopback = getattr(settings, url_name)
    world.peer.live_settings(settings)
    for sandbox, url, problem in (
        (True, world.peer.live_url, "sandbox"),
        (False, loopback, "not a live service over https"),
        (False, world.peer.live_url.replace("https:", "http:"), "not a live service over https"),
    ):
        settings.SANDBOX = sandbox
        setattr(settings, url_name, url)
        assert any(problem in said for said in channels.problems(channels.CHANNELS[world.code]))
        assert world.code not in {channel.code for channel in channels.live()}


def test_in_production_the_channel_is_offered_and_the_sandbox_is_not(world, settings):
    url_name = next(name for name in world.peer.settings(world.folder) if name.endswith("_URL"))
    settings.SANDBOX = False
    setattr(settings, url_name, world.peer.live_url)
    world.peer.live_settings(settings)
    assert [channel.code for channel in channels.live()] == [world.code]


def test_while_keys_are_exchanged_both_are_accepted_and_the_first_signs(world, settings):
    first = world.paid("gift:1")
    world.peer.rotate()
    second = world.paid("gift:2")
    assert (first.status, second.status) == ("paid", "paid")
    payment = world.opened("gift:3")
    world.peer.pay(payment.out_trade_no)
    world.peer.retire_old(settings)
    assert 400 <= world.deliver(world.peer.outbox.pop()) < 500  # signed with a key that is no longer ours to accept
    assert world.peer.signed_by_first()
