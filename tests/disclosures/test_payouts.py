"""Paying by two people, in parts or at once, through a bank that may send money back."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.selectors import money
from core.errors import Conflict
from disclosures.models import Obligation, Payout
from disclosures.services import payouts
from ledger import chart
from ledger.auditing import verify
from ledger.selectors import balances
from payments.models import Transfer
from tests.disclosures import scene


def arrived(payout: Payout) -> None:
    payouts.payout_arrived(Transfer.objects.get(ref=str(payout.pk), status="requested"))


@pytest.mark.rule("R90")
def test_the_fee_is_taken_at_payout_and_spread_over_the_parts(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 20_000_000)
    parts = scene.approved(cast, campaign, 10_000_000)
    assert [part.amount for part in parts] == [4_000_000, 3_000_000, 3_000_000]
    assert [part.fee_service for part in parts] == [120_000, 90_000, 90_000]
    assert [part.fee_channel for part in parts] == [24_000, 18_000, 18_000]
    assert sum(part.net for part in parts) == 10_000_000 - 360_000


@pytest.mark.rule("R90")
def test_a_campaign_never_pays_more_service_fee_than_the_cap(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 40_000_000)
    first = scene.approved(cast, campaign, 15_000_000)
    assert sum(part.fee_service for part in first) == 450_000
    campaign.withdrawals.update(status="paid")
    second = scene.approved(cast, campaign, 10_000_000, key="second-withdrawal")
    assert sum(part.fee_service for part in second) == 50_000


@pytest.mark.rule("R48", "R49")
def test_high_sums_and_unverified_pages_are_paid_in_parts_the_hospital_at_once(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 20_000_000)
    parts = scene.approved(cast, campaign, 10_000_000)
    assert [part.status for part in parts] == ["ready", "planned", "planned"]


@pytest.mark.rule("R43", "R14")
def test_nobody_pays_alone_and_the_database_agrees(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    payout = scene.approved(cast, campaign, 300_000)[0]
    with pytest.raises(Conflict):
        payouts.approve_payout(actor=cast.he, payout=payout)
    payouts.prepare_payout(actor=cast.zhou, payout=payout)
    with pytest.raises(Conflict, match="same_person"):
        payouts.approve_payout(actor=cast.zhou, payout=payout)
    for forged in ({"approved_by": cast.zhou}, {"status": "sent"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payout.objects.filter(pk=payout.pk).update(**forged)
    assert not Transfer.objects.exists()


@pytest.mark.rule("R43", "R47")
def test_two_officers_pay_the_verified_payee_and_the_duty_to_prove_begins(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    payout = scene.sent(cast, scene.approved(cast, campaign, 300_000)[0])
    transfer = Transfer.objects.get()
    assert (transfer.amount, transfer.payee_name) == (payout.net, "王建国")
    arrived(payout)
    payout.refresh_from_db()
    duty = Obligation.objects.get(payout=payout)
    assert payout.status == "arrived"
    assert duty.amount == payout.net
    assert (duty.due_on - timezone.localdate()).days == 30
    assert balances([chart.FEE_SERVICE])[chart.FEE_SERVICE] == payout.fee_service
    assert verify().ok


def test_an_arrival_told_twice_counts_once(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    payout = scene.sent(cast, scene.approved(cast, campaign, 300_000)[0])
    arrived(payout)
    with pytest.raises(Conflict):
        arrived(payout)
    assert Obligation.objects.count() == 1


def test_a_payee_in_doubt_is_not_paid(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    payout = scene.approved(cast, campaign, 300_000)[0]
    payouts.prepare_payout(actor=cast.zhou, payout=payout)
    campaign.payees.update(status="approved")
    with pytest.raises(Conflict, match="payee_unverified"):
        payouts.approve_payout(actor=cast.he, payout=payout)
    assert not Transfer.objects.exists()


def test_a_frozen_campaign_is_not_paid(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    payout = scene.approved(cast, campaign, 300_000)[0]
    payouts.prepare_payout(actor=cast.zhou, payout=payout)
    Campaign.objects.filter(pk=campaign.pk).update(status="frozen")
    with pytest.raises(Conflict, match="stopped"):
        payouts.approve_payout(actor=cast.he, payout=payout)


def test_money_sent_back_can_be_paid_again_under_a_new_number(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    payout = scene.sent(cast, scene.approved(cast, campaign, 300_000)[0])
    first = Transfer.objects.get()
    payouts.payout_returned(first)
    payout.refresh_from_db()
    assert payout.status == "returned"
    again = scene.sent(cast, payout)
    assert again.attempt == 2
    assert Transfer.objects.exclude(pk=first.pk).get().transfer_no != first.transfer_no


def test_stopped_payouts_give_the_money_back_to_available(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 20_000_000)
    parts = scene.approved(cast, campaign, 10_000_000)
    payouts.call_off_payouts(actor=cast.zhou, withdrawal=parts[0].withdrawal, reason="stopped")
    payouts.call_off_payouts(actor=cast.zhou, withdrawal=parts[0].withdrawal, reason="stopped")
    assert money([campaign.pk])[campaign.pk].available == 20_000_000
    assert set(Payout.objects.values_list("status", flat=True)) == {"cancelled"}
    assert parts[0].withdrawal.status == "cancelled"
