"""Closing the books with the outside world running: every fen goes back by the way it came, by two people, once."""

from typing import Any

import pytest

from campaigns.models import Campaign
from campaigns.selectors import money
from campaigns.services import end_campaign, start_donation
from core.errors import Conflict
from disclosures.models import Settlement
from disclosures.selectors import closable_campaigns
from disclosures.services import closing, withdrawals
from ledger.auditing import verify
from payments.models import Payment
from tests.disclosures import scene


def given(cast: Any, outside: Any, campaign: Campaign, *amounts: int) -> None:
    for number, amount in enumerate(amounts):
        gift = start_donation(
            actor=None,
            campaign=campaign,
            amount=amount,
            channel="sandbox",
            client_ip="127.0.0.1",
            key=f"closing-{number}",
        )
        outside.pay(gift.payment)


@pytest.fixture
def ended(cast: Any, outside: Any) -> Campaign:
    campaign = scene.raised_campaign(cast)
    given(cast, outside, campaign, 10_000, 5_000, 101)
    campaign.refresh_from_db()
    end_campaign(actor=cast.lin, campaign=campaign, why="raiser")
    campaign.refresh_from_db()
    return campaign


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R60", "R61")
def test_what_was_not_used_goes_back_whole_and_the_books_close(cast: Any, outside: Any, ended: Campaign) -> None:
    assert list(closable_campaigns()) == [ended]
    settlement = closing.propose_settlement(actor=cast.zhou, campaign=ended)
    assert settlement.surplus == 15_101
    assert closing.propose_settlement(actor=cast.he, campaign=ended) == settlement
    with pytest.raises(Conflict, match="same_person"):
        closing.approve_settlement(actor=cast.zhou, settlement=settlement)
    closing.approve_settlement(actor=cast.he, settlement=settlement)
    for _round in range(3):
        outside.rest()
        later = Settlement.objects.get()
        if later.status == "refunding":
            closing.send_shares(settlement=later)
    ended.refresh_from_db()
    state = money([ended.pk])[ended.pk]
    assert (state.available, state.held, state.refunding, state.refunded) == (0, 0, 0, 15_101)
    assert Settlement.objects.get().status == "done"
    assert ended.status == "closed"
    assert set(Payment.objects.values_list("amount", "refund_reserved")) == {
        (10_000, 10_000),
        (5_000, 5_000),
        (101, 101),
    }
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_nothing_is_closed_while_something_is_open(cast: Any, outside: Any, ended: Campaign) -> None:
    withdrawal = scene.ask(cast, ended, 5_000)
    with pytest.raises(Conflict, match="cannot_close"):
        closing.propose_settlement(actor=cast.zhou, campaign=ended)
    withdrawals.cancel_withdrawal(actor=cast.lin, withdrawal=withdrawal)
    assert closing.propose_settlement(actor=cast.zhou, campaign=ended).surplus == 15_101


@pytest.mark.django_db(transaction=True)
def test_a_settlement_sent_back_can_be_proposed_anew(cast: Any, outside: Any, ended: Campaign) -> None:
    first = closing.propose_settlement(actor=cast.zhou, campaign=ended)
    closing.reject_settlement(actor=cast.he, settlement=first, reason="a bill is missing")
    second = closing.propose_settlement(actor=cast.zhou, campaign=ended)
    assert second.pk != first.pk
    assert money([ended.pk])[ended.pk].available == 15_101
