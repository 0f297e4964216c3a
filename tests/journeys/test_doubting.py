"""A stranger has doubts: the report, the freeze, the answer, and how it ends, with what everybody reads meanwhile."""

from pathlib import Path
from typing import Any

import pytest

from audit.models import Report
from campaigns.models import Campaign
from campaigns.selectors import money
from campaigns.services import start_donation
from tests.builders import make_campaign
from tests.journeys.browser import Tab
from tests.journeys.doing import OpenTab, draw_papers, drawn, read_message
from tests.outside import Outside

pytestmark = pytest.mark.django_db(transaction=True)
SECRET_WORDS = "我和这家人同村，他们上个月刚买了第二套房。"
NEUTRAL = "有人提出家庭有未申报的房产。"
ANSWER = "第二套房是姐姐家的，房产证在她名下，已上传。"
FINDING = "房产登记显示，该房产属于患者的姐姐。"


@pytest.fixture
def campaign(cast: Any, world: Outside) -> Campaign:
    made = make_campaign(cast)
    gift = start_donation(
        actor=cast.chen, campaign=made, amount=500_000, channel="sandbox", client_ip="127.0.0.1", key="doubting-1"
    )
    assert gift.payment
    world.pay(gift.payment)
    draw_papers()
    return made


def report(tab: Tab, campaign: Campaign, folder: Path) -> None:
    """The paper was sent and the good faith forgotten: nothing is lost by that."""
    tab.expected = (422,)
    tab.open(f"/c/{campaign.code}/")
    tab.at(campaign.title)
    tab.press("Something is wrong here: report it")
    tab.at("Report a doubt")
    tab.choose(Report.Category.ASSETS.label)
    tab.write("What do you know, and from where?", SECRET_WORDS)
    tab.field("Add a paper or a photo").set_input_files(drawn(folder))
    tab.press("Send the report")
    tab.at("Report a doubt")
    assert tab.field("What do you know, and from where?").input_value() == SECRET_WORDS
    tab.choose("I report what I believe to be true, in good faith")
    tab.press("Send the report")
    tab.sees("Your report has arrived")
    tab.check()
    assert Report.objects.get().evidence.count() == 1


def triage(tab: Tab) -> None:
    """Read, sort by weight, freeze, ask the raiser."""
    number = Report.objects.get().number
    tab.open("/staff/")
    tab.at("Work")
    tab.press("Reports", tab.page.locator("main .grid"))
    tab.at("Reports")
    tab.press(number)
    tab.at(number)
    tab.sees(SECRET_WORDS)
    tab.press("I have read it and take it on")
    tab.choose("Yes, and there is preliminary evidence: freeze at once")
    tab.press("Record")
    tab.at(number)
    assert tab.field("Yes, and there is preliminary evidence: freeze at once").is_checked(), "nothing typed is lost"
    tab.write("What it is about, in neutral words", NEUTRAL)
    tab.press("Record")
    tab.at(number)
    tab.sees("Frozen")
    tab.press("Ask the raiser to answer")
    tab.at(number)


def sees_the_hold(tab: Tab, campaign: Campaign) -> None:
    tab.open(f"/c/{campaign.code}/")
    tab.at(campaign.title)
    tab.sees("On hold")
    tab.sees(NEUTRAL)
    tab.sees_not(SECRET_WORDS)
    assert tab.button("Help this family").count() == 0
    tab.open(f"/c/{campaign.code}/donate/")
    tab.at(campaign.title)
    tab.sees("This request takes no gifts at present")


def answer(tab: Tab, campaign: Campaign) -> None:
    tab.open(f"/me/campaigns/{campaign.code}/")
    tab.at(campaign.title)
    tab.sees("Your request is on hold")
    tab.press("Answer the report")
    tab.at("A report about your request")
    tab.sees(NEUTRAL)
    tab.sees_not(SECRET_WORDS)
    tab.write("Your answer", ANSWER)
    tab.press("Send the answer")
    tab.at("A report about your request")
    tab.sees("Thank you. People will read it.")


def find(tab: Tab, button: str) -> None:
    number = Report.objects.get().number
    tab.open(f"/staff/reports/{number}/")
    tab.at(number)
    tab.sees(ANSWER)
    tab.write("Your words", FINDING)
    tab.press(button)
    tab.at(number)


@pytest.mark.parametrize(
    ("size", "language", "true"), [("phone", "zh-hans", False), ("desktop", "en", True)], ids=["cleared", "proved"]
)
@pytest.mark.rule("R36", "R93", "R94", "R95")
def test_a_doubt_is_heard_answered_and_decided(
    open_tab: OpenTab,
    cast: Any,
    campaign: Campaign,
    world: Outside,
    tmp_path: Path,
    size: str,
    language: str,
    true: bool,
) -> None:
    reporter, officer, raiser = (
        open_tab(user, size=size, language=language) for user in (cast.sun, cast.feng, cast.lin)
    )
    stranger = open_tab(size=size, language=language)
    report(reporter, campaign, tmp_path)
    triage(officer)
    sees_the_hold(stranger, campaign)
    answer(raiser, campaign)
    find(officer, "Found true: put to a second person" if true else "Not proved")
    if true:
        assert officer.button("Yes, the report is true").count() == 0
        second = open_tab(cast.xu, size=size, language=language)
        second.open(officer.page.url)
        second.page.get_by_text(second.words("Confirm: the report is true")).click()
        second.check()
        second.press("Yes, the report is true")
        second.check()
        world.rest()

    campaign.refresh_from_db()
    state = money([campaign.pk])[campaign.pk]
    assert (campaign.status == "published", state.available, state.refunded) == (
        not true, 0 if true else 500_000, 500_000 if true else 0,
    )  # fmt: skip
    stranger.open(f"/c/{campaign.code}/")
    stranger.at(campaign.title)
    for words in (NEUTRAL, ANSWER, FINDING):
        stranger.sees(words)
    assert (stranger.button("Help this family").count() > 0) is not true
    read_message(raiser, "A report was decided")
    raiser.at("A report about your request")
    raiser.sees(FINDING)
    assert (raiser.button("Appeal").count() > 0) is true
    read_message(reporter, "There is a result for your report")
    reporter.sees(FINDING)
    reporter.check()
    if true:
        donor = open_tab(cast.chen, size=size, language=language)
        read_message(donor, "Money has come back to you")
        donor.at("Given back")
