"""A reviewer's day: the queue, a case by keyboard, a reason for what is refused, a second person, what the raiser reads."""

from typing import Any

import pytest
from playwright.sync_api import expect

from audit.models import Case
from campaigns.models import Campaign
from config.demo.people import PEOPLE
from tests.builders import make_campaign
from tests.journeys.browser import Tab
from tests.journeys.doing import OpenTab, draw_papers, judge, read_message, take_case

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "右下角的印章看不清，请重拍。"


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    made = make_campaign(cast, state="in_review")
    draw_papers()
    return made


def judge_by_keyboard(tab: Tab, *, leave_out: str) -> None:
    """Walk through the facts: the diagnosis is refused, `leave_out` is passed over, all others are verified."""
    keyboard, facts = tab.page.keyboard, tab.page.locator("[data-fact]")
    for place in range(facts.count()):
        keyboard.press("j")
        fact = facts.nth(place)
        expect(fact).to_be_focused()
        if fact.locator(f"[name={leave_out}__result]").count():
            continue
        if fact.locator("[name=diagnosis__result]").count() == 0:
            keyboard.press("1")
            expect(fact.get_by_role("radio", name=tab.words("Verified"))).to_be_checked()
            fact.locator("select[name$=__method]").select_option("document")
            continue
        keyboard.press("p")
        expect(fact.locator("[data-paper]").first).to_be_focused()
        keyboard.press("2")
        expect(fact.locator("[name=diagnosis__reason]")).to_be_focused()
        tab.select("Refused why", "Not readable", fact)
        keyboard.press("Tab")
        keyboard.type(WORDS)
        assert fact.locator("[name=diagnosis__note]").input_value() == WORDS
        keyboard.press("Escape")


@pytest.mark.parametrize(("size", "language"), [("desktop", "zh-hans"), ("phone", "en")])
@pytest.mark.rule("R17", "R66", "R70", "R75")
def test_two_people_decide_and_the_raiser_reads_why(
    open_tab: OpenTab, cast: Any, campaign: Campaign, size: str, language: str
) -> None:
    first = open_tab(cast.zhao, size=size, language=language)
    take_case(first)
    case = Case.objects.get()
    first.sees("What the machine found")
    judge_by_keyboard(first, leave_out="estimate")
    first.expected = (409,)
    first.page.locator("input[name=public_order][value=yes]").check()
    first.page.locator("input[name=outcome][value=fix]").check()
    first.press("Record my decision")
    first.sees("Decide every required fact first, so that the raiser hears everything at once.")
    first.check()
    assert first.page.locator("[name=diagnosis__note]").input_value() == WORDS, "nothing typed is lost"
    first.page.locator("[name=estimate__result][value=verified]").check()
    first.press("Record my decision")
    first.at("Review queue")
    first.sees("Nothing waits for you here")

    # The first person cannot be the second, neither by the queue nor by the address.
    first.press("Take the next case")
    first.sees("Nothing is waiting for you. Thank you.")
    first.open(f"/staff/audit/cases/{case.pk}/")
    first.check()
    first.press("Take this case")
    first.sees("This case is not for you: it is decided, or you had a part in it before.")
    first.check()
    case.refresh_from_db()
    assert case.status == "second_wanted"

    second = open_tab(cast.qian, size=size, language=language)
    take_case(second)
    second.sees("Two people decide here, each on their own")
    second.sees_not(WORDS)
    shown = second.card("See in clear").locator("form", has_text=second.words("Who the raiser is"))
    shown.get_by_role("button").click()
    expect(shown.get_by_role("status")).to_contain_text(PEOPLE["lin"].id_number)
    judge(second, "fix", refused={"diagnosis": ("unreadable", WORDS)})
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("decided", "fix")

    raiser = open_tab(cast.lin, size=size, language=language)
    read_message(raiser, "The review is done: please mend a few things")
    raiser.sees(WORDS)
    raiser.sees("We cannot read this paper well. Please take the photo again in good light, with all four corners.")
    assert not {cast.zhao.name, cast.qian.name} & set(raiser.page.locator("main").inner_text().split())
    raiser.check()
    raiser.open("/me/privacy/access/")
    raiser.at("Who read your data")
    raiser.sees("Compare with a paper")
