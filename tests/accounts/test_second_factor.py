"""Staff work only with a second factor; ordinary people never need one."""

import pytest
import time_machine
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts import services
from accounts.access import HasRole, recently_authenticated, role_required
from accounts.models import User
from accounts.roles import Role
from accounts.second_factor import settle
from config.demo.cast import PASSWORD
from config.urls import urlpatterns as house_urls
from core.errors import DomainError, Forbidden
from tests.accounts.codes import code_for
from tests.accounts.test_signin import totp
from tests.signin import TOTP_SECRET, api_client, sign_in

pytestmark = pytest.mark.django_db


@role_required(Role.AUDITOR)
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("auditors only")


@recently_authenticated
def dangerous(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"done with {request.POST.get('amount', '')}")


class Auditors(APIView):
    permission_classes = [HasRole(Role.AUDITOR)]

    def get(self, request):
        return Response({"for": "auditors"})


urlpatterns = [
    *house_urls,
    path("test/page/", page),
    path("test/dangerous/", dangerous),
    path("api/v1/test/auditors/", Auditors.as_view()),
]


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = __name__


def test_an_auditor_with_second_factor_gets_in(cast, client):
    assert sign_in(client, cast.zhao).get("/test/page/").content == b"auditors only"


def test_an_auditor_without_authenticator_is_sent_to_set_one_up(cast, client):
    sign_in(client, cast.zhao, second_factor=False)
    for address in ("/test/page/", "/staff/people/", "/admin/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/2fa/totp/activate/?next=")


def test_an_auditor_with_authenticator_enters_its_code_and_goes_on(cast, client):
    services.enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    sign_in(client, cast.zhao, second_factor=False)
    door = client.get("/test/page/")["Location"]
    assert door == "/accounts/2fa/reauthenticate/?next=%2Ftest%2Fpage%2F"
    assert client.post(door, {"code": totp()})["Location"] == "/test/page/"
    assert client.get("/test/page/").content == b"auditors only"


def test_setting_up_an_authenticator_from_nothing(cast, client, django_capture_on_commit_callbacks):
    sign_in(client, cast.zhao, second_factor=False)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    setup = client.get("/accounts/2fa/totp/activate/")
    secret = setup.context["form"].secret
    assert secret in setup.content.decode()
    code = time_code(secret)
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/accounts/2fa/totp/activate/", {"code": code})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    assert client.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert client.get("/test/page/")["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert [notice.code for notice in cast.zhao.notices.all()] == ["accounts.totp_activated"]


def time_code(secret: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def test_somebody_without_the_role_sees_that_there_is_nothing(cast, client):
    assert sign_in(client, cast.lin).get("/test/page/").status_code == 404
    assert sign_in(client, cast.zhou).get("/test/page/").status_code == 404


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get("/test/page/")["Location"] == "/accounts/login/code/?next=/test/page/"


def test_a_revoked_role_is_gone_at_once(cast, client):
    sign_in(client, cast.zhao)
    wu = User.objects.get(pk=cast.wu.pk)
    services.revoke_role(actor=wu, grant=cast.zhao.grants.get(), reason="left")
    assert client.get("/test/page/").status_code == 404


def test_the_rest_api_by_browser_session(cast):
    assert api_client(cast.zhao).get("/api/v1/test/auditors/").json() == {"for": "auditors"}
    half = api_client(cast.zhao, second_factor=False).get("/api/v1/test/auditors/")
    assert (half.status_code, half.json()["code"]) == (403, "second_factor_required")
    assert api_client(cast.lin).get("/api/v1/test/auditors/").status_code == 404
    assert APIClient().get("/api/v1/test/auditors/").status_code in {401, 403}


def test_the_rest_api_by_app_token(cast):
    token = {"HTTP_X_SESSION_TOKEN": app_token(cast.zhao, second_factor=True)}
    assert APIClient().get("/api/v1/test/auditors/", **token).json() == {"for": "auditors"}
    token = {"HTTP_X_SESSION_TOKEN": app_token(cast.zhao, second_factor=False)}
    half = APIClient().get("/api/v1/test/auditors/", **token)
    assert (half.status_code, half.json()["code"]) == (403, "second_factor_required")
    assert APIClient().get("/api/v1/test/auditors/", HTTP_X_SESSION_TOKEN="forged").status_code in {401, 403}


def app_token(user: User, *, second_factor: bool) -> str:
    key = sign_in(Client(), user, second_factor=second_factor).session.session_key
    assert key
    return key


def test_the_proof_of_one_person_is_no_proof_for_another(cast, client):
    session = sign_in(client, cast.zhao).session
    qian = settle(User.objects.get(pk=cast.qian.pk), session)
    assert qian.roles() == frozenset()
    assert qian.granted_roles() == {Role.AUDITOR, Role.SENIOR_AUDITOR}


def test_staff_cannot_take_their_second_factor_off(cast, client):
    sign_in(client, cast.zhao)
    client.post("/accounts/2fa/reauthenticate/", {"code": totp()})
    client.post("/accounts/2fa/totp/deactivate/")
    assert cast.zhao.authenticator_set.filter(type="totp").exists()


def test_a_dangerous_act_goes_through_with_a_fresh_proof(cast, client):
    assert sign_in(client, cast.lin).post("/test/dangerous/", {"amount": "5"}).content == b"done with 5"


def test_a_stale_session_proves_itself_first_and_loses_nothing_typed(cast, client):
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        sign_in(client, cast.lin)
    with time_machine.travel("2026-11-23T10:20:00+08:00", tick=False):
        door = client.post("/test/dangerous/", {"amount": "5"})["Location"]
        assert door == "/accounts/reauthenticate/?next=%2Ftest%2Fdangerous%2F"
        assert client.post(door, {"password": PASSWORD}).content == b"done with 5"


def test_somebody_without_password_proves_themselves_by_a_code(cast, client):
    cast.lin.set_unusable_password()
    cast.lin.save()
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        sign_in(client, cast.lin)
    with time_machine.travel("2026-11-23T10:20:00+08:00", tick=False):
        door = client.post("/test/dangerous/", {"amount": "5"})["Location"]
        assert door == "/me/prove/?next=%2Ftest%2Fdangerous%2F"
        assert client.get(door).status_code == 200
        assert client.post(door, {"action": "send"})["Location"] == door
        wrong = client.post(door, {"code": "not it"})
        assert list(wrong.context["form"].errors) == ["code"]
        assert client.post(door, {"code": code_for(cast.lin.phone)}).content == b"done with 5"


def test_staff_prove_themselves_with_the_second_factor_and_nothing_less(cast, client):
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        sign_in(client, cast.zhou)
    with time_machine.travel("2026-11-23T10:20:00+08:00", tick=False):
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        door = client.post("/test/dangerous/", {"amount": "5"})["Location"]
        assert door.startswith("/accounts/2fa/reauthenticate/")
        assert client.post(door, {"code": totp()}).content == b"done with 5"


def test_an_administrator_resets_a_lost_authenticator(cast, client):
    other = Client()
    other.post("/accounts/login/", {"login": cast.zhao.email, "password": PASSWORD})
    services.enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    services.reset_second_factor(actor=cast.wu, user=cast.zhao, reason="phone lost, spoke to her")
    assert not cast.zhao.authenticator_set.exists()
    assert other.get("/me/").status_code == 302
    assert [notice.code for notice in cast.zhao.notices.all()] == ["accounts.second_factor_reset"]


@pytest.mark.parametrize(("actor", "user", "error"), [("zhou", "zhao", Forbidden), ("wu", "wu", Forbidden)])
def test_nobody_else_resets_it(cast, actor, user, error):
    person = getattr(cast, user)
    services.enrol_totp(actor=None, user=person, secret=TOTP_SECRET)
    with pytest.raises(error):
        services.reset_second_factor(actor=getattr(cast, actor), user=person, reason="because")
    assert person.authenticator_set.count() == 2


def test_a_reset_needs_a_reason(cast):
    services.enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    with pytest.raises(DomainError) as refused:
        services.reset_second_factor(actor=cast.wu, user=cast.zhao, reason=" ")
    assert list(refused.value.fields) == ["reason"]
    assert cast.zhao.authenticator_set.count() == 2


@pytest.mark.parametrize(("person", "queries"), [("lin", 3), ("zhao", 4)])
def test_the_head_of_a_page_costs_session_person_unread_count_and_for_staff_the_roles(
    cast, client, person, queries, django_assert_num_queries
):
    sign_in(client, getattr(cast, person))
    with django_assert_num_queries(queries):
        client.get("/legal/terms/")
