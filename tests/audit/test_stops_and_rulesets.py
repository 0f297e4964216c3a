"""Hard stops lifted by two, rule sets put in force by two: in the services and in the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import services
from audit.models import Case, HardStop, HumanVerdict, Rule, RuleSet
from audit.selectors import is_stopped, stopped_ids
from core.errors import Conflict, DomainError, Forbidden
from tests.audit.sample import Thing, make_thing

EVIDENCE = {"subject_kind": "sample", "object_id": 1, "evidence": "The seal is copied."}


def test_a_stop_blocks_at_once_and_approving_under_it_is_refused(
    cast: Any, thing: Thing, judged: Callable[..., Case], decide: Callable[..., Case]
) -> None:
    case = judged(thing)
    stop = services.hard_stop(actor=cast.xu, **EVIDENCE)
    assert services.hard_stop(actor=cast.qian, **EVIDENCE) == stop
    assert is_stopped("sample", 1) and thing.frozen and stopped_ids("sample", [1, 2]) == {1}
    with pytest.raises(Conflict, match="stopped"):
        decide(cast.zhao, case)
    assert not HumanVerdict.objects.exists() and thing.carried_out == []


@pytest.mark.parametrize("who", ["sun", "zhao", "wu", "zhou"])
def test_only_risk_complaints_and_senior_auditors_stop(cast: Any, thing: Thing, who: str) -> None:
    with pytest.raises(Forbidden):
        services.hard_stop(actor=getattr(cast, who), **EVIDENCE)
    assert not HardStop.objects.exists()


def test_two_people_lift_a_stop(cast: Any, thing: Thing) -> None:
    stop = services.hard_stop(actor=cast.xu, **EVIDENCE)
    with pytest.raises(Conflict):
        services.lift_stop(actor=cast.qian, stop=stop)
    with pytest.raises(DomainError) as empty:
        services.propose_lift(actor=cast.xu, stop=stop, reason=" ")
    assert list(empty.value.fields) == ["reason"]
    services.propose_lift(actor=cast.xu, stop=stop, reason="The hospital confirmed the seal.")
    assert is_stopped("sample", 1)
    with pytest.raises(Conflict, match="four_eyes"):
        services.lift_stop(actor=cast.xu, stop=stop)
    services.keep_stop(actor=cast.qian, stop=stop, reason="Which hospital?")
    services.propose_lift(actor=cast.xu, stop=stop, reason="Union Hospital confirmed the seal.")
    services.lift_stop(actor=cast.qian, stop=stop)
    assert not is_stopped("sample", 1) and not thing.frozen
    with pytest.raises(Conflict):
        services.lift_stop(actor=cast.qian, stop=stop)


def test_the_database_refuses_a_stop_lifted_by_one(cast: Any, thing: Thing) -> None:
    stop = services.hard_stop(actor=cast.xu, **EVIDENCE)
    rows = HardStop.objects.filter(pk=stop.pk)
    for approver in (None, cast.xu):
        with pytest.raises(IntegrityError, match="hardstop_lifted_by_two"), transaction.atomic():
            rows.update(status="lifted", lift_proposed_by=cast.xu, lift_approved_by=approver, lift_reason="Because.")
    with pytest.raises(IntegrityError), transaction.atomic():
        HardStop.objects.create(subject_kind="sample", object_id=1, evidence="Again.")


def _draft(cast: Any, **changed: Any) -> RuleSet:
    draft = services.draft_ruleset(actor=cast.wu)
    values = {
        "code": "big_amount",
        "expression": "s.amount > 100000",
        "points": 30,
        "severity": "medium",
        "reason_en": "A large amount.",
        "reason_zh": "金额较大。",
        "subjects": ["sample"],
    }
    services.save_rule(actor=cast.wu, ruleset=draft, **{**values, **changed})
    return draft


def test_a_draft_is_a_copy_that_two_administrators_put_in_force(cast: Any) -> None:
    before = RuleSet.objects.get(status="active")
    draft = _draft(cast)
    assert services.draft_ruleset(actor=cast.wu) == draft
    assert draft.rules.count() == before.rules.count() + 1
    services.propose_ruleset(actor=cast.wu, ruleset=draft)
    with pytest.raises(Conflict, match="four_eyes"):
        services.promote_ruleset(actor=cast.wu, ruleset=draft)
    services.promote_ruleset(actor=cast.he, ruleset=draft)
    before.refresh_from_db()
    assert (before.status, draft.status, draft.proposed_by, draft.approved_by) == (
        "retired",
        "active",
        cast.wu,
        cast.he,
    )
    with pytest.raises(Conflict):
        services.promote_ruleset(actor=cast.he, ruleset=draft)
    assert RuleSet.objects.filter(status="active").count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "Big Amount"}, "code"),
        ({"code": "blacklisted_person"}, "code"),
        ({"expression": "s.amount >"}, "expression"),
        ({"expression": "x" * 401}, "expression"),
        ({"points": 101}, "points"),
        ({"severity": "grave"}, "severity"),
        ({"reason_zh": ""}, "reason_zh"),
        ({"reason_en": "x" * 201}, "reason_en"),
        ({"subjects": ["boat"]}, "subjects"),
    ],
)
def test_a_faulty_rule_names_its_field(cast: Any, changed: dict[str, Any], field: str) -> None:
    count = Rule.objects.filter(ruleset__version=1).count()
    with pytest.raises(DomainError) as refused:
        _draft(cast, **changed)
    assert list(refused.value.fields) == [field]
    assert Rule.objects.count() == 2 * count


def test_a_proposed_set_is_frozen_until_it_is_sent_back(cast: Any) -> None:
    draft = _draft(cast)
    services.propose_ruleset(actor=cast.wu, ruleset=draft)
    rule = draft.rules.first()
    with pytest.raises(Conflict, match="frozen"):
        services.remove_rule(actor=cast.wu, ruleset=draft, rule=rule)
    with pytest.raises(Conflict, match="frozen"):
        services.set_thresholds(actor=cast.wu, ruleset=draft, standard_from=1, enhanced_from=2, note="")
    services.send_back_ruleset(actor=cast.he, ruleset=draft, reason="Too many points.")
    services.remove_rule(actor=cast.wu, ruleset=draft, rule=rule)
    services.discard_ruleset(actor=cast.wu, ruleset=draft)
    draft.refresh_from_db()
    assert draft.status == "discarded"


@pytest.mark.parametrize(
    ("low", "high", "field"), [(0, 10, "standard_from"), (20, 20, "enhanced_from"), (1, 2000, "enhanced_from")]
)
def test_thresholds_are_in_order(cast: Any, low: int, high: int, field: str) -> None:
    draft = services.draft_ruleset(actor=cast.wu)
    with pytest.raises(DomainError) as refused:
        services.set_thresholds(actor=cast.wu, ruleset=draft, standard_from=low, enhanced_from=high, note="")
    assert list(refused.value.fields) == [field]


def test_nobody_but_administrators_changes_rules(cast: Any) -> None:
    for person in (cast.zhao, cast.xu, cast.lin):
        with pytest.raises(Forbidden):
            services.draft_ruleset(actor=person)
    assert RuleSet.objects.count() == 1


def test_the_database_refuses_a_set_in_force_by_one(cast: Any) -> None:
    draft = _draft(cast)
    RuleSet.objects.filter(version=1).update(status="retired", retired_at=timezone.now())
    rows = RuleSet.objects.filter(pk=draft.pk)
    for approver in (None, cast.wu):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(status="active", proposed_by=cast.wu, approved_by=approver)


def test_two_sets_are_never_in_force(cast: Any) -> None:
    draft = _draft(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=draft.pk).update(status="active", proposed_by=cast.wu, approved_by=cast.he)


def test_what_the_machine_stopped_is_lifted_by_people(
    cast: Any, judged: Callable[..., Case], decide: Callable[..., Case]
) -> None:
    thing = make_thing(owner=cast.lin, found="stop")
    case = judged(thing)
    stop = HardStop.objects.get()
    services.propose_lift(actor=cast.xu, stop=stop, reason="A shared template, not a copy.")
    services.lift_stop(actor=cast.qian, stop=stop)
    case = decide(cast.zhao, case)
    assert case.status == "second_wanted"
    assert decide(cast.qian, case).outcome == "approve"
    assert thing.carried_out == [("submission", "approve", cast.qian.pk)]
