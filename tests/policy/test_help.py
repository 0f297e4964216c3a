"""The help pages say the numbers in force, in both languages, and carry nothing foreign."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from policy import help
from policy.checks import only_our_own_content

LANGUAGES = ("zh-hans", "en")


@pytest.mark.django_db
@pytest.mark.parametrize("name", help.PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_opens_without_a_query(
    client: Client, name: str, language: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        answer = client.get(f"/help/{name}/" if name else "/help/", headers={"accept-language": language})
    assert answer.status_code == 200
    assert str(answer.content).count("{%") == 0


@pytest.mark.django_db
def test_an_unknown_page_is_not_found(client: Client) -> None:
    assert client.get("/help/secrets/").status_code == 404


@pytest.mark.django_db
@pytest.mark.rule("R39")
def test_the_fees_page_says_the_rates_in_force(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = help.value
    page = client.get("/help/fees/").content.decode()
    assert "3%" in page and "0.6%" in page and "¥492,000.00" in page
    monkeypatch.setattr(help, "value", lambda key: 10_000 if key == "fee.service_rate" else usual(key))
    page = client.get("/help/fees/").content.decode()
    assert "1%" in page and "¥9,840.00" in page


@pytest.mark.django_db
@pytest.mark.rule("R39")
def test_fees_and_risks_are_one_step_away_from_every_page(client: Client) -> None:
    page = client.get("/help/").content.decode()
    assert 'href="/help/fees/"' in page and 'href="/help/risks/"' in page


@pytest.mark.rule("R92")
def test_the_platform_refuses_to_start_with_foreign_content(settings: Any) -> None:
    assert only_our_own_content() == []
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    changed = {**policy, "script-src": [*policy["script-src"], "https://ads.example"]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": changed}
    assert [error.id for error in run_checks() if error.id == "policy.E092"] == ["policy.E092"]


@pytest.mark.django_db
@pytest.mark.rule("R92")
def test_browsers_are_told_to_load_content_of_this_site_only(client: Client) -> None:
    header = client.get("/help/").headers["Content-Security-Policy"]
    for directive in header.split(";"):
        name, *sources = directive.split()
        if name != "form-action":
            assert all(not source.startswith("http") and source != "*" for source in sources), directive


def test_examples_never_take_more_than_the_cap() -> None:
    rows = help.fee_examples()
    assert [row["amount"] - row["service"] - row["channel"] == row["arrives"] for row in rows] == [True] * len(rows)
    assert max(row["service"] for row in rows) == 5_000_00
