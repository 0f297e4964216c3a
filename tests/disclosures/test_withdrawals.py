"""Asking for money, being reviewed, standing in public notice."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from audit.models import Case
from audit.services import hard_stop
from campaigns.models import Campaign
from campaigns.selectors import money
from core.errors import Conflict, DomainError
from disclosures.models import Obligation, Payout, Withdrawal
from disclosures.services import withdrawals
from ledger.auditing import verify
from notices.models import Notice
from tests.disclosures import scene


def where(campaign: Campaign) -> tuple[int, int]:
    state = money([campaign.pk])[campaign.pk]
    return state.available, state.held


@pytest.mark.rule("R51", "R56")
def test_a_raiser_withdraws_during_the_raise_and_the_money_is_held(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 600_000, 400_000)
    withdrawal = scene.ask(cast, campaign, 300_000)
    assert withdrawal.status == "requested"
    assert where(campaign) == (700_000, 300_000)
    assert Case.objects.get(subject_kind="withdrawal", object_id=withdrawal.pk).kind == "withdrawal"


def test_the_same_key_is_the_same_withdrawal(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    assert scene.ask(cast, campaign, 300_000) == scene.ask(cast, campaign, 300_000)
    assert where(campaign) == (700_000, 300_000)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 0}, "amount_too_small"),
        ({"amount": 1_000_001}, "not_available"),
        ({"bills": []}, "bills_missing"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_holds_nothing(cast: Any, change: dict[str, Any], code: str) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    given = {"amount": 100, "purpose": "surgery", "explanation": "x", "bills": [scene.bill(cast)], "key": "k" * 10}
    with pytest.raises(DomainError) as refused:
        withdrawals.request_withdrawal(actor=cast.lin, campaign=campaign, **{**given, **change})
    assert refused.value.code == code
    assert set(refused.value.fields) == set(change)
    assert where(campaign) == (1_000_000, 0)
    assert not Withdrawal.objects.exists()


@pytest.mark.rule("R53")
def test_an_early_withdrawal_needs_people_who_vouch(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000, attested=2)
    with pytest.raises(Conflict, match="not_attested"):
        scene.ask(cast, campaign, 100)
    assert where(campaign) == (1_000_000, 0)


def test_after_the_end_nobody_needs_to_vouch(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000, status="ended", attested=0)
    assert scene.ask(cast, campaign, 100).status == "requested"


def test_one_withdrawal_at_a_time(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    scene.ask(cast, campaign, 100)
    with pytest.raises(Conflict, match="one_at_a_time"):
        scene.ask(cast, campaign, 100, key="another-key")


@pytest.mark.rule("R55")
def test_an_overdue_proof_blocks_the_next_withdrawal(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    withdrawal = Withdrawal.objects.create(
        campaign=campaign, requested_by=cast.lin, key="earlier", amount=100, purpose="surgery", explanation="x",
        payee=campaign.payees.get(), status="paid",
    )  # fmt: skip
    payout = Payout.objects.create(
        withdrawal=withdrawal, number=1, amount=100, status="arrived", prepared_by=cast.zhou, approved_by=cast.he
    )
    Obligation.objects.create(
        payout=payout, campaign=campaign, amount=100, due_on=timezone.localdate(), status="overdue"
    )
    with pytest.raises(Conflict, match="use_overdue"):
        scene.ask(cast, campaign, 100)
    assert where(campaign) == (1_000_000, 0)


def test_a_stopped_or_frozen_campaign_pays_nothing_out(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    hard_stop(actor=cast.xu, subject_kind="campaign", object_id=campaign.pk, evidence="doctored record")
    with pytest.raises(Conflict):
        scene.ask(cast, campaign, 100)
    Campaign.objects.filter(pk=campaign.pk).update(status="frozen")
    campaign.refresh_from_db()
    with pytest.raises(Conflict, match="campaign_not_open"):
        scene.ask(cast, campaign, 100)


def test_refused_or_taken_back_money_is_available_again(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    withdrawals.carry_out_review(withdrawal=scene.ask(cast, campaign, 300_000), outcome="refuse", actor=cast.zhao)
    assert where(campaign) == (1_000_000, 0)
    withdrawals.cancel_withdrawal(actor=cast.lin, withdrawal=scene.ask(cast, campaign, 200_000, key="second-one"))
    assert where(campaign) == (1_000_000, 0)
    assert verify().ok


def test_what_is_missing_is_mended_and_held_again(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    withdrawal = scene.ask(cast, campaign, 300_000)
    withdrawals.carry_out_review(withdrawal=withdrawal, outcome="fix", actor=cast.zhao)
    assert where(campaign) == (1_000_000, 0)
    withdrawal.refresh_from_db()
    again = withdrawals.resubmit_withdrawal(
        actor=cast.lin, withdrawal=withdrawal, amount=250_000, explanation="押金", bills=[scene.bill(cast, 2)]
    )
    assert (again.status, again.version) == ("requested", 2)
    assert where(campaign) == (750_000, 250_000)
    assert Case.objects.filter(subject_kind="withdrawal", object_id=withdrawal.pk).count() == 2


@pytest.mark.rule("R50")
def test_the_notice_lasts_a_day_and_not_a_minute_less(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    withdrawal = scene.noticed(cast, campaign, 300_000)
    assert withdrawal.notice_starts
    assert withdrawal.notice_ends == withdrawal.notice_starts + timedelta(hours=24)
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends - timedelta(minutes=1))
    assert not Payout.objects.exists()
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends)
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends)
    assert list(Payout.objects.order_by("number").values_list("status", flat=True)) == ["ready", "planned", "planned"]
    assert Notice.objects.filter(user=cast.lin, code="withdrawal.approve").count() == 1


@pytest.mark.rule("R50")
def test_the_job_ends_the_notice_in_its_own_time(cast: Any, drain: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    withdrawal = scene.noticed(cast, campaign, 300_000)
    drain()
    assert not Payout.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        drain()
    withdrawal.refresh_from_db()
    assert withdrawal.status == "approved"


@pytest.mark.rule("R50")
def test_an_objection_holds_the_payment_until_it_is_answered(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    withdrawal = scene.noticed(cast, campaign, 300_000)
    objection = withdrawals.file_objection(actor=cast.sun, withdrawal=withdrawal, text="手术已经免费做完了")
    assert withdrawal.notice_ends
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends + timedelta(days=3))
    assert not Payout.objects.exists()
    with pytest.raises(Conflict, match="own_matter"):
        withdrawals.answer_objection(actor=cast.sun, objection=objection, justified=False, answer="x")
    withdrawals.answer_objection(actor=cast.qian, objection=objection, justified=False, answer="医院确认押金未交。")
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends)
    assert Payout.objects.get(number=1).status == "ready"


def test_a_justified_objection_gives_the_money_back_to_available(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    withdrawal = scene.noticed(cast, campaign, 300_000)
    objection = withdrawals.file_objection(actor=None, withdrawal=withdrawal, text="病人已经出院")
    withdrawals.answer_objection(actor=cast.qian, objection=objection, justified=True, answer="属实。")
    withdrawal.refresh_from_db()
    assert withdrawal.status == "refused"
    assert where(campaign) == (1_000_000, 0)


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_hold_money_once(cast: Any) -> None:
    campaign = scene.raised_campaign(cast, 1_000_000)
    papers = [scene.bill(cast)]
    start, outcomes = Barrier(2), []

    def run(number: int) -> None:
        start.wait()
        try:
            withdrawals.request_withdrawal(
                actor=cast.lin,
                campaign=campaign,
                amount=700_000,
                purpose="surgery",
                explanation="x",
                bills=papers,
                key=f"race-key-{number}",
            )
            outcomes.append("held")
        except Conflict as conflict:
            outcomes.append(conflict.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["held", "one_at_a_time"]
    assert where(campaign) == (300_000, 700_000)
