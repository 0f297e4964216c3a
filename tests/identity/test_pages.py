"""The pages and the REST of identity, as people and programs use them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import consent_texts, personal_data
from accounts.purposes import Purpose
from accounts.services import record_consent
from config.demo.people import PEOPLE
from core.models import TrailEvent
from documents.models import Document
from identity import selectors, services
from identity.levels import Level
from identity.models import Attempt, Person, Review
from notices.models import Notice
from tests import papers
from tests.signin import sign_in

LIN = PEOPLE["lin"]


@pytest.fixture
def lin(cast: Any) -> Client:
    return sign_in(Client(), cast.lin)


@pytest.fixture
def zhao(cast: Any) -> Client:
    return sign_in(Client(), cast.zhao)


@pytest.fixture
def person(cast: Any, drain: Any) -> Person:
    agree(cast.lin)
    attempt = services.claim(actor=cast.lin, name=LIN.name, id_number=LIN.id_number)
    drain()
    assert attempt.person is not None
    return attempt.person


def agree(user: Any) -> None:
    version = consent_texts.current(Purpose.IDENTITY_CHECK).version
    record_consent(actor=user, purpose=Purpose.IDENTITY_CHECK, text_version=version)


def typed(**more: Any) -> dict[str, Any]:
    version = consent_texts.current(Purpose.IDENTITY_CHECK).version
    return {"name": LIN.name, "id_number": LIN.id_number, "agree": "on", "text_version": version} | more


@pytest.mark.rule("R13", "R24")
def test_a_person_says_who_they_are_and_reads_an_honest_status(lin: Client, cast: Any, drain: Any) -> None:
    address = reverse("identity:own")
    assert lin.get(address).context["consent_text"].purpose == Purpose.IDENTITY_CHECK
    done = lin.post(address, typed(front_file=papers.upload(1), back_file=papers.upload(2)))
    assert done.status_code == 302
    drain()
    page = lin.get(address)
    body = page.content.decode()
    assert page.context["standing"].level == Level.DOC_CONSISTENT
    assert LIN.id_number not in body
    assert LIN.name not in body
    assert str(Level.DOC_CONSISTENT.sentence) in body
    assert "已实名" not in body
    assert Document.objects.filter(owner=cast.lin).count() == 2


@pytest.mark.rule("R102")
def test_without_consent_nothing_is_kept(lin: Client) -> None:
    response = lin.post(reverse("identity:own"), typed(agree=""))
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"agree"}
    assert not Person.objects.exists()
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"id_number": LIN.id_number[:-1] + "0"}, "id_number"),
        ({"name": "林1"}, "name"),
        ({"name": ""}, "name"),
        ({"front_file": papers.upload(1, name="x").__class__("x.txt", b"hello")}, "front"),
    ],
)
def test_a_mistake_is_shown_beside_its_field_and_nothing_typed_is_lost(
    lin: Client, more: dict[str, Any], field: str
) -> None:
    response = lin.post(reverse("identity:own"), typed(**more))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    kept = response.context["form"]["id_number"].value()
    assert kept == more.get("id_number", LIN.id_number)
    assert not Person.objects.exists()


def test_the_double_click_is_one_person_and_one_question(lin: Client) -> None:
    for _click in range(2):
        lin.post(reverse("identity:own"), typed())
    assert (Person.objects.count(), Attempt.objects.count()) == (1, 1)


def test_somebody_elses_number_is_refused_kindly(lin: Client, cast: Any, person: Person) -> None:
    sun = sign_in(Client(), cast.sun)
    response = sun.post(reverse("identity:own"), typed())
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"id_number"}
    assert selectors.person_of(cast.sun) is None


def test_staff_pages_are_404_for_everybody_else(lin: Client, cast: Any, person: Person) -> None:
    finance = sign_in(Client(), cast.zhou)
    for client in (lin, finance):
        assert client.get(reverse("identity:queue")).status_code == 404
        assert client.get(reverse("identity:person", args=[person.pk])).status_code == 404
        for name in ("reveal", "review", "release"):
            assert client.post(reverse(f"identity:{name}", args=[person.pk]), {}).status_code == 404
        assert client.get("/api/v1/identity/reviews/").status_code == 404
        assert client.post(f"/api/v1/identity/persons/{person.pk}/reveal/", {"purpose": "x"}).status_code == 404
    assert not TrailEvent.objects.filter(event="read.sensitive").exists()


def test_the_queue_takes_a_fixed_number_of_queries(
    zhao: Client, cast: Any, person: Person, drain: Any, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = reverse("identity:queue")
    zhao.get(address)
    with CaptureQueriesContext(connection) as one:
        assert len(zhao.get(address).context["rows"]) == 1
    for key in ("wang", "chen", "sun"):
        other = services.ensure_person(actor=cast.lin, name=PEOPLE[key].name, id_number=PEOPLE[key].id_number)
        services.request_check(actor=cast.lin, person=other, purpose="patient")
    drain()
    with CaptureQueriesContext(connection) as four:
        assert len(zhao.get(address).context["rows"]) == 4
    assert len(one) == len(four)


def test_a_reviewer_sees_masked_details_reveals_with_a_purpose_and_decides(
    zhao: Client, cast: Any, person: Person
) -> None:
    address = reverse("identity:person", args=[person.pk])
    body = zhao.get(address).content.decode()
    assert LIN.id_number not in body
    assert person.staff_id in body
    refused = zhao.post(reverse("identity:reveal", args=[person.pk]), {"purpose": "x"})
    assert (refused.status_code, refused.context["number"]) == (422, "")
    shown = zhao.post(reverse("identity:reveal", args=[person.pk]), {"purpose": "compare with the card"})
    assert LIN.id_number in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    line = TrailEvent.objects.get(event="read.sensitive")
    assert (line.actor, line.person_id) == (cast.zhao, person.pk)
    review = reverse("identity:review", args=[person.pk])
    assert zhao.post(review, {"verdict": "match", "reason": ""}).status_code == 422
    assert zhao.post(review, {"verdict": "match", "reason": "card and face compared"}).status_code == 302
    twice = zhao.post(review, {"verdict": "match", "reason": "card and face compared"})
    assert twice.status_code == 422
    assert Review.objects.count() == 1
    assert selectors.level(person) == Level.HUMAN_REVIEWED
    assert [notice.code for notice in Notice.objects.filter(user=cast.lin)] == ["identity.confirmed"]


def test_a_reviewer_decides_about_an_account_and_takes_a_wrong_user_off(
    zhao: Client, cast: Any, person: Person
) -> None:
    attempt = services.check_account(
        actor=cast.lin, holder=person, account_number=LIN.card, bank="样例银行", phone=LIN.phone
    )
    account = attempt.account
    assert account is not None
    body = zhao.get(reverse("identity:person", args=[person.pk])).content.decode()
    assert LIN.card not in body
    assert account.masked_number in body
    sent = {f"account{account.pk}-verdict": "match", f"account{account.pk}-reason": "card photo compared"}
    zhao.post(reverse("identity:review_account", args=[account.pk]), sent)
    assert selectors.standing(account).reviewers == 1
    zhao.post(reverse("identity:release", args=[person.pk]), {"reason": "the true holder came to the desk"})
    assert selectors.person_of(cast.lin) is None


def test_rest_of_my_own_identity(lin: Client, cast: Any, drain: Any) -> None:
    assert lin.get("/api/v1/identity/").status_code == 204
    body = {"name": LIN.name, "id_number": LIN.id_number}
    refused = lin.post("/api/v1/identity/", body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "no_consent")
    agree(cast.lin)
    wrong = lin.post("/api/v1/identity/", body | {"id_number": "123"}, "application/json")
    assert (wrong.status_code, set(wrong.json()["fields"])) == (400, {"id_number"})
    sent = lin.post("/api/v1/identity/", body, "application/json")
    assert sent.status_code == 202
    assert sent.json()["standing"]["verdict"] == "pending"
    drain()
    known = lin.get("/api/v1/identity/").json()
    assert known["masked_name"] == "林**"
    assert (known["standing"]["level"], known["standing"]["may_be_paid"]) == (1, False)
    assert LIN.id_number not in str(known)


def test_rest_of_reviewers(zhao: Client, cast: Any, person: Person) -> None:
    listed = zhao.get("/api/v1/identity/reviews/").json()
    assert [row["staff_id"] for row in listed["results"]] == [person.staff_id]
    revealed = zhao.post(f"/api/v1/identity/persons/{person.pk}/reveal/", {"purpose": "compare with the card"})
    assert revealed.json() == {"id_number": LIN.id_number}
    body = {"verdict": "match", "reason": "card compared"}
    assert zhao.post(f"/api/v1/identity/persons/{person.pk}/review/", body, "application/json").status_code == 201
    again = zhao.post(f"/api/v1/identity/persons/{person.pk}/review/", body, "application/json")
    assert (again.status_code, again.json()["code"]) == (409, "already_reviewed")


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"[]", b"\xff", b'{"name": 5, "id_number": []}', b'{"name": "a\\u0000", "id_number": "1"}',
        b'{"name": "\\ud800", "id_number": "1"}', b'{"name": "x", "id_number": "1", "documents": [1e99]}',
    ],
)  # fmt: skip
def test_rest_never_breaks_on_bad_input(lin: Client, cast: Any, body: bytes) -> None:
    agree(cast.lin)
    assert lin.generic("POST", "/api/v1/identity/", body, "application/json").status_code == 400
    assert not Person.objects.exists()


@pytest.mark.rule("R103")
def test_a_copy_of_my_data_and_letting_go(cast: Any, person: Person) -> None:
    identity = next(holding for holding in personal_data.holdings() if holding.room == "identity")
    copy = identity.export(cast.lin)
    assert (copy["name"], copy["id_number"]) == (LIN.name, LIN.id_number)
    assert [check["verdict"] for check in copy["checks"]] == ["needs_review"]
    assert identity.export(cast.sun) == {}
    assert personal_data.person_id_of(cast.lin) == person.pk
    assert len(identity.erase(cast.lin)) == 1
    assert identity.erase(cast.sun) == []
    assert selectors.person_of(cast.lin) is None
    assert Person.objects.filter(pk=person.pk).exists()
