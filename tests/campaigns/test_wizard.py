"""The wizard, page by page as a browser without JavaScript sends it: nothing typed is lost, nothing is skipped."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Consent
from campaigns import letters, services
from campaigns.models import Campaign, Promise
from campaigns.selectors.drafts import progress
from campaigns.steps import STEPS
from config.demo.people import PEOPLE
from core.models import TrailEvent
from tests.builders import STORY, make_campaign, make_document, make_draft, make_hospital, rest
from tests.signin import sign_in

pytestmark = pytest.mark.django_db

LIN, WANG = PEOPLE["lin"], PEOPLE["wang"]
VERSION = letters.versions("promise")[-1]
ANSWERS = {
    "means_family": {"value": "alone"},
    "means_houses": {
        "count": "1",
        "items-0-owner": "patient",
        "items-0-value": "300,000",
        "items-0-state": "not_sold",
        "items-0-reason": "一家人住在里面",
    },
    "means_cars": {"count": "0"},
    "means_income": {"amount": "48000"},
    "means_savings": {"amount": "0"},
    "means_debts": {"amount": "６００００"},
    "means_medical_insurance": {"has": "yes", "note": "城乡居民医保"},
    "means_critical_insurance": {"has": "no"},
    "means_allowance": {"has": "no"},
    "means_government_aid": {"has": "no"},
    "means_elsewhere": {"has": "no"},
}
FLOW: dict[str, dict[str, str]] = {
    "relation": {"relation": "child"},
    "you": {"name": LIN.name, "id_number": LIN.id_number, "agreed": "on"},
    "patient": {"name": WANG.name, "id_number": WANG.id_number},
    "illness": {
        "disease": "leukemia",
        "diagnosis": "急性髓系白血病",
        "diagnosed_on": f"{timezone.localdate():%Y-%m-%d}",
    },
    "hospital": {"hospital": "YZ001", "department": "血液科", "inpatient_no": "ZY20261123", "bed": "12"},
    "costs": {"lines-0-what": "造血干细胞移植", "lines-0-amount": "90,000", "spent": "11000"},
    "cover": {"insurance": "10000", "aid": "0", "own": "0"},
    "story_who": {"text": STORY["who"]},
    "story_illness": {"text": STORY["illness"]},
    "story_call": {"text": STORY["call"]},
    "title": {"title": "爸爸教了三十年书，现在换我们照顾他"},
    "needed_by": {"needed_by": ""},
    **ANSWERS,
    "payee": {
        "relation": "self",
        "name": WANG.name,
        "id_number": WANG.id_number,
        "account_number": WANG.card,
        "bank": "工商银行",
        "phone": WANG.phone,
        "branch": "",
    },
    "consents": {"sensitive": "on", "story": "on"},
    "promise": {"agreed": "on", "text_version": VERSION},
}


@pytest.fixture
def lin(cast, client: Client) -> Client:
    make_hospital()
    return sign_in(client, cast.lin)


def begin(client: Client) -> Campaign:
    assert client.post("/raise/start/").status_code == 302
    return Campaign.objects.get()


def papers(cast, campaign: Campaign) -> dict[str, dict[str, list[str]]]:
    mine = {
        kind: str(make_document(cast.lin, kind).pk)
        for kind in ("id_front", "id_back", "household", "diagnosis", "inpatient_page", "bill", "estimate", "bank_card")
    }
    other = {kind: str(make_document(cast.lin, kind).pk) for kind in ("id_front", "id_back")}
    return {
        "papers_identity": {
            "raiser_id__id_front": [mine["id_front"]],
            "raiser_id__id_back": [mine["id_back"]],
            "patient_id__id_front": [other["id_front"]],
            "patient_id__id_back": [other["id_back"]],
            "relation__household": [mine["household"]],
        },
        "papers_diagnosis": {
            "diagnosis__diagnosis": [mine["diagnosis"]],
            "inpatient__inpatient_page": [mine["inpatient_page"]],
            "bills__bill": [mine["bill"]],
            "estimate__estimate": [mine["estimate"]],
        },
        "papers_payee": {"payee_card__bank_card": [mine["bank_card"]]},
        "papers_assets": {},
    }


@pytest.mark.rule("R3", "R13", "R15", "R17", "R28", "R31")
def test_a_raiser_gets_through_page_by_page(cast, lin: Client) -> None:
    campaign = begin(lin)
    base = f"/raise/{campaign.code}"
    for step, answers in {**FLOW, **papers(cast, campaign)}.items():
        page = lin.get(f"{base}/{step}/")
        assert page.status_code == 200, step
        answer = lin.post(f"{base}/{step}/", answers)
        assert answer.status_code == 302, (
            step,
            answer.context["form"].errors if answer.context else answer.status_code,
        )
    campaign.refresh_from_db()
    assert campaign.target == 8_000_000
    assert [state.step.code for state in progress(campaign) if state.state != "done"] == ["promise"]

    link = lin.post(f"{base}/ask-patient/").context["link"]
    patient = Client()
    assert campaign.title in patient.get(link).content.decode()
    wrong = patient.post(link, {"name": WANG.name, "id_tail": "0000", "agreed": "on", "text_version": VERSION})
    assert "id_tail" in wrong.context["form"].errors
    assert not Promise.objects.filter(signer="patient").exists()
    patient.post(link, {"name": WANG.name, "id_tail": WANG.id_number[-4:], "agreed": "on", "text_version": VERSION})
    assert Promise.objects.get(signer="patient").person.name == WANG.name

    assert lin.post(f"{base}/submit/").status_code == 302
    campaign.refresh_from_db()
    assert campaign.status == "submitted"
    assert Client().get(f"/c/{campaign.code}/").status_code == 404
    purposes = set(Consent.objects.filter(user=cast.lin).values_list("purpose", flat=True))
    assert purposes == {"identity_check", "sensitive_data", "publish_story"}


def test_every_step_has_a_page_in_both_languages(cast, lin: Client) -> None:
    campaign = make_draft(cast.lin, patient_key="lele", relation="parent")
    shown = {state.step.code for state in progress(campaign)}
    assert shown == {step.code for step in STEPS}
    for language in ("zh-hans", "en"):
        for code in shown:
            assert lin.get(f"/raise/{campaign.code}/{code}/", headers={"accept-language": language}).status_code == 200


def test_half_typed_values_come_back_on_another_device(cast, lin: Client) -> None:
    campaign = begin(lin)
    kept = lin.post(f"/raise/{campaign.code}/you/keep/", {"name": "林", "id_number": "13999919"})
    assert kept.status_code == 204
    again = sign_in(Client(), cast.lin).get(f"/raise/{campaign.code}/you/").content.decode()
    assert 'value="13999919"' in again
    campaign.refresh_from_db()
    assert "13999919" not in str(Campaign.objects.filter(pk=campaign.pk).extra(select={"raw": "typed"}).values("raw"))
    assert {state.step.code: state.state for state in progress(campaign)}["you"] == "typed"


def test_a_wrong_answer_names_its_field_and_keeps_what_was_typed(cast, lin: Client) -> None:
    campaign = begin(lin)
    page = lin.post(f"/raise/{campaign.code}/you/", {"name": LIN.name, "id_number": "123", "agreed": "on"})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["id_number"]
    assert 'value="123"' in page.content.decode()
    campaign.refresh_from_db()
    assert campaign.raiser_person_id is None


@pytest.mark.rule("R31", "R35")
def test_the_number_of_houses_asks_for_each_of_them(cast, lin: Client) -> None:
    campaign = begin(lin)
    page = lin.post(f"/raise/{campaign.code}/means_houses/", {"count": "2"})
    assert page.status_code == 200
    assert not page.context["form"].is_bound
    assert "items-1-reason" in page.content.decode()
    campaign.refresh_from_db()
    assert campaign.means == {}


@pytest.mark.rule("R31")
def test_nothing_is_answered_beforehand(cast, lin: Client) -> None:
    campaign = begin(lin)
    for step in ANSWERS:
        html = lin.get(f"/raise/{campaign.code}/{step}/").content.decode()
        assert "checked" not in html, step
        assert "selected" not in html, step
        refused = lin.post(f"/raise/{campaign.code}/{step}/", {})
        assert refused.context["form"].errors, step


@pytest.mark.rule("R17")
def test_an_unfinished_request_can_not_be_handed_in(cast, lin: Client) -> None:
    campaign = begin(lin)
    lin.post(f"/raise/{campaign.code}/submit/")
    campaign.refresh_from_db()
    assert campaign.status == "draft"
    assert not campaign.versions.exists()


def test_somebody_else_finds_no_draft(cast, lin: Client) -> None:
    campaign = begin(lin)
    stranger = sign_in(Client(), cast.sun)
    for path in ("", "relation/", "submit/", "discard/", "ask-patient/"):
        address = f"/raise/{campaign.code}/{path}"
        answer = stranger.get(address) if path in ("", "relation/") else stranger.post(address)
        assert answer.status_code == 404, path
    assert Client().get(f"/raise/{campaign.code}/").status_code == 302
    campaign.refresh_from_db()
    assert campaign.status == "draft"


@pytest.mark.rule("R15")
def test_what_was_approved_is_locked_and_what_was_refused_is_open(cast, lin: Client) -> None:
    campaign = make_campaign(cast, state="fix_needed")
    states = {state.step.code: state.state for state in progress(campaign)}
    assert states["papers_diagnosis"] == "done"
    assert states["relation"] == states["means_houses"] == states["payee"] == "locked"
    overview = lin.get(f"/raise/{campaign.code}/").content.decode()
    assert f"/raise/{campaign.code}/papers_diagnosis/" in overview
    refused = lin.post(f"/raise/{campaign.code}/relation/", {"relation": "self"})
    assert refused.context["form"].errors
    campaign.refresh_from_db()
    assert campaign.relation == "child"
    lin.post(f"/raise/{campaign.code}/submit/")
    rest()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.version) == ("in_review", 2)


@pytest.mark.rule("R85")
def test_what_an_adviser_types_stands_in_the_trail_under_the_adviser(cast) -> None:
    campaign = services.start_draft(actor=cast.tang, raiser=cast.lin)
    services.set_relation(actor=cast.tang, campaign=campaign, relation="child")
    line = TrailEvent.objects.get(event="campaign.fill")
    assert (line.actor, line.data) == (cast.tang, {"step": "relation", "by": "adviser"})
    assert campaign.adviser == cast.tang
