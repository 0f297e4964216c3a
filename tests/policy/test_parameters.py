"""Parameters: what is in force, who may change it, how far."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config.demo.cast import Cast
from core.errors import Conflict, DomainError
from core.models import StateChange, TrailEvent
from policy import kinds, parameters, services
from policy.defaults import PARAMETERS
from policy.models import ParameterChange
from policy.parameter import Parameter

KEY = "withdraw.notice_hours"
WHY = "So that a demonstration fits into an afternoon."


def propose(cast: Cast, key: str = KEY, text: str = "36", **more: Any) -> ParameterChange:
    return services.propose_change(actor=cast.wu, key=key, text=text, reason=WHY, **more)


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS)
def test_every_default_keeps_its_own_bounds_even_in_production(parameter: Parameter) -> None:
    parameter.check(parameter.default, production=True)
    assert parameter.kind.parse(parameter.kind.type_in(parameter.default)) == parameter.default
    assert parameter.kind.from_json(parameter.kind.to_json(parameter.default)) == parameter.default
    assert parameter.kind.show(parameter.default)
    for production in (False, True):
        low, high = parameter.bounds(production=production)
        assert parameter.low <= low <= high <= parameter.high


def test_an_unknown_key_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        parameters.value("withdraw.notise_hours")


def test_a_change_counts_only_after_a_second_administrator_agreed(cast: Cast) -> None:
    change = propose(cast)
    assert parameters.value(KEY) == 24
    services.approve_change(actor=cast.he, change=change)
    assert change.status == "approved"
    assert change.approved_by == cast.he
    assert parameters.value(KEY) == 36
    assert list(TrailEvent.objects.order_by("id").values_list("event", "actor")) == [
        ("policy.propose", cast.wu.pk),
        ("policy.change.approve", cast.he.pk),
    ]


def test_a_value_is_remembered_without_a_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        parameters.value(KEY)
    services.approve_change(actor=cast.he, change=propose(cast))
    with django_assert_num_queries(1):
        parameters.value(KEY)
        parameters.value("fee.service_rate")


def test_what_was_in_force_then_stays_knowable(cast: Cast) -> None:
    now = timezone.now()
    for days, text in ((10, "48"), (20, "72")):
        services.approve_change(
            actor=cast.he, change=propose(cast, text=text, effective_from=now + timedelta(days=days))
        )
    seen = [parameters.value(KEY, at=now + timedelta(days=days)) for days in (0, 9, 10, 19, 20, 400)]
    assert seen == [24, 24, 48, 48, 72, 72]


def test_an_approval_after_the_date_does_not_change_the_past(cast: Cast) -> None:
    change = propose(cast)
    before = timezone.now()
    services.approve_change(actor=cast.he, change=change)
    assert change.effective_from >= before
    assert parameters.value(KEY, at=before - timedelta(seconds=1)) == 24


def test_nobody_approves_their_own_proposal(cast: Cast) -> None:
    change = propose(cast)
    with pytest.raises(Conflict) as refusal:
        services.approve_change(actor=cast.wu, change=change)
    assert refusal.value.code == "own_proposal"
    assert ParameterChange.objects.get().status == "proposed"
    with pytest.raises(IntegrityError), transaction.atomic():
        ParameterChange.objects.update(status="approved", approved_by=cast.wu)
    with pytest.raises(IntegrityError), transaction.atomic():
        ParameterChange.objects.update(status="approved")


def test_a_decided_change_is_final_in_the_database(cast: Cast) -> None:
    services.approve_change(actor=cast.he, change=propose(cast))
    for statement in (
        "UPDATE policy_parameterchange SET value = '0'",
        "UPDATE policy_parameterchange SET status = 'proposed', approved_by_id = NULL",
        "DELETE FROM policy_parameterchange",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ParameterChange.objects.get().value == 36


def test_a_second_click_finds_the_first_proposal(cast: Cast) -> None:
    assert propose(cast) == propose(cast)
    with pytest.raises(Conflict) as refusal:
        propose(cast, text="48")
    assert refusal.value.code == "already_proposed"
    assert ParameterChange.objects.count() == 1


def test_a_second_decision_is_refused(cast: Cast) -> None:
    change = propose(cast)
    services.withdraw_change(actor=cast.wu, change=change)
    for act in (services.approve_change, services.withdraw_change):
        with pytest.raises(Conflict) as refusal:
            act(actor=cast.he, change=change)
        assert refusal.value.code == "wrong_state"
    assert parameters.value(KEY) == 24
    assert ParameterChange.objects.get().approved_by is None


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_approve_it_once() -> None:
    cast = Cast.create()
    change = propose(cast)
    start = threading.Barrier(2)
    seen: list[str] = []

    def approve(who: Any) -> None:
        start.wait()
        try:
            services.approve_change(actor=who, change=ParameterChange.objects.get(pk=change.pk))
            seen.append("approved")
        except Conflict as refusal:
            seen.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(who,)) for who in (cast.he, cast.qian)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == ["approved", "wrong_state"]
    assert StateChange.objects.filter(kind="policy.change").count() == 1


@pytest.mark.parametrize(
    ("key", "text", "code", "field"),
    [
        ("no.such", "1", "unknown_parameter", "key"),
        (KEY, "soon", "bad_value", "value"),
        (KEY, "-1", "bad_value", "value"),
        (KEY, "٣", "bad_value", "value"),
        (KEY, "9" * 400, "bad_value", "value"),
        (KEY, "169", "out_of_bounds", "value"),
        (KEY, "24", "no_change", "value"),
        ("withdraw.batch_ratio", "40, 40, 40", "out_of_bounds", "value"),
        ("withdraw.batch_ratio", "", "out_of_bounds", "value"),
        ("docs.payee_relations", "self, neighbour", "out_of_bounds", "value"),
        ("donate.chips", "20, 20", "out_of_bounds", "value"),
        ("withdraw.min_amount", "1.234", "bad_amount", "value"),
        ("fee.channel_rate", "NaN", "bad_value", "value"),
        ("fee.channel_rate", "1e1", "bad_value", "value"),
        ("fee.channel_rate", "0.00001", "bad_value", "value"),
        ("fee.channel_rate", "\x00", "bad_value", "value"),
    ],
)
def test_a_bad_proposal_says_what_is_wrong_and_writes_nothing(
    cast: Cast, key: str, text: str, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        propose(cast, key=key, text=text)
    assert refusal.value.code == code
    assert list(refusal.value.fields) == [field]
    assert not ParameterChange.objects.exists()
    assert not TrailEvent.objects.exists()


def test_a_proposal_gives_a_reason_and_a_day_to_come(cast: Cast) -> None:
    with pytest.raises(DomainError) as refusal:
        services.propose_change(actor=cast.wu, key=KEY, text="36", reason="  because ")
    assert list(refusal.value.fields) == ["reason"]
    for days in (-1, 400):
        with pytest.raises(DomainError) as refusal:
            propose(cast, effective_from=timezone.now() + timedelta(days=days))
        assert list(refusal.value.fields) == ["effective_from"]
    assert not ParameterChange.objects.exists()


@pytest.mark.rule("R90")
@pytest.mark.parametrize(
    ("key", "text"), [("fee.service_rate", "3.0001"), ("fee.channel_rate", "0.61"), ("fee.service_cap", "5000.01")]
)
def test_no_fee_can_be_raised_above_what_is_published(cast: Cast, key: str, text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        propose(cast, key=key, text=text)
    assert refusal.value.code == "out_of_bounds"
    assert not ParameterChange.objects.exists()


@pytest.mark.rule("R90")
def test_a_higher_fee_written_into_the_database_does_not_count(cast: Cast) -> None:
    now = timezone.now()
    ParameterChange.objects.create(
        key="fee.service_rate",
        value=50_000,
        reason=WHY,
        effective_from=now,
        status="approved",
        proposed_by=cast.wu,
        approved_by=cast.he,
        decided_at=now,
    )
    parameters.forget()
    assert parameters.value("fee.service_rate") == 30_000


def test_a_fee_may_be_lowered(cast: Cast) -> None:
    services.approve_change(actor=cast.he, change=propose(cast, key="fee.service_rate", text="0"))
    assert parameters.value("fee.service_rate") == 0


@pytest.mark.rule("R26")
def test_the_cap_of_the_convention_can_be_lowered_but_not_raised(cast: Cast) -> None:
    with pytest.raises(DomainError) as refusal:
        propose(cast, key="campaign.target_cap", text="500000.01")
    assert refusal.value.code == "out_of_bounds"
    services.approve_change(actor=cast.he, change=propose(cast, key="campaign.target_cap", text="300,000"))
    assert parameters.value("campaign.target_cap") == 30_000_000


@pytest.mark.rule("R50")
def test_production_keeps_the_public_notice_even_after_a_demonstration_had_none(cast: Cast) -> None:
    services.approve_change(actor=cast.he, change=propose(cast, text="0"))
    assert parameters.value(KEY) == 0
    with override_settings(SANDBOX=False):
        parameters.forget()
        assert parameters.value(KEY) == 24
        with pytest.raises(DomainError) as refusal:
            propose(cast, text="23")
    assert refusal.value.code == "out_of_bounds"


@given(st.integers(min_value=0, max_value=1_000_000))
def test_a_rate_is_typed_as_it_is_shown(ppm: int) -> None:
    assert kinds.RATE.parse(kinds.RATE.type_in(ppm)) == ppm
    assert kinds.RATE.parse(kinds.RATE.show(ppm)) == ppm


@given(st.text(max_size=40))
def test_whatever_is_typed_a_kind_gives_a_value_or_a_clear_refusal(text: str) -> None:
    for kind in (kinds.FEN, kinds.RATE, kinds.RATIOS, kinds.AMOUNTS, kinds.HOURS, kinds.COUNT):
        try:
            kind.parse(text)
        except DomainError as refusal:
            assert refusal.fields
