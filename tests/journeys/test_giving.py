"""Giving: a guest on a phone and a donor with an account, by the channel's own page and back, to the receipt."""

from typing import Any

import pytest
from playwright.sync_api import expect

from campaigns.models import Campaign, Donation
from campaigns.selectors import money
from payments.models import Payment
from tests.builders import make_campaign
from tests.journeys.browser import Tab
from tests.journeys.doing import OpenTab, draw_papers, read_message
from tests.outside import Outside

pytestmark = pytest.mark.django_db(transaction=True)
PAY_THERE, CANCEL_THERE = "Pay (no real money) / 支付（模拟，不扣款）", "Cancel / 取消支付"


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    made = make_campaign(cast)
    draw_papers()
    return made


def to_the_form(tab: Tab, campaign: Campaign) -> None:
    tab.open(f"/c/{campaign.code}/")
    tab.at(campaign.title)
    tab.press("Help this family")
    tab.at(campaign.title)
    assert not tab.field("Something for the platform").input_value(), "nothing is chosen for the platform beforehand"


def pay_twice(tab: Tab, world: Outside) -> None:
    """Step two: the button is pressed twice, here and at the channel. One order, one payment."""
    tab.at("On to payment")
    tab.button("Pay now").dblclick()
    expect(tab.page.get_by_role("button", name=PAY_THERE)).to_be_visible()
    assert tab.page.url.startswith(world.channel.url)
    tab.page.get_by_role("button", name=PAY_THERE).dblclick()
    tab.at("We are asking the channel")
    assert [row["state"] for row in world.channel.store.all("SELECT state FROM payments")] == ["paid"]
    world.rest()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text(tab.words("Thank you. Your payment has arrived."))
    tab.check()
    tab.press("See the receipt")
    tab.at("Thank you")


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans"), ("desktop", "en")])
@pytest.mark.rule("R91")
def test_a_guest_gives_without_a_name_and_keeps_the_receipt(
    open_tab: OpenTab, campaign: Campaign, world: Outside, size: str, language: str
) -> None:
    tab = open_tab(size=size, language=language)
    to_the_form(tab, campaign)
    tab.write("How much would you like to give?", "0")
    tab.write("A few words to the family", "祝早日康复")
    tab.choose("Do not show me at all")
    tab.press("Next: check and pay")
    tab.at(campaign.title)
    expect(tab.page.locator("#id_amount_error")).to_be_visible()
    assert tab.field("A few words to the family").input_value() == "祝早日康复"
    assert tab.field("Do not show me at all").is_checked()
    tab.page.get_by_role("button", name="¥50", exact=True).click()
    with tab.page.expect_navigation():
        tab.button("Next: check and pay").dblclick()
    pay_twice(tab, world)

    gift = Donation.objects.get()
    assert (gift.amount, gift.tip, gift.donor, gift.anonymous) == (5_000, 0, None, True)
    assert Payment.objects.count() == 1
    tab.sees(gift.number)
    tab.sees("Keep the address of this page: without an account it is the way back to your receipt.")
    tab.press("To the page of the family")
    tab.at(campaign.title)
    tab.sees("祝早日康复")
    tab.sees("Anonymous")


@pytest.mark.parametrize(("size", "language"), [("desktop", "en")])
def test_a_donor_finds_the_gift_again_and_takes_it_back(
    open_tab: OpenTab, cast: Any, campaign: Campaign, world: Outside, size: str, language: str
) -> None:
    tab = open_tab(cast.chen, size=size, language=language)
    to_the_form(tab, campaign)
    tab.write("How much would you like to give?", "１２８.5")
    tab.write("Name to be shown", "老陈")
    tab.page.get_by_text(tab.words("Also give something to the platform? Not needed.")).click()
    tab.write("Something for the platform", "2")
    tab.press("Next: check and pay")
    tab.sees("¥130.50")
    pay_twice(tab, world)
    assert Donation.objects.get().donor == cast.chen

    read_message(tab, "Thank you: your gift has arrived")
    tab.at("Thank you")
    tab.open("/me/donations/")
    tab.at("My gifts")
    tab.press(Donation.objects.get().number)
    tab.at("Thank you")
    tab.page.get_by_text(tab.words("Take the gift back"), exact=True).click()
    tab.check()
    tab.press("Take it back")
    tab.sees("Your gift is on its way back to you, by the way it came.")
    tab.check()
    world.rest()
    tab.page.reload()
    tab.at("Given back")
    state = money([campaign.pk])[campaign.pk]
    assert (state.available, state.refunded) == (0, 12_850)
    tab.open(f"/c/{campaign.code}/")
    tab.sees("老陈")
    tab.check()


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans")])
def test_whoever_calls_the_payment_off_can_begin_again(
    open_tab: OpenTab, campaign: Campaign, world: Outside, size: str, language: str
) -> None:
    tab = open_tab(size=size, language=language)
    to_the_form(tab, campaign)
    tab.page.get_by_role("button", name="¥50", exact=True).click()
    tab.press("Next: check and pay")
    tab.press("Pay now")
    tab.page.get_by_role("button", name=CANCEL_THERE).click()
    tab.at("We are asking the channel")
    world.rest()
    tab.page.reload()
    tab.at("Not paid")
    tab.press("Back")
    tab.at("This gift was not paid")
    tab.press("Give again")
    tab.at(campaign.title)
    tab.page.get_by_role("button", name="¥50", exact=True).click()
    tab.press("Next: check and pay")
    tab.press("Pay now")
    tab.page.get_by_role("button", name=PAY_THERE).click()
    world.rest()
    tab.page.reload()
    tab.at("Thank you. Your payment has arrived.")
    assert money([campaign.pk])[campaign.pk].available == 5_000
