"""Pages: what everybody sees, in a fixed number of queries, and what nobody may see."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import timezone

from audit.services import acknowledge_report, answer_report, file_report, investigate_report, triage_report
from benchmarks.rows import Maker, accounts_of
from campaigns.models import Campaign, Donation
from campaigns.selectors.finding import cards, figures, find
from campaigns.views import public
from core import figures as kept
from ledger import chart
from ledger.services import post
from partners.models import Hospital
from tests.builders import give, make_campaign
from tests.counting import queries, same_queries
from tests.signin import sign_in

pytestmark = pytest.mark.django_db

LISTS = [
    "/",
    "/campaigns/",
    "/campaigns/?q=移植",
    "/campaigns/?disease=leukemia",
    "/campaigns/?hospital=YZ001",
    "/campaigns/?place=990000",
    "/campaigns/?show=nearly",
    "/campaigns/?show=urgent",
    "/campaigns/?q=移植&disease=leukemia&hospital=YZ001&place=990000&show=urgent",
    "/register/",
    "/register/?q=移植",
    "/register/?disease=leukemia",
    "/register/?hospital=YZ001",
    "/register/?place=990000",
]


def many_campaigns(raisers: list[Any], number: int = 40, **values: Any) -> list[Campaign]:
    """Open ones that every filter of LISTS finds, each with a photo and one gift in the books."""
    maker = Maker()
    made = maker.campaigns(
        number, raisers=raisers, hospitals=[Hospital.objects.get(code="YZ001")], statuses=["published"]
    )
    Campaign.objects.filter(pk__in=[row.pk for row in made]).update(
        disease="leukemia", progress_ppm=900_000, needed_by=timezone.localdate(), search_text="移 植 移植", **values
    )
    maker.photos(made)
    accounts_of(made)
    for row in made:
        legs = [(chart.clearing("sandbox"), 100), (chart.available(row.pk), -100)]
        post(key=f"many:{row.pk}", kind="donation", ref="many", legs=legs, actor=None)
    return made


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    """One open campaign that every filter finds, with one photo and one gift."""
    made = make_campaign(cast)
    Maker(2).photos([made])
    give(made, 10_000, donor=cast.chen)
    Campaign.objects.filter(pk=made.pk).update(progress_ppm=900_000, needed_by=timezone.localdate())
    return made


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


def test_every_list_finds_the_one_and_costs_the_same_with_forty(cast: Any, campaign: Campaign, client: Client) -> None:
    for path in LISTS:
        assert campaign.title in client.get(path).content.decode(), path
    with same_queries(client, *LISTS, *(f"{path}{'&' if '?' in path else '?'}page=2" for path in LISTS[1:])):
        many_campaigns([cast.lin, cast.chen])
    for path in LISTS[1:]:
        page = client.get(path).context["page_obj"]
        assert (len(page), page.paginator.num_pages) == (12, 4), path


def test_a_filter_leaves_out_what_is_not_asked_for(cast: Any, campaign: Campaign, client: Client) -> None:
    for query in ("q=肺", "q=移植肺", "disease=lupus", "hospital=NONE", "place=110000", "q=？！"):
        for path in ("/campaigns/", "/register/"):
            assert campaign.title not in client.get(f"{path}?{query}").content.decode(), (path, query)
    Campaign.objects.filter(pk=campaign.pk).update(progress_ppm=790_000, needed_by=None)
    for show in ("nearly", "urgent"):
        assert campaign.title not in client.get(f"/campaigns/?show={show}").content.decode()


def test_the_place_of_a_campaign_is_that_of_its_hospital(cast: Any) -> None:
    assert make_campaign(cast).place == "990000"


def test_the_register_shows_what_ended_and_the_list_does_not(cast: Any, client: Client) -> None:
    campaign = make_campaign(cast, state="ended")
    assert campaign.title not in client.get("/campaigns/").content.decode()
    for show in ("", "nearly", "urgent"):
        assert campaign.title in client.get(f"/register/?show={show}").content.decode()


def test_the_page_of_a_campaign_costs_the_same_with_much_to_show(cast: Any, campaign: Campaign, client: Client) -> None:
    maker = Maker(3)
    maker.updates(campaign, 1)
    maker.attestations(campaign, 1)
    [payee] = campaign.payees.all()
    officers = (cast.zhou, cast.he)
    maker.withdrawals(campaign, 1, payee=payee, officers=officers)
    with same_queries(client, f"/c/{campaign.code}/", f"/c/{campaign.code}/gifts/", f"/c/{campaign.code}/money/"):
        maker.updates(campaign, 15)
        maker.attestations(campaign, 30)
        maker.withdrawals(campaign, 12, payee=payee, officers=officers)
        maker.gifts(130, campaigns=[campaign], donors=maker.users(20))
        maker.photos([campaign] * 5)
    page = client.get(f"/c/{campaign.code}/").context["page"]
    assert (len(page.updates), len(page.attestations), len(page.gifts)) == (10, 12, 20)
    assert (page.attesters, page.helpers) == (31, 131)


def test_every_gift_is_on_some_page_and_anonymous_ones_have_no_name(
    cast: Any, campaign: Campaign, client: Client
) -> None:
    Donation.objects.all().update(anonymous=True)
    Maker(4).gifts(119, campaigns=[campaign], donors=[cast.sun], status="refunded")
    seen = [
        gift for page in (1, 2, 3) for gift in client.get(f"/c/{campaign.code}/gifts/?page={page}").context["gifts"]
    ]
    assert len(seen) == 120
    assert sum(gift.returned for gift in seen) == 119
    names = {gift.name for gift in seen}
    assert names <= {"Anonymous", "匿名", "孙**", "孙*"}


def test_the_raisers_pages_cost_the_same_with_much(cast: Any, campaign: Campaign, client: Client) -> None:
    lin = sign_in(client, cast.lin)
    maker = Maker(5)
    maker.updates(campaign, 1)
    [payee] = campaign.payees.all()
    officers = (cast.zhou, cast.he)
    maker.withdrawals(campaign, 1, payee=payee, officers=officers)
    with same_queries(lin, f"/me/campaigns/{campaign.code}/", "/me/campaigns/"):
        maker.updates(campaign, 15)
        maker.attestations(campaign, 20)
        maker.withdrawals(campaign, 12, payee=payee, officers=officers)
        maker.gifts(60, campaigns=[campaign], donors=[cast.chen])
        many_campaigns([cast.lin])
    page = lin.get("/me/campaigns/").context["page_obj"]
    assert (len(page), page.paginator.count) == (20, 41)


def test_ones_own_gifts_cost_the_same_with_many(cast: Any, campaign: Campaign, client: Client) -> None:
    chen = sign_in(client, cast.chen)
    with same_queries(chen, "/me/donations/"):
        Maker(6).gifts(70, campaigns=[campaign, *many_campaigns([cast.lin], 5)], donors=[cast.chen])
    page = chen.get("/me/donations/").context["page_obj"]
    assert (len(page), page.paginator.count) == (30, 71)


def test_the_numbers_of_the_first_page_are_computed_by_a_job(cast: Any, campaign: Campaign, client: Client) -> None:
    assert (figures().families, figures().gifts, figures().raised) == (1, 1, 10_000)
    give(campaign, 5_000, donor=cast.sun)
    assert figures().raised == 10_000
    kept.refresh()
    assert (figures().gifts, figures().raised) == (2, 15_000)
    assert not [sql for sql in queries(client, "/") if "SUM" in sql and "camp:%" in sql]


def test_a_story_without_consent_shows_no_photo(cast: Any, campaign: Campaign) -> None:
    from accounts.services import withdraw_consent
    from campaigns.services.people import scope_of

    assert cards(list(find()))[0].photo is not None
    withdraw_consent(actor=cast.lin, purpose="publish_story", scope=scope_of(campaign))
    assert cards(list(find()))[0].photo is None


def test_no_campaigns_at_all_make_no_card() -> None:
    assert cards([]) == []


def test_a_draft_is_nobodys_page(cast: Any, client: Client) -> None:
    campaign = make_campaign(cast, state="in_review")
    for path in ("", "gifts/", "money/", "donate/"):
        assert client.get(f"/c/{campaign.code}/{path}").status_code == 404
    assert campaign.title not in client.get("/register/").content.decode()


def test_the_view_itself_reads_nothing_of_a_visitor(rf: RequestFactory, campaign: Campaign) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    assert public.home(request).status_code == 200
