"""Every kind of page, as everybody sees it who may see it: sound on a phone and on a desktop, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from campaigns.models import Campaign
from tests.builders import give, make_campaign
from tests.journeys.browser import LANGUAGES, SIZES, Tab, check_all
from tests.journeys.doing import draw_papers

pytestmark = pytest.mark.django_db(transaction=True)
OpenTab = Callable[..., Tab]
COMBINATIONS = [("phone", "zh-hans"), ("desktop", "en"), ("phone", "en"), ("desktop", "zh-hans")]
STAFF = ("zhao", "qian", "zhou", "wu", "xu", "feng", "jiang")


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    """A public request with gifts, beside others in other states."""
    published = make_campaign(cast)
    for number, amount in enumerate((5_000, 20_000, 123_456)):
        give(published, amount, donor=cast.chen if number else None, message="祝早日康复" if number else "")
    draw_papers()
    return published


def test_sizes_and_languages_are_all_walked() -> None:
    assert {size for size, _language in COMBINATIONS} == set(SIZES)
    assert {language for _size, language in COMBINATIONS} == set(LANGUAGES)


@pytest.mark.parametrize(("size", "language"), COMBINATIONS)
def test_what_strangers_see_is_sound(open_tab: OpenTab, campaign: Campaign, size: str, language: str) -> None:
    tab = open_tab(size=size, language=language)
    seen = check_all(tab, f"/c/{campaign.code}/", f"/c/{campaign.code}/donate/", "/", "/campaigns/", "/transparency/")
    assert len(seen) > 15


@pytest.mark.parametrize("person", ["lin", "chen"])
@pytest.mark.parametrize(("size", "language"), COMBINATIONS)
def test_what_people_see_of_their_own_is_sound(
    open_tab: OpenTab, cast: Any, campaign: Campaign, person: str, size: str, language: str
) -> None:
    tab = open_tab(getattr(cast, person), size=size, language=language)
    assert len(check_all(tab, "/me/", "/raise/", within=("/me/", "/raise/"))) > 8


@pytest.mark.parametrize("person", STAFF)
@pytest.mark.parametrize(("size", "language"), COMBINATIONS[:2])
def test_what_staff_see_is_sound(
    open_tab: OpenTab, cast: Any, campaign: Campaign, person: str, size: str, language: str
) -> None:
    make_campaign(cast, state="in_review", raiser="chen", patient_key="sun")
    draw_papers()
    check_all(open_tab(getattr(cast, person), size=size, language=language), "/staff/", within="/staff/")
