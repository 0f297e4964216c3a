"""Who sees what of the blacklist."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertTemplateUsed

from blacklist import services
from blacklist.models import Entry
from config.demo.people import PEOPLE
from documents import services as documents
from documents.kinds import Kind
from identity.models import Person
from identity.services import bind_user, ensure_person
from tests import papers
from tests.blacklist.test_services import listed, propose
from tests.signin import sign_in


@pytest.fixture
def li(cast: Any) -> Person:
    person = ensure_person(actor=cast.li, name=PEOPLE["li"].name, id_number=PEOPLE["li"].id_number)
    bind_user(actor=cast.li, user=cast.li, person=person)
    return person


@pytest.mark.rule("R77", "R81")
def test_everybody_sees_the_masked_list_and_only_what_is_in_force(cast: Any, li: Person, client: Client) -> None:
    listed(cast, li)
    propose(cast, li, ground="forged")
    page = client.get("/blacklist/").content.decode()
    assert "李**" in page
    assert li.name not in page
    assert li.id_number not in page
    assert page.count("隐瞒两套房产") == 1
    rows = client.get("/api/v1/blacklist/").json()["results"]
    assert [row["name"] for row in rows] == ["李**"]


def test_the_public_list_takes_the_same_queries_for_one_and_for_many(
    cast: Any, li: Person, client: Client, django_assert_num_queries: Any
) -> None:
    entry = listed(cast, li)
    with django_assert_num_queries(2):
        client.get("/blacklist/")
    for number in range(40):
        Entry.objects.create(
            person=li, ground="forged", severity="minor", campaign_ref=f"C{number}", summary="x", status="entered",
            proposed_by=cast.xu, approved_by=cast.qian, entered_at=entry.entered_at,
        )  # fmt: skip
    with django_assert_num_queries(2):
        client.get("/blacklist/")


def test_strangers_and_donors_do_not_find_the_staff_pages(cast: Any, li: Person, client: Client) -> None:
    entry = propose(cast, li)
    sign_in(client, cast.sun)
    for path in ("/staff/blacklist/", f"/staff/blacklist/{entry.pk}/", "/staff/blacklist/propose/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/staff/blacklist/{entry.pk}/approve/").status_code == 404
    entry.refresh_from_db()
    assert entry.status == "proposed"


def test_a_person_sees_the_matter_from_the_notice_on_and_nobody_elses(cast: Any, li: Person, client: Client) -> None:
    entry = propose(cast, li)
    sign_in(client, cast.li)
    assert client.get(f"/me/blacklist/{entry.pk}/").status_code == 404
    services.approve(actor=cast.qian, entry=entry)
    answer = client.post(f"/me/blacklist/{entry.pk}/", {"text": "房子是父亲的。"})
    assert answer.status_code == 302
    entry.refresh_from_db()
    assert (entry.status, entry.reply) == ("replied", "房子是父亲的。")
    sign_in(client, cast.sun)
    assert client.get(f"/me/blacklist/{entry.pk}/").status_code == 404


def test_an_empty_reply_is_told_beside_the_field(cast: Any, li: Person, client: Client) -> None:
    entry = services.approve(actor=cast.qian, entry=propose(cast, li))
    sign_in(client, cast.li)
    answer = client.post(f"/me/blacklist/{entry.pk}/", {"text": "  "})
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"text"}
    entry.refresh_from_db()
    assert entry.status == "notified"


def test_a_risk_officer_proposes_and_another_approves_and_decides(cast: Any, li: Person, client: Client) -> None:
    evidence = documents.store(actor=cast.xu, upload=papers.upload(3), kind=Kind.EVIDENCE)
    sign_in(client, cast.xu)
    typed = {
        "name": PEOPLE["li"].name, "id_number": PEOPLE["li"].id_number, "listed_as": "raiser", "ground": "concealed",
        "severity": "minor", "summary": "隐瞒车辆。", "evidence": [evidence.pk],
    }  # fmt: skip
    assert client.post("/staff/blacklist/propose/", {**typed, "evidence": []}).status_code == 200
    assert not Entry.objects.exists()
    assert client.post("/staff/blacklist/propose/", typed).status_code == 302
    entry = Entry.objects.get()
    client.post(f"/staff/blacklist/{entry.pk}/approve/")
    entry.refresh_from_db()
    assert entry.status == "proposed", "nobody approves what they proposed"
    sign_in(client, cast.qian)
    client.post(f"/staff/blacklist/{entry.pk}/approve/")
    services.reply(actor=cast.li, entry=entry, text="。")
    client.post(f"/staff/blacklist/{entry.pk}/enter/")
    entry.refresh_from_db()
    assert entry.status == "entered"
    page = client.get(f"/staff/blacklist/{entry.pk}/")
    assertTemplateUsed(page, "blacklist/staff_entry.html")
    assert PEOPLE["li"].id_number not in page.content.decode()
