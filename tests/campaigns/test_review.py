"""From the draft to the public page: what is needed, who decides, what follows."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import RoleGrant
from audit.models import Case
from audit.services import appeal_decision
from campaigns import services
from campaigns.models import Campaign, CampaignVersion
from campaigns.selectors import attestation_count
from campaigns.selectors.drafts import progress
from config.demo.people import PEOPLE
from core.errors import Conflict, DomainError
from core.models import StateChange
from tests.builders import decide, make_campaign, make_draft, rest

pytestmark = pytest.mark.django_db


@pytest.mark.rule("R17", "R66")
def test_a_request_is_public_only_after_machine_and_people_have_looked(cast) -> None:
    campaign = make_draft(cast.lin)
    assert [state.step.code for state in progress(campaign) if state.state == "missing"] == []
    services.submit_campaign(actor=cast.lin, campaign=campaign)
    assert campaign.status == "submitted"
    rest()
    campaign.refresh_from_db()
    assert campaign.status == "in_review"
    case = Case.objects.get()
    assert case.machine_verdict is not None
    decide(case, "approve", cast.zhao, cast.qian)
    campaign.refresh_from_db()
    assert campaign.status == "published"
    assert campaign.ends_at and campaign.published_at
    actions = StateChange.objects.filter(kind="campaign").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["submit", "start_review", "publish"]


@pytest.mark.rule("R70", "R104")
def test_a_child_wants_two_reviewers_and_its_guardian(cast) -> None:
    campaign = make_draft(cast.lin, patient_key="lele", relation="parent", costs=3_000_000)
    services.submit_campaign(actor=cast.lin, campaign=campaign)
    rest()
    case = decide(Case.objects.get(), "approve", cast.zhao)
    campaign.refresh_from_db()
    assert (case.status, campaign.status) == ("second_wanted", "in_review")
    decide(case, "approve", cast.qian)
    campaign.refresh_from_db()
    assert campaign.status == "published"
    assert set(campaign.promises.values_list("signer", flat=True)) == {"raiser", "guardian"}


@pytest.mark.rule("R104")
def test_nobody_but_parent_or_guardian_asks_for_a_child(cast) -> None:
    with pytest.raises(DomainError) as caught:
        make_draft(cast.sun, raiser_key="sun", patient_key="lele", relation="friend")
    assert caught.value.code == "guardian_needed"
    assert Campaign.objects.get().patient_id is None


@pytest.mark.rule("R14")
def test_two_reviewers_of_the_case_make_a_payee_who_may_be_paid(cast) -> None:
    campaign = make_campaign(cast)
    payee = campaign.payees.get()
    assert payee.status == "verified"
    assert payee.account.reviews.count() == payee.person.reviews.count() == 2


@pytest.mark.rule("R15", "R24")
def test_what_was_refused_is_open_again_and_the_rest_is_locked(cast) -> None:
    campaign = make_campaign(cast, state="fix_needed")
    assert dict(campaign.modules.values_list("code", "status")) == {
        "identity": "approved",
        "payee": "approved",
        "diagnosis": "fix_needed",
        "assets": "approved",
        "promises": "approved",
    }
    with pytest.raises(Conflict) as caught:
        services.answer_means(actor=cast.lin, campaign=campaign, question="cars", values={"count": 0, "items": []})
    assert caught.value.code == "locked"


def test_a_refused_request_goes_on_after_an_appeal(cast) -> None:
    campaign = make_campaign(cast, state="refused")
    appeal = appeal_decision(actor=cast.lin, case=Case.objects.get(), text="医院可以出具新的证明")
    rest()
    for user in (cast.feng, cast.tang):
        RoleGrant.objects.create(user=user, role="auditor")
    decide(appeal, "approve", cast.feng, cast.tang)
    campaign.refresh_from_db()
    assert campaign.status == "published"


@pytest.mark.rule("R40")
def test_a_declaration_is_a_new_version_and_the_old_one_can_not_be_changed(cast) -> None:
    campaign = make_campaign(cast)
    first = campaign.declarations.get()
    services.declare_again(actor=cast.lin, campaign=campaign, answers={"savings": {"amount": 500_000}})
    services.declare_again(actor=cast.lin, campaign=campaign, answers={"savings": {"amount": 500_000}})
    assert list(campaign.declarations.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert Case.objects.filter(kind="material_change").count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        campaign.declarations.filter(pk=first.pk).update(answers={})
    first.refresh_from_db()
    assert first.answers["savings"] == {"amount": 0}


def test_handing_in_twice_is_one_version_and_one_case(cast) -> None:
    campaign = make_draft(cast.lin)
    services.submit_campaign(actor=cast.lin, campaign=campaign)
    services.submit_campaign(actor=cast.lin, campaign=campaign)
    rest()
    assert CampaignVersion.objects.count() == Case.objects.count() == 1


def test_a_request_taken_back_closes_its_case_and_opens_everything_again(cast) -> None:
    campaign = make_campaign(cast, state="in_review")
    services.take_back(actor=cast.lin, campaign=campaign)
    assert campaign.status == "draft"
    assert Case.objects.get().status == "closed"
    assert set(campaign.modules.values_list("status", flat=True)) == {"open"}
    services.submit_campaign(actor=cast.lin, campaign=campaign)
    rest()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.version) == ("in_review", 2)


@pytest.mark.rule("R58")
@pytest.mark.parametrize("why", ["death", "discharge", "abandoned"])
def test_the_end_of_treatment_stops_gifts_and_holds_the_rest_for_people(cast, why) -> None:
    campaign = make_campaign(cast)
    services.end_campaign(actor=cast.lin, campaign=campaign, why=why)
    services.end_campaign(actor=cast.lin, campaign=campaign, why=why)
    assert (campaign.status, campaign.frozen_from, campaign.end_reason) == ("frozen", "ended", why)
    rest()
    case = Case.objects.get(kind="alarm")
    decide(case, "approve", cast.zhao, cast.qian)
    campaign.refresh_from_db()
    assert campaign.status == "ended"


def test_a_campaign_ends_when_its_time_is_over(cast) -> None:
    campaign = make_campaign(cast)
    assert services.end_expired(now=timezone.now() + timedelta(days=29)) == 0
    assert services.end_expired(now=timezone.now() + timedelta(days=31)) == 1
    campaign.refresh_from_db()
    assert (campaign.status, campaign.end_reason) == ("ended", "expiry")


@pytest.mark.rule("R95")
def test_a_freeze_holds_and_goes_back_to_where_it_was(cast) -> None:
    campaign = make_campaign(cast, state="paused")
    for _twice in range(2):
        services.freeze_campaign(actor=None, campaign=campaign, reason="核实中")
    assert campaign.status == "frozen"
    for _twice in range(2):
        services.unfreeze_campaign(actor=None, campaign=campaign, reason="已查清")
    assert campaign.status == "paused"


@pytest.mark.rule("R3")
def test_a_promise_can_not_be_changed_and_keeps_words_time_and_place(cast) -> None:
    campaign = make_draft(cast.lin)
    promise = campaign.promises.get(signer="raiser")
    assert (promise.client_ip, len(promise.text_sha256), promise.user) == ("127.0.0.1", 64, cast.lin)
    with pytest.raises(DatabaseError), transaction.atomic():
        campaign.promises.update(signer="patient")


@pytest.mark.rule("R53")
def test_one_person_attests_once_and_nobody_who_has_a_part_in_it(cast) -> None:
    campaign = make_campaign(cast)
    sun = PEOPLE["sun"]
    words = {"relation": "neighbour", "text": "我们是二十年的老邻居，情况属实", "agreed": True}
    for _twice in range(2):
        made = services.attest(actor=cast.sun, campaign=campaign, name=sun.name, id_number=sun.id_number, **words)
    assert attestation_count(campaign) == 1
    with pytest.raises(Conflict) as caught:
        services.attest(actor=cast.lin, campaign=campaign, **words)
    assert caught.value.code == "own_campaign"
    services.withdraw_attestation(actor=cast.sun, attestation=made)
    assert attestation_count(campaign) == 0
