"""Pages: what everybody sees, in a fixed number of queries, and what nobody may see."""

import re

import pytest
from django.test import Client

from audit.services import acknowledge_report, answer_report, file_report, investigate_report, triage_report
from tests.builders import make_campaign
from tests.signin import sign_in

pytestmark = pytest.mark.django_db


def test_the_first_page_the_list_and_the_register_answer_with_and_without_campaigns(cast, client: Client) -> None:
    for path in ("/", "/campaigns/", "/register/", "/raise/"):
        assert client.get(path).status_code == 200
    campaign = make_campaign(cast)
    for path in ("/", "/campaigns/", "/register/"):
        assert campaign.title in client.get(path).content.decode()


@pytest.mark.rule("R10", "R25", "R31", "R38", "R39", "R101", "R109")
def test_a_page_says_what_it_is_and_what_was_checked(cast, client: Client) -> None:
    campaign = make_campaign(cast)
    html = client.get(f"/c/{campaign.code}/").content.decode()
    assert "个人求助" in html or "Personal help" in html
    assert 'data-tone="good"' in html
    assert "王建国" not in re.sub(re.escape(campaign.story_who), "", html)
    assert "王**" in html
    assert campaign.inpatient_no not in html
    assert f"/report/campaign/{campaign.code}/" in html


def test_whoever_was_asked_about_a_report_finds_it_on_the_dashboard(cast, client: Client) -> None:
    campaign = make_campaign(cast)
    report, _secret = file_report(
        actor=cast.sun, subject_kind="campaign", object_id=campaign.pk, category="assets", text="他们上个月刚买了第二套房。",
        good_faith=True, client_ip="127.0.0.1", form_key="dashboard-1",
    )  # fmt: skip
    sign_in(client, cast.lin)
    link = f"/me/reports/{report.number}/"
    assert link not in client.get(f"/me/campaigns/{campaign.code}/").content.decode()
    acknowledge_report(actor=cast.feng, report=report)
    triage_report(actor=cast.feng, report=report, credible=True, summary="有人提出家庭有未申报的房产。")
    investigate_report(actor=cast.feng, report=report)
    assert link in client.get(f"/me/campaigns/{campaign.code}/").content.decode()
    answer_report(actor=cast.lin, report=report, text="房子是姐姐家的，房产证已上传。")
    assert link not in client.get(f"/me/campaigns/{campaign.code}/").content.decode()
