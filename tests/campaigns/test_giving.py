"""Gifts: kept up to the last fen, sent back when they are not needed, taken back while nothing was paid out."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Case
from campaigns import services
from campaigns.models import Campaign, Donation
from campaigns.selectors import money, refundable_donations
from campaigns.selectors.page import as_gift
from campaigns.services.donations import donation_by_token, receipt_token
from core.errors import Conflict, DomainError
from ledger import chart
from ledger.kinds import Kind
from ledger.services import post
from payments.models import Payment, Refund
from tests.builders import give, make_campaign, pay, rest
from tests.outside import Outside

pytestmark = pytest.mark.django_db


def start(campaign: Campaign, amount: int = 5_000, **values) -> Donation:
    given = {"actor": None, "channel": "sandbox", "client_ip": "127.0.0.1", "key": "form-1", **values}
    return services.start_donation(campaign=campaign, amount=amount, **given)


@pytest.mark.rule("R91")
def test_a_gift_is_booked_to_the_campaign_and_the_tip_to_the_platform_only_if_wanted(cast) -> None:
    campaign = make_campaign(cast)
    gift = give(campaign, 5_000)
    with_tip = give(campaign, 5_000, tip=200)
    state = money([campaign.pk])[campaign.pk]
    assert (gift.status, gift.tip, with_tip.tip) == ("paid", 0, 200)
    assert (state.raised, state.available, state.refunding) == (10_000, 10_000, 0)


def test_the_same_form_sent_twice_is_one_gift_and_one_payment(cast) -> None:
    campaign = make_campaign(cast)
    first, second = start(campaign), start(campaign)
    assert first.pk == second.pk
    assert Payment.objects.count() == 1
    with pytest.raises(Conflict) as caught:
        start(campaign, amount=6_000)
    assert caught.value.code == "key_reused"
    assert Donation.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount": 99}, "amount"),
        ({"amount": 5_000_001}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 5_000, "tip": 5_001}, "tip"),
        ({"amount": 5_000, "message": "加微信 abc12345"}, "message"),
        ({"amount": 5_000, "message": "电话 138 1234 5678"}, "message"),
        ({"amount": 5_000, "message": "长" * 141}, "message"),
        ({"amount": 5_000, "display_name": "www.x.com"}, "display_name"),
        ({"amount": 5_000, "channel": "no_such"}, "channel"),
    ],
)
def test_bad_input_names_its_field_and_writes_nothing(cast, values, field) -> None:
    campaign = make_campaign(cast)
    with pytest.raises(DomainError) as caught:
        start(campaign, **values)
    assert field in caught.value.fields
    assert not Donation.objects.exists()
    assert not Payment.objects.exists()


@pytest.mark.rule("R17", "R29")
@pytest.mark.parametrize(
    "state", ["draft", "submitted", "in_review", "fix_needed", "refused", "paused", "frozen", "ended"]
)
def test_only_an_open_request_takes_gifts(cast, state) -> None:
    campaign = make_campaign(cast, state=state)
    with pytest.raises(Conflict) as caught:
        start(campaign)
    assert caught.value.code == "not_open"
    assert not Donation.objects.exists()


@pytest.mark.rule("R29")
def test_more_than_is_missing_is_not_even_asked_for(cast) -> None:
    campaign = make_campaign(cast, costs=3_000_000)
    assert campaign.target == 2_000_000
    give(campaign, 1_999_999, key="nearly")
    campaign.refresh_from_db()
    assert campaign.status == "published"
    with pytest.raises(DomainError) as caught:
        start(campaign, amount=200)
    assert caught.value.fields.keys() == {"amount"}


@pytest.mark.rule("R29")
def test_what_lies_above_the_target_goes_back_at_once(cast) -> None:
    campaign = make_campaign(cast, costs=3_000_000)
    slow, late = start(campaign, amount=1_500_000, key="slow"), start(campaign, amount=900_000, key="late", tip=100)
    pay(slow)
    pay(late)
    campaign.refresh_from_db()
    state = money([campaign.pk])[campaign.pk]
    assert (campaign.status, campaign.end_reason) == ("ended", "target")
    assert (state.raised, state.kept, state.available, state.refunding) == (2_400_000, 2_000_000, 2_000_000, 400_000)
    assert (slow.status, late.status) == ("paid", "paid")
    assert list(Refund.objects.values_list("payment", "amount")) == [(late.payment_id, 400_000)]
    assert refundable_donations(campaign) == [(slow.pk, 1_500_000), (late.pk, 500_000)]


@pytest.mark.rule("R29")
@pytest.mark.parametrize("state", ["frozen", "ended"])
def test_money_that_arrives_after_the_end_goes_back_with_its_tip(cast, state) -> None:
    campaign = make_campaign(cast)
    gift = start(campaign, amount=5_000, tip=300)
    if state == "frozen":
        services.freeze_campaign(actor=None, campaign=campaign, reason="核实中")
    else:
        services.end_campaign(actor=cast.lin, campaign=campaign, why="raiser")
    pay(gift)
    assert gift.status == "turned_away"
    assert sorted(Refund.objects.values_list("amount", "from_account")) == [
        (300, chart.TIPS),
        (5_000, chart.available(campaign.pk)),
    ]
    assert money([campaign.pk])[campaign.pk].available == 0


@pytest.mark.rule("R60", "R65")
def test_a_donor_takes_a_gift_back_while_nothing_was_paid_out(cast, outside: Outside) -> None:
    campaign = make_campaign(cast)
    gift = start(campaign, amount=5_000, tip=300, actor=cast.chen)
    outside.pay(gift.payment)
    services.refund_own(actor=cast.chen, donation=gift)
    services.refund_own(actor=cast.chen, donation=gift)
    assert Refund.objects.count() == 2
    outside.rest()
    gift.refresh_from_db()
    state = money([campaign.pk])[campaign.pk]
    assert gift.status == "refunded"
    assert (state.raised, state.available, state.refunding, state.refunded) == (5_000, 0, 0, 5_000)


@pytest.mark.rule("R65")
def test_after_a_payout_began_a_gift_can_not_be_taken_back(cast) -> None:
    campaign = make_campaign(cast)
    gift = give(campaign, 5_000)
    legs = [(chart.available(campaign.pk), 1_000), (chart.held(campaign.pk), -1_000)]
    post(key="hold:1", kind=Kind.PAYOUT_HOLD, ref="W1", legs=legs, actor=None)
    with pytest.raises(Conflict) as caught:
        services.refund_own(actor=None, donation=gift)
    assert caught.value.code == "paid_out"
    assert not Refund.objects.exists()


@pytest.mark.rule("R30")
def test_gifts_that_come_too_fast_wait_for_a_person(cast) -> None:
    campaign = make_campaign(cast, costs=20_000_000)
    for number in range(3):
        give(campaign, 4_000_000, key=f"fast-{number}")
    campaign.refresh_from_db()
    assert campaign.status == "paused"
    rest()
    alarm = Case.objects.get(kind="alarm")
    assert alarm.urgent
    with pytest.raises(Conflict):
        start(campaign)


@pytest.mark.rule("R30")
def test_a_quiet_request_is_never_held(cast) -> None:
    campaign = make_campaign(cast, costs=20_000_000)
    for number in range(3):
        gift = give(campaign, 4_000_000, key=f"slow-{number}")
        Donation.objects.filter(pk=gift.pk).update(paid_at=timezone.now() - timedelta(hours=2))
    campaign.refresh_from_db()
    assert campaign.status == "published"


def test_an_anonymous_gift_shows_the_words_and_no_name(cast) -> None:
    gift = give(make_campaign(cast), 5_000, donor=cast.chen, anonymous=True, display_name="老陈", message="早日康复")
    shown = as_gift(gift)
    assert shown.message == "早日康复"
    assert not {"老", "陈"} & set(shown.name)


def test_the_receipt_of_a_gift_that_was_called_off_leads_on(cast, client: Client) -> None:
    campaign = make_campaign(cast)
    gift = services.start_donation(
        actor=None, campaign=campaign, amount=5_000, channel="sandbox", client_ip="127.0.0.1", key="called-off-key-1"
    )
    url = f"/donations/{receipt_token(gift)}/"
    assert f"/pay/{gift.payment.token}/" in client.get(url).content.decode()
    Payment.objects.update(status="closed")
    page = client.get(url).content.decode()
    assert f"/pay/{gift.payment.token}/" not in page
    assert f"/c/{campaign.code}/donate/" in page


def test_a_receipt_opens_by_its_own_link_only(cast) -> None:
    gift = give(make_campaign(cast), 5_000)
    token = receipt_token(gift)
    assert donation_by_token(token) == gift
    assert donation_by_token(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert donation_by_token(str(gift.pk)) is None


@pytest.mark.rule("R59", "R63", "R94")
def test_a_stopped_campaign_gives_back_in_proportion_what_is_left(cast) -> None:
    campaign = make_campaign(cast)
    gifts = [give(campaign, amount, key=f"g{amount}") for amount in (10_000, 20_000, 3_333)]
    legs = [(chart.available(campaign.pk), 10_000), (chart.held(campaign.pk), -10_000)]
    post(key="hold:1", kind=Kind.PAYOUT_HOLD, ref="W1", legs=legs, actor=None)
    services.stop_and_refund(actor=None, campaign=campaign, reason="举报属实")
    services.stop_and_refund(actor=None, campaign=campaign, reason="举报属实")
    rest_ignoring_channel()
    campaign.refresh_from_db()
    state = money([campaign.pk])[campaign.pk]
    parts = {refund.payment_id: refund.amount for refund in Refund.objects.all()}
    assert (campaign.status, campaign.frozen_from, campaign.end_reason) == ("frozen", "ended", "stopped")
    assert (state.available, state.held) == (0, 10_000)
    assert sum(parts.values()) == 23_333
    assert [parts[gift.payment_id] for gift in gifts] == [7_000, 14_000, 2_333]


def rest_ignoring_channel() -> None:
    from campaigns.services.stopping import give_back

    for campaign in Campaign.objects.filter(end_reason="stopped"):
        give_back(campaign_id=campaign.pk)
        give_back(campaign_id=campaign.pk)


@pytest.mark.rule("R29")
@pytest.mark.django_db(transaction=True)
def test_two_last_gifts_at_once_are_never_both_kept(cast) -> None:
    campaign = make_campaign(cast, costs=3_000_000)
    gifts = [start(campaign, amount=1_500_000, key=f"race-{number}") for number in range(2)]
    failures: list[BaseException] = []

    def confirm(gift: Donation) -> None:
        try:
            pay(gift)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(gift,)) for gift in gifts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    campaign.refresh_from_db()
    state = money([campaign.pk])[campaign.pk]
    assert (state.kept, state.available) == (2_000_000, 2_000_000)
    assert campaign.status == "ended"
