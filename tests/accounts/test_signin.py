"""Signing in: by code, by password, with a second factor; guessing and enumeration lead nowhere."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from accounts.services import enrol_totp
from config.demo.cast import PASSWORD
from core.models import TrailEvent
from tests.accounts.codes import code_for, messages_to
from tests.signin import TOTP_SECRET, sign_in

pytestmark = pytest.mark.django_db


def totp() -> str:
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(TOTP_SECRET, counters[len(counters) // 2]))


def ask_code(client, **data):
    return client.post("/accounts/login/code/", data)


def enter(client, code, **data):
    return client.post("/accounts/login/code/confirm/", {"code": code, **data})


def test_a_person_signs_in_by_phone_code(client, cast):
    assert ask_code(client, phone="170 0000 0001")["Location"] == "/accounts/login/code/confirm/"
    assert enter(client, code_for(cast.lin.phone))["Location"] == "/me/"
    assert client.session["_auth_user_id"] == str(cast.lin.pk)


def test_a_person_signs_in_by_email_code(client, cast):
    ask_code(client, email="LIN@candor.invalid")
    assert enter(client, code_for("lin@candor.invalid"))["Location"] == "/me/"


@pytest.mark.parametrize("login", ["17000000001", "１７０００００００01", "+8617000000001", "Lin@candor.invalid"])
def test_a_person_signs_in_by_password(client, cast, login):
    answer = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert answer["Location"] == "/me/"


def test_the_person_comes_back_to_where_they_wanted_to_go(client, cast):
    ask_code(client, phone=cast.lin.phone, next="/me/privacy/")
    assert enter(client, code_for(cast.lin.phone), next="/me/privacy/")["Location"] == "/me/privacy/"


def test_nobody_is_sent_to_another_site(client, cast):
    ask_code(client, phone=cast.lin.phone, next="https://evil.example/")
    assert enter(client, code_for(cast.lin.phone), next="https://evil.example/")["Location"] == "/me/"


def test_an_unknown_number_looks_the_same_and_gets_a_hint(client, cast):
    known, unknown = ask_code(client.__class__(), phone=cast.lin.phone), ask_code(client, phone="17000000999")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    hint = messages_to("+8617000000999")[0]
    assert (hint.code, "/accounts/signup/" in hint.text) == ("", True)
    assert client.post("/accounts/login/code/confirm/", {"code": ""}).status_code == 200


def test_sending_again_looks_the_same_for_an_unknown_number(client, cast):
    ask_code(client, phone="17000000999")
    other = client.__class__()
    ask_code(other, phone=cast.lin.phone)
    answers = [c.post("/accounts/login/code/confirm/", {"action": "resend"}) for c in (client, other)]
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, "/accounts/login/code/confirm/")] * 2
    assert len(messages_to("+8617000000999")) == 1
    assert len(messages_to(cast.lin.phone)) == 2


def test_neither_phone_nor_email_is_a_field_error(client):
    answer = ask_code(client, phone="")
    assert list(answer.context["form"].errors) == ["phone"]


def test_wrong_passwords_for_one_phone_do_not_lock_out_another(client, cast):
    for _guess in range(6):
        answer = client.__class__().post("/accounts/login/", {"login": cast.sun.phone, "password": "wrong-guess"})
    assert answer.context["form"].non_field_errors()
    right = client.__class__().post("/accounts/login/", {"login": cast.sun.phone, "password": PASSWORD})
    assert right.status_code == 200  # locked for a while
    assert client.post("/accounts/login/", {"login": cast.lin.phone, "password": PASSWORD})["Location"] == "/me/"


def test_a_closed_account_cannot_sign_in(client, cast):
    cast.sun.is_active = False
    cast.sun.save()
    ask_code(client, phone=cast.sun.phone)
    assert enter(client, code_for(cast.sun.phone))["Location"] == "/accounts/inactive/"
    assert "_auth_user_id" not in client.session


def test_staff_sign_in_with_code_and_second_factor(client, cast):
    enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    ask_code(client, phone=cast.zhao.phone)
    assert enter(client, code_for(cast.zhao.phone))["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/2fa/authenticate/", {"code": totp()})["Location"] == "/me/"
    methods = [record["method"] for record in client.session["account_authentication_methods"]]
    assert methods == ["code", "mfa"]


def test_the_same_authenticator_code_works_once(client, cast):
    enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    code = totp()
    for session, expected in ((client, 302), (client.__class__(), 200)):
        session.post("/accounts/login/", {"login": cast.zhao.email, "password": PASSWORD})
        assert session.post("/accounts/2fa/authenticate/", {"code": code}).status_code == expected


def test_the_secret_of_an_authenticator_is_stored_sealed(cast):
    authenticator = enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    assert TOTP_SECRET not in str(authenticator.data)


@pytest.mark.rule("R97")
def test_each_sign_in_leaves_a_line_with_a_sealed_address(client, cast):
    ask_code(client, phone=cast.lin.phone)
    enter(client, code_for(cast.lin.phone))
    line = TrailEvent.objects.get(event="account.sign_in", actor=cast.lin)
    assert line.data["methods"] == ["code"]
    assert "127.0.0.1" not in str(line.data)


def test_other_sessions_can_be_signed_out(client, cast):
    other = client.__class__()
    for session in (client, other):
        session.post("/accounts/login/", {"login": cast.lin.email, "password": PASSWORD})
    assert client.get("/accounts/sessions/").context["session_count"] == 2
    client.post("/accounts/sessions/")
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302


def test_a_forgotten_password_is_replaced_by_an_email_code(client, cast):
    client.post("/accounts/password/reset/", {"email": cast.lin.email})
    answer = client.post("/accounts/password/reset/confirm/", {"code": code_for(cast.lin.email)})
    assert answer["Location"] == "/accounts/password/reset/complete/"
    client.post("/accounts/password/reset/complete/", {"password1": "brand-new-2026", "password2": "brand-new-2026"})
    cast.lin.refresh_from_db()
    assert cast.lin.check_password("brand-new-2026")
    assert (
        client.post("/accounts/login/", {"login": cast.lin.phone, "password": "brand-new-2026"})["Location"] == "/me/"
    )


def test_the_owner_hears_of_a_new_password(client, cast):
    sign_in(client, cast.lin)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    data = {"oldpassword": PASSWORD, "password1": "brand-new-2026", "password2": "brand-new-2026"}
    client.post("/accounts/password/change/", data)
    assert [notice.code for notice in cast.lin.notices.all()] == ["accounts.password_changed"]


def test_a_new_phone_number_counts_only_after_its_code(client, cast):
    sign_in(client, cast.lin)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    old = cast.lin.phone
    client.post("/accounts/phone/change/", {"phone": "17000000102"})
    cast.lin.refresh_from_db()
    assert cast.lin.phone == old
    client.post("/accounts/phone/verify/", {"code": code_for("+8617000000102")})
    cast.lin.refresh_from_db()
    assert (cast.lin.phone, cast.lin.phone_verified) == ("+8617000000102", True)
    assert [notice.code for notice in cast.lin.notices.all()] == ["accounts.phone_changed"]


def test_somebody_elses_proved_number_cannot_be_taken(client, cast):
    sign_in(client, cast.lin)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/phone/change/", {"phone": cast.sun.phone})
    assert (
        messages_to(cast.sun.phone)[0].code == ""
        or client.post("/accounts/phone/verify/", {"code": code_for(cast.sun.phone)}).status_code == 200
    )
    cast.lin.refresh_from_db()
    assert cast.lin.phone == "+8617000000001"
