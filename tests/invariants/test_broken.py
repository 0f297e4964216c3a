"""`broken()` finds what is broken: a database administrator, a bug or bad luck changes one thing, and one sentence names it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from audit.models import Case
from campaigns.models import Campaign, Donation
from config.demo.people import PEOPLE
from core.models import Job, StateChange, TrailEvent
from core.seals import TRAIL
from ledger.models import Entry
from payments.models import Payment, Refund
from payments.services import request_refund
from tests import flush
from tests.builders import give, make_campaign
from tests.invariants import broken
from tests.invariants.sentences import FOUR_EYES, personal_number
from tests.invariants.words import spoken

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    with spoken():
        made = make_campaign(cast)
        gift = give(made, 50_000, donor=cast.chen, tip=100)
        assert gift.payment
        request_refund(
            actor=None,
            payment=gift.payment,
            amount=1_000,
            reason="test",
            key="refund",
            from_account=f"camp:{made.pk}:available",
        )
    return made


def test_nothing_is_broken_where_everything_went_its_way(campaign: Campaign) -> None:
    assert broken() == []


def first(model: Any, **values: Any) -> None:
    """Change the oldest row of a table past every service."""
    model.objects.filter(pk=model.objects.order_by("pk")[0].pk).update(**values)


def slip_in(campaign: Campaign) -> None:
    StateChange.objects.create(kind="campaign", object_id=campaign.pk, action="close", old="published", new="closed")


def close(campaign: Campaign) -> None:
    Campaign.objects.update(status="closed", ended_at=timezone.now(), end_reason="raiser")


DAMAGE: dict[str, tuple[Callable[[Campaign], Any], str]] = {
    "a leg grew": (lambda _c: first(Entry, amount=F("amount") + 1), "does not balance"),
    "a leg is of another kind": (lambda _c: first(Entry, kind="payout_fee"), "another kind"),
    "a payment was opened again": (lambda _c: Payment.objects.update(status="pending"), "has received"),
    "a payment says more came in": (lambda _c: Payment.objects.update(received=60_000), "received 60000"),
    "a reserve was forgotten": (lambda _c: Payment.objects.update(refund_reserved=0), "reserves 0"),
    "a refund is done that nobody booked": (lambda _c: Refund.objects.update(status="done"), "has the journals"),
    "a refund is lost from transit": (lambda _c: Refund.objects.update(status="failed"), "refunds of 0 are under way"),
    "a gift is back that is not": (lambda _c: Donation.objects.update(status="refunded"), "are back with the donor"),
    "a gift turned away and kept": (lambda _c: Donation.objects.update(status="turned_away"), "nobody sent it back"),
    "a target was lowered": (lambda _c: Campaign.objects.update(target=100), "of a target of 100"),
    "a campaign closed with money in it": (close, "closed with money"),
    "a status was moved by hand": (lambda _c: Campaign.objects.update(status="paused"), "its changes end at published"),
    "a change was slipped in": (slip_in, "no such move as close"),
    "a line of the trail is gone": (
        lambda _c: TrailEvent.objects.filter(event="campaign.publish").delete(),
        "the trail says otherwise",
    ),
    "nobody approved it": (
        lambda _c: Case.objects.filter(subject_kind="campaign").update(kind="alarm"),
        "nobody approved it",
    ),
    "the machine saw another version": (lambda _c: Case.objects.update(subject_version="7"), "the machine saw"),
    "a job was given up": (lambda _c: first(Job, status="poison"), "is poison"),
    "a phone in a comment": (
        lambda _c: Donation.objects.update(message="电话 138 1234 5678"),
        "message holds a mobile number",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_each_damage_has_its_sentence(campaign: Campaign, name: str) -> None:
    damage, sentence = DAMAGE[name]
    with flush.lifted():
        damage(campaign)
        found = broken()
    assert any(sentence in line for line in found), found


def test_a_sealed_line_that_was_changed_is_found(campaign: Campaign) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("nothing of the open transaction of this test can be sealed there; tests/core/test_seals.py does")
    TRAIL.seal()
    with flush.lifted():
        TrailEvent.objects.filter(event="campaign.publish").update(data={"old": "draft"})
        assert any("core.TrailEvent do not hold" in line for line in broken())


@pytest.mark.parametrize("model", FOUR_EYES, ids=lambda model: model._meta.label)
def test_the_pairs_are_columns_of_their_tables(model: Any) -> None:
    names = {field.name for field in model._meta.concrete_fields}
    assert all(first in names and second in names for first, second in FOUR_EYES[model])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("身份证 11010519491231002X 。", "an ID number"),
        (f"card {PEOPLE['wang'].card[:4]} {PEOPLE['wang'].card[4:]}", "a bank card"),
        ("+86 138-1234-5678", "a mobile number"),
        ("13812345678", "a mobile number"),
        ("138****5678", ""),
        ("110105********002X", ""),
        ("D4f1386222020200001234567aa", ""),
        ("2026-11-28T03:58:05.138123", ""),
        ("¥13,812,345.67", ""),
    ],
)
def test_numbers_of_persons_are_told_from_other_numbers(text: str, what: str) -> None:
    assert personal_number(text) == what
