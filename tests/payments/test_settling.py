"""From the channel to the custody account; the bank's word beside the books."""

import pytest

from ledger import chart, selectors
from partners import custodian
from payments import services
from payments.models import Attention, CustodyCheck, SettlementBatch
from payments.providers.base import Settlement
from tests.payments.conftest import start

AVAILABLE, CLEARING = chart.available(1), chart.clearing("sandbox")
pytestmark = pytest.mark.django_db


def books():
    return tuple(selectors.balances([CLEARING, chart.CUSTODY, chart.FEE_CHANNEL]).values())


@pytest.mark.rule("R42", "R56")
def test_a_settlement_moves_the_net_to_custody_and_the_fee_to_expenses(outside):
    outside.pay(start("a"))
    outside.pay(start("b", amount=123))
    assert books() == (10_123, 0, 0)
    outside.settle()
    assert books() == (0, 10_062, 61)
    assert custodian.provider().balance() == 10_062
    batch = SettlementBatch.objects.get()
    assert (batch.gross, batch.refunded, batch.fee, batch.net) == (10_123, 0, 61, 10_062)


def test_a_batch_is_booked_once_and_the_next_one_is_asked_for(outside):
    outside.pay(start("a"))
    outside.settle()
    assert services.collect_settlements() == 0
    outside.pay(start("b"))
    outside.settle()
    assert SettlementBatch.objects.count() == 2
    assert books() == (0, 19_880, 120)


def test_what_is_refunded_comes_off_the_next_settlement_with_its_fee(outside):
    payment = outside.pay(start())
    outside.settle()
    services.request_refund(actor=None, payment=payment, amount=10_000, reason="x", key="r", from_account=AVAILABLE)
    outside.rest()
    assert books() == (-10_000, 9_940, 60)
    outside.settle()
    assert books() == (0, 0, 0)
    assert custodian.provider().balance() == 0


def test_a_batch_that_does_not_add_up_is_not_booked_but_shown_to_finance(told):
    from django.utils import timezone

    wrong = Settlement("B1", "2026-11-23", 10_000, 0, 60, 9_999, timezone.now(), b"{}")
    assert services.book_settlement(channel="sandbox", batch=wrong) is False
    assert not SettlementBatch.objects.exists()
    assert Attention.objects.get().code == "settlement_wrong"
    assert books() == (0, 0, 0)


def test_a_channel_that_does_not_answer_settles_nothing(outside):
    outside.pay(start())
    outside.channel.settle()
    outside.channel.fault("unavailable")
    assert services.collect_settlements() == 0
    assert services.collect_settlements() == 1


@pytest.mark.rule("R42")
def test_the_banks_word_is_written_beside_the_books(outside):
    outside.pay(start())
    outside.settle()
    check = services.check_custody()
    assert (check.bank, check.books, check.difference) == (9_940, 9_940, 0)
    outside.custodian.fault("unavailable")
    assert services.check_custody() is None
    assert CustodyCheck.objects.count() == 1


def test_a_difference_that_stays_goes_to_finance_once(outside):
    outside.custodian.credit({"batch_no": "of somebody", "amount": 500})
    services.check_custody()
    services.check_custody()
    assert not Attention.objects.exists()  # it may be on its way
    services.check_custody()
    services.check_custody()
    attention = Attention.objects.get()
    assert (attention.code, attention.data) == ("custody_difference", {"bank": 500, "books": 0})
