"""The machine verdict (R66): snapshot, checks, rules, score, band. It sends a case to people; it never decides one."""

import json
import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import canonical, expressions, registry
from audit.models import Case, MachineFinding, MachineVerdict, Rule, RuleOutcome, RuleSet, Snapshot
from audit.registry import Check, Finding, Json, Result, Severity
from audit.services.cases import renew_case
from audit.services.stops import stop_by_machine
from core import states
from policy.enforce import enforces

log = logging.getLogger(__name__)


@enforces("R66", "R67")
def judge_case(*, case_id: int) -> MachineVerdict | None:
    """Record the machine verdict of an opened case and hand the case to people, whatever the verdict says.

    Done twice, it gives the verdict that is there. None when the case was closed meanwhile or its subject has moved on
    (then a new case is open for the present version).
    """
    case = Case.objects.get(pk=case_id)
    if case.status != "opened":
        return case.machine_verdict
    now = timezone.now()
    body = canonical.dumps(registry.subject(case.subject_kind).snapshot(case.object_id))
    seen: Json = json.loads(body)
    if str(seen["version"]) != case.subject_version:
        renew_case(actor=None, case=case)
        return None
    ruleset = RuleSet.objects.get(status="active")
    rule_list = rules_for(ruleset, case.subject_kind)
    findings = run_checks(case.subject_kind, seen, now)
    judgement = expressions.judge(
        rule_list,
        findings,
        seen,
        standard_from=ruleset.standard_from,
        enhanced_from=ruleset.enhanced_from,
    )
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
        if locked.status != "opened":
            return locked.machine_verdict
        verdict = MachineVerdict.objects.create(
            case=locked,
            snapshot=_keep(locked, body),
            ruleset=ruleset,
            code_version=settings.CODE_VERSION,
            score=judgement.score,
            band=judgement.band,
            at=now,
        )
        _write_findings(verdict, findings)
        _write_outcomes(verdict, rule_list, judgement)
        Case.objects.filter(pk=case_id).update(machine_verdict=verdict, band=verdict.band, score=verdict.score)
        states.apply(locked, "machine_done", actor=None, data={"band": verdict.band, "score": verdict.score})
        if verdict.band == Case.Band.HARD_STOP:
            stop_by_machine(locked, _evidence(findings, rule_list, judgement))
    return verdict


def rules_for(ruleset: RuleSet, subject_kind: str) -> list[Rule]:
    """The rules of the set that speak about this kind of subject, in order of their codes. One query."""
    return [rule for rule in ruleset.rules.order_by("code") if not rule.subjects or subject_kind in rule.subjects]


def run_checks(subject_kind: str, seen: Json, now: datetime) -> dict[str, Finding]:
    """Run every registered check over a copy of the snapshot. A check that fails counts as not evaluable, never as passed."""
    return {check.code: _run(check, seen, now) for check in registry.checks_for(subject_kind)}


def _run(check: Check, seen: Json, now: datetime) -> Finding:
    try:
        finding = check.run(json.loads(json.dumps(seen)), now)
        canonical.dumps([dict(finding.params), list(finding.evidence), dict(finding.data)])
    except Exception as error:
        log.exception("check %s failed", check.code)
        # Only the kind of the error: its text may hold what the check was reading.
        return Finding.not_evaluable(type(error).__name__)
    return finding


def _keep(case: Case, body: str) -> Snapshot:
    snapshot, _created = Snapshot.objects.get_or_create(
        subject_kind=case.subject_kind,
        object_id=case.object_id,
        version=case.subject_version,
        sha256=canonical.sha256(body),
        defaults={"body": body},
    )
    return snapshot


def _write_findings(verdict: MachineVerdict, findings: dict[str, Finding]) -> None:
    MachineFinding.objects.bulk_create(
        MachineFinding(
            verdict=verdict,
            check_code=code,
            result=finding.result,
            severity=finding.severity,
            message=finding.message,
            params=dict(finding.params),
            evidence=list(finding.evidence),
            data=dict(finding.data),
            why=finding.why,
        )
        for code, finding in findings.items()
    )


def _write_outcomes(verdict: MachineVerdict, rule_list: list[Rule], judgement: expressions.Judgement) -> None:
    by_code = {rule.code: rule for rule in rule_list}
    RuleOutcome.objects.bulk_create(
        RuleOutcome(
            verdict=verdict,
            rule=by_code[outcome.code],
            result=outcome.result,
            points=outcome.points,
            error=outcome.error,
        )
        for outcome in judgement.outcomes
    )


def _evidence(findings: dict[str, Finding], rule_list: list[Rule], judgement: expressions.Judgement) -> str:
    """The codes that amount to preliminary evidence; the case shows what stands behind them."""
    fired = {outcome.code for outcome in judgement.outcomes if outcome.result == "fired"}
    codes = [
        *(
            code
            for code, finding in findings.items()
            if finding.result == Result.HIT and finding.severity == Severity.STOP
        ),
        *(rule.code for rule in rule_list if rule.code in fired and rule.severity == Severity.STOP),
    ]
    return ", ".join(codes)
