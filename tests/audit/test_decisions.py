"""The human verdict: facts, outcomes, second and senior reviewers, appeals."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from audit import rules, services
from audit.models import Case, FactVerdict, HumanVerdict
from audit.registry import Fact
from audit.selectors import fix_list, last_decision, verified_facts
from core.errors import Conflict, DomainError, Forbidden
from core.models import StateChange
from notices.models import Notice
from tests.audit.sample import Thing, make_thing, verdicts

Judged = Callable[..., Case]
Decide = Callable[..., Case]


@pytest.mark.rule("R66", "R70")
def test_one_reviewer_approves_what_the_machine_found_nothing_about(
    cast: Any, thing: Thing, judged: Judged, decide: Decide
) -> None:
    case = decide(cast.zhao, judged(thing), note="All seen.")
    verdict = HumanVerdict.objects.get()
    assert (case.status, case.outcome, case.first_by, case.second_by) == ("decided", "approve", cast.zhao, None)
    assert (case.claimed_by, case.lease_until, case.disagreement) == (None, None, False)
    assert (verdict.seat, verdict.reviewer, verdict.subject_version) == ("first", cast.zhao, "1")
    assert verdict.machine_verdict == case.machine_verdict
    assert thing.carried_out == [("submission", "approve", cast.zhao.pk)]
    assert Notice.objects.get(user=cast.lin).code == "audit.decided_approve"
    assert last_decision("sample", 1) == case


def test_deciding_twice_is_one_verdict(cast: Any, thing: Thing, judged: Judged, decide: Decide) -> None:
    case = decide(cast.zhao, judged(thing))
    same = {"facts": verdicts(), "seen_version": "1", "public_order_ok": True}
    assert services.decide_case(actor=cast.zhao, case=case, outcome="approve", **same) == case
    with pytest.raises(Conflict, match="decided_before"):
        services.decide_case(actor=cast.zhao, case=case, outcome="refuse", **same)
    assert HumanVerdict.objects.count() == 1
    assert len(thing.carried_out) == 1


FAULTY = [
    ("approve", {"diagnosis": ""}, True, "outcome"),
    ("approve", {"diagnosis": "refused:too_old"}, True, "outcome"),
    ("approve", {"car": "refused:missing"}, True, "outcome"),
    ("approve", {"diagnosis": "not_needed"}, True, "facts.diagnosis"),
    ("approve", {"diagnosis": "perhaps"}, True, "facts.diagnosis"),
    ("approve", {"boat": "verified"}, True, "facts.boat"),
    ("approve", {}, None, "public_order_ok"),
    ("approve", {}, False, "outcome"),
    ("fix", {}, True, "outcome"),
    ("fix", {"identity": "", "diagnosis": "refused:too_old"}, True, "outcome"),
    ("fix", {"diagnosis": "refused"}, True, "facts.diagnosis"),
    ("fix", {"diagnosis": "refused:because"}, True, "facts.diagnosis"),
    ("refuse", {"diagnosis": "refused:too_old"}, True, "outcome"),
    ("refuse", {}, True, "outcome"),
    ("perhaps", {}, True, "outcome"),
]


@pytest.mark.rule("R24")
@pytest.mark.parametrize(("outcome", "facts", "order", "field"), FAULTY)
def test_a_decision_that_its_facts_do_not_carry_is_refused_beside_the_field(
    cast: Any, thing: Thing, judged: Judged, decide: Decide, outcome: str, facts: Any, order: Any, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        decide(cast.zhao, judged(thing), outcome, facts=verdicts(**facts), public_order_ok=order)
    assert field in refused.value.fields
    assert not HumanVerdict.objects.exists() and not FactVerdict.objects.exists()
    assert Case.objects.get().status == "waiting" and thing.carried_out == []


@pytest.mark.rule("R75")
def test_a_matter_against_public_order_ends_the_request_with_its_own_reason(
    cast: Any, thing: Thing, judged: Judged, decide: Decide
) -> None:
    case = decide(cast.zhao, judged(thing), "refuse", public_order_ok=False)
    assert (case.status, case.second_due) == ("second_wanted", True)  # the machine had found nothing
    decide(cast.qian, case, "refuse", public_order_ok=False)
    assert thing.carried_out == [("submission", "refuse", cast.qian.pk)]
    assert [fix.code for fix in fix_list("sample", 1)] == [""]


@pytest.mark.rule("R75")
@pytest.mark.parametrize(("kind", "asked"), [("submission", True), ("material_change", True), ("withdrawal", False)])
def test_nothing_is_approved_without_a_word_on_public_order(
    cast: Any, thing: Thing, judged: Judged, decide: Decide, kind: str, asked: bool
) -> None:
    case = judged(thing, kind=kind)
    if asked:
        with pytest.raises(DomainError) as missing:
            decide(cast.zhao, case, public_order_ok=None)
        assert list(missing.value.fields) == ["public_order_ok"]
        assert not HumanVerdict.objects.exists()
    else:
        assert decide(cast.zhao, case, public_order_ok=None).outcome == "approve"


def test_a_decision_on_a_version_that_has_moved_on_is_refused(
    cast: Any, thing: Thing, judged: Judged, decide: Decide
) -> None:
    case = judged(thing)
    with pytest.raises(Conflict, match="version_moved"):
        decide(cast.zhao, case, seen_version="0")
    thing.version = 2
    with pytest.raises(Conflict, match="version_moved"):
        decide(cast.zhao, case)
    assert not HumanVerdict.objects.exists()
    renewed = services.renew_case(actor=cast.zhao, case=case)
    case.refresh_from_db()
    assert (case.status, renewed.status, renewed.subject_version) == ("closed", "opened", "2")


def test_without_the_lease_there_is_no_decision(cast: Any, thing: Thing, judged: Judged, time_machine: Any) -> None:
    case = judged(thing)
    same = {"case": case, "outcome": "approve", "facts": verdicts(), "seen_version": "1", "public_order_ok": True}
    with pytest.raises(Conflict, match="lease_lost"):
        services.decide_case(actor=cast.zhao, **same)
    services.claim_case(actor=cast.zhao, case=case)
    with pytest.raises(Conflict, match="lease_lost"):
        services.decide_case(actor=cast.qian, **same)
    thing.excluded = {cast.zhao.pk}
    with pytest.raises(Conflict, match="not_offered"):
        services.decide_case(actor=cast.zhao, **same)
    assert not HumanVerdict.objects.exists()


def test_when_the_room_cannot_carry_it_out_nothing_is_decided(
    cast: Any, thing: Thing, judged: Judged, decide: Decide
) -> None:
    thing.fail = Conflict("wrong_state", "Not possible now.")
    with pytest.raises(Conflict, match="wrong_state"):
        decide(cast.zhao, judged(thing))
    case = Case.objects.get()
    assert (case.status, case.outcome, case.first_by) == ("waiting", "", None)
    assert not HumanVerdict.objects.exists() and not Notice.objects.exists()


@pytest.mark.rule("R66", "R70")
def test_two_different_people_decide_where_two_are_due(cast: Any, judged: Judged, decide: Decide) -> None:
    thing = make_thing(owner=cast.lin, second=["A child is the patient"])
    case = decide(cast.zhao, judged(thing))
    assert (case.status, case.second_due, case.second_reasons) == ("second_wanted", True, ["A child is the patient"])
    assert thing.carried_out == [] and not Notice.objects.exists()
    with pytest.raises(Conflict, match="not_offered"):
        services.claim_case(actor=cast.zhao, case=case)
    assert services.claim_next(actor=cast.zhao) is None
    decided = decide(cast.qian, case)
    assert (decided.status, decided.first_by, decided.second_by) == ("decided", cast.zhao, cast.qian)
    assert thing.carried_out == [("submission", "approve", cast.qian.pk)]


@pytest.mark.rule("R66", "R67")
def test_approving_against_the_warning_of_the_machine_takes_two_and_is_a_disagreement(
    cast: Any, judged: Judged, decide: Decide
) -> None:
    thing = make_thing(owner=cast.lin)
    case = judged(thing)
    Case.objects.filter(pk=case.pk).update(band="enhanced")
    case = decide(cast.zhao, case)
    assert case.status == "second_wanted" and thing.carried_out == []
    assert decide(cast.qian, case).disagreement is True


@pytest.mark.rule("R66")
def test_when_two_differ_a_third_and_senior_person_decides(cast: Any, judged: Judged, decide: Decide) -> None:
    cast.zhou.grants.create(role="auditor")
    thing = make_thing(owner=cast.lin, second=["High amount"])
    case = decide(cast.zhao, judged(thing))
    case = decide(cast.zhou, case, "fix", facts=verdicts(diagnosis="refused:too_old"))
    assert case.status == "senior_wanted" and thing.carried_out == []
    for not_senior in (cast.zhao, cast.zhou):
        with pytest.raises(Conflict, match="not_offered"):
            services.claim_case(actor=not_senior, case=case)
    case = decide(cast.qian, case, "fix", facts=verdicts(diagnosis="refused:unreadable"))
    assert (case.status, case.outcome, case.senior_by) == ("decided", "fix", cast.qian)
    assert thing.carried_out == [("submission", "fix", cast.qian.pk)]
    assert [(fix.code, fix.label) for fix in fix_list("sample", 1)] == [("diagnosis", "Diagnosis")] * 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_decision(cast: Any, thing: Thing, judged: Judged) -> None:
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    problems: list[Exception] = []
    gate = threading.Barrier(2)

    def click() -> None:
        try:
            gate.wait()
            services.decide_case(
                actor=cast.zhao,
                case=Case.objects.get(pk=case.pk),
                outcome="approve",
                facts=verdicts(),
                seen_version="1",
                public_order_ok=True,
            )
        except Conflict as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _click in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert HumanVerdict.objects.count() == 1
    assert thing.carried_out == [("submission", "approve", cast.zhao.pk)]
    assert StateChange.objects.filter(kind="case", action="decide").count() == 1
    assert len(problems) <= 1


@pytest.mark.rule("R4", "R24", "R25")
def test_the_public_table_says_what_was_verified_and_what_is_only_declared(
    cast: Any, thing: Thing, judged: Judged, decide: Decide, django_assert_num_queries: Any
) -> None:
    def table() -> dict[str, tuple[str, int]]:
        return {row.code: (row.status, row.reviewers) for row in verified_facts("sample", 1)}

    declared = {"identity": ("declared", 0), "diagnosis": ("declared", 0), "car": ("declared", 0)}
    assert table() == declared
    thing.second = ["High amount"]
    case = decide(cast.zhao, judged(thing))
    assert table() == declared  # one of two people is not yet a verification
    decide(cast.qian, case, facts=verdicts(car="not_needed"))
    with django_assert_num_queries(1):
        assert table() == {"identity": ("verified", 2), "diagnosis": ("verified", 2), "car": ("declared", 0)}
    row = verified_facts("sample", 1)[0]
    assert (row.method, row.at) == ("document", HumanVerdict.objects.get(seat="second").at)


@pytest.mark.rule("R24", "R25")
def test_a_changed_claim_is_only_declared_again_and_an_old_verification_expires(
    cast: Any, thing: Thing, judged: Judged, decide: Decide, time_machine: Any
) -> None:
    time_machine.move_to("2026-03-02T10:00+08:00", tick=False)
    decide(cast.zhao, judged(thing), facts=verdicts(car="verified"))
    thing.facts[2] = Fact("car", "Car", "one, sold", (), required=False)
    assert [row.status for row in verified_facts("sample", 1)] == ["verified", "verified", "declared"]
    time_machine.shift(timedelta(days=181))
    assert [row.status for row in verified_facts("sample", 1)] == ["verified", "expired", "declared"]


@pytest.mark.rule("R25")
def test_a_refused_fact_is_shown_as_refused_until_it_is_verified(
    cast: Any, thing: Thing, judged: Judged, decide: Decide
) -> None:
    decide(cast.zhao, judged(thing), "fix", facts=verdicts(diagnosis="refused:too_old"))
    assert [row.status for row in verified_facts("sample", 1)] == ["verified", "refused", "declared"]
    fix = fix_list("sample", 1)[0]
    assert (fix.code, fix.label, bool(fix.reason)) == ("diagnosis", "Diagnosis", True)
    thing.version = 2
    decide(cast.zhao, judged(thing))
    assert [row.status for row in verified_facts("sample", 1)] == ["verified", "verified", "declared"]
    assert fix_list("sample", 1) == []


@pytest.mark.rule("R24")
def test_what_was_verified_and_did_not_change_needs_no_new_word(
    cast: Any, thing: Thing, judged: Judged, decide: Decide
) -> None:
    decide(cast.zhao, judged(thing), "fix", facts=verdicts(diagnosis="refused:too_old"))
    thing.version = 2
    thing.facts[1] = Fact("diagnosis", "Diagnosis", "Leukaemia, this month", (), valid_days=180)
    again = judged(thing)
    with pytest.raises(DomainError):
        decide(cast.qian, again, facts=[])
    decide(cast.qian, again, facts=verdicts(identity=""))
    assert [row.status for row in verified_facts("sample", 1)] == ["verified", "verified", "declared"]
    thing.version = 3
    thing.facts[0] = Fact("identity", "Identity", "林**", stamp="another card")
    with pytest.raises(DomainError):
        decide(cast.zhao, judged(thing), facts=verdicts(identity=""))
    alarm = judged(make_thing(owner=cast.lin, version=2, facts=thing.facts[1:]), kind="alarm", occasion="velocity")
    assert decide(cast.zhao, alarm, facts=[], public_order_ok=None).outcome == "approve"


@pytest.mark.rule("R67")
def test_an_appeal_is_decided_by_other_people(cast: Any, thing: Thing, judged: Judged, decide: Decide) -> None:
    case = decide(cast.zhao, judged(thing), "fix", facts=verdicts(diagnosis="refused:too_old"))
    with pytest.raises(Forbidden):
        services.appeal_decision(actor=cast.sun, case=case, text="Look again.")
    with pytest.raises(DomainError) as empty:
        services.appeal_decision(actor=cast.lin, case=case, text="")
    assert list(empty.value.fields) == ["text"]
    assert Case.objects.count() == 1
    appeal = services.appeal_decision(actor=cast.lin, case=case, text="The date is on page two.")
    assert services.appeal_decision(actor=cast.lin, case=case, text="Again.") == appeal
    assert (appeal.kind, appeal.parent, appeal.note) == ("appeal", case, "The date is on page two.")
    services.judge_case(case_id=appeal.pk)
    assert services.claim_next(actor=cast.zhao) is None
    assert decide(cast.qian, appeal).outcome == "approve"
    assert thing.carried_out[-1] == ("appeal", "approve", cast.qian.pk)
    with pytest.raises(Conflict, match="no_appeal"):
        services.appeal_decision(actor=cast.lin, case=Case.objects.get(pk=appeal.pk), text="More.")


def test_an_appeal_has_its_time(cast: Any, thing: Thing, judged: Judged, decide: Decide, time_machine: Any) -> None:
    time_machine.move_to("2026-03-02T10:00+08:00", tick=False)
    case = decide(cast.zhao, judged(thing), "fix", facts=verdicts(diagnosis="refused:too_old"))
    time_machine.shift(rules.APPEAL_TIME + timedelta(seconds=1))
    with pytest.raises(Conflict, match="too_late"):
        services.appeal_decision(actor=cast.lin, case=case, text="Look again.")
    assert Case.objects.count() == 1
