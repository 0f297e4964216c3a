"""Who uses the same phone, card, device or paper."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts import personal_data
from config.demo.cast import Cast
from core.crypto import blind_index
from core.models import TrailEvent
from relations.models import Identifier, Link
from relations.selectors import MAX_PER_IDENTIFIER, neighbours, shared
from relations.services import link, link_many, unlink_all
from tests.signin import sign_in


def index(text: str) -> str:
    return blind_index(text, context="test")


def connect(*pairs: tuple[str, str, str]) -> None:
    for subject, kind, text in pairs:
        link(subject=subject, identifier_kind=kind, identifier_index=index(text))


@pytest.mark.django_db
def test_a_link_is_remembered_once() -> None:
    connect(("user:1", "phone", "a"), ("user:1", "phone", "a"))
    assert (Identifier.objects.count(), Link.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_remember_one_link() -> None:
    start = threading.Barrier(2)
    errors: list[Exception] = []

    def work() -> None:
        start.wait()
        try:
            connect(("user:1", "phone", "a"))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert (Identifier.objects.count(), Link.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("subject", "kind", "value"),
    [
        ("user", "phone", "ab" * 32),
        ("user:0", "phone", "ab" * 32),
        ("user:9999999999999999999", "phone", "ab" * 32),
        ("User:1\n", "phone", "ab" * 32),
        ("user:1", "shoe_size", "ab" * 32),
        ("user:1", "phone", "+8613812341234"),
        ("user:1", "phone", ""),
    ],
)
def test_clear_text_and_nonsense_never_get_in(subject: str, kind: str, value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        link(subject=subject, identifier_kind=kind, identifier_index=value)
    assert not Identifier.objects.exists()


@pytest.mark.django_db
@pytest.mark.rule("R72")
def test_who_shares_a_phone_a_card_or_a_hospital_number_is_found(django_assert_num_queries: Any) -> None:
    connect(
        ("campaign:1", "phone", "a"),
        ("campaign:2", "phone", "a"),
        ("user:7", "phone", "a"),
        ("campaign:1", "inpatient_no", "b"),
        ("campaign:3", "inpatient_no", "b"),
        ("campaign:1", "bank_card", "alone"),
        ("campaign:4", "bank_card", "a"),  # the same digits as a phone are another thing
    )
    with django_assert_num_queries(3):
        found = shared("campaign:1")
    assert [(line.kind, line.others, line.more) for line in found] == [
        ("inpatient_no", ("campaign:3",), False),
        ("phone", ("campaign:2", "user:7"), False),
    ]
    assert shared("campaign:99") == []


@pytest.mark.django_db
@pytest.mark.rule("R72")
def test_neighbours_are_found_within_two_steps_and_no_further(django_assert_num_queries: Any) -> None:
    connect(
        ("user:1", "device", "a"),
        ("user:2", "device", "a"),
        ("user:2", "bank_card", "b"),
        ("user:3", "bank_card", "b"),
        ("user:3", "phone", "c"),
        ("user:4", "phone", "c"),
    )
    with django_assert_num_queries(5):
        around = neighbours("user:1")
    assert around.distance == {"user:1": 0, "user:2": 1, "user:3": 2}
    assert sorted(around.kinds.values()) == ["bank_card", "device"]
    assert {subject for subject, _identifier in around.edges} == {"user:1", "user:2", "user:3"}
    assert not around.truncated
    assert neighbours("user:1", depth=1).distance == {"user:1": 0, "user:2": 1}
    assert neighbours("user:1", depth=9).distance == around.distance


@pytest.mark.django_db
def test_a_crowd_is_bounded_and_says_so(django_assert_num_queries: Any) -> None:
    for number in range(1, MAX_PER_IDENTIFIER + 20):
        connect((f"user:{number}", "ip_day", "hospital"))
    with django_assert_num_queries(5):
        around = neighbours("user:1")
    assert around.truncated
    assert len(around.distance) == MAX_PER_IDENTIFIER
    assert shared("user:1")[0].more
    few = neighbours("user:1", limit=10)
    assert few.truncated
    assert len(few.distance) == 10


@pytest.mark.django_db
def test_many_links_cost_as_many_statements_as_one(django_assert_num_queries: Any) -> None:
    identifiers = [("phone", index(str(number))) for number in range(20)]
    for wanted in (identifiers[:1], identifiers):
        with django_assert_num_queries(5):  # savepoint, three statements, release
            link_many(subject="user:1", identifiers=wanted)
    assert Link.objects.count() == 20


@pytest.mark.django_db
def test_erasing_an_account_forgets_its_links_and_nobody_elses(cast: Cast) -> None:
    mine = f"user:{cast.sun.pk}"
    connect((mine, "phone", "a"), (mine, "device", "d"), ("user:999", "phone", "a"))
    (holding,) = [holding for holding in personal_data.holdings() if holding.room == "relations"]
    assert len(holding.export(cast.sun)["identifiers"]) == 2
    assert holding.erase(cast.sun) == []
    assert list(Link.objects.values_list("subject", flat=True)) == ["user:999"]
    assert Identifier.objects.count() == 1
    assert unlink_all(subject=mine) == 0


# --- the page ---------------------------------------------------------------------------------------------------------
URL = "/staff/relations/"
WHY = {"purpose": "A report about two requests with one phone"}


def test_a_risk_officer_looks_with_a_purpose_and_leaves_a_line(cast: Cast, client: Client) -> None:
    connect((f"user:{cast.sun.pk}", "phone", "a"), (f"user:{cast.li.pk}", "phone", "a"), ("campaign:5", "phone", "a"))
    sign_in(client, cast.xu)
    before = TrailEvent.objects.filter(event="read.sensitive").count()
    page = client.get(f"{URL}?subject=user:{cast.sun.pk}")
    assert f'value="user:{cast.sun.pk}"' in page.content.decode()
    assert TrailEvent.objects.filter(event="read.sensitive").count() == before
    page = client.post(URL, {"subject": f"user:{cast.sun.pk}", **WHY})
    body = page.content.decode()
    assert "李**" in body
    assert "李不实" not in body
    line = TrailEvent.objects.filter(event="read.sensitive").latest("id")
    assert (line.actor, line.subject, line.purpose) == (cast.xu, f"relations:user:{cast.sun.pk}", WHY["purpose"])


def test_looking_without_a_purpose_or_at_nonsense_is_refused_beside_the_field(cast: Cast, client: Client) -> None:
    sign_in(client, cast.xu)
    for sent, field in (({"subject": "user:1"}, "purpose"), ({"subject": "' or 1=1", **WHY}, "subject")):
        page = client.post(URL, sent)
        assert page.status_code == 200
        assert list(page.context["form"].errors) == [field]
    assert client.get(f"{URL}?subject=%00").status_code == 200
    assert not TrailEvent.objects.filter(event="read.sensitive").exists()


def test_nobody_else_sees_who_is_linked(cast: Cast, client: Client) -> None:
    assert client.get(URL).status_code == 302
    for who in (cast.sun, cast.zhao, cast.wu):
        assert sign_in(Client(), who).get(URL).status_code == 404


@pytest.mark.parametrize("many", [2, 40])
def test_the_page_costs_the_same_with_few_and_many(
    cast: Cast, client: Client, many: int, django_assert_num_queries: Any
) -> None:
    for number in range(1, many + 1):
        connect((f"campaign:{number}", "phone", "a"))
    connect((f"user:{cast.sun.pk}", "phone", "a"))
    sign_in(client, cast.xu)
    client.get(URL)
    with django_assert_num_queries(15):
        client.post(URL, {"subject": f"user:{cast.sun.pk}", **WHY})
