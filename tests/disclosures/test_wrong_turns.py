"""Ways that went nowhere once: found by the life of tests/invariants, each held here by itself."""

from typing import Any

import pytest
from django.utils import timezone

from audit.models import Case
from audit.services import appeal_decision
from campaigns import services
from campaigns.models import Campaign
from campaigns.selectors import money
from core.errors import Conflict, DomainError
from core.jobs import NotYet
from disclosures.models import Invoice, Obligation, Payout, Proof, Settlement, Withdrawal
from disclosures.selectors import closable_campaigns
from disclosures.services import closing, obligations, payouts, withdrawals
from payments.models import Refund, Transfer
from payments.services import drop_refund, pursue_refund
from tests.builders import decide, give, make_campaign, make_document, rest
from tests.disclosures import scene
from tests.invariants import broken
from tests.invariants.words import Words, spoken

pytestmark = pytest.mark.django_db


@pytest.fixture
def words() -> Any:
    with spoken() as said:
        yield said


def asked(cast: Any, campaign: Campaign, amount: int, key: str = "withdrawal-key-1") -> Withdrawal:
    made = withdrawals.request_withdrawal(
        actor=cast.lin, campaign=campaign, amount=amount, purpose="surgery", explanation="移植手术押金",
        bills=[make_document(cast.lin, "bill")], key=key,
    )  # fmt: skip
    rest()
    return made


def ended(cast: Any, *gifts: int) -> Campaign:
    """So that nobody has to attest before a withdrawal."""
    campaign = make_campaign(cast)
    for amount in gifts:
        give(campaign, amount, donor=cast.chen)
    return services.end_campaign(actor=cast.lin, campaign=campaign, why="raiser")


def where(campaign: Campaign) -> tuple[int, int]:
    state = money([campaign.pk])[campaign.pk]
    return state.available, state.held


def case_of(kind: str, pk: int, **more: Any) -> Case:
    return Case.objects.get(subject_kind=kind, object_id=pk, **more)


def test_a_withdrawal_that_was_taken_back_leaves_the_queue_of_reviewers(cast: Any, words: Words) -> None:
    withdrawal = asked(cast, ended(cast, 100_000), 40_000)
    withdrawals.cancel_withdrawal(actor=cast.lin, withdrawal=withdrawal)
    assert case_of("withdrawal", withdrawal.pk).status == "closed"
    assert broken() == []


def test_an_old_copy_of_a_withdrawal_does_not_decide_what_is_held(cast: Any, words: Words) -> None:
    """The page was opened while something was to be mended; meanwhile the raiser handed it in again elsewhere."""
    campaign = ended(cast, 100_000)
    withdrawal = asked(cast, campaign, 40_000)
    decide(case_of("withdrawal", withdrawal.pk), "fix", cast.zhao, cast.qian, refused={"bills": "unreadable"})
    old = Withdrawal.objects.get(pk=withdrawal.pk)
    again = Withdrawal.objects.get(pk=withdrawal.pk)
    withdrawals.resubmit_withdrawal(
        actor=cast.lin, withdrawal=again, amount=50_000, explanation="补了", bills=[make_document(cast.lin, "bill")]
    )
    assert where(campaign) == (50_000, 50_000)
    withdrawals.cancel_withdrawal(actor=cast.lin, withdrawal=old)
    assert where(campaign) == (100_000, 0)
    assert old.status == "cancelled"


@pytest.mark.rule("R67")
@pytest.mark.parametrize("outcome", ["fix", "refuse"])
def test_an_appeal_against_a_refused_withdrawal_can_be_decided_either_way(
    cast: Any, words: Words, outcome: str
) -> None:
    campaign = ended(cast, 100_000)
    withdrawal = asked(cast, campaign, 40_000)
    reason = {"fix": "unreadable", "refuse": "forged_paper"}[outcome]
    first = decide(case_of("withdrawal", withdrawal.pk), outcome, cast.zhao, cast.qian, refused={"bills": reason})
    assert where(campaign) == (100_000, 0)
    appeal = appeal_decision(actor=cast.lin, case=first, text="原件已带到窗口。")
    rest()
    appeal.refresh_from_db()
    reviewers = _fresh_reviewers(cast)
    decide(appeal, "approve", *reviewers)
    withdrawal.refresh_from_db()
    assert (withdrawal.status, where(campaign)) == ("notice", (60_000, 40_000))
    assert broken() == []


@pytest.mark.rule("R67")
def test_an_appeal_that_is_lost_changes_nothing(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    withdrawal = asked(cast, campaign, 40_000)
    first = decide(
        case_of("withdrawal", withdrawal.pk), "refuse", cast.zhao, cast.qian, refused={"bills": "forged_paper"}
    )
    appeal = appeal_decision(actor=cast.lin, case=first, text="请再看一次。")
    rest()
    appeal.refresh_from_db()
    decide(appeal, "refuse", *_fresh_reviewers(cast), refused={"bills": "forged_paper"})
    withdrawal.refresh_from_db()
    assert (appeal.status, withdrawal.status, where(campaign)) == ("decided", "refused", (100_000, 0))


def test_an_appeal_does_not_bring_back_what_another_withdrawal_replaced(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    withdrawal = asked(cast, campaign, 40_000)
    decide(case_of("withdrawal", withdrawal.pk), "refuse", cast.zhao, cast.qian, refused={"bills": "forged_paper"})
    asked(cast, campaign, 90_000, key="withdrawal-key-2")
    with pytest.raises(Conflict) as caught:
        withdrawals.carry_out_appeal(withdrawal=withdrawal, outcome="approve", actor=cast.zhao)
    assert caught.value.code == "one_at_a_time"
    withdrawal.refresh_from_db()
    assert (withdrawal.status, where(campaign)) == ("refused", (10_000, 90_000))


def _fresh_reviewers(cast: Any) -> list[Any]:
    from accounts.models import RoleGrant

    for user in (cast.tang, cast.cao):
        RoleGrant.objects.create(user=user, role="auditor")
    return [cast.tang, cast.cao]


def _paid(cast: Any, words: Words, campaign: Campaign, amount: int) -> Payout:
    withdrawal = asked(cast, campaign, amount)
    decide(case_of("withdrawal", withdrawal.pk), "approve", cast.zhao, cast.qian)
    withdrawal.refresh_from_db()
    assert withdrawal.notice_ends
    withdrawals.end_notice(withdrawal=withdrawal, now=withdrawal.notice_ends)
    return Payout.objects.filter(withdrawal=withdrawal).order_by("number")[0]


def _arrived(cast: Any, words: Words, payout: Payout) -> Obligation:
    from payments.services import pursue_transfer

    scene.sent(cast, payout)
    words.settle()
    rest()
    words.transfers_are("arrived")
    pursue_transfer(Transfer.objects.get(ref=str(payout.pk)).pk)
    return Obligation.objects.get(payout=payout)


def _proof(cast: Any, duty: Obligation, key: str = "first", amount: int = 0) -> Proof:
    line = obligations.InvoiceLine(
        code="13990126", number="00000001", issued_on=timezone.localdate(), amount=amount or duty.amount,
        issuer="云州市第一人民医院", document=make_document(cast.lin, "invoice"),
    )  # fmt: skip
    made = obligations.submit_proof(actor=cast.lin, obligation=duty, lines=[line], note="", key=f"proof-{key}")
    rest()
    return made


@pytest.mark.rule("R67")
def test_an_appeal_makes_refused_bills_count_after_all(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    duty = _arrived(cast, words, _paid(cast, words, campaign, 40_000))
    proof = _proof(cast, duty)
    code = f"bill-{proof.invoices.get().pk}"
    first = decide(case_of("use_proof", proof.pk), "refuse", cast.zhao, cast.qian, refused={code: "forged_paper"})
    assert not Invoice.objects.get().counts
    appeal = appeal_decision(actor=cast.lin, case=first, text="发票可以在税务网站查到。")
    rest()
    appeal.refresh_from_db()
    decide(appeal, "approve", *_fresh_reviewers(cast))
    proof.refresh_from_db()
    duty.refresh_from_db()
    assert (proof.status, duty.status, duty.proved_amount) == ("accepted", "proved", duty.amount)
    assert Invoice.objects.get().counts
    assert broken() == []


def test_an_appeal_does_not_count_a_bill_twice(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    duty = _arrived(cast, words, _paid(cast, words, campaign, 40_000))
    proof = _proof(cast, duty)
    code = f"bill-{proof.invoices.get().pk}"
    decide(case_of("use_proof", proof.pk), "refuse", cast.zhao, cast.qian, refused={code: "forged_paper"})
    again = _proof(cast, duty, key="again", amount=duty.amount // 2)
    decide(case_of("use_proof", again.pk), "approve", cast.zhao, cast.qian)
    with pytest.raises(Conflict) as caught:
        obligations.carry_out_appeal(proof=proof, outcome="approve", actor=cast.zhao)
    assert caught.value.code == "invoice_used"
    proof.refresh_from_db()
    assert proof.status == "refused"


def test_books_are_not_closed_while_a_refund_has_failed(cast: Any, words: Words) -> None:
    """Its money is in the account again and promised to one donor: it is no surplus. It was an error 500 once."""
    campaign = make_campaign(cast)
    gift = give(campaign, 50_000, donor=cast.chen)
    services.refund_own(actor=cast.chen, donation=gift)
    rest()
    words.refunds_are("failed")
    refund = pursue_refund(Refund.objects.get().pk)
    services.end_campaign(actor=cast.lin, campaign=campaign, why="raiser")
    with pytest.raises(Conflict) as caught:
        closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    assert caught.value.code == "cannot_close"
    assert not Settlement.objects.exists()
    drop_refund(actor=cast.zhou, refund=refund, reason="账户已销户")
    settlement = closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    assert closing.approve_settlement(actor=cast.he, settlement=settlement).status == "refunding"


def test_a_gift_whose_refund_was_called_off_can_be_wished_back_again(cast: Any, words: Words) -> None:
    campaign = make_campaign(cast)
    gift = give(campaign, 50_000, donor=cast.chen, tip=100)
    services.refund_own(actor=cast.chen, donation=gift)
    rest()
    words.refunds_are("failed")
    for refund in Refund.objects.all():
        pursue_refund(refund.pk)
    with pytest.raises(Conflict) as caught:
        services.refund_own(actor=cast.chen, donation=gift)
    assert caught.value.code == "on_its_way"
    for refund in Refund.objects.all():
        drop_refund(actor=cast.zhou, refund=refund, reason="账户已销户")
    services.refund_own(actor=cast.chen, donation=gift)
    rest()
    words.refunds_are("done")
    for refund in Refund.objects.filter(status="sent"):
        pursue_refund(refund.pk)
    gift.refresh_from_db()
    assert gift.status == "refunded"
    assert money([campaign.pk])[campaign.pk].available == 0
    assert broken() == []


def test_nothing_is_withdrawn_while_the_books_are_being_closed(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    settlement = closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    with pytest.raises(Conflict) as caught:
        asked(cast, campaign, 40_000)
    assert caught.value.code == "closing"
    closing.approve_settlement(actor=cast.he, settlement=settlement)
    with pytest.raises(Conflict):
        asked(cast, campaign, 40_000)
    assert not Withdrawal.objects.exists()


def test_a_freeze_during_the_closing_delays_it_and_breaks_nothing(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    settlement = closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    closing.approve_settlement(actor=cast.he, settlement=settlement)
    services.freeze_campaign(actor=None, campaign=campaign, reason="核实中")
    with pytest.raises(NotYet):
        closing.send_shares(settlement=settlement)
    rest()
    words.refunds_are("done")
    for refund in Refund.objects.all():
        pursue_refund(refund.pk)
    services.unfreeze_campaign(actor=None, campaign=campaign, reason="已查清")
    closing.send_shares(settlement=settlement)
    campaign.refresh_from_db()
    assert campaign.status == "closed"


@pytest.mark.rule("R58")
def test_a_report_that_was_cleared_does_not_free_what_a_death_has_frozen(cast: Any, words: Words) -> None:
    campaign = make_campaign(cast)
    give(campaign, 100_000)
    services.end_campaign(actor=cast.lin, campaign=campaign, why="death")
    services.unfreeze_campaign(actor=cast.feng, campaign=campaign, reason="举报不实")
    assert campaign.status == "frozen"
    rest()
    decide(Case.objects.get(kind="alarm"), "approve", cast.zhao, cast.qian)
    campaign.refresh_from_db()
    assert campaign.status == "ended"


@pytest.mark.rule("R30")
def test_a_pause_for_speed_is_over_when_people_say_so_although_it_was_frozen_meanwhile(cast: Any, words: Words) -> None:
    campaign = make_campaign(cast, costs=20_000_000)
    for number in range(3):
        give(campaign, 4_000_000, key=f"fast-{number}")
    rest()
    services.freeze_campaign(actor=None, campaign=campaign, reason="核实中")
    decide(Case.objects.get(kind="alarm"), "approve", cast.zhao, cast.qian)
    campaign.refresh_from_db()
    assert campaign.status == "published"


@pytest.mark.rule("R59", "R61")
def test_the_books_of_a_stopped_request_can_be_closed_and_what_was_approved_called_off(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    payout = _paid(cast, words, campaign, 40_000)
    services.stop_and_refund(actor=cast.feng, campaign=campaign, reason="举报属实")
    rest()
    assert where(campaign) == (0, 40_000)
    with pytest.raises(Conflict, match="cannot_close"):
        closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    with pytest.raises(DomainError) as caught:
        payouts.call_off_payouts(actor=cast.zhou, withdrawal=payout.withdrawal, reason=" ")
    assert caught.value.fields.keys() == {"reason"}
    payouts.call_off_payouts(actor=cast.zhou, withdrawal=payout.withdrawal, reason="求助已停止")
    assert (payout.withdrawal.status, where(campaign)) == ("cancelled", (40_000, 0))
    assert list(closable_campaigns()) == [campaign]
    settlement = closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    closing.approve_settlement(actor=cast.he, settlement=settlement)
    with pytest.raises(NotYet):
        closing.send_shares(settlement=settlement)
    rest()
    words.refunds_are("done")
    for refund in Refund.objects.filter(status="sent"):
        pursue_refund(refund.pk)
    closing.send_shares(settlement=settlement)
    campaign.refresh_from_db()
    assert campaign.status == "closed"
    assert broken() == []


def test_a_request_that_is_only_on_hold_is_not_closed(cast: Any, words: Words) -> None:
    campaign = ended(cast, 100_000)
    services.freeze_campaign(actor=None, campaign=campaign, reason="核实中")
    with pytest.raises(Conflict):
        closing.propose_settlement(actor=cast.zhou, campaign=campaign)
    with pytest.raises(Conflict):
        services.start_settling(actor=cast.zhou, campaign=campaign)


def test_one_key_names_one_withdrawal_on_the_whole_platform(cast: Any, words: Words) -> None:
    asked(cast, ended(cast, 100_000), 40_000)
    other = ended(cast, 90_000)
    with pytest.raises(Conflict) as caught:
        asked(cast, other, 40_000)
    assert caught.value.code == "key_reused"
