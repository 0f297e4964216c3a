"""A case from opening to the hand-over to people."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from audit import canonical, services
from audit.models import Case, HardStop, MachineFinding, MachineVerdict, Question, Rule, RuleOutcome, RuleSet, Snapshot
from core.errors import Conflict, DomainError, Forbidden
from core.models import Job, StateChange
from notices.models import Notice
from tests.audit.sample import Thing, make_thing

Judged = Callable[..., Case]


def test_asking_twice_for_the_same_version_is_one_case_and_one_job(cast: Any, thing: Thing) -> None:
    asked = {"actor": cast.lin, "kind": "submission", "subject_kind": "sample", "object_id": thing.pk}
    first = services.open_case(**asked)
    again = services.open_case(**asked)
    assert first.pk == again.pk
    assert (first.status, first.title, first.subject_version, first.owner) == ("opened", "Thing 1", "1", cast.lin)
    assert Job.objects.filter(kind="audit.machine").count() == 1


def test_a_new_version_replaces_the_open_question_about_the_old_one(cast: Any, thing: Thing, judged: Judged) -> None:
    old = judged(thing)
    thing.version = 2
    new = judged(thing)
    old.refresh_from_db()
    assert (old.status, new.status, new.subject_version) == ("closed", "waiting", "2")


def test_two_alarms_about_one_version_are_two_cases_by_their_occasion(cast: Any, thing: Thing) -> None:
    about = {"actor": None, "kind": "alarm", "subject_kind": "sample", "object_id": thing.pk}
    morning = services.open_case(**about, occasion="velocity 09:00")
    noon = services.open_case(**about, occasion="velocity 12:00")
    assert morning.pk != noon.pk
    assert services.open_case(**about, occasion="velocity 12:00").pk == noon.pk


@pytest.mark.rule("R69")
@pytest.mark.parametrize("kind", ["submission", "material_change", "withdrawal", "use_proof", "report", "alarm"])
def test_every_moment_of_a_request_can_be_reviewed_by_machine_and_people(
    cast: Any, thing: Thing, judged: Judged, decide: Any, kind: str
) -> None:
    case = judged(thing, kind=kind)
    assert (case.kind, case.status, case.machine_verdict is not None) == (kind, "waiting", True)
    assert decide(cast.zhao, case).outcome == "approve"
    assert thing.carried_out == [(kind, "approve", cast.zhao.pk)]


def test_who_opened_owns_or_is_excluded_may_not_decide(cast: Any, thing: Thing) -> None:
    thing.excluded = {cast.tang.pk}
    case = services.open_case(actor=cast.zhao, kind="submission", subject_kind="sample", object_id=thing.pk)
    assert set(case.exclusions.values_list("user_id", flat=True)) == {cast.zhao.pk, cast.lin.pk, cast.tang.pk}


def test_taking_the_thing_back_closes_what_is_undecided(cast: Any, thing: Thing, judged: Judged) -> None:
    case = judged(thing)
    closed = services.close_cases(actor=cast.lin, subject_kind="sample", object_id=thing.pk, reason="taken back")
    case.refresh_from_db()
    assert (closed, case.status) == (1, "closed")
    assert services.close_cases(actor=cast.lin, subject_kind="sample", object_id=thing.pk, reason="again") == 0


@pytest.mark.rule("R66", "R67")
def test_the_machine_verdict_keeps_what_it_saw_and_hands_the_case_to_people(
    cast: Any, drain: Callable[[], None]
) -> None:
    thing = make_thing(owner=cast.lin, found="hit")
    case = services.open_case(actor=cast.lin, kind="submission", subject_kind="sample", object_id=thing.pk)
    drain()
    case.refresh_from_db()
    verdict = MachineVerdict.objects.get(case=case)
    body = '{"amount":1000,"found":"hit","id":1,"name":"\\u6797**","version":1}'
    assert (verdict.snapshot.body, verdict.snapshot.sha256) == (body, canonical.sha256(body))
    finding = MachineFinding.objects.get(verdict=verdict)
    assert (finding.check_code, finding.result, finding.severity) == ("sample.found", "hit", "medium")
    assert (finding.message, finding.params, finding.evidence) == ("hit", {"what": "a gap"}, ["sample:1"])
    assert (case.status, case.machine_verdict, case.band, case.score) == ("waiting", verdict, "fast", 0)
    assert verdict.ruleset.version == 1
    assert set(verdict.rule_outcomes.values_list("result", flat=True)) == {"silent"}
    assert thing.carried_out == []


def test_judging_twice_gives_the_verdict_that_is_there(thing: Thing, judged: Judged) -> None:
    case = judged(thing)
    assert services.judge_case(case_id=case.pk) == case.machine_verdict
    assert MachineVerdict.objects.count() == 1


@pytest.mark.parametrize("found", ["broken", "unknown"])
def test_a_check_that_could_not_be_made_never_counts_as_passed(cast: Any, judged: Judged, found: str) -> None:
    case = judged(make_thing(owner=cast.lin, found=found))
    finding = MachineFinding.objects.get()
    assert (finding.result, case.band, case.status) == ("not_evaluable", "standard", "waiting")
    # Only the kind of an error is kept: its text may hold personal data.
    assert finding.why == {"broken": "RuntimeError", "unknown": "no document"}[found]


def _set_of_rules(cast: Any, *rules: tuple[str, str, int, str]) -> RuleSet:
    draft = services.draft_ruleset(actor=cast.wu)
    for code, expression, points, severity in rules:
        services.save_rule(
            actor=cast.wu,
            ruleset=draft,
            code=code,
            expression=expression,
            points=points,
            severity=severity,
            reason_en="Because.",
            reason_zh="因为。",
            subjects=[],
        )
    services.propose_ruleset(actor=cast.wu, ruleset=draft)
    return services.promote_ruleset(actor=cast.he, ruleset=draft)


@pytest.mark.rule("R66")
@pytest.mark.parametrize(
    ("points", "band"), [(19, "fast"), (20, "standard"), (59, "standard"), (60, "enhanced"), (100, "enhanced")]
)
def test_points_send_a_case_to_its_band(cast: Any, judged: Judged, points: int, band: str) -> None:
    _set_of_rules(
        cast, ("gap", "has(f.sample_found) && f.sample_found.hit && f.sample_found.count > 2", points, "medium")
    )
    thing = make_thing(owner=cast.lin, found="hit")
    case = judged(thing)
    fired = RuleOutcome.objects.get(result="fired")
    assert (case.band, case.score, fired.rule.code, fired.points) == (band, points, "gap", points)
    assert thing.carried_out == []


def test_a_rule_over_a_failed_check_or_a_missing_value_is_recorded_and_people_look(cast: Any, judged: Judged) -> None:
    _set_of_rules(
        cast,
        ("failed", "has(f.sample_found) && f.sample_found.hit", 50, "medium"),
        ("absent", "has(f.no_such_check) && f.no_such_check.hit", 50, "medium"),
        ("missing", "s.nothing > 3", 50, "medium"),
        ("text", "s.amount", 50, "medium"),
    )
    case = judged(make_thing(owner=cast.lin, found="broken"))
    said = {row.rule.code: (row.result, row.error[:8]) for row in RuleOutcome.objects.select_related("rule")}
    assert said["failed"] == ("not_evaluable", "KeyError")
    assert said["absent"] == ("silent", "")
    assert said["missing"] == ("not_evaluable", "KeyError")
    assert said["text"] == ("not_evaluable", "answers ")
    assert (case.band, case.score) == ("standard", 0)


@pytest.mark.rule("R67")
def test_preliminary_evidence_blocks_at_once_but_refuses_nobody(cast: Any, judged: Judged) -> None:
    thing = make_thing(owner=cast.lin, found="stop")
    case = judged(thing)
    stop = HardStop.objects.get()
    assert (case.band, case.status) == ("hard_stop", "waiting")
    assert (stop.status, stop.raised_by, stop.case, stop.evidence) == ("active", None, case, "sample.found")
    assert thing.frozen and thing.carried_out == []


def test_a_case_whose_subject_moved_on_before_the_machine_looked_is_renewed(cast: Any, thing: Thing) -> None:
    case = services.open_case(actor=cast.lin, kind="submission", subject_kind="sample", object_id=thing.pk)
    thing.version = 2
    assert services.judge_case(case_id=case.pk) is None
    case.refresh_from_db()
    renewed = Case.objects.get(subject_version="2")
    assert (case.status, renewed.status) == ("closed", "opened")
    assert set(renewed.exclusions.values_list("user_id", flat=True)) == {cast.lin.pk}
    assert not MachineVerdict.objects.exists()


@pytest.mark.parametrize(
    "table", ["snapshot", "machineverdict", "machinefinding", "ruleoutcome", "humanverdict", "factverdict"]
)
@pytest.mark.parametrize("statement", ["UPDATE audit_{} SET id = id", "DELETE FROM audit_{}"])
@pytest.mark.rule("R70")
def test_verdicts_are_never_changed_or_deleted(
    cast: Any, thing: Thing, judged: Judged, decide: Any, table: str, statement: str
) -> None:
    decide(cast.zhao, judged(thing))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_the_database_refuses_a_decision_without_machine_or_people(thing: Thing, judged: Judged) -> None:
    case = judged(thing)
    rows = Case.objects.filter(pk=case.pk)
    with pytest.raises(IntegrityError, match="case_decided_by_machine_and_people"), transaction.atomic():
        rows.update(status="decided", outcome="approve", decided_at=case.opened_at)
    assert rows.get().status == "waiting"


def test_the_database_refuses_one_person_in_two_seats(cast: Any, thing: Thing, judged: Judged) -> None:
    rows = Case.objects.filter(pk=judged(thing).pk)
    with pytest.raises(IntegrityError, match="case_second_is_another"), transaction.atomic():
        rows.update(first_by=cast.zhao, second_by=cast.zhao)
    with pytest.raises(IntegrityError, match="case_senior_is_a_third"), transaction.atomic():
        rows.update(first_by=cast.zhao, second_by=cast.wu, senior_by=cast.wu)
    with pytest.raises(IntegrityError, match="case_decided_by_machine_and_people"), transaction.atomic():
        rows.update(
            status="decided", outcome="approve", decided_at="2026-01-01T00:00Z", first_by=cast.zhao, second_due=True
        )


def test_a_question_holds_the_case_until_the_owner_answers(cast: Any, thing: Thing, judged: Judged) -> None:
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    question = services.ask_owner(actor=cast.zhao, case=case, text="Which hospital?")
    case.refresh_from_db()
    assert (case.status, case.claimed_by) == ("on_hold", None)
    assert Notice.objects.get(user=cast.lin).code == "audit.question"
    with pytest.raises(Forbidden):
        services.answer_question(actor=cast.sun, case=case, text="Union Hospital")
    with pytest.raises(DomainError) as empty:
        services.answer_question(actor=cast.lin, case=case, text="  ")
    assert list(empty.value.fields) == ["answer"]
    for _click in range(2):
        services.answer_question(actor=cast.lin, case=case, text="Union Hospital")
    question.refresh_from_db()
    case.refresh_from_db()
    assert (question.answer, case.status) == ("Union Hospital", "waiting")
    assert StateChange.objects.filter(kind="case", action="resume").count() == 1
    with pytest.raises(Conflict):
        services.answer_question(actor=cast.lin, case=case, text="Another one")


def test_without_an_answer_the_case_goes_back_to_people(
    cast: Any, thing: Thing, judged: Judged, time_machine: Any
) -> None:
    time_machine.move_to("2026-03-02T10:00+08:00", tick=False)
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    services.ask_owner(actor=cast.zhao, case=case, text="Which hospital?")
    services.resume_unanswered(case_id=case.pk)
    assert Case.objects.get().status == "on_hold"
    time_machine.move_to("2026-03-05T10:00+08:00", tick=False)
    services.resume_unanswered(case_id=case.pk)
    assert (Case.objects.get().status, Question.objects.get().answer) == ("waiting", "")


def test_rule_set_one_is_there_and_frozen(db: None) -> None:
    active = RuleSet.objects.get(status="active")
    assert (active.version, active.founding) == (1, True)
    rule = Rule.objects.filter(ruleset=active)[0]
    for statement in ("UPDATE audit_rule SET points = 0 WHERE id = %s", "DELETE FROM audit_rule WHERE id = %s"):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [rule.pk])
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Rule.objects.create(ruleset=active, code="late", expression="true", reason_en="x", reason_zh="x")
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        RuleSet.objects.filter(pk=active.pk).update(enhanced_from=999)


def test_the_snapshot_is_kept_once_for_the_same_content(cast: Any, thing: Thing, judged: Judged) -> None:
    judged(thing)
    judged(thing, kind="alarm", occasion="a")
    assert Snapshot.objects.count() == 1
    assert json.loads(Snapshot.objects.get().body)["version"] == 1
