"""Showing what the money was used for: in time, once per bill, judged by people, reminded without fail."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.timezone import localdate

from audit.models import Case
from campaigns.models import Campaign
from core.errors import DomainError
from disclosures import rules
from disclosures.models import Invoice, Obligation, Payout, Proof, Withdrawal
from disclosures.services import obligations
from notices.models import Notice
from tests.disclosures import scene


@pytest.fixture
def duty(cast: Any) -> Obligation:
    campaign = scene.raised_campaign(cast, 1_000_000)
    return paid(cast, campaign, 100_000, numbers=2)


def paid(cast: Any, campaign: Campaign, amount: int, *, numbers: int = 1) -> Obligation:
    """A withdrawal whose first payment of `numbers` has arrived today."""
    withdrawal = Withdrawal.objects.create(
        campaign=campaign, requested_by=cast.lin, key=f"w{campaign.withdrawals.count()}", amount=amount * numbers,
        purpose="surgery", explanation="x", payee=campaign.payees.get(), status="approved" if numbers > 1 else "paid",
    )  # fmt: skip
    rows = [
        Payout.objects.create(
            withdrawal=withdrawal,
            number=number,
            amount=amount,
            prepared_by=cast.zhou,
            approved_by=cast.he,
            status="arrived" if number == 1 else "planned",
        )
        for number in range(1, numbers + 1)
    ]
    due = localdate() + timedelta(days=30)
    return Obligation.objects.create(
        payout=rows[0],
        campaign=campaign,
        amount=amount,
        due_on=due,
        next_reminder_on=rules.next_reminder(due, localdate()),
    )


def hand_in(cast: Any, duty: Obligation, *amounts: int, key: str = "proof-key-1") -> Proof:
    lines = [scene.line(cast, amount, f"{key}-{n}"[:20], seed=n + 5) for n, amount in enumerate(amounts)]
    return obligations.submit_proof(actor=cast.lin, obligation=duty, lines=lines, note="", key=key)


@pytest.mark.rule("R49", "R55")
def test_bills_that_cover_enough_release_the_next_payment(cast: Any, duty: Obligation) -> None:
    proof = hand_in(cast, duty, 50_000, 20_000)
    assert Case.objects.get(subject_kind="use_proof", object_id=proof.pk).kind == "use_proof"
    assert Payout.objects.get(number=2).status == "planned"
    obligations.carry_out_review(proof=proof, outcome="approve", actor=cast.zhao)
    duty.refresh_from_db()
    assert (duty.status, duty.proved_amount, duty.next_reminder_on) == ("proved", 70_000, None)
    assert Payout.objects.get(number=2).status == "ready"


@pytest.mark.rule("R49")
def test_bills_that_cover_too_little_leave_the_duty_open(cast: Any, duty: Obligation) -> None:
    obligations.carry_out_review(proof=hand_in(cast, duty, 69_999), outcome="approve", actor=cast.zhao)
    duty.refresh_from_db()
    assert (duty.status, duty.proved_amount) == ("due", 69_999)
    assert Payout.objects.get(number=2).status == "planned"
    obligations.carry_out_review(proof=hand_in(cast, duty, 1, key="proof-key-2"), outcome="approve", actor=cast.zhao)
    duty.refresh_from_db()
    assert (duty.status, duty.proved_amount) == ("proved", 70_000)


def test_more_bills_than_money_prove_only_the_money(cast: Any, duty: Obligation) -> None:
    obligations.carry_out_review(proof=hand_in(cast, duty, 900_000), outcome="approve", actor=cast.zhao)
    duty.refresh_from_db()
    assert duty.proved_amount == 100_000


def test_the_same_hand_in_twice_is_one(cast: Any, duty: Obligation) -> None:
    assert hand_in(cast, duty, 50_000) == hand_in(cast, duty, 50_000)
    assert Invoice.objects.count() == 1


def test_one_bill_counts_once_on_the_whole_platform(cast: Any, duty: Obligation) -> None:
    hand_in(cast, duty, 50_000)
    other = paid(cast, duty.campaign, 5_000)
    with pytest.raises(DomainError, match="invoice_used"):
        obligations.submit_proof(
            actor=cast.lin,
            obligation=other,
            lines=[scene.line(cast, 50_000, "proof-key-1-0")],
            note="",
            key="another-key",
        )
    assert Proof.objects.count() == 1
    first = Invoice.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.create(
            proof=first.proof,
            code=first.code,
            number=first.number,
            issued_on=first.issued_on,
            amount=1,
            issuer="x",
            document=first.document,
        )


def test_bills_that_were_not_accepted_may_be_handed_in_again(cast: Any, duty: Obligation) -> None:
    obligations.carry_out_review(proof=hand_in(cast, duty, 80_000), outcome="fix", actor=cast.zhao)
    duty.refresh_from_db()
    assert (duty.status, duty.proved_amount) == ("due", 0)
    again = obligations.submit_proof(
        actor=cast.lin, obligation=duty, lines=[scene.line(cast, 80_000, "proof-key-1-0")], note="", key="second-key"
    )
    obligations.carry_out_review(proof=again, outcome="approve", actor=cast.zhao)
    duty.refresh_from_db()
    assert duty.status == "proved"


@pytest.mark.parametrize(("days", "code"), [(31, "bill_too_old")])
def test_old_bills_are_told_beside_their_line(cast: Any, duty: Obligation, days: int, code: str) -> None:
    line = scene.line(cast, 100, issued_on=localdate() - timedelta(days=days))
    with pytest.raises(DomainError) as refused:
        obligations.submit_proof(actor=cast.lin, obligation=duty, lines=[line], note="", key="k" * 9)
    assert (refused.value.code, set(refused.value.fields)) == (code, {"lines-0-issued_on"})
    assert not Proof.objects.exists()


@pytest.mark.rule("R37", "R55")
def test_reminders_go_out_on_their_days_once_and_then_it_is_overdue(cast: Any, duty: Obligation) -> None:
    seen = []
    for day in range(40):
        today = localdate() + timedelta(days=day)
        if obligations.remind_due(today=today):
            seen.append((today - duty.due_on).days)
        assert obligations.remind_due(today=today) == 0
    assert seen == [-7, -2, 0, 3]
    assert Notice.objects.filter(user=cast.lin, code="use_proof.reminder").count() == 4
    duty.refresh_from_db()
    assert duty.status == "overdue"


def test_the_last_day_is_in_time_the_day_after_is_not(cast: Any, duty: Obligation) -> None:
    obligations.remind_due(today=duty.due_on)
    duty.refresh_from_db()
    assert duty.status == "due"
    obligations.remind_due(today=duty.due_on + timedelta(days=1))
    duty.refresh_from_db()
    assert duty.status == "overdue"
    hand_in(cast, duty, 80_000)
    duty.refresh_from_db()
    assert duty.status == "submitted", "a late proof is still welcome"


def test_a_platform_that_slept_sends_one_reminder_not_a_heap(cast: Any, duty: Obligation) -> None:
    late = duty.due_on + timedelta(days=2)
    assert obligations.remind_due(today=late) == 1
    duty.refresh_from_db()
    assert duty.next_reminder_on == duty.due_on + timedelta(days=3)
    assert timezone.localdate() < late
