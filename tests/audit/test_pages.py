"""The workbench, the raiser's pages and the reports of anybody, over HTTP."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import services
from audit.models import Case, HardStop, HumanVerdict, Report, Rule, RuleSet
from core.models import TrailEvent
from tests.audit.sample import Thing, make_thing, verdicts
from tests.signin import sign_in

Judged = Callable[..., Case]
Decide = Callable[..., Case]

VERDICT = {
    "seen_version": "1",
    "identity__result": "verified",
    "identity__method": "document",
    "diagnosis__result": "verified",
    "diagnosis__method": "call_back",
    "public_order": "yes",
    "outcome": "approve",
    "note": "",
}


@pytest.fixture
def zhao(client: Client, cast: Any) -> Client:
    return sign_in(client, cast.zhao)


STAFF_PAGES = ["queue", "disagreements", "stops", "rulesets", "reports"]


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_pages_are_not_there_for_others(client: Client, cast: Any, name: str) -> None:
    url = reverse(f"audit:{name}")
    assert client.get(url).status_code == 302
    assert sign_in(client, cast.lin).get(url).status_code == 404


def test_the_queue_shows_what_is_offered_and_takes_the_next(zhao: Client, cast: Any, judged: Judged) -> None:
    first, own = judged(make_thing(1, owner=cast.lin), urgent=True), judged(make_thing(2, owner=cast.zhao))
    page = zhao.get(reverse("audit:queue"))
    assert [case.pk for case in page.context["page_obj"]] == [first.pk]
    assert own.title not in page.content.decode()
    for _click in range(2):
        taken = zhao.post(reverse("audit:next"), {"kind": "", "band": "", "urgent": ""})
        assert taken.headers["Location"] == reverse("audit:case", args=[first.pk])
    first.refresh_from_db()
    assert first.claimed_by == cast.zhao
    assert zhao.post(reverse("audit:next"), {"kind": "appeal"}).headers["Location"] == reverse("audit:queue")


def test_the_queue_page_costs_the_same_with_two_thousand_cases(
    zhao: Client, cast: Any, thing: Thing, judged: Judged, django_assert_num_queries: Any
) -> None:
    case = judged(thing)
    zhao.get(reverse("audit:queue"))
    with CaptureQueriesContext(connection) as one:
        zhao.get(reverse("audit:queue"))
    rows = [Case(**{**_columns(case), "object_id": number}) for number in range(100, 2200)]
    Case.objects.bulk_create(rows)
    with django_assert_num_queries(len(one)):
        page = zhao.get(reverse("audit:queue"), {"page": 3})
    assert len(page.context["page_obj"]) == 50
    with django_assert_num_queries(len(one)):
        zhao.get(reverse("audit:queue"), {"kind": "submission", "band": "fast"})


def _columns(case: Case) -> dict[str, Any]:
    return {f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields if f.attname != "id"}


def test_the_case_page_lays_facts_findings_and_the_form_before_the_holder(
    zhao: Client, cast: Any, judged: Judged
) -> None:
    case = judged(make_thing(owner=cast.lin, found="hit"))
    url = reverse("audit:case", args=[case.pk])
    assert "identity__result" not in zhao.get(url).content.decode()
    assert zhao.post(reverse("audit:act", args=[case.pk, "claim"])).headers["Location"] == url
    page = zhao.get(url).content.decode()
    assert "The sample check found a gap." in page
    assert 'name="identity__result" value="verified"' in page
    assert 'name="identity__result" value="not_needed"' not in page and 'name="car__result" value="not_needed"' in page
    assert "style=" not in page and "<script>" not in page


def test_one_s_own_case_is_not_there(zhao: Client, cast: Any, judged: Judged) -> None:
    case = judged(make_thing(owner=cast.zhao))
    assert zhao.get(reverse("audit:case", args=[case.pk])).status_code == 404
    for address in ("decide", "ask"):
        assert zhao.post(reverse(f"audit:{address}", args=[case.pk]), VERDICT).status_code == 404
    assert zhao.post(reverse("audit:reveal", args=[case.pk, "identity"])).status_code == 404


def test_a_decision_by_form_and_the_same_form_again(zhao: Client, cast: Any, thing: Thing, judged: Judged) -> None:
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    url = reverse("audit:decide", args=[case.pk])
    for _click in range(2):
        assert zhao.post(url, VERDICT).headers["Location"] == reverse("audit:queue")
    case.refresh_from_db()
    assert (case.status, case.outcome, HumanVerdict.objects.count()) == ("decided", "approve", 1)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"diagnosis__result": ""}, "outcome"),
        ({"diagnosis__method": ""}, "diagnosis__result"),
        ({"public_order": ""}, "public_order"),
        ({"outcome": "refuse"}, "outcome"),
        ({"identity__result": "\x00"}, "identity__result"),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_typed_is_lost(
    zhao: Client, cast: Any, thing: Thing, judged: Judged, changed: dict[str, str], field: str
) -> None:
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    page = zhao.post(reverse("audit:decide", args=[case.pk]), {**VERDICT, "note": "my own words", **changed})
    assert page.status_code == 409
    assert field in page.context["form"].errors
    assert "my own words" in page.content.decode()
    assert not HumanVerdict.objects.exists()


def test_the_version_that_moved_on_is_said_and_the_new_one_can_be_opened(
    zhao: Client, cast: Any, thing: Thing, judged: Judged
) -> None:
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    thing.version = 2
    page = zhao.post(reverse("audit:decide", args=[case.pk]), VERDICT)
    assert page.status_code == 409 and page.context["file"].moved_on
    renewed = zhao.post(reverse("audit:act", args=[case.pk, "renew"])).headers["Location"]
    assert renewed == reverse("audit:case", args=[Case.objects.get(subject_version="2").pk])


@pytest.mark.rule("R66")
def test_the_second_reviewer_does_not_see_the_first_verdict(
    client: Client, cast: Any, judged: Judged, decide: Decide
) -> None:
    case = decide(cast.zhao, judged(make_thing(owner=cast.lin, second=["High amount"])), note="first words")
    url = reverse("audit:case", args=[case.pk])
    assert "first words" not in sign_in(client, cast.qian).get(url).content.decode()
    assert "first words" in sign_in(Client(), cast.zhao).get(url).content.decode()
    decide(cast.qian, case)
    assert "first words" in client.get(url).content.decode()


def test_seeing_in_clear_needs_the_case_and_a_purpose_and_leaves_a_line(
    zhao: Client, cast: Any, thing: Thing, judged: Judged
) -> None:
    case = judged(thing)
    url = reverse("audit:reveal", args=[case.pk, "identity"])
    assert "林晓梅" not in zhao.post(url, {"purpose": "compare"}).content.decode()
    services.claim_case(actor=cast.zhao, case=case)
    assert "林晓梅" not in zhao.post(url, {"purpose": "curiosity"}).content.decode()
    assert not TrailEvent.objects.filter(event="read.sensitive").exists()
    page = zhao.post(url, {"purpose": "compare"}, headers={"HX-Request": "true"})
    assert "林晓梅" in page.content.decode() and page.headers["Cache-Control"] == "no-store"
    line = TrailEvent.objects.get(event="read.sensitive")
    assert (line.actor, line.purpose) == (cast.zhao, "audit:compare:identity")


def test_asking_the_raiser_and_the_answer(zhao: Client, cast: Any, thing: Thing, judged: Judged) -> None:
    case = services.claim_case(actor=cast.zhao, case=judged(thing))
    assert zhao.post(reverse("audit:ask", args=[case.pk]), {"text": ""}).status_code == 409
    zhao.post(reverse("audit:ask", args=[case.pk]), {"text": "Which hospital?"})
    lin = sign_in(Client(), cast.lin)
    url = reverse("audit:decision", args=[case.pk])
    assert "Which hospital?" in lin.get(url).content.decode()
    assert sign_in(Client(), cast.sun).get(url).status_code == 404
    assert lin.post(url, {"text": "Union Hospital"}).headers["Location"] == url
    case.refresh_from_db()
    assert (case.status, case.questions.get().answer) == ("waiting", "Union Hospital")


@pytest.mark.rule("R67")
def test_the_raiser_reads_what_to_mend_and_who_decided_and_appeals(
    client: Client, cast: Any, judged: Judged, decide: Decide
) -> None:
    thing = make_thing(owner=cast.lin, found="hit")
    case = decide(cast.zhao, judged(thing), "fix", facts=verdicts(diagnosis="refused:too_old"))
    lin = sign_in(client, cast.lin)
    url = reverse("audit:decision", args=[case.pk])
    page = lin.get(url)
    assert [fix.code for fix in page.context["fixes"]] == ["diagnosis"]
    assert page.context["noticed"] == ["Please explain a gap."]
    assert "赵" not in page.content.decode()
    assert lin.post(url, {"text": ""}).status_code == 200
    assert Case.objects.count() == 1
    assert lin.post(url, {"text": "The date is on page two."}).headers["Location"] == url
    assert Case.objects.get(kind="appeal").note == "The date is on page two."
    assert lin.get(reverse("audit:decisions")).status_code == 200


def test_a_paper_of_another_case_is_not_there(zhao: Client, cast: Any, thing: Thing, judged: Judged) -> None:
    url = reverse("audit:paper", args=[judged(thing).pk, 12345, 1, "full"])
    assert zhao.get(url).status_code == 404


def test_a_stop_is_raised_kept_and_lifted_by_two(client: Client, cast: Any, thing: Thing) -> None:
    xu, qian = sign_in(client, cast.xu), sign_in(Client(), cast.qian)
    raised = reverse("audit:raise_stop", args=["sample", 1])
    for nowhere in (["sample", 99], ["boat", 1], ["sample", 2**80]):
        assert xu.post(reverse("audit:raise_stop", args=nowhere), {"text": "A copied seal."}).status_code == 404
    xu.post(raised, {"text": ""})
    assert not HardStop.objects.exists()
    for _click in range(2):
        xu.post(raised, {"text": "The seal is copied."})
    stop = HardStop.objects.get()
    xu.post(reverse("audit:stop_act", args=[stop.pk, "propose"]), {"text": "The hospital confirmed the seal."})
    xu.post(reverse("audit:stop_act", args=[stop.pk, "lift"]))
    stop.refresh_from_db()
    assert stop.status == "lift_proposed" and thing.frozen
    assert qian.get(reverse("audit:stops")).status_code == 200
    qian.post(reverse("audit:stop_act", args=[stop.pk, "lift"]))
    stop.refresh_from_db()
    assert (stop.status, stop.lift_approved_by, thing.frozen) == ("lifted", cast.qian, False)


RULE = {
    "code": "big_amount",
    "expression": "s.amount > 100000",
    "points": "30",
    "severity": "medium",
    "reason_zh": "金额较大。",
    "reason_en": "A large amount.",
    "subjects": ["sample"],
}


def test_rules_are_drafted_checked_while_typed_proposed_and_put_in_force_by_another(client: Client, cast: Any) -> None:
    wu, he = sign_in(client, cast.wu), sign_in(Client(), cast.he)
    wu.post(reverse("audit:ruleset_draft"))
    draft = RuleSet.objects.get(status="draft")
    new = reverse("audit:rule_new", args=[draft.version])
    page = wu.post(new, {**RULE, "expression": "s.amount >"})
    assert "expression" in page.context["form"].errors and "big_amount" in page.content.decode()
    assert wu.post(new, RULE).status_code == 302
    assert "alert" in wu.post(reverse("audit:rule_check"), {"expression": "s.amount >"}).content.decode()
    rule = Rule.objects.get(ruleset=draft, code="big_amount")
    assert (rule.points, rule.subjects) == (30, ["sample"])
    other = Rule.objects.filter(ruleset=draft).exclude(pk=rule.pk)[0]
    wu.post(reverse("audit:rule_remove", args=[draft.version, other.pk]))
    wu.post(reverse("audit:ruleset_thresholds", args=[draft.version]), {"standard_from": 10, "enhanced_from": 50})
    wu.post(reverse("audit:ruleset_act", args=[draft.version, "propose"]))
    wu.post(reverse("audit:ruleset_act", args=[draft.version, "promote"]))
    draft.refresh_from_db()
    assert (draft.status, draft.standard_from) == ("proposed", 10)
    assert he.get(reverse("audit:ruleset", args=[draft.version])).status_code == 200
    he.post(reverse("audit:ruleset_act", args=[draft.version, "promote"]))
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by) == ("active", cast.he)
    assert RuleSet.objects.get(version=1).status == "retired"


def test_watchers_read_the_rules_but_change_none(zhao: Client, cast: Any) -> None:
    assert zhao.get(reverse("audit:rulesets")).status_code == 200
    assert zhao.get(reverse("audit:ruleset", args=[1])).status_code == 200
    assert zhao.post(reverse("audit:ruleset_draft")).status_code == 404
    assert RuleSet.objects.count() == 1


def test_the_figures_are_for_everybody(client: Client, db: None) -> None:
    assert client.get(reverse("audit:figures")).status_code == 200


REPORT = {
    "category": "assets",
    "text": "The family rents out a shop in the old town.",
    "contact": "",
    "good_faith": "on",
    "form_key": "11111111-1111-1111-1111-111111111111",
}


@pytest.mark.rule("R93", "R94")
def test_anybody_reports_without_an_account_and_follows_the_link(client: Client, cast: Any, thing: Thing) -> None:
    url = reverse("audit:report", args=["sample", "THING1"])
    page = client.get(url).content.decode()
    assert re.search(r'name="form_key" value="[0-9a-f-]{36}"', page)
    first, again = (client.post(url, REPORT).headers["Location"] for _click in range(2))
    report = Report.objects.get()
    assert first == again and report.number in first
    status = client.get(first)
    assert status.status_code == 200 and "no-store" in status.headers["Cache-Control"]
    assert client.get(reverse("audit:report_status", args=[report.number, "0" * 32])).status_code == 404
    assert client.get(reverse("audit:report_status_own", args=[report.number])).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"category": "gossip"}, "category"), ({"text": "bad"}, "text"), ({"good_faith": ""}, "good_faith")],
)
def test_a_report_with_a_fault_keeps_what_was_typed(
    client: Client, thing: Thing, changed: dict[str, str], field: str
) -> None:
    page = client.post(reverse("audit:report", args=["sample", "THING1"]), {**REPORT, "contact": "me@x.cn", **changed})
    assert page.status_code == 422 and field in page.context["form"].errors
    assert "me@x.cn" in page.content.decode()
    assert not Report.objects.exists()


@pytest.mark.parametrize("address", ["sample/THING99", "sample/nothing", "boat/THING1"])
def test_what_is_not_public_cannot_be_reported(client: Client, thing: Thing, address: str) -> None:
    assert client.get(f"/report/{address}/").status_code == 404


def test_the_board_walks_a_report_to_its_decision(client: Client, cast: Any, thing: Thing) -> None:
    client.post(reverse("audit:report", args=["sample", "THING1"]), REPORT)
    report = Report.objects.get()
    feng, xu, lin = (sign_in(Client(), person) for person in (cast.feng, cast.xu, cast.lin))

    def act(who: Client, action: str, **data: str) -> None:
        assert who.post(reverse("audit:report_act", args=[report.number, action]), data).status_code in (200, 302)
        report.refresh_from_db()

    assert report.number in feng.get(reverse("audit:reports")).content.decode()
    assert "old town" in feng.get(reverse("audit:report_staff", args=[report.number])).content.decode()
    own = reverse("audit:report_own", args=[report.number])
    act(feng, "acknowledge")
    assert lin.get(own).status_code == 404
    act(feng, "triage", credible="yes", summary="")
    assert report.status == "acknowledged"
    act(feng, "triage", credible="yes", summary="A rented shop was not stated.")
    act(feng, "investigate")
    page = lin.get(own).content.decode()
    assert "A rented shop was not stated." in page and "old town" not in page
    assert sign_in(Client(), cast.sun).get(own).status_code == 404
    assert lin.post(own, {"text": "It belongs to my uncle."}).status_code == 302
    act(feng, "prove", text="The lease names the father.")
    act(feng, "confirm")
    assert report.status == "proof_proposed" and thing.proved == 0
    act(xu, "confirm")
    assert (report.status, report.outcome, report.confirmed_by, thing.proved) == ("decided", "proved", cast.xu, 1)
    assert "The lease names the father." in lin.get(own).content.decode()


@pytest.mark.parametrize("model", ["case", "machineverdict", "humanverdict", "snapshot", "ruleset", "hardstop"])
def test_the_admin_only_reads(
    client: Client, cast: Any, thing: Thing, judged: Judged, decide: Decide, model: str
) -> None:
    decide(cast.zhao, judged(thing))
    wu = sign_in(client, cast.wu)
    assert wu.get(reverse(f"admin:audit_{model}_changelist")).status_code == 200
    assert wu.get(reverse(f"admin:audit_{model}_add")).status_code == 403
    if model == "case":
        change = reverse("admin:audit_case_change", args=[Case.objects.get().pk])
        assert wu.get(change).status_code == 200
        assert wu.post(change, {"status": "closed"}).status_code == 403
        assert Case.objects.get().status == "decided"
