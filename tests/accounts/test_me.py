"""The own area, and allauth's app API with our rules."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.selectors import user_by_phone
from config.demo.cast import PASSWORD
from tests.accounts.codes import code_for, messages_to
from tests.accounts.test_signin import totp
from tests.signin import TOTP_SECRET, api_client, sign_in

pytestmark = pytest.mark.django_db
AUTH = "/_allauth/app/v1/auth"
OWN_PAGES = [
    "/me/",
    "/me/profile/",
    "/me/security/",
    "/me/privacy/",
    "/me/privacy/access/",
    "/me/inbox/",
    "/me/welcome/",
]


@pytest.mark.parametrize("page", OWN_PAGES)
def test_own_pages_are_for_signed_in_people(client, db, page):
    assert client.get(page)["Location"] == f"/accounts/login/code/?next={page}"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "page", [*OWN_PAGES, "/accounts/sessions/", "/accounts/2fa/", "/accounts/email/", "/accounts/phone/change/"]
)
def test_own_pages_open_in_both_languages(client, cast, page, language):
    sign_in(client, cast.lin)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get(page, headers={"accept-language": language}).status_code == 200


@pytest.mark.parametrize(
    "page", ["login/", "login/code/", "login/code/?by=email", "signup/", "signup/?by=email", "password/reset/"]
)
def test_the_doors_are_in_our_layout(client, db, page):
    text = client.get(f"/accounts/{page}").content.decode()
    assert 'class="entrance"' in text
    assert "<style" not in text
    assert "onclick" not in text


def test_name_and_language_are_changed_and_errors_stand_beside_the_field(client, cast):
    sign_in(client, cast.lin)
    assert client.post("/me/profile/", {"name": "林 晓", "language": "en"})["Location"] == "/me/profile/"
    cast.lin.refresh_from_db()
    assert (cast.lin.name, cast.lin.language) == ("林 晓", "en")
    answer = client.post("/me/profile/", {"name": "x" * 61, "language": "en"})
    assert list(answer.context["form"].errors) == ["name"]
    assert "x" * 61 in answer.content.decode()
    cast.lin.refresh_from_db()
    assert cast.lin.name == "林 晓"


def test_staff_in_a_half_open_session_are_told_at_their_own_page(client, cast):
    sign_in(client, cast.zhao, second_factor=False)
    assert b"/me/work/" in client.get("/me/").content
    assert client.get("/me/work/")["Location"].startswith("/accounts/2fa/totp/activate/")


def test_me_over_rest_is_masked_and_can_be_changed(cast):
    api = api_client(cast.zhao)
    assert api.get("/api/v1/me/").json() == {
        "id": cast.zhao.pk,
        "name": "赵清",
        "language": "zh-hans",
        "phone": "170****0011",
        "email": "z***@candor.invalid",
        "roles": ["auditor"],
        "second_factor": "passed",
    }
    assert api.patch("/api/v1/me/", {"language": "en"}).json()["language"] == "en"
    for bad in ({"language": "xx"}, {"name": "x" * 61}, {"name": "a\x00b"}, {"name": {"a": 1}}, {"name": None}):
        assert api.patch("/api/v1/me/", bad).status_code == 400
    assert api.patch("/api/v1/me/", {"roles": ["admin"], "phone": "+8613800138000", "id": 1}).status_code == 200
    fresh = User.objects.get(pk=cast.zhao.pk)
    assert (fresh.phone, fresh.granted_roles(), fresh.language) == (cast.zhao.phone, {"auditor"}, "en")
    assert APIClient().get("/api/v1/me/").status_code in {401, 403}


# --- Apps ------------------------------------------------------------------------------------------------------------


def post(path, data, token=""):
    headers = {"HTTP_X_SESSION_TOKEN": token} if token else {}
    return APIClient().post(f"{AUTH}{path}", data, format="json", **headers)


def test_an_app_signs_somebody_up_by_phone():
    begun = post("/signup", {"phone": "170 0000 0101", "terms": True})
    assert begun.status_code == 401
    token = begun.json()["meta"]["session_token"]
    done = post("/phone/verify", {"code": code_for("+8617000000101")}, token)
    assert (done.status_code, done.json()["meta"]["is_authenticated"]) == (200, True)
    token = done.json()["meta"].get("session_token", token)
    assert APIClient().get("/api/v1/me/", HTTP_X_SESSION_TOKEN=token).json()["phone"] == "170****0101"
    assert user_by_phone("17000000101") is not None


def test_an_app_cannot_sign_up_without_the_terms():
    answer = post("/signup", {"phone": "17000000101"})
    assert (answer.status_code, answer.json()["errors"][0]["param"]) == (400, "terms")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "data", [{"phone": "+8617000000001", "terms": True}, {"email": "lin@candor.invalid", "terms": True}]
)
def test_an_app_learns_not_who_has_an_account_by_signing_up(cast, data):
    assert post("/signup", data).status_code == 401
    assert messages_to(next(iter(data.values())))[0].code == ""


def test_an_app_signs_staff_in_with_both_factors(cast):
    from accounts.services import enrol_totp

    enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    token = post("/code/request", {"phone": cast.zhao.phone}).json()["meta"]["session_token"]
    half = post("/code/confirm", {"code": code_for(cast.zhao.phone)}, token)
    assert half.status_code == 401
    done = post("/2fa/authenticate", {"code": totp()}, token)
    assert done.json()["meta"]["is_authenticated"]
    token = done.json()["meta"].get("session_token", token)
    assert APIClient().get("/api/v1/me/", HTTP_X_SESSION_TOKEN=token).json()["second_factor"] == "passed"


def test_an_app_that_asks_for_a_code_with_nothing_gets_a_field_error(db):
    answer = post("/code/request", {})
    assert (answer.status_code, answer.json()["errors"][0]["param"]) == (400, "phone")


def test_an_app_that_asks_again_for_an_unknown_number_notices_nothing(cast):
    tokens = {
        phone: post("/code/request", {"phone": phone}).json()["meta"]["session_token"]
        for phone in ("+8617000000999", cast.lin.phone)
    }
    assert {post("/code/resend", {}, token).status_code for token in tokens.values()} == {200}
    assert len(messages_to("+8617000000999")) == 1


def test_too_many_codes_for_one_number_are_a_429(db):
    post("/signup", {"phone": "17000000101", "terms": True})
    assert post("/signup", {"phone": "17000000101", "terms": True}).status_code == 429
