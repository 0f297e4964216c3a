"""Money going out of the custody account."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from core import jobs
from core.errors import Conflict, DomainError
from ledger import chart, selectors
from ledger.kinds import Kind
from ledger.services import post
from partners import custodian
from payments import services
from payments.models import Attention, Inbox, Transfer
from payments.payees import Payee, PayeeKind
from tests.payments.conftest import PAYEE, start
from tests.threads import at_once

HELD = chart.held(1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def held(outside, told):
    """100 yuan paid, settled (99.40 in custody) and held for a withdrawal."""
    outside.pay(start())
    outside.settle()
    hold()
    told.clear()


def hold():
    legs = [(chart.available(1), 10_000), (HELD, -10_000)]
    post(key="hold:1", kind=Kind.PAYOUT_HOLD, ref="x", legs=legs, actor=None)


def transfer(key="payout:1", amount=6_000, payee=PAYEE):
    return services.request_transfer(
        actor=None,
        purpose="pay_family",
        ref="1",
        amount=amount,
        from_account=HELD,
        payee=payee,
        remark="住院号 0012345",
        key=key,
    )


def books():
    return tuple(selectors.balances([HELD, chart.PAYOUT_TRANSIT, chart.CUSTODY]).values())


def at_the_bank(outside):
    return [
        tuple(row) for row in outside.custodian.store.all("SELECT transfer_no, amount, remark, state FROM transfers")
    ]


@pytest.mark.rule("R42", "R56")
def test_a_transfer_is_on_its_way_until_the_bank_confirms_it(outside, held, told):
    ordered = transfer()
    assert books() == (4_000, 6_000, 9_940)
    outside.rest()
    ordered.refresh_from_db()
    assert ordered.status == "arrived"
    assert books() == (4_000, 0, 3_940)
    assert custodian.provider().balance() == 3_940
    assert at_the_bank(outside) == [(ordered.transfer_no, 6_000, "住院号 0012345", "arrived")]
    assert told == [("sent", ordered.pk), ("arrived", ordered.pk)]
    assert Inbox.objects.filter(type="transfer").get().outcome == "arrived"


def test_account_and_holder_are_sealed_in_the_database(held):
    transfer()
    with connection.cursor() as cursor:
        cursor.execute("SELECT payee_name, payee_account FROM payments_transfer")
        name, account = cursor.fetchone()
    assert PAYEE.holder_name not in name
    assert PAYEE.account_number not in account
    assert Transfer.objects.get().masked_payee == "第一人民医院 工商银行 622202*********4567"


@pytest.mark.parametrize(("ending", "reason"), [("404", "ACCOUNT_NOT_FOUND"), ("405", "HOLDER_MISMATCH")])
def test_what_the_bank_sends_back_is_held_again_and_goes_to_finance(outside, held, told, ending, reason):
    ordered = transfer(payee=Payee(PayeeKind.PERSON, "林晓梅", "建设银行", f"6217000010001234{ending}"))
    outside.rest()
    ordered.refresh_from_db()
    assert (ordered.status, ordered.code) == ("returned", reason)
    assert books() == (10_000, 0, 9_940)
    assert [what for what, _thing in told] == ["sent", "returned"]
    assert Attention.objects.get().code == "transfer_returned"
    transfer("payout:1:2")  # a new try is a new transfer
    outside.rest()
    assert books() == (4_000, 0, 3_940)


def test_a_transfer_that_the_bank_refuses_is_held_again(outside, held, told):
    outside.custodian.fault("refuse_transfers")
    ordered = transfer()
    outside.rest()
    ordered.refresh_from_db()
    assert (ordered.status, ordered.code) == ("returned", "REFUSED")
    assert books() == (10_000, 0, 9_940)


@pytest.mark.parametrize("fault", ["timeout_after_commit", "error_after_commit", "unavailable", "bad_answer_signature"])
def test_a_transfer_whose_answer_is_lost_keeps_its_number_and_is_paid_once(outside, held, told, fault):
    outside.custodian.fault(fault)
    ordered = transfer()
    jobs.sweep(timezone.now())
    ordered.refresh_from_db()
    assert ordered.status == "sent"
    assert books() == (4_000, 6_000, 9_940)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        jobs.enqueue("payments.sweep", "now")
        outside.rest()
    number = ordered.transfer_no
    ordered.refresh_from_db()
    assert (ordered.status, ordered.transfer_no) == ("arrived", number)
    assert [row[0] for row in at_the_bank(outside)] == [number]
    assert custodian.provider().balance() == 3_940


def test_nothing_is_sent_before_the_channel_has_settled_enough(outside, told):
    outside.pay(start())
    hold()
    ordered = transfer()
    outside.rest()
    ordered.refresh_from_db()
    assert (ordered.status, ordered.code) == ("requested", "waits_for_settlement")
    assert at_the_bank(outside) == []
    outside.settle()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        outside.rest()
    ordered.refresh_from_db()
    assert ordered.status == "arrived"


def test_the_same_transfer_asked_for_twice_is_one(outside, held):
    assert transfer() == transfer()
    with pytest.raises(Conflict) as refused:
        transfer(amount=6_001)
    assert refused.value.code == "key_reused"
    with pytest.raises(Conflict):
        transfer(payee=Payee(PayeeKind.HOSPITAL, "第一人民医院", "工商银行", "6222020200009999999"))
    outside.rest()
    assert books() == (4_000, 0, 3_940)


def test_more_than_is_held_is_refused_and_nothing_is_written(held):
    with pytest.raises(Conflict) as refused:
        transfer(amount=10_001)
    assert refused.value.code == "insufficient_funds"
    with pytest.raises(DomainError):
        transfer(amount=0)
    assert not Transfer.objects.exists()
    assert books() == (10_000, 0, 9_940)


@pytest.mark.django_db(transaction=True)
def test_ten_transfers_at_once_never_exceed_what_is_held(outside, told):
    outside.pay(start())
    hold()
    outcomes = at_once(10, lambda number: transfer(f"payout:{number}", 3_000))
    assert sorted(outcomes) == ["done"] * 3 + ["insufficient_funds"] * 7
    assert books()[:2] == (1_000, 9_000)


def test_a_forged_word_of_the_bank_is_refused(outside, held):
    outside.custodian.fault("bad_signature")
    ordered = transfer()
    jobs.sweep(timezone.now())  # ordered at the bank, which asks itself and tells us
    outside.custodian.tick()
    assert not Inbox.objects.filter(type="transfer").exists()
    ordered.refresh_from_db()
    assert ordered.status == "arrived"  # because we asked, not because we were told
