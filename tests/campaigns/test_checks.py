"""What the machine finds, one check at a time, on snapshots of real requests."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit import registry
from audit.registry import Finding, Severity
from audit.services.machine import run_checks
from campaigns import rules, services, wording
from campaigns.models import Campaign
from campaigns.services.versions import freeze_version
from core.errors import Conflict
from documents.models import Document
from tests.builders import STORY, make_campaign, make_document, make_draft

pytestmark = pytest.mark.django_db


def find(campaign: Campaign, code: str, **changes: Any) -> Finding:
    """Run one check on the frozen version, with some of it changed."""
    if not campaign.version:
        freeze_version(actor=None, campaign=campaign)
    check = registry.find_check(code)
    assert check is not None
    return check.run({**registry.subject("campaign").snapshot(campaign.pk), **changes}, timezone.now())


def test_an_honest_request_gives_the_machine_nothing_to_say(cast) -> None:
    campaign = make_campaign(cast, state="in_review")
    snapshot = registry.subject("campaign").snapshot(campaign.pk)
    found = run_checks("campaign", snapshot, timezone.now())
    assert len(found) >= 16
    hits = {code for code, finding in found.items() if finding.result == "hit"}
    assert hits <= {"campaign.identity"}, hits
    assert not [code for code, finding in found.items() if finding.result == "not_evaluable" and "campaign" in code]


@pytest.mark.rule("R18")
def test_a_certificate_may_be_six_months_old_and_not_a_day_more(cast) -> None:
    campaign = make_draft(cast.lin)
    today = timezone.localdate()
    edge = rules.months_before(today, 6)
    assert find(campaign, "campaign.diagnosis_age", diagnosed_on=edge.isoformat()).result == "miss"
    late = find(campaign, "campaign.diagnosis_age", diagnosed_on=(edge - timedelta(days=1)).isoformat())
    assert late.result == "hit"
    assert late.params["months"] == 6


@pytest.mark.rule("R26", "R27")
def test_a_target_above_the_cap_is_named_and_wants_two_people(cast) -> None:
    campaign = make_draft(cast.lin, costs=60_000_000)
    assert campaign.target == 59_000_000
    assert find(campaign, "campaign.over_cap").severity == Severity.HIGH
    snapshot = registry.subject("campaign").snapshot(campaign.pk)
    assert "上限" in " ".join(str(reason) for reason in registry.subject("campaign").second_reviewer(snapshot))
    assert find(campaign, "campaign.over_cap", target=50_000_000).result == "miss"


@pytest.mark.rule("R28")
def test_a_target_that_does_not_follow_from_the_estimate_is_found(cast) -> None:
    campaign = make_draft(cast.lin)
    assert find(campaign, "campaign.estimate").result == "miss"
    assert find(campaign, "campaign.estimate", target=9_000_001).message == "hit"
    assert find(campaign, "campaign.estimate", papers=[]).message == "no_paper"
    assert find(campaign, "campaign.estimate", insurance_pays=0, target=9_000_000).message == "no_insurance"


@pytest.mark.rule("R23")
def test_another_request_for_the_same_patient_is_found(cast) -> None:
    first = make_campaign(cast)
    other = make_draft(cast.sun, raiser_key="sun", relation="friend")
    finding = find(other, "campaign.duplicate_patient")
    assert (finding.severity, finding.data) == (Severity.HIGH, {"active": 1, "past": 0})
    assert first.code in finding.params["codes"]


@pytest.mark.rule("R23")
def test_a_second_request_for_one_patient_can_not_be_handed_in(cast) -> None:
    make_campaign(cast)
    other = make_draft(cast.sun, raiser_key="sun", relation="friend")
    with pytest.raises(Conflict) as caught:
        services.submit_campaign(actor=cast.sun, campaign=other)
    assert caught.value.code == "has_campaign"
    other.refresh_from_db()
    assert (other.status, other.version, other.declarations.count()) == ("draft", 0, 0)


@pytest.mark.rule("R21")
@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("我叫林晓梅，患者王建国是我爸爸", False),
        ("患者李大强，今年五十岁", True),
        ("爸爸名叫王建国", False),
        ("我叫张三丰，是他的同事", True),
        ("我是货车司机，跑了十二年长途", False),
    ],
)
def test_a_name_on_neither_card_is_found_and_masked(cast, text, hit) -> None:
    finding = find(make_draft(cast.lin), "campaign.names", story={"who": text, "illness": "", "call": ""})
    assert (finding.result == "hit") is hit
    assert "大强" not in str(finding.params)


@pytest.mark.rule("R21", "R31")
@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("我们家没有房子，一直租房住", True),
        ("家里没有车，全靠步行", False),
        ("为了治病卖了房子", True),
        ("我家是低保户", True),
        ("他没有任何保险", True),
        ("一分存款也没有", False),
        ("已经花光了积蓄", False),
    ],
)
def test_a_story_that_contradicts_the_declaration_is_found(cast, text, hit) -> None:
    finding = find(make_draft(cast.lin), "campaign.means", story={"who": text, "illness": "", "call": ""})
    assert (finding.result == "hit") is hit


@pytest.mark.rule("R76")
def test_a_copied_story_is_found_through_greetings_and_thanks(cast) -> None:
    first = make_campaign(cast)
    story = {**STORY, "who": "大家好，" + STORY["who"], "call": STORY["call"] + "感谢每一位好心人！"}
    copy = make_draft(cast.sun, raiser_key="sun", patient_key="li", relation="friend", story=story)
    finding = find(copy, "campaign.story")
    assert (finding.result, finding.params["code"]) == ("hit", first.code)
    own = {"who": "他在水产市场卖了十八年鱼，凌晨两点出摊，弟弟送货。" * 2, "illness": "人工肝做了三次。", "call": ""}
    assert find(copy, "campaign.story", story=own).result == "miss"


@pytest.mark.rule("R75")
def test_words_against_public_order_call_for_people_and_decide_nothing(cast) -> None:
    story = {"who": "他酒驾撞人后逃逸，现在自己也住院了", "illness": "", "call": ""}
    finding = find(make_draft(cast.lin), "campaign.public_order", story=story)
    assert (finding.result, finding.severity) == ("hit", Severity.HIGH)
    assert find(make_draft(cast.lin), "campaign.public_order").result == "miss"


@pytest.mark.rule("R73")
def test_a_paper_of_another_family_is_found_and_an_edited_one_too(cast) -> None:
    first = make_campaign(cast)
    stolen = first.papers.get(slot="diagnosis").document
    copy = make_document(cast.sun, "diagnosis", seed=990)
    copy.page_set.update(sha256=stolen.page_set.get().sha256)
    other = make_draft(cast.sun, raiser_key="sun", patient_key="li", relation="friend")
    services.attach_paper(actor=cast.sun, campaign=other, slot="diagnosis", document=copy)
    reused = find(other, "documents.reused")
    assert (reused.result, reused.data["count"]) == ("hit", 1)
    assert first.code in reused.params["where"]
    Document.objects.filter(pk=copy.pk).update(facts={"software": "Adobe Photoshop 2024"})
    assert find(other, "documents.edited").params["programs"] == "photoshop"


@pytest.mark.rule("R72")
def test_one_private_account_for_two_families_is_found(cast) -> None:
    first = make_campaign(cast)
    payee = first.payees.get()
    other = make_draft(cast.sun, raiser_key="sun", patient_key="li", relation="friend")
    card = other.payees.get()
    other.payees.update(account=payee.account)
    assert card.account_id != payee.account_id
    assert find(other, "campaign.account_shared").severity == Severity.HIGH


@pytest.mark.rule("R72")
def test_a_hospital_number_in_two_requests_is_found_by_its_blind_index(cast) -> None:
    make_campaign(cast)
    number = Campaign.objects.get().inpatient_no
    other = make_draft(cast.sun, raiser_key="sun", patient_key="li", relation="friend")
    hospital = other.hospital
    services.set_hospital(
        actor=cast.sun, campaign=other, hospital=hospital, department="血液科", inpatient_no=number.lower()
    )
    services.submit_campaign(actor=cast.sun, campaign=other)
    assert "inpatient_no" in find(other, "relations.shared").params["kinds"]


@pytest.mark.rule("R15", "R19", "R20")
def test_every_missing_paper_is_named(cast) -> None:
    campaign = make_draft(cast.lin)
    assert find(campaign, "campaign.papers").result == "miss"
    snapshot = registry.subject("campaign").snapshot(campaign.pk)
    fewer = [paper for paper in snapshot["papers"] if paper["slot"] not in ("bills", "payee_card")]
    assert find(campaign, "campaign.papers", papers=fewer).data == {"count": 2}


@pytest.mark.rule("R34")
def test_money_from_elsewhere_that_is_not_counted_is_found(cast) -> None:
    campaign = make_draft(cast.lin)
    snapshot = registry.subject("campaign").snapshot(campaign.pk) if campaign.version else None
    assert snapshot is None
    freeze_version(actor=None, campaign=campaign)
    means = {
        **registry.subject("campaign").snapshot(campaign.pk)["means"],
        "elsewhere": {"has": True, "amount": 8_880_000},
    }
    assert find(campaign, "campaign.elsewhere", means=means).result == "hit"
    assert find(campaign, "campaign.elsewhere").result == "miss"


@pytest.mark.rule("R41")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("打我电话 138-1234-5678", "phone"),
        ("１３８１２３４５６７８", "phone"),
        ("身份证 110101 19900307 7715", "id_number"),
        ("卡号6222 0202 0000 1234 567", "card"),
        ("加微信 lin_abc123", "account"),
        ("看 www.example.com", "link"),
        ("转发一次就能得到一元", "sharing"),
        ("写信到 a@b.cn", "link"),
    ],
)
def test_private_numbers_are_found_however_they_are_written(text, code) -> None:
    assert code in wording.traces(text)


@pytest.mark.parametrize(
    "text", ["花了 120000 元，报销 60000", "2026年11月23日住院", "从 130 斤降到 98 斤", "一周三次透析"]
)
def test_plain_numbers_of_a_story_are_left_alone(text) -> None:
    assert wording.traces(text) == []
