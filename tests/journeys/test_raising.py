"""Asking for help, from the sign-in to the public page; leaving in the middle, mistakes, and mending what reviewers named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, expect

from campaigns import means, services
from campaigns.models import Campaign
from campaigns.steps import BY_CODE
from config.demo.people import PEOPLE
from documents.kinds import Kind
from tests.builders import STORY, make_campaign, make_hospital, rest
from tests.journeys.browser import Tab
from tests.journeys.doing import OpenTab, come_in, draw_papers, drawn, judge, read_message, take_case

pytestmark = pytest.mark.django_db(transaction=True)
LIN, WANG = PEOPLE["lin"], PEOPLE["wang"]
TITLE = "爸爸教了三十年书，现在换我们照顾他"
GO_ON = "Save and go on"


def answer(tab: Tab, step: str, act: Callable[[], Any], button: str = GO_ON) -> None:
    """The tab stands on this question and the page is sound; answer it and send it."""
    tab.at(BY_CODE[step].question)
    act()
    tab.press(button)


def name_people(tab: Tab) -> None:
    def who(name: str, number: str) -> None:
        tab.write("Name on the ID card", name)
        tab.write("ID number", number)

    answer(tab, "relation", lambda: tab.choose("My father or mother"))
    answer(tab, "you", lambda: (who(LIN.name, LIN.id_number), tab.choose("I agree")))
    answer(tab, "patient", lambda: who(WANG.name, WANG.id_number))


def tell_the_illness(tab: Tab) -> None:
    def illness() -> None:
        tab.select("Illness", "Leukaemia")
        tab.write("What the certificate says", "急性髓系白血病")
        tab.write("Day of the certificate", f"{timezone.localdate():%Y-%m-%d}")

    def hospital() -> None:
        tab.write("Look for the hospital", "云州")
        tab.press("Search")
        tab.check()
        tab.page.get_by_role("radio", name="云州市第1人民医院").check()
        tab.write("Department", "血液科")
        tab.write("Inpatient number", "ZY20261123")

    def costs() -> None:
        lines = tab.page.locator("fieldset.thing")
        tab.write("What for", "造血干细胞移植", lines.nth(0))
        tab.write("Amount in yuan", "80,000", lines.nth(0))
        tab.press("More lines")
        expect(lines).to_have_count(6)
        tab.write("What for", "抗排异药", lines.nth(5))
        tab.write("Amount in yuan", "１０００0", lines.nth(5))
        tab.write("Spent on the treatment so far, in yuan", "11000")

    def cover() -> None:
        tab.write("Insurance will pay", "10,000")
        tab.write("Aid will pay", "0")
        tab.write("You yourselves can pay", "0")

    answer(tab, "illness", illness)
    answer(tab, "hospital", hospital)
    answer(tab, "costs", costs)
    answer(tab, "cover", cover)
    tab.sees(
        "The target is ¥%(target)s: what the treatment costs, less what others and you yourselves pay.",
        target="80,000.00",
    )


def tell_the_story(tab: Tab, folder: Path) -> None:
    for part in ("who", "illness", "call"):
        answer(tab, f"story_{part}", lambda part=part: tab.write("In your own words", STORY[part]))
    answer(tab, "title", lambda: tab.write("Title", TITLE))
    answer(tab, "needed_by", lambda: None)
    answer(tab, "photos", lambda: tab.attach(Kind.PHOTO.label, drawn(folder)))


def say_what_there_is(tab: Tab) -> None:
    def houses() -> None:
        tab.write("How many?", "1")
        tab.press(GO_ON)
        tab.check()
        tab.select("Whose is it?", "The patient")
        tab.write("Value today, in yuan", "300,000")
        tab.select("Sold?", "Not for sale")
        tab.write("Why is it kept, or what became of the money?", "一家人住在里面")

    def insured() -> None:
        tab.choose("Yes")
        tab.write("If yes: which, and from whom?", "城乡居民医保")

    known: dict[str, Callable[[], Any]] = {
        "family": lambda: tab.choose("The patient alone: not married"),
        "houses": houses,
        "cars": lambda: tab.write("How many?", "0"),
        "medical_insurance": insured,
    }
    for question in means.questions():
        plain = (
            (lambda: tab.write("Amount in yuan", "48000")) if question.kind == "amount" else (lambda: tab.choose("No"))
        )
        answer(tab, f"means_{question.code}", known.get(question.code, plain))


def name_the_payee(tab: Tab) -> None:
    def payee() -> None:
        tab.choose("The patient")
        tab.press(GO_ON)
        tab.check()
        tab.write("Name of the payee, as on the ID card", WANG.name)
        tab.write("ID number of the payee", WANG.id_number)
        tab.write("Bank card number", WANG.card)
        tab.write("Bank", "工商银行")
        tab.write("Mobile number that the bank knows", WANG.phone)

    answer(tab, "payee", payee)


def show_papers(tab: Tab, folder: Path) -> None:
    def send(*papers: tuple[str, Kind]) -> None:
        for card, kind in papers:
            tab.attach(kind.label, drawn(folder), tab.card(card))
        tab.check()

    raiser, patient = "ID card of the raiser, both sides", "ID card of the patient, both sides"
    kinship = "What shows how raiser and patient belong together"
    identity = [(raiser, Kind.ID_FRONT), (raiser, Kind.ID_BACK), (patient, Kind.ID_FRONT), (patient, Kind.ID_BACK)]
    answer(tab, "papers_identity", lambda: send(*identity, (kinship, Kind.HOUSEHOLD)))
    illness = [
        ("Diagnosis certificate", Kind.DIAGNOSIS),
        ("Front page of the inpatient record, or admission record", Kind.INPATIENT_PAGE),
        ("Bills so far", Kind.BILL),
        ("The hospital’s cost estimate", Kind.ESTIMATE),
    ]
    answer(tab, "papers_diagnosis", lambda: send(*illness))
    answer(tab, "papers_payee", lambda: send(("Bank card of the payee", Kind.BANK_CARD)))


def promise(tab: Tab) -> None:
    def agree() -> None:
        for name in ("sensitive", "story"):
            tab.page.locator(f"input[name={name}]").check()

    answer(tab, "consents", agree)
    answer(tab, "promise", lambda: tab.choose("I have read this and promise it"), "Sign")


def confirm_as_patient(tab: Tab, link: str) -> None:
    """The patient's own device; the first try has another number."""
    tab.open(link)
    tab.at("Somebody asks for help in your name")
    tab.write("Your name, as on the ID card", WANG.name)
    tab.write("The last four characters of your ID number", "0000")
    tab.choose("I know this request, I agree to it, and I promise the above")
    tab.press("I agree and sign")
    tab.sees("Name or number are not those of the patient. Please look at the ID card.")
    assert tab.field("Your name, as on the ID card").input_value() == WANG.name
    tab.check()
    tab.write("The last four characters of your ID number", WANG.id_number[-4:])
    tab.press("I agree and sign")
    tab.sees("You have agreed and signed. If you change your mind, tell us: see Help.")
    tab.check()


@pytest.mark.parametrize(("size", "language", "other"), [("phone", "zh-hans", "desktop"), ("desktop", "en", "phone")])
@pytest.mark.rule("R3", "R15", "R17", "R31", "R66")
def test_a_family_asks_and_is_helped_to_a_public_page(
    open_tab: OpenTab, cast: Any, tmp_path: Path, size: str, language: str, other: str
) -> None:
    make_hospital(name="云州市第1人民医院")
    tab = open_tab(size=size, language=language)
    tab.open("/raise/")
    tab.at("Ask for help with a severe illness")
    tab.press("Sign in by phone, then begin")
    come_in(tab, cast.lin.phone)
    tab.at("Ask for help with a severe illness")
    tab.press("Begin, or go on")
    tab.at("Your request")
    with tab.page.expect_navigation():
        tab.page.get_by_role("link", name=tab.words("Go on:")).click()

    name_people(tab)
    tell_the_illness(tab)
    tell_the_story(tab, tmp_path)
    say_what_there_is(tab)
    name_the_payee(tab)
    show_papers(tab, tmp_path)
    promise(tab)

    tab.at("Your request")
    tab.press("Make the link")
    tab.at("A link for the patient")
    link = tab.page.get_by_label(tab.words("The link")).input_value()
    confirm_as_patient(open_tab(size=other, language=language), link)
    tab.press("Back to the request")
    tab.at("Your request")
    tab.press("Hand in the request")
    tab.at(TITLE)
    tab.sees("We are looking at your request")
    rest()

    campaign = Campaign.objects.get()
    stranger = open_tab(size=size, language=language)
    stranger.expected = (404,)
    stranger.open(f"/c/{campaign.code}/")
    for auditor in (cast.zhao, cast.qian):
        desk = open_tab(auditor, size=size, language=language)
        take_case(desk)
        judge(desk, "approve")

    stranger.open(f"/c/{campaign.code}/")
    stranger.at(TITLE)
    stranger.sees("Verified")
    for private in (LIN.name, WANG.id_number, WANG.card, "ZY20261123"):
        assert private not in stranger.page.content()
    read_message(tab, "Your request is public now")
    tab.at(TITLE)
    tab.sees("Open for help")


@pytest.fixture
def draft(cast: Any) -> Campaign:
    """The first three questions are answered."""
    made = services.start_draft(actor=cast.lin)
    services.set_relation(actor=cast.lin, campaign=made, relation="child")
    services.set_raiser(actor=cast.lin, campaign=made, name=LIN.name, id_number=LIN.id_number, agreed=True)
    services.set_patient(actor=cast.lin, campaign=made, name=WANG.name, id_number=WANG.id_number)
    return made


@pytest.mark.parametrize(("size", "language"), [("phone", "en")])
def test_whoever_leaves_in_the_middle_finds_everything_again(
    open_tab: OpenTab, cast: Any, draft: Campaign, size: str, language: str
) -> None:
    words = "爸爸王建国是清河镇中学的语文老师，"
    tab = open_tab(cast.lin, size=size, language=language)
    asked: list[Dialog] = []
    tab.page.on("dialog", lambda dialog: (asked.append(dialog), dialog.accept()))
    tab.open(f"/raise/{draft.code}/story_who/")
    tab.field("In your own words").press_sequentially(words)
    tab.field("In your own words").blur()
    expect(tab.page.locator("[data-saved]")).to_have_text(tab.words("Saved"))
    tab.press("All steps")
    assert not asked, "what is kept needs no question before leaving"
    tab.at("Your request")
    tab.sees("Started")

    elsewhere = open_tab(cast.lin, size=size, language=language)
    elsewhere.open("/raise/")
    elsewhere.press("Begin, or go on")
    elsewhere.press(BY_CODE["story_who"].question)
    elsewhere.at(BY_CODE["story_who"].question)
    assert elsewhere.field("In your own words").input_value() == words
    elsewhere.press("Save, go on later")
    elsewhere.at("Your request")
    elsewhere.sees_not("Started")


@pytest.mark.parametrize(("size", "language"), [("desktop", "zh-hans")])
def test_a_mistake_is_named_beside_its_field_and_nothing_typed_is_lost(
    open_tab: OpenTab, cast: Any, draft: Campaign, size: str, language: str
) -> None:
    tab = open_tab(cast.lin, size=size, language=language)
    tab.open(f"/raise/{draft.code}/costs/")
    line = tab.page.locator("fieldset.thing").first
    tab.write("What for", "造血干细胞移植", line)
    tab.write("Amount in yuan", "eighty", line)
    tab.write("Spent on the treatment so far, in yuan", "11000")
    tab.press(GO_ON)
    tab.at(BY_CODE["costs"].question)
    assert tab.page.evaluate("document.activeElement.matches('.error-summary')"), "the faults are read out first"
    tab.page.locator(".error-summary a").first.click()
    expect(tab.field("Amount in yuan", line)).to_be_focused()
    assert tab.field("What for", line).input_value() == "造血干细胞移植"
    assert tab.field("Amount in yuan", line).input_value() == "eighty"
    assert tab.field("Spent on the treatment so far, in yuan").input_value() == "11000"
    tab.write("Amount in yuan", "80000", line)
    tab.press(GO_ON)
    tab.at(BY_CODE["cover"].question)


@pytest.mark.parametrize(("size", "language"), [("desktop", "zh-hans")])
@pytest.mark.rule("R17", "R67")
def test_what_reviewers_named_is_mended_and_handed_in_again(
    open_tab: OpenTab, cast: Any, tmp_path: Path, size: str, language: str
) -> None:
    campaign = make_campaign(cast, state="fix_needed")
    draw_papers()
    tab = open_tab(cast.lin, size=size, language=language)
    read_message(tab, "The review is done: please mend a few things")
    tab.sees("请补充")
    tab.check()
    tab.open(f"/me/campaigns/{campaign.code}/")
    tab.check()
    tab.press("Mend what the reviewers named")
    tab.at("Your request")
    tab.sees("Approved")
    tab.press("The diagnosis")
    tab.at(BY_CODE["papers_diagnosis"].question)
    tab.sees("We cannot read this paper well. Please take the photo again in good light, with all four corners.")
    card = tab.card("Diagnosis certificate")
    card.get_by_role("checkbox").uncheck()
    tab.attach(Kind.DIAGNOSIS.label, drawn(tmp_path), card)
    tab.press(GO_ON)
    tab.at("Your request")
    tab.press("Hand in the request")
    tab.at(campaign.title)
    tab.sees("We are looking at your request")
    rest()
    draw_papers()
    desk = open_tab(cast.zhao, size=size, language=language)
    take_case(desk)
    desk.sees("Unchanged since then: it needs no new verdict.")
    judge(desk, "approve")
    campaign.refresh_from_db()
    assert campaign.status in ("published", "in_review")
