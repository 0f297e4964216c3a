"""The pages of rules and parameters: open to everybody to read, to two administrators to change."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.demo.cast import Cast
from core.models import StateChange
from policy import compliance, parameters, services
from policy.models import ParameterChange
from policy.register import RULES
from tests.signin import sign_in

EN = {"HTTP_ACCEPT_LANGUAGE": "en"}
KEY = "withdraw.notice_hours"
PAGE = f"/staff/parameters/{KEY}/"
SENT = {"value": "36", "reason": "Two days give neighbours the time to object.", "effective_from": ""}


@pytest.fixture
def wu(cast: Cast, client: Client) -> Client:
    return sign_in(client, cast.wu)


def proposed(cast: Cast, text: str = "36", **more: Any) -> ParameterChange:
    return services.propose_change(actor=cast.wu, key=KEY, text=text, reason=SENT["reason"], **more)


@pytest.mark.django_db
def test_everybody_reads_the_rules_in_both_languages(client: Client, django_assert_num_queries: Any) -> None:
    compliance.report()
    with django_assert_num_queries(0):
        page = client.get("/rules/", **EN)
    body = page.content.decode()
    assert page.status_code == 200
    assert all(f'id="{rule}"' in body for rule in RULES)
    assert "At the target it stops" in body
    assert "policy.parameters:_read" in body
    assert body.count("to be confirmed") == 3
    assert "筹满即止" in client.get("/rules/").content.decode()


@pytest.mark.rule("R39")
def test_everybody_reads_every_number_with_its_source_and_its_changes(cast: Cast, client: Client) -> None:
    services.approve_change(actor=cast.he, change=proposed(cast))
    services.approve_change(
        actor=cast.he, change=proposed(cast, "48", effective_from=timezone.now() + timedelta(days=9))
    )
    proposed(cast, "71")
    body = client.get("/rules/parameters/", **EN).content.decode()
    assert 'id="fee.service_rate"' in body
    assert "36 hours" in body
    assert "48 hours" in body
    assert "71 hours" not in body
    assert SENT["reason"] in body
    assert "Our own policy" in body
    assert cast.wu.name not in body


@pytest.mark.parametrize("many", [0, 12])
def test_the_list_of_numbers_costs_three_queries(
    cast: Cast, client: Client, many: int, django_assert_num_queries: Any
) -> None:
    for hours in range(many):
        services.approve_change(actor=cast.he, change=proposed(cast, str(30 + hours)))
    parameters.value(KEY)
    # changes, number of changes, and the page of them when there is one
    with django_assert_num_queries(3 if many else 2):
        client.get("/rules/parameters/")


def test_an_administrator_proposes_and_another_approves(cast: Cast, wu: Client) -> None:
    assert wu.get("/staff/parameters/").status_code == 200
    assert wu.post(PAGE, SENT).status_code == 302
    change = ParameterChange.objects.get()
    assert (change.value, change.status, change.proposed_by) == (36, "proposed", cast.wu)
    body = wu.get(PAGE).content.decode()
    assert reverse("policy:approve_change", args=[change.pk]) not in body
    he = sign_in(Client(), cast.he)
    assert reverse("policy:approve_change", args=[change.pk]) in he.get(PAGE).content.decode()
    assert he.post(reverse("policy:approve_change", args=[change.pk])).status_code == 302
    assert parameters.value(KEY) == 36
    assert he.post(reverse("policy:approve_change", args=[change.pk])).status_code == 302
    assert StateChange.objects.filter(kind="policy.change").count() == 1


def test_the_proposer_cannot_approve_by_address(cast: Cast, wu: Client) -> None:
    change = proposed(cast)
    wu.post(reverse("policy:approve_change", args=[change.pk]))
    assert ParameterChange.objects.get().status == "proposed"
    assert parameters.value(KEY) == 24


def test_a_proposal_is_withdrawn(cast: Cast, wu: Client) -> None:
    change = proposed(cast)
    wu.post(reverse("policy:withdraw_change", args=[change.pk]), {"reason": "A slip."})
    assert ParameterChange.objects.get().status == "withdrawn"
    assert StateChange.objects.get(kind="policy.change").reason == "A slip."


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"value": "soon"}, "value"),
        ({"value": "9999"}, "value"),
        ({"value": ""}, "value"),
        ({"value": "24"}, "value"),
        ({"reason": "no"}, "reason"),
        ({"effective_from": "yesterday"}, "effective_from"),
        ({"effective_from": "2001-01-01T00:00"}, "effective_from"),
    ],
)
@pytest.mark.usefixtures("cast")
def test_a_bad_proposal_is_told_beside_its_field_and_nothing_typed_is_lost(
    wu: Client, sent: dict[str, str], field: str
) -> None:
    page = wu.post(PAGE, SENT | sent)
    assert page.status_code == 200
    form = page.context["form"]
    assert list(form.errors) == [field]
    assert form.data["reason"] == (SENT | sent)["reason"]
    assert not ParameterChange.objects.exists()


@pytest.mark.usefixtures("cast")
def test_a_list_of_words_is_ticked(wu: Client) -> None:
    page = "/staff/parameters/docs.payee_relations/"
    assert wu.post(page, SENT | {"value": ["self", "neighbour"]}).status_code == 200
    assert not ParameterChange.objects.exists()
    assert wu.post(page, SENT | {"value": ["self", "spouse", "hospital"]}).status_code == 302
    assert ParameterChange.objects.get().value == ["self", "spouse", "hospital"]


@pytest.mark.usefixtures("cast")
def test_a_day_to_come_can_be_chosen(wu: Client) -> None:
    day = timezone.localtime() + timedelta(days=3)
    assert wu.post(PAGE, SENT | {"effective_from": f"{day:%Y-%m-%dT%H:%M}"}).status_code == 302
    chosen = timezone.localtime(ParameterChange.objects.get().effective_from)
    assert f"{chosen:%Y-%m-%d %H:%M}" == f"{day:%Y-%m-%d %H:%M}"


def test_nobody_else_gets_in(cast: Cast, client: Client) -> None:
    change = proposed(cast)
    addresses = ["/staff/parameters/", PAGE]
    decisions = [reverse(f"policy:{verb}_change", args=[change.pk]) for verb in ("approve", "withdraw")]
    for address in addresses:
        assert client.get(address).status_code == 302
    for who in (cast.sun, cast.zhao, cast.zhou, cast.jiang):
        stranger = sign_in(Client(), who)
        assert [stranger.get(address).status_code for address in addresses] == [404, 404]
        assert stranger.post(PAGE, SENT).status_code == 404
        assert [stranger.post(address).status_code for address in decisions] == [404, 404]
    assert ParameterChange.objects.get().status == "proposed"


@pytest.mark.usefixtures("cast")
def test_addresses_of_nothing_are_404(wu: Client) -> None:
    assert wu.get("/staff/parameters/no.such/").status_code == 404
    assert wu.post(reverse("policy:approve_change", args=[999])).status_code == 404
    assert wu.get("/help/nothing/").status_code == 404


def test_auditors_and_the_regulator_read_where_rules_are_carried_out(cast: Cast) -> None:
    for who in (cast.wu, cast.zhao, cast.jiang):
        page = sign_in(Client(), who).get("/staff/rules/")
        assert page.status_code == 200
        assert "tests/policy/test_parameters.py::" in page.content.decode()
    assert sign_in(Client(), cast.sun).get("/staff/rules/").status_code == 404
