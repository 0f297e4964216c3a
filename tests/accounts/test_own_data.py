"""A person's rights over their data: a copy, who read it, and closing the account."""

import io
import json
import zipfile

import pytest
import time_machine
from django.utils import timezone

from accounts import own_data, personal_data, services
from accounts.models import Consent, DataExport, DeletionRequest, User
from accounts.personal_data import Blocker
from accounts.selectors import user_by_phone
from config.demo.cast import PASSWORD
from core.errors import Conflict
from core.trail import record_read
from notices.models import Delivery, Notice
from tests.accounts.codes import messages_to
from tests.signin import api_client, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(monkeypatch):
    """A room above that holds a little about people."""
    holdings = dict(personal_data._holdings)
    monkeypatch.setattr(personal_data, "_holdings", holdings)
    state = {"erased": [], "open": []}
    personal_data.register(
        "testroom",
        export=lambda user: {"shoe_size": 38, "of": user.phone},
        erase=lambda user: state["erased"].append(user.phone) or ["Shoe sizes, without name."],
        blockers=lambda user: list(state["open"]),
    )
    return state


def ready_export(user, drain) -> DataExport:
    export = services.request_export(actor=user)
    drain()
    export.refresh_from_db()
    return export


# --- A copy ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R103")
def test_the_copy_holds_what_every_room_has(cast, drain, room, client):
    export = ready_export(cast.lin, drain)
    assert export.status == "ready"
    sign_in(client, cast.lin)
    answer = client.get(own_data.download_url(export))
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert files["testroom.json"] == {"shoe_size": 38, "of": cast.lin.phone}
    assert files["accounts.json"]["account"]["phone"] == cast.lin.phone
    assert files["accounts.json"]["account"]["name"] == cast.lin.name
    assert "notices.json" in files
    assert [notice.code for notice in cast.lin.notices.all()] == ["accounts.export_ready"]


def test_the_copy_is_sealed_at_rest(cast, drain):
    from django.db import connection

    export = ready_export(cast.lin, drain)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM accounts_dataexport WHERE id = %s", [export.pk])
        stored = cursor.fetchone()[0]
    assert cast.lin.phone not in stored
    assert cast.lin.phone in export.content


def test_asking_twice_is_one_copy(cast, drain):
    first = services.request_export(actor=cast.lin)
    assert services.request_export(actor=cast.lin) == first
    drain()
    assert services.request_export(actor=cast.lin) == first
    assert DataExport.objects.count() == 1


def test_the_job_that_runs_twice_makes_one_copy_and_one_notice(cast, drain):
    export = ready_export(cast.lin, drain)
    services.build_export(export_id=export.pk)
    assert Notice.objects.filter(code="accounts.export_ready").count() == 1


def test_the_link_is_for_this_person_only_and_for_ten_minutes(cast, drain, client):
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        link = own_data.download_url(ready_export(cast.lin, drain))
        assert client.get(link).status_code == 302
        assert sign_in(client, cast.sun).get(link).status_code == 404
        assert sign_in(client, cast.wu).get(link).status_code == 404
        assert sign_in(client, cast.lin).get(link).status_code == 200
        assert client.get(f"{link[:-2]}x/").status_code == 404
    with time_machine.travel("2026-11-23T10:11:00+08:00", tick=False):
        assert client.get(link).status_code == 404


def test_the_copy_is_removed_after_a_week(cast, drain, client):
    with time_machine.travel("2026-11-01T10:00:00+08:00", tick=False):
        export = ready_export(cast.lin, drain)
        assert services.expire_exports(now=timezone.now()) == 0
    with time_machine.travel("2026-11-08T10:00:01+08:00", tick=False):
        assert services.expire_exports(now=timezone.now()) == 1
        assert services.expire_exports(now=timezone.now()) == 0
        export.refresh_from_db()
        assert (export.status, export.content) == ("expired", "")
        assert sign_in(client, cast.lin).get(own_data.download_url(export)).status_code == 404
        assert services.request_export(actor=cast.lin) != export


# --- Who read it -----------------------------------------------------------------------------------------------------


@pytest.fixture
def persons(monkeypatch):
    """The identity room binds persons; here everybody is their own."""
    monkeypatch.setattr(personal_data, "_person_lookups", [lambda user: user.pk])


@pytest.mark.rule("R103")
def test_a_person_sees_who_read_their_data_when_and_why(cast, client, persons):
    record_read(actor=cast.zhao, subject="documents.document:1", person_id=cast.lin.pk, purpose="review of campaign 1")
    record_read(actor=cast.zhao, subject="documents.document:2", person_id=cast.sun.pk, purpose="another one")
    record_read(actor=cast.lin, subject="documents.document:1", person_id=cast.lin.pk, purpose="own view")
    page = sign_in(client, cast.lin).get("/me/privacy/access/", headers={"accept-language": "en"}).content.decode()
    assert "review of campaign 1" in page
    assert "赵* (" in page
    assert cast.zhao.name not in page
    assert "another one" not in page
    assert "own view" not in page


def test_the_list_costs_the_same_with_more_lines(cast, client, persons, django_assert_num_queries):
    sign_in(client, cast.lin)
    for count in (2, 15):
        for number in range(count):
            record_read(actor=cast.zhao, subject=f"x:{number}", person_id=cast.lin.pk, purpose="review")
        with django_assert_num_queries(6):
            client.get("/me/privacy/access/")


def test_readings_over_rest(cast, persons):
    record_read(actor=cast.zhao, subject="x:1", person_id=cast.lin.pk, purpose="review")
    found = api_client(cast.lin).get("/api/v1/me/readings/").json()
    assert [line["purpose"] for line in found["results"]] == ["review"]
    assert found["results"][0]["reader"].startswith("赵*")


# --- Closing the account ---------------------------------------------------------------------------------------------


@pytest.mark.rule("R103")
def test_an_account_is_erased_after_seven_days(cast, drain, room):
    services.record_consent(actor=cast.lin, purpose="terms", text_version="2026-11a")
    phone, name = cast.lin.phone, cast.lin.name
    with time_machine.travel("2026-11-01T10:00:00+08:00", tick=False):
        request = services.request_deletion(actor=cast.lin)
        ready_export(cast.lin, drain)
        drain()
        request.refresh_from_db()
        assert request.status == "waiting"
    with time_machine.travel("2026-11-08T10:00:01+08:00", tick=False):
        drain()
    request.refresh_from_db()
    user = User.objects.get(pk=cast.lin.pk)
    assert request.status == "done"
    assert "Shoe sizes, without name." in request.outcome["kept"]
    assert (user.name, user.phone, user.phone_index, user.email, user.is_active) == ("", "", None, None, False)
    assert user.erased_at is not None
    assert not user.has_usable_password()
    assert not user.emailaddress_set.exists()
    assert not Notice.objects.filter(user=user).exists()
    assert {export.content for export in DataExport.objects.all()} == {""}
    assert room["erased"] == [phone]
    assert Consent.objects.filter(user=user).count() == 1
    assert name not in str(DeletionRequest.objects.values())
    assert user_by_phone(phone) is None


def test_the_last_word_goes_to_the_old_number_and_is_then_forgotten(cast, drain, room):
    phone = cast.lin.phone
    with time_machine.travel("2026-11-01T10:00:00+08:00", tick=False):
        services.request_deletion(actor=cast.lin)
    with time_machine.travel("2026-11-08T10:00:01+08:00", tick=False):
        drain()
        assert messages_to(phone)[0].code == ""
    assert {(delivery.address, delivery.text) for delivery in Delivery.objects.all()} == {("", "")}


def test_an_erased_account_signs_nobody_in(cast, drain, room, client):
    sign_in(client, cast.lin)
    with time_machine.travel("2026-11-01T10:00:00+08:00", tick=False):
        services.request_deletion(actor=cast.lin)
    with time_machine.travel("2026-11-08T10:00:01+08:00", tick=False):
        drain()
        assert client.get("/me/").status_code == 302
        answer = client.post("/accounts/login/", {"login": "lin@candor.invalid", "password": PASSWORD})
        assert answer.status_code == 200


def test_the_person_can_change_their_mind(cast, drain, room):
    with time_machine.travel("2026-11-01T10:00:00+08:00", tick=False):
        request = services.request_deletion(actor=cast.lin)
        services.cancel_deletion(actor=cast.lin)
    with time_machine.travel("2026-11-09T10:00:00+08:00", tick=False):
        drain()
    request.refresh_from_db()
    cast.lin.refresh_from_db()
    assert (request.status, cast.lin.phone) == ("cancelled", "+8617000000001")
    assert room["erased"] == []
    with pytest.raises(Conflict):
        services.cancel_deletion(actor=cast.lin)


def test_asking_twice_is_one_request(cast, room):
    assert services.request_deletion(actor=cast.lin) == services.request_deletion(actor=cast.lin)
    assert DeletionRequest.objects.count() == 1


@pytest.mark.rule("R103")
def test_an_open_matter_stands_in_the_way_from_the_start(cast, room):
    room["open"].append(Blocker("campaign_open", "Your campaign is still open."))
    with pytest.raises(Conflict) as refused:
        services.request_deletion(actor=cast.lin)
    assert refused.value.code == "deletion_blocked"
    assert refused.value.fields == {"campaign_open": "Your campaign is still open."}
    assert not DeletionRequest.objects.exists()


def test_a_matter_that_was_opened_meanwhile_refuses_and_says_why(cast, drain, room):
    with time_machine.travel("2026-11-01T10:00:00+08:00", tick=False):
        request = services.request_deletion(actor=cast.lin)
    room["open"].append(Blocker("payout_open", "A payout is on its way."))
    with time_machine.travel("2026-11-08T10:00:01+08:00", tick=False):
        drain()
    request.refresh_from_db()
    cast.lin.refresh_from_db()
    assert (request.status, request.outcome) == ("refused", {"blockers": {"payout_open": "A payout is on its way."}})
    assert cast.lin.is_active
    assert room["erased"] == []
    assert Notice.objects.get(user=cast.lin, code="accounts.deletion_refused").params["reasons"]


def test_whoever_holds_a_role_gives_it_back_first(cast, room):
    with pytest.raises(Conflict) as refused:
        services.request_deletion(actor=cast.zhao)
    assert list(refused.value.fields) == ["role_in_force"]


def test_a_crash_in_one_room_erases_nothing_anywhere(cast, room, monkeypatch):
    with time_machine.travel("2026-11-01T10:00:00+08:00", tick=False):
        request = services.request_deletion(actor=cast.lin)

    def crash(user):
        raise RuntimeError("disk")

    personal_data.register("zroom", export=lambda user: {}, erase=crash)
    with time_machine.travel("2026-11-08T10:00:01+08:00", tick=False), pytest.raises(RuntimeError):
        services.delete_account(request_id=request.pk)
    request.refresh_from_db()
    cast.lin.refresh_from_db()
    assert (request.status, cast.lin.is_active, cast.lin.phone) == ("waiting", True, "+8617000000001")
    assert Notice.objects.filter(user=cast.lin).exists()


def test_closing_on_the_pages(cast, client, room):
    sign_in(client, cast.lin)
    assert client.get("/me/privacy/deletion/").status_code == 200
    assert client.post("/me/privacy/deletion/")["Location"] == "/me/privacy/"
    assert client.get("/me/").context["deletion"] is not None
    assert client.get("/me/privacy/").status_code == 200
    assert client.post("/me/privacy/deletion/cancel/")["Location"] == "/me/privacy/"
    assert DeletionRequest.objects.get().status == "cancelled"
    room["open"].append(Blocker("campaign_open", "Your campaign is still open."))
    answer = client.post("/me/privacy/deletion/")
    assert answer.status_code == 409
    assert "Your campaign is still open." in answer.content.decode()


def test_exports_and_deletion_over_rest(cast, drain, room):
    api = api_client(cast.lin)
    made = api.post("/api/v1/me/exports/")
    assert (made.status_code, made.json()["download_url"]) == (202, "")
    drain()
    export = api.get(f"/api/v1/me/exports/{made.json()['id']}/").json()
    assert (export["status"], export["download_url"][:19]) == ("ready", "/me/privacy/export/")
    assert api_client(cast.sun).get(f"/api/v1/me/exports/{made.json()['id']}/").status_code == 404
    assert api.get("/api/v1/me/deletion/").status_code == 204
    assert api.post("/api/v1/me/deletion/").status_code == 202
    assert api.get("/api/v1/me/deletion/").json()["status"] == "waiting"
    assert api.delete("/api/v1/me/deletion/").json()["status"] == "cancelled"
    assert api.delete("/api/v1/me/deletion/").status_code == 409


def test_closing_over_rest_wants_a_fresh_proof(cast, room):
    with time_machine.travel("2026-11-23T10:00:00+08:00", tick=False):
        api = api_client(cast.lin)
    with time_machine.travel("2026-11-23T10:20:00+08:00", tick=False):
        answer = api.post("/api/v1/me/deletion/")
    assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
    assert not DeletionRequest.objects.exists()


def test_who_never_said_who_they_are_reads_that_nobody_looked(db, client):
    sign_in(client, User.objects.create_user(phone="+8617000009999", name="周末来"))
    page = client.get("/me/privacy/access/", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "Nobody has read your sensitive data" in page.content.decode()
