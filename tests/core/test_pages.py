"""Error pages, the style guide, and what every page has."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.csrf import csrf_failure
from django.views.defaults import bad_request, permission_denied, server_error

from tests.signin import sign_in


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_style_guide_shows_every_component(client: Client, language: str) -> None:
    page = client.get("/styleguide/", headers={"accept-language": language})
    assert page.status_code == 200
    text = page.content.decode()
    assert "{%" not in text and "{{" not in text and "<c-" not in text


@pytest.mark.django_db
def test_the_style_guide_is_for_the_sandbox_only(client: Client, settings: Any) -> None:
    settings.SANDBOX = False
    assert client.get("/styleguide/").status_code == 404


@pytest.mark.django_db
def test_a_missing_page_is_told_kindly(client: Client) -> None:
    page = client.get("/nothing-here/", headers={"accept-language": "en"})
    assert page.status_code == 404
    assert "There is nothing at this address" in page.content.decode()


def test_errors_without_context_still_make_a_page_in_both_languages(rf: RequestFactory) -> None:
    for answer, code in ((server_error(rf.get("/")), 500), (bad_request(rf.get("/"), Exception()), 400)):
        assert answer.status_code == code
        assert b'lang="zh-Hans"' in answer.content and b'lang="en"' in answer.content


@pytest.mark.django_db
def test_a_refusal_and_a_stale_form_make_a_page(rf: RequestFactory) -> None:
    assert permission_denied(rf.get("/"), Exception()).status_code == 403
    assert csrf_failure(rf.get("/"), "no cookie").status_code == 403


@pytest.mark.django_db
def test_the_language_is_switched_without_script(client: Client) -> None:
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/help/"})
    assert answer.status_code == 302
    assert '<html lang="en">' in client.get("/help/").content.decode()


def test_text_of_people_cannot_leave_its_attribute() -> None:
    evil = '"><script>alert(1)</script>'
    for template in (
        "components/alert.html",
        "components/photo.html",
        "components/stat.html",
        "components/copy_field.html",
    ):
        page = render_to_string(template, {"title": evil, "alt": evil, "label": evil, "value": evil, "slot": evil})
        assert "<script>" not in page


@pytest.mark.django_db
def test_the_first_page_of_staff_lists_their_work_and_is_hidden_from_others(client: Client, cast: Any) -> None:
    page = sign_in(client, cast.wu).get("/staff/")
    assert page.status_code == 200
    assert "/staff/people/" in page.content.decode()
    assert sign_in(Client(), cast.lin).get("/staff/").status_code == 404
    assert Client().get("/staff/").status_code == 404


@pytest.mark.django_db
def test_signed_in_people_find_their_own_pages(client: Client, cast: Any) -> None:
    page = sign_in(client, cast.lin).get("/me/privacy/").content.decode()
    assert page.count('aria-current="page"') == 2  # the tab bar and the own menu
    assert 'href="/staff/"' not in page
