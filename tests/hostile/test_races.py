"""Two real connections want the same thing at the same moment: one order of the two stands in the end, whichever it was.

The races of gifts at the target, of reviewers at one case and of two clicks at one decision are held in their rooms' tests.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Case
from campaigns import services
from campaigns.models import Campaign, CampaignVersion
from campaigns.selectors import money
from core.models import StateChange
from disclosures.models import Payout, Settlement, Withdrawal
from disclosures.services import closing, payouts, withdrawals
from payments.models import Refund, Transfer
from tests.builders import decide, give, make_campaign, make_document, make_draft, rest
from tests.invariants import broken
from tests.invariants.words import spoken
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _outside() -> Any:
    with spoken() as words:
        yield words


def ended(cast: Any, *gifts: int) -> Campaign:
    campaign = make_campaign(cast)
    for amount in gifts:
        give(campaign, amount, donor=cast.chen)
    return services.end_campaign(actor=cast.lin, campaign=campaign, why="raiser")


def ask(cast: Any, campaign: Campaign, amount: int, key: str = "race-withdrawal") -> Withdrawal:
    return withdrawals.request_withdrawal(
        actor=cast.lin, campaign=campaign, amount=amount, purpose="surgery", explanation="移植手术押金",
        bills=[make_document(cast.lin, "bill", 7)], key=key,
    )  # fmt: skip


def noticed(cast: Any, campaign: Campaign, amount: int) -> Withdrawal:
    withdrawal = ask(cast, campaign, amount)
    rest()
    case = Case.objects.get(subject_kind="withdrawal", object_id=withdrawal.pk)
    decide(case, "approve", cast.zhao, cast.qian)
    withdrawal.refresh_from_db()
    return withdrawal


def over(withdrawal: Withdrawal) -> Any:
    assert withdrawal.notice_ends
    return withdrawal.notice_ends + timedelta(seconds=1)


def prepared(cast: Any, campaign: Campaign, amount: int) -> Payout:
    withdrawal = noticed(cast, campaign, amount)
    withdrawals.end_notice(withdrawal=withdrawal, now=over(withdrawal))
    return payouts.prepare_payout(actor=cast.zhou, payout=withdrawal.payouts.get())


def either(count: int, *acts: Any) -> list[str]:
    return at_once(count, lambda number: acts[number % len(acts)]())


def moves(kind: str, pk: int, action: str) -> int:
    return StateChange.objects.filter(kind=kind, object_id=pk, action=action).count()


@pytest.mark.rule("R56", "R65")
def test_the_last_yuan_is_withdrawn_or_given_back_never_both(cast: Any) -> None:
    campaign = ended(cast, 100_000)
    gift = campaign.donations.get()
    outcomes = either(
        2, lambda: ask(cast, campaign, 100_000), lambda: services.refund_own(actor=cast.chen, donation=gift)
    )
    state = money([campaign.pk])[campaign.pk]
    assert outcomes.count("done") == 1, outcomes
    assert (state.held, state.refunding) in ((100_000, 0), (0, 100_000))
    assert Withdrawal.objects.count() + Refund.objects.count() == 1
    assert broken() == []


def test_handed_in_by_two_clicks_it_is_one_version_and_one_case(cast: Any) -> None:
    campaign = make_draft(cast.lin)
    outcomes = at_once(
        3, lambda _number: services.submit_campaign(actor=cast.lin, campaign=Campaign.objects.get(pk=campaign.pk))
    )
    rest()
    assert outcomes == ["done"] * 3
    assert CampaignVersion.objects.filter(campaign=campaign).count() == 1
    assert Case.objects.filter(subject_kind="campaign", object_id=campaign.pk).count() == 1
    assert moves("campaign", campaign.pk, "submit") == 1


def test_handed_in_and_taken_back_at_once_it_is_one_or_the_other(cast: Any) -> None:
    campaign = make_campaign(cast, state="in_review")
    copies = [Campaign.objects.get(pk=campaign.pk) for _copy in range(2)]
    either(
        2,
        lambda: services.take_back(actor=cast.lin, campaign=copies[0]),
        lambda: services.submit_campaign(actor=cast.lin, campaign=copies[1]),
    )
    rest()
    assert broken() == []


def test_the_same_withdrawal_by_two_clicks_holds_money_once(cast: Any) -> None:
    campaign = ended(cast, 100_000)
    assert at_once(3, lambda _number: ask(cast, campaign, 40_000)) == ["done"] * 3
    assert Withdrawal.objects.count() == 1
    assert money([campaign.pk])[campaign.pk].held == 40_000


@pytest.mark.rule("R43")
def test_a_payment_approved_twice_is_ordered_once(cast: Any) -> None:
    campaign = ended(cast, 100_000)
    payout = prepared(cast, campaign, 40_000)
    outcomes = at_once(4, lambda _number: payouts.approve_payout(actor=cast.he, payout=payout))
    assert sorted(outcomes) == ["done", *["wrong_state"] * 3]
    assert Transfer.objects.count() == 1
    assert moves("payout", payout.pk, "send") == 1
    assert broken() == []


@pytest.mark.rule("R50")
def test_an_objection_in_the_last_second_stops_the_payment_or_comes_too_late(cast: Any) -> None:
    campaign = ended(cast, 100_000)
    withdrawal = noticed(cast, campaign, 40_000)
    end = over(withdrawal)
    outcomes = either(
        2,
        lambda: withdrawals.file_objection(actor=cast.sun, withdrawal=withdrawal, text="押金单我见过。"),
        lambda: withdrawals.end_notice(withdrawal=withdrawal, now=end),
    )
    withdrawal.refresh_from_db()
    came = withdrawal.objections.count()
    assert (withdrawal.status, came, withdrawal.payouts.count()) in (("objected", 1, 0), ("approved", 0, 1)), outcomes
    assert ("notice_over" in outcomes) == (came == 0)
    assert broken() == []


@pytest.mark.rule("R50")
def test_a_notice_that_ends_twice_at_once_is_cut_into_payments_once(cast: Any) -> None:
    campaign = ended(cast, 100_000)
    withdrawal = noticed(cast, campaign, 40_000)
    end = over(withdrawal)
    assert at_once(3, lambda _number: withdrawals.end_notice(withdrawal=withdrawal, now=end)) == ["done"] * 3
    assert withdrawal.payouts.count() == 1
    assert broken() == []


@pytest.mark.rule("R95")
def test_a_freeze_and_an_approval_at_once_leave_one_order_of_the_two(cast: Any) -> None:
    """Either the order went out and the freeze came after it, or the freeze came first and no order went out."""
    campaign = ended(cast, 100_000)
    payout = prepared(cast, campaign, 40_000)
    either(
        2,
        lambda: services.freeze_campaign(actor=cast.feng, campaign=campaign, reason="核实中"),
        lambda: payouts.approve_payout(actor=cast.he, payout=payout),
    )
    frozen = StateChange.objects.get(kind="campaign", object_id=campaign.pk, action="freeze")
    sent = StateChange.objects.filter(kind="payout", object_id=payout.pk, action="send").first()
    assert Transfer.objects.count() == (1 if sent else 0)
    assert sent is None or sent.at <= frozen.at
    campaign.refresh_from_db()
    assert campaign.status == "frozen"
    assert broken() == []


def test_taken_back_by_the_raiser_and_decided_by_reviewers_at_once(cast: Any) -> None:
    campaign = ended(cast, 100_000)
    withdrawal = ask(cast, campaign, 40_000)
    rest()
    case = Case.objects.get(subject_kind="withdrawal", object_id=withdrawal.pk)
    either(
        2,
        lambda: withdrawals.cancel_withdrawal(actor=cast.lin, withdrawal=Withdrawal.objects.get(pk=withdrawal.pk)),
        lambda: decide(Case.objects.get(pk=case.pk), "approve", cast.zhao, cast.qian),
    )
    assert broken() == []


@pytest.mark.rule("R61")
def test_books_closed_by_two_at_once_share_the_surplus_once(cast: Any) -> None:
    campaign = ended(cast, 60_001, 40_000)
    assert at_once(3, lambda _number: closing.propose_settlement(actor=cast.zhou, campaign=campaign)) == ["done"] * 3
    settlement = Settlement.objects.get()
    outcomes = at_once(3, lambda _number: closing.approve_settlement(actor=cast.he, settlement=settlement))
    assert outcomes.count("done") == 1, outcomes
    assert sum(settlement.shares.values_list("amount", flat=True)) == 100_001


@pytest.mark.rule("R61")
def test_a_withdrawal_and_the_closing_of_the_books_at_once(cast: Any) -> None:
    campaign = ended(cast, 100_000)
    outcomes = either(
        2,
        lambda: ask(cast, campaign, 40_000),
        lambda: closing.propose_settlement(actor=cast.zhou, campaign=campaign),
    )
    assert outcomes.count("done") == 1, outcomes
    assert Withdrawal.objects.count() + Settlement.objects.count() == 1
    assert broken() == []


def test_a_campaign_ends_once_for_one_reason(cast: Any) -> None:
    campaign = make_campaign(cast)
    whys = ("raiser", "death", "discharge")
    outcomes = at_once(3, lambda number: services.end_campaign(actor=cast.lin, campaign=campaign, why=whys[number]))
    assert outcomes == ["done"] * 3
    assert moves("campaign", campaign.pk, "end") == 1
    assert timezone.now() >= Campaign.objects.get().ended_at  # type: ignore[operator]
    rest()
    assert broken() == []
