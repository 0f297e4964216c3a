"""Everything that a reviewer reads about one case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from accounts.models import User
from audit import registry
from audit.models import Case, HardStop, HumanVerdict, MachineVerdict, Question, Report, RuleOutcome
from audit.registry import Fact
from audit.selectors.facts import FactStatus, statuses
from audit.states import REPORT_OPEN, STOPPED
from core.errors import Text
from documents.access import documents_for
from documents.kinds import Kind
from documents.models import Document

# Pictures that may be hard to look at: blurred until the reviewer asks to see them.
DISTRESSING = frozenset({Kind.PHOTO, Kind.LAB_REPORT, Kind.EVIDENCE, Kind.OTHER})


@dataclass(frozen=True)
class FindingLine:
    """What one check found, in words."""

    code: str
    label: Text
    result: str
    severity: str
    text: str
    evidence: Sequence[str]


@dataclass(frozen=True)
class RuleLine:
    """What one rule said, if it was not silent."""

    code: str
    result: str
    points: int
    severity: str
    reason: str
    error: str


@dataclass(frozen=True)
class Paper:
    document: Document
    blurred: bool
    pages: range


@dataclass(frozen=True)
class CaseFile:
    case: Case
    facts: Sequence[Fact]
    known: Mapping[str, FactStatus]
    papers: Sequence[Paper]
    findings: Sequence[FindingLine]
    rules: Sequence[RuleLine]
    questions: Sequence[Question]
    verdicts: Sequence[HumanVerdict]
    earlier: Sequence[Case]
    stop: HardStop | None
    open_reports: int
    snapshot: str
    moved_on: bool

    @property
    def pointed_out(self) -> list[FindingLine]:
        """What to look at: hits, and what could not be checked."""
        return [line for line in self.findings if line.result != "miss"]

    @property
    def silent(self) -> list[FindingLine]:
        return [line for line in self.findings if line.result == "miss"]


def case_file(case: Case, viewer: User) -> CaseFile:
    """Eleven queries, and those of the subject's own `facts` and `snapshot`.

    Whoever may still decide does not see what others decided: each decision is independent.
    """
    subject = registry.subject(case.subject_kind)
    facts = list(subject.facts(case.object_id))
    verdict = case.machine_verdict
    about = {"subject_kind": case.subject_kind, "object_id": case.object_id}
    return CaseFile(
        case=case,
        facts=facts,
        known={row.code: row for row in statuses(case.subject_kind, case.object_id, facts)},
        papers=papers(facts, viewer),
        findings=finding_lines(verdict) if verdict else [],
        rules=rule_lines(verdict) if verdict else [],
        questions=list(case.questions.order_by("pk")),
        verdicts=[] if case.is_open and viewer.pk not in case.reviewers else list(_verdicts(case)),
        earlier=list(Case.objects.filter(**about).exclude(pk=case.pk).order_by("-pk")[:10]),
        stop=HardStop.objects.filter(**about, status__in=STOPPED).first(),
        open_reports=Report.objects.filter(**about, status__in=REPORT_OPEN).count(),
        snapshot=verdict.snapshot.body if verdict else "",
        moved_on=case.is_open and str(subject.snapshot(case.object_id)["version"]) != case.subject_version,
    )


def papers(facts: Sequence[Fact], viewer: User) -> list[Paper]:
    """The documents of all facts, each once. One query."""
    wanted = {pk for fact in facts for pk in fact.documents}
    if not wanted:
        return []
    return [
        Paper(document, document.kind in DISTRESSING, range(1, document.pages + 1))
        for document in documents_for(viewer).filter(pk__in=wanted).order_by("pk")
    ]


def finding_lines(verdict: MachineVerdict) -> list[FindingLine]:
    """What the checks found, hits first. One query."""
    order = {"hit": 0, "not_evaluable": 1, "miss": 2}
    lines = [
        FindingLine(
            row.check_code,
            check.label if (check := registry.find_check(row.check_code)) else row.check_code,
            row.result,
            row.severity,
            message_text(row.check_code, row.message, row.params, "auditor") or row.why,
            row.evidence,
        )
        for row in verdict.findings.all()
    ]
    return sorted(lines, key=lambda line: (order[line.result], line.code))


def message_text(check_code: str, message: str, params: dict[str, Any], audience: str) -> str:
    """The sentence of a finding for `auditor` or `raiser` in the reader's language; empty when there is none."""
    check = registry.find_check(check_code)
    if check is None or message not in check.messages:
        return ""
    return str(getattr(check.messages[message], audience)) % params


def rule_lines(verdict: MachineVerdict) -> list[RuleLine]:
    """Rules that fired or could not be evaluated. One query."""
    chinese = (get_language() or "").startswith("zh")
    rows = RuleOutcome.objects.filter(verdict=verdict).exclude(result="silent").select_related("rule")
    return [
        RuleLine(
            row.rule.code,
            row.result,
            row.points,
            row.rule.severity,
            row.rule.reason_zh if chinese else row.rule.reason_en,
            row.error,
        )
        for row in rows.order_by("result", "-points")
    ]


def _verdicts(case: Case) -> QuerySet[HumanVerdict]:
    return case.human_verdicts.select_related("reviewer").prefetch_related("facts").order_by("pk")


def noticed(case: Case) -> list[str]:
    """What the programme noticed, in the words meant for the raiser. One query."""
    if case.machine_verdict is None:
        return []
    texts = [
        message_text(row.check_code, row.message, row.params, "raiser")
        for row in case.machine_verdict.findings.filter(result="hit").order_by("check_code")
    ]
    return [text for text in texts if text]
