"""Shared public pages: one for all strangers, never for anybody else, and no older than they may be."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from campaigns import services
from campaigns.models import Campaign
from tests.builders import give, make_campaign
from tests.signin import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on() -> Iterator[None]:
    pages = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-pages"}
    from django.conf import settings

    with override_settings(PAGE_CACHE_SECONDS=60, CACHES={**settings.CACHES, "pages": pages}):
        caches["pages"].clear()
        yield


@pytest.fixture
def campaign(cast: Any) -> Campaign:
    return make_campaign(cast)


def html(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_second_stranger_costs_no_query_and_gets_the_same_page_with_another_token(campaign: Campaign) -> None:
    for path in ("/", "/campaigns/", "/register/?q=移植", f"/c/{campaign.code}/", f"/c/{campaign.code}/gifts/"):
        first, other = html(Client(), path), Client()
        with CaptureQueriesContext(connection) as captured:
            second = html(other, path)
        assert len(captured) == 0, path
        assert "\x00" not in first + second
        tokens = [re.findall(r"[A-Za-z0-9]{64}", page) for page in (first, second)]
        assert len(tokens[0]) == len(tokens[1]) >= 2
        assert not set(tokens[0]) & set(tokens[1])
        bare = [re.sub(r"[A-Za-z0-9]{64}", "", page) for page in (first, second)]
        assert bare[0] == bare[1]


def test_the_token_of_a_shared_page_is_good_for_its_visitor_and_for_nobody_else(campaign: Campaign) -> None:
    html(Client(), "/")
    mine, stranger = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    [token, *_same] = re.findall(r"[A-Za-z0-9]{64}", html(mine, "/"))
    html(stranger, "/")
    form = {"language": "en", "next": "/", "csrfmiddlewaretoken": token}
    assert mine.post("/i18n/setlang/", form).status_code == 302
    assert stranger.post("/i18n/setlang/", form).status_code == 403


def test_each_language_and_each_address_has_its_own_page(campaign: Campaign) -> None:
    chinese, english = html(Client(), "/"), html(Client(), "/", **{"Accept-Language": "en"})
    assert 'lang="zh-Hans"' in chinese and 'lang="en"' in english
    assert html(Client(), "/", **{"Accept-Language": "en"}).count("Open books") == english.count("Open books") > 0
    assert campaign.title in html(Client(), "/campaigns/?q=移植")
    assert campaign.title not in html(Client(), "/campaigns/?q=肺")


def test_whoever_is_signed_in_has_a_page_of_their_own_and_leaves_none_behind(cast: Any, campaign: Campaign) -> None:
    chen = sign_in(Client(), cast.chen)
    assert "/me/" in html(chen, "/")
    assert 'href="/me/"' not in html(Client(), "/")
    assert 'href="/me/"' in html(chen, "/")


def test_a_message_is_for_the_one_who_is_told(campaign: Campaign) -> None:
    told = Client()
    told.cookies["messages"] = "anything"
    html(told, f"/c/{campaign.code}/")
    assert caches["pages"]._cache == {}  # type: ignore[attr-defined]


def test_a_page_that_is_not_there_is_not_kept(cast: Any) -> None:
    campaign = make_campaign(cast, state="in_review")
    assert Client().get(f"/c/{campaign.code}/").status_code == 404
    Campaign.objects.filter(pk=campaign.pk).update(status="published", published_at=campaign.created_at)
    assert Client().get(f"/c/{campaign.code}/").status_code == 200


def test_a_gift_and_a_freeze_are_seen_at_once(
    cast: Any, campaign: Campaign, django_capture_on_commit_callbacks: Any
) -> None:
    path = f"/c/{campaign.code}/"
    english = {"Accept-Language": "en"}
    assert "1,234.00" not in html(Client(), path) and "On hold" not in html(Client(), path, **english)
    with django_capture_on_commit_callbacks(execute=True):
        give(campaign, 123_400, donor=cast.chen)
    assert "1,234.00" in html(Client(), path)
    with django_capture_on_commit_callbacks(execute=True):
        services.freeze_campaign(actor=None, campaign=campaign, reason="核实中")
    assert "On hold" in html(Client(), path, **english)


def test_it_can_be_switched_off(campaign: Campaign) -> None:
    with override_settings(PAGE_CACHE_SECONDS=0):
        html(Client(), "/")
        assert caches["pages"]._cache == {}  # type: ignore[attr-defined]
