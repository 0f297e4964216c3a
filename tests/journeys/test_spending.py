"""After the raise: asking for money, public notice, two finance officers, the bills, the end, and what is left goes back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Attestation, Campaign
from campaigns.selectors import money
from campaigns.services import start_donation
from disclosures.models import Obligation, Payout, Settlement, Withdrawal
from ledger.auditing import verify
from tests.builders import make_campaign
from tests.disclosures.scene import person
from tests.journeys.browser import Tab
from tests.journeys.doing import OpenTab, draw_papers, drawn, judge, read_message, take_case
from tests.outside import Outside

pytestmark = pytest.mark.django_db(transaction=True)
EXPLANATION = "移植手术押金，医院要求周五前交齐。"


@pytest.fixture
def campaign(cast: Any, world: Outside) -> Campaign:
    """Public, attested by three, and given ¥8,000 that the channel has settled."""
    made = make_campaign(cast)
    for number, (donor, amount) in enumerate(((cast.chen, 500_000), (None, 300_000))):
        gift = start_donation(
            actor=donor,
            campaign=made,
            amount=amount,
            channel="sandbox",
            client_ip="127.0.0.1",
            key=f"spending-{number}",
        )
        assert gift.payment
        world.pay(gift.payment)
    world.settle()
    for key in ("chen", "sun", "li"):
        Attestation.objects.create(
            campaign=made, user=getattr(cast, key), person=person(cast, key), relation="friend", text="情况属实。"
        )
    draw_papers()
    return made


def ask_for_money(tab: Tab, campaign: Campaign, folder: Path) -> None:
    """The first try asks for more than there is, without a bill: everything typed stays."""
    tab.open(f"/me/campaigns/{campaign.code}/")
    tab.at(campaign.title)
    tab.press("Withdraw money")
    tab.at("Withdraw money")
    tab.write("How much do you need now?", "9,999")
    tab.choose("Operation")
    tab.write("Say in one or two sentences what will be paid", EXPLANATION)
    tab.press("Ask for this money")
    tab.at("Withdraw money")
    tab.sees("Add at least one bill or deposit notice from the hospital.")
    tab.attach("Bills or deposit notices", drawn(folder))
    tab.press("Ask for this money")
    tab.at("Withdraw money")
    tab.sees("Only %(available)s yuan are available now.", available="8,000.00")
    assert tab.field("Say in one or two sentences what will be paid").input_value() == EXPLANATION
    tab.write("How much do you need now?", "6,000")
    tab.press("Ask for this money")
    tab.at("Withdrawal of ¥%(amount)s", amount="6,000.00")
    tab.sees("Being reviewed")


def review(open_tab: OpenTab, cast: Any, size: str, language: str, done: Any) -> None:
    """As many people as are due look at the case and approve."""
    for auditor in (cast.zhao, cast.qian):
        desk = open_tab(auditor, size=size, language=language)
        take_case(desk)
        judge(desk, "approve")
        if done():
            return
    raise AssertionError("two people were not enough")


def pay_out(open_tab: OpenTab, cast: Any, size: str, language: str) -> None:
    maker, checker = (open_tab(user, size=size, language=language) for user in (cast.zhou, cast.he))
    maker.open("/staff/payouts/")
    maker.at("Payouts")
    maker.press("Checked: prepare")
    maker.at("Payouts")
    maker.sees("Somebody else must approve what you prepared.")
    assert maker.button("Approve and pay").count() == 0
    checker.open("/staff/payouts/")
    checker.at("Payouts")
    checker.press("Approve and pay")
    checker.at("Payouts")
    checker.sees("Approved. The bank has the order.")


def prove(tab: Tab, folder: Path, amount: str) -> None:
    """Two bills on one page; the second line comes with one press, and nothing typed before is lost by it."""
    lines = tab.page.locator("fieldset.thing")

    def bill(place: int, number: str, yuan: str) -> None:
        line = lines.nth(place)
        tab.write("Bill code", "13990126", line)
        tab.write("Bill number", number, line)
        tab.write("Date on the bill", f"{timezone.localdate():%Y-%m-%d}", line)
        tab.write("Amount on the bill (yuan)", yuan, line)
        tab.write("Hospital or pharmacy", "云州市第一人民医院", line)
        tab.attach("Photo or file of the bill", drawn(folder), line)

    read_message(tab, "Money has arrived")
    tab.at("Withdrawal of ¥%(amount)s", amount="6,000.00")
    tab.press("Show what it was used for")
    tab.at("Show what the money was used for")
    bill(0, "00000001", amount)
    tab.press("One more bill")
    tab.at("Show what the money was used for")
    assert tab.field("Bill number", lines.nth(0)).input_value() == "00000001"
    bill(1, "00000001", "800")
    tab.press("Hand in")
    tab.sees("One of these bills has already been used.")
    tab.check()
    tab.write("Bill number", "00000002", lines.nth(1))
    tab.press("Hand in")
    tab.at("Show what the money was used for")
    tab.sees("Thank you. Reviewers look at your bills now.")


def close(open_tab: OpenTab, cast: Any, world: Outside, size: str, language: str) -> None:
    maker, checker = (open_tab(user, size=size, language=language) for user in (cast.zhou, cast.he))
    maker.open("/staff/settlements/")
    maker.at("Closing the books")
    maker.press("Propose to close")
    maker.at("Closing the books")
    assert maker.button("Approve: give it back").count() == 0
    checker.open("/staff/settlements/")
    checker.at("Closing the books")
    checker.press("Approve: give it back")
    checker.at("Closing the books")


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans"), ("desktop", "en")])
@pytest.mark.rule("R43", "R50", "R55", "R61")
def test_every_yuan_is_asked_for_shown_proved_or_given_back(
    open_tab: OpenTab, cast: Any, campaign: Campaign, world: Outside, tmp_path: Path, size: str, language: str
) -> None:
    raiser, stranger = open_tab(cast.lin, size=size, language=language), open_tab(size=size, language=language)
    ask_for_money(raiser, campaign, tmp_path)
    world.rest()
    review(open_tab, cast, size, language, lambda: Withdrawal.objects.get().status == "notice")
    stranger.open(f"/c/{campaign.code}/money/")
    stranger.at("Where every yuan is")
    stranger.sees(EXPLANATION)
    stranger.press("I have an objection")
    stranger.at("Object to a payment")

    with time_machine.travel(timezone.now() + timedelta(hours=25)) as later:
        world.rest()
        assert Payout.objects.get().status == "ready"
        pay_out(open_tab, cast, size, language)
        world.rest()
        assert Payout.objects.get().status == "arrived"
        prove(raiser, tmp_path, "5,200")
        world.rest()
        review(open_tab, cast, size, language, lambda: Obligation.objects.get().status == "proved")

        raiser.open(f"/me/campaigns/{campaign.code}/")
        raiser.at(campaign.title)
        raiser.press("End the request, or tell that the treatment is over")
        raiser.at("End the request")
        raiser.choose("It is enough, or I wish to stop")
        raiser.press("End the request", raiser.page.locator("main form"))
        raiser.at(campaign.title)
        close(open_tab, cast, world, size, language)
        for _round in range(3):
            world.rest()
            later.shift(timedelta(minutes=1))
        assert Settlement.objects.get().status == "done"

        stranger.open(f"/c/{campaign.code}/money/")
        stranger.at("Where every yuan is")
        stranger.sees("Fees kept back at payment")
        stranger.sees("2,000.00")
        stranger.open(f"/c/{campaign.code}/")
        stranger.at(campaign.title)
        stranger.sees("Closed")
        donor = open_tab(cast.chen, size=size, language=language)
        read_message(donor, "Money has come back to you")
        donor.at("Thank you")
    state = money([campaign.pk])[campaign.pk]
    assert (state.raised, state.paid + state.fees, state.refunded) == (800_000, 600_000, 200_000)
    assert (state.available, state.held, state.refunding) == (0, 0, 0)
    assert verify().ok
