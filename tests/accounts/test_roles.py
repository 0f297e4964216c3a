"""Roles: given and taken by administrators only, never for oneself, with a trail."""

import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from accounts.models import RoleGrant
from accounts.roles import Role
from accounts.services import grant_role, revoke_role
from core.errors import Conflict, DomainError, Forbidden
from core.models import TrailEvent
from tests.signin import sign_in

pytestmark = pytest.mark.django_db


def test_an_administrator_gives_a_role_and_it_leaves_a_line(cast):
    grant = grant_role(actor=cast.wu, user=cast.sun, role=Role.AUDITOR)
    assert (grant.user, grant.role, grant.granted_by) == (cast.sun, "auditor", cast.wu)
    assert type(cast.sun).objects.get(pk=cast.sun.pk).has_role(Role.AUDITOR)
    line = TrailEvent.objects.get(event="role.grant")
    assert (line.actor, line.data["user"], line.data["role"]) == (cast.wu, cast.sun.pk, "auditor")
    assert [notice.code for notice in cast.sun.notices.all()] == ["accounts.role_granted"]


def test_giving_twice_is_one_grant(cast):
    first = grant_role(actor=cast.wu, user=cast.sun, role=Role.AUDITOR)
    assert grant_role(actor=cast.he, user=cast.sun, role=Role.AUDITOR) == first
    assert RoleGrant.objects.filter(user=cast.sun).count() == 1
    assert TrailEvent.objects.filter(event="role.grant").count() == 1


def test_a_role_is_taken_and_can_be_given_again(cast):
    grant = cast.zhao.grants.get()
    revoked = revoke_role(actor=cast.wu, grant=grant, reason="left the house")
    assert (revoked.revoked_by, revoke_role(actor=cast.he, grant=grant, reason="again").revoked_by) == (
        cast.wu,
        cast.wu,
    )
    assert not type(cast.zhao).objects.get(pk=cast.zhao.pk).granted_roles()
    assert grant_role(actor=cast.wu, user=cast.zhao, role=Role.AUDITOR) != grant


@pytest.mark.parametrize("actor", ["lin", "zhao", "zhou"])
def test_nobody_but_an_administrator_gives_or_takes(cast, actor):
    with pytest.raises(Forbidden) as refused:
        grant_role(actor=getattr(cast, actor), user=cast.sun, role=Role.AUDITOR)
    assert refused.value.code == "not_administrator"
    with pytest.raises(Forbidden):
        revoke_role(actor=getattr(cast, actor), grant=cast.wu.grants.get(), reason="coup")
    assert not RoleGrant.objects.filter(user=cast.sun).exists()
    assert cast.wu.grants.get().revoked_at is None


def test_nobody_changes_their_own_roles(cast):
    with pytest.raises(Forbidden) as refused:
        grant_role(actor=cast.wu, user=cast.wu, role=Role.FINANCE)
    assert refused.value.code == "own_role"
    with pytest.raises(Forbidden):
        revoke_role(actor=cast.wu, grant=cast.wu.grants.get(), reason="tired")
    assert cast.wu.grants.get().revoked_at is None


def test_the_database_refuses_a_grant_to_oneself(cast):
    with pytest.raises(IntegrityError):
        RoleGrant.objects.create(user=cast.wu, role=Role.FINANCE, granted_by=cast.wu)


@pytest.mark.parametrize(
    ("role", "organisation", "field"),
    [("king", "", "role"), (Role.HOSPITAL, "", "organisation"), (Role.AUDITOR, "H001", "organisation")],
)
def test_a_grant_that_makes_no_sense_is_refused_beside_its_field(cast, role, organisation, field):
    with pytest.raises(DomainError) as refused:
        grant_role(actor=cast.wu, user=cast.sun, role=role, organisation=organisation)
    assert list(refused.value.fields) == [field]
    assert not RoleGrant.objects.filter(user=cast.sun).exists()


def test_a_closed_account_gets_no_role(cast):
    cast.sun.is_active = False
    cast.sun.save()
    with pytest.raises(Conflict):
        grant_role(actor=cast.wu, user=cast.sun, role=Role.AUDITOR)


# --- The pages of administrators -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["lin", "zhao", "zhou"])
def test_the_pages_are_not_there_for_others(cast, client, who):
    sign_in(client, getattr(cast, who))
    for method, address in (
        (client.get, "/staff/people/"),
        (client.get, f"/staff/people/{cast.sun.pk}/"),
        (client.post, f"/staff/people/{cast.sun.pk}/grant/"),
        (client.post, f"/staff/people/{cast.sun.pk}/second-factor/"),
    ):
        assert method(address).status_code == 404
    assert not RoleGrant.objects.filter(user=cast.sun).exists()


def test_people_are_found_by_the_whole_number_or_address_and_shown_masked(cast, client):
    sign_in(client, cast.wu)
    for query in ("170 0000 0004", "+8617000000004", "SUN@candor.invalid"):
        page = client.post("/staff/people/", {"q": query})
        assert [person.pk for person in page.context["page"]] == [cast.sun.pk]
        text = page.content.decode().partition("<tbody>")[2]
        assert "170****0004" in text
        assert "17000000004" not in text
        assert cast.sun.name not in text
    for query in ("1700000", "sun", "%"):
        assert not client.post("/staff/people/", {"q": query}).context["page"].object_list


def test_without_a_query_only_holders_of_roles_are_listed(cast, client):
    sign_in(client, cast.wu)
    listed = {person.pk for person in client.get("/staff/people/").context["page"]}
    assert cast.zhao.pk in listed
    assert cast.lin.pk not in listed
    finance = client.get("/staff/people/", {"role": "finance"}).context["page"]
    assert {person.pk for person in finance} == {cast.zhou.pk, cast.he.pk}


def test_the_list_costs_the_same_with_more_people(cast, client, django_assert_num_queries):
    sign_in(client, cast.wu)
    with django_assert_num_queries(7):
        client.get("/staff/people/", {"role": "admin"})
    with django_assert_num_queries(7):
        client.get("/staff/people/")


def test_giving_and_ending_a_role_on_the_page(cast, client):
    sign_in(client, cast.wu)
    person = f"/staff/people/{cast.sun.pk}/"
    assert client.post(f"{person}grant/", {"role": "auditor"})["Location"] == person
    grant = cast.sun.grants.get()
    assert client.post(f"{person}revoke/{grant.pk}/", {"reason": ""}).status_code == 400
    assert client.post(f"{person}revoke/{grant.pk}/", {"reason": "test over"})["Location"] == person
    grant.refresh_from_db()
    assert grant.revoked_at is not None
    assert client.get(person).status_code == 200


def test_a_grant_of_somebody_else_is_not_found_under_this_person(cast, client):
    sign_in(client, cast.wu)
    grant = cast.zhao.grants.get()
    answer = client.post(f"/staff/people/{cast.sun.pk}/revoke/{grant.pk}/", {"reason": "x"})
    assert answer.status_code == 404
    grant.refresh_from_db()
    assert grant.revoked_at is None


def test_what_was_typed_stays_when_a_grant_is_refused(cast, client):
    sign_in(client, cast.wu)
    answer = client.post(f"/staff/people/{cast.sun.pk}/grant/", {"role": "auditor", "organisation": "H-77"})
    assert answer.status_code == 400
    assert 'value="H-77"' in answer.content.decode()
    assert not cast.sun.grants.exists()


# --- The first administrator -----------------------------------------------------------------------------------------


def test_the_first_administrator_is_named_at_the_machine_and_only_the_first(cast, capsys):
    RoleGrant.objects.filter(role=Role.ADMIN).delete()
    call_command("first_admin", "170 0000 0004")
    assert RoleGrant.objects.get(role=Role.ADMIN).user == cast.sun
    assert TrailEvent.objects.get(event="role.grant").actor is None
    with pytest.raises(CommandError):
        call_command("first_admin", cast.lin.phone)
    with pytest.raises(CommandError):
        call_command("first_admin", "17000000999")
    assert RoleGrant.objects.get(role=Role.ADMIN).user == cast.sun


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_give_the_same_role_at_once_give_it_once(cast):
    failures: list[Exception] = []
    start = threading.Barrier(2)

    def work(actor) -> None:
        try:
            start.wait()
            grant_role(actor=actor, user=cast.sun, role=Role.AUDITOR)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(actor,)) for actor in (cast.wu, cast.he)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert RoleGrant.objects.filter(user=cast.sun).count() == 1
    assert TrailEvent.objects.filter(event="role.grant").count() == 1
