"""Pages: what everybody sees, in a fixed number of queries, and what nobody may see."""

import re

import pytest
from django.test import Client

from tests.builders import make_campaign

pytestmark = pytest.mark.django_db


def test_the_first_page_the_list_and_the_register_answer_with_and_without_campaigns(cast, client: Client) -> None:
    for path in ("/", "/campaigns/", "/register/", "/raise/"):
        assert client.get(path).status_code == 200
    campaign = make_campaign(cast)
    for path in ("/", "/campaigns/", "/register/"):
        assert campaign.title in client.get(path).content.decode()


@pytest.mark.rule("R10", "R25", "R31", "R38", "R39", "R101", "R109")
def test_a_page_says_what_it_is_and_what_was_checked(cast, client: Client) -> None:
    campaign = make_campaign(cast)
    html = client.get(f"/c/{campaign.code}/").content.decode()
    assert "个人求助" in html or "Personal help" in html
    assert 'data-tone="good"' in html
    assert "王建国" not in re.sub(re.escape(campaign.story_who), "", html)
    assert "王**" in html
    assert campaign.inpatient_no not in html
    assert f"/report/campaign/{campaign.code}/" in html
