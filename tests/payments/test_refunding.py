"""Money going back by the way it came."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from core import jobs
from core.errors import Conflict, DomainError
from ledger import auditing, chart, selectors
from ledger.kinds import Kind
from ledger.models import Journal
from ledger.services import post
from payments import services
from payments.models import Attention, Payment, Refund
from tests.payments.conftest import start
from tests.threads import at_once

AVAILABLE, CLEARING, TRANSIT = chart.available(1), chart.clearing("sandbox"), chart.refund_transit("sandbox")
pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(outside, told):
    payment = outside.pay(start())
    told.clear()
    return payment


def refund(payment, amount, key="refund:1", **more):
    return services.request_refund(
        actor=None, payment=payment, amount=amount, reason="mistake", key=key, from_account=AVAILABLE, **more
    )


def numbers(outside):
    return [(row["refund_no"], row["amount"]) for row in outside.channel.store.all("SELECT * FROM refunds")]


def books():
    return tuple(selectors.balances([AVAILABLE, TRANSIT, CLEARING]).values())


@pytest.mark.rule("R60")
def test_a_refund_goes_back_by_the_channel_that_it_came_through(outside, paid, told):
    asked = refund(paid, 10_000)
    assert books() == (0, 10_000, 10_000)  # it has left the campaign at once
    outside.rest()
    asked.refresh_from_db()
    assert asked.status == "done"
    assert asked.next_check_at is None
    assert books() == (0, 0, 0)
    assert numbers(outside) == [(asked.refund_no, 10_000)]
    assert told == [("refunded", asked.pk)]


@pytest.mark.rule("R65")
def test_several_parts_never_exceed_what_was_paid(outside, paid):
    refund(paid, 3_000, "a")
    refund(paid, 6_999, "b")
    with pytest.raises(DomainError) as refused:
        refund(paid, 2, "c")
    assert (refused.value.code, list(refused.value.fields)) == ("too_much", ["amount"])
    refund(paid, 1, "d")
    outside.rest()
    assert sorted(Refund.objects.values_list("amount", "status")) == [(1, "done"), (3_000, "done"), (6_999, "done")]
    assert books() == (0, 0, 0)


def test_the_database_itself_refuses_more_refunds_than_money_came_in(paid):
    with pytest.raises(DatabaseError), transaction.atomic():
        Payment.objects.filter(pk=paid.pk).update(refund_reserved=10_001)
    with pytest.raises(DatabaseError), transaction.atomic():
        Payment.objects.filter(pk=paid.pk).update(refund_reserved=-1)


def test_the_same_refund_asked_for_twice_is_one(outside, paid):
    assert refund(paid, 4_000) == refund(paid, 4_000)
    with pytest.raises(Conflict) as refused:
        refund(paid, 4_001)
    assert refused.value.code == "key_reused"
    outside.rest()
    assert numbers(outside) == [(Refund.objects.get().refund_no, 4_000)]
    assert books() == (6_000, 0, 6_000)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_or_less_is_no_refund(paid, amount):
    with pytest.raises(DomainError) as refused:
        refund(paid, amount)
    assert list(refused.value.fields) == ["amount"]
    assert not Refund.objects.exists()


def test_what_was_not_paid_cannot_be_refunded(told):
    with pytest.raises(Conflict) as refused:
        refund(start(), 100)
    assert refused.value.code == "not_paid"
    assert not Refund.objects.exists()


def test_what_the_campaign_no_longer_has_cannot_be_refunded(paid):
    legs = [(AVAILABLE, 9_000), (chart.held(1), -9_000)]
    post(key="hold:1", kind=Kind.PAYOUT_HOLD, ref="x", legs=legs, actor=None)
    with pytest.raises(Conflict) as refused:
        refund(paid, 1_001)
    assert refused.value.code == "insufficient_funds"
    assert not Refund.objects.exists()
    paid.refresh_from_db()
    assert paid.refund_reserved == 0


@pytest.mark.parametrize("fault", ["timeout_after_commit", "error_after_commit", "unavailable", "bad_answer_signature"])
def test_a_refund_whose_answer_is_lost_keeps_its_number_and_is_paid_once(outside, paid, told, fault):
    outside.channel.fault(fault)
    asked = refund(paid, 4_000)
    jobs.sweep(timezone.now())
    asked.refresh_from_db()
    assert asked.status == "sent"
    assert books() == (6_000, 4_000, 10_000)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        outside.rest()
    number = asked.refund_no
    asked.refresh_from_db()
    assert (asked.status, asked.refund_no) == ("done", number)
    assert numbers(outside) == [(number, 4_000)]
    assert told == [("refunded", asked.pk)]


@pytest.mark.parametrize("fault", ["refuse_refunds", "fail_refunds"])
def test_a_refund_refused_for_good_gives_the_money_back_to_the_campaign_and_goes_to_finance(outside, paid, told, fault):
    outside.channel.fault(fault)
    asked = refund(paid, 4_000)
    outside.rest()
    asked.refresh_from_db()
    assert asked.status == "failed"
    assert books() == (10_000, 0, 10_000)
    assert told == [("refund_failed", asked.pk)]
    assert Attention.objects.get().code == "refund_failed"


def test_finance_sends_a_refused_refund_again_under_a_new_number(outside, paid, cast, told):
    outside.channel.fault("fail_refunds")
    asked = refund(paid, 4_000)
    outside.rest()
    first = Refund.objects.get().refund_no
    with pytest.raises(Conflict):
        services.retry_refund(actor=cast.zhou, refund=services.retry_refund(actor=cast.zhou, refund=asked))
    outside.rest()
    asked.refresh_from_db()
    assert (asked.status, asked.attempt) == ("done", 2)
    assert asked.refund_no != first
    assert books() == (6_000, 0, 6_000)
    assert [what for what, _thing in told] == ["refund_failed", "refunded"]


def test_a_retry_waits_until_the_campaign_has_the_money_again(outside, paid, cast):
    outside.channel.fault("refuse_refunds")
    asked = refund(paid, 4_000)
    outside.rest()
    legs = [(AVAILABLE, 9_000), (chart.held(1), -9_000)]
    post(key="hold:1", kind=Kind.PAYOUT_HOLD, ref="x", legs=legs, actor=None)
    asked.refresh_from_db()
    with pytest.raises(Conflict) as refused:
        services.retry_refund(actor=cast.zhou, refund=asked)
    assert refused.value.code == "insufficient_funds"
    asked.refresh_from_db()
    assert (asked.status, asked.attempt) == ("failed", 1)


def test_finance_gives_a_refund_up_with_a_reason_and_the_payment_is_free_again(outside, paid, cast):
    outside.channel.fault("refuse_refunds")
    asked = refund(paid, 10_000)
    outside.rest()
    with pytest.raises(DomainError) as refused:
        services.drop_refund(actor=cast.zhou, refund=asked, reason="  ")
    assert list(refused.value.fields) == ["reason"]
    with pytest.raises(DomainError):
        refund(paid, 1, "another")
    assert services.drop_refund(actor=cast.zhou, refund=asked, reason="账户已注销").status == "dropped"
    refund(paid, 10_000, "another")
    outside.rest()
    assert books() == (0, 0, 0)


def test_a_worker_that_dies_after_the_call_repeats_it_with_the_same_number(outside, paid):
    asked = refund(paid, 4_000)
    provider = services.refunding.channels.provider("sandbox")
    provider.refund(
        refund_no=asked.refund_no, out_trade_no=paid.out_trade_no, amount=4_000, total=10_000, reason="mistake"
    )  # and then nothing was written down
    outside.rest()
    asked.refresh_from_db()
    assert asked.status == "done"
    assert numbers(outside) == [(asked.refund_no, 4_000)]
    assert books() == (6_000, 0, 6_000)


@pytest.mark.django_db(transaction=True)
def test_ten_refunds_at_once_never_exceed_the_payment(outside, told):
    payment = outside.pay(start())
    outcomes = at_once(10, lambda number: refund(payment, 3_000, f"refund:{number}"))
    assert sorted(outcomes) == ["done"] * 3 + ["too_much"] * 7
    payment.refresh_from_db()
    assert payment.refund_reserved == 9_000
    assert books() == (1_000, 9_000, 10_000)


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_and_a_refund_race_for_the_last_yuan(outside, told):
    payment = outside.pay(start(amount=100))

    def act(number):
        if number % 2:
            refund(payment, 100, "last")
        else:
            legs = [(AVAILABLE, 100), (chart.held(1), -100)]
            post(key="hold:last", kind=Kind.PAYOUT_HOLD, ref="x", legs=legs, actor=None)

    assert sorted(at_once(2, act)) == ["done", "insufficient_funds"]
    assert selectors.balances([AVAILABLE])[AVAILABLE] == 0
    assert auditing.verify().ok


@pytest.mark.django_db(transaction=True)
def test_ten_workers_on_one_refund_book_it_once(outside, told):
    payment = outside.pay(start())
    asked = refund(payment, 4_000)
    at_once(10, lambda _number: services.pursue_refund(asked.pk))
    outside.rest()
    assert Journal.objects.filter(kind="refund_done").count() == 1
    assert [what for what, _thing in told] == ["paid", "refunded"]
