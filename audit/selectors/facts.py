"""What was found out about a subject: for its public page, for its owner, for other rooms (R4, R24, R25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import registry
from audit.models import Case, FactVerdict, HumanVerdict
from core.errors import Text
from policy.enforce import enforces


@dataclass(frozen=True)
class FactStatus:
    """One line of the public verification table. `status`: verified, declared, refused or expired. Never says who."""

    code: str
    label: Text
    declared: str
    status: str
    at: datetime | None = None
    method: str = ""
    method_label: Text = ""
    reviewers: int = 0


@dataclass(frozen=True)
class Fix:
    """What the raiser has to mend, in plain words."""

    code: str
    label: Text
    reason: Text
    note: str


@enforces("R4", "R24", "R25")
def verified_facts(subject_kind: str, object_id: int) -> list[FactStatus]:
    """The present status of every fact of a subject. One query, and those of the subject's own `facts`.

    A verification counts while the claim is the one that was verified and its time has not run out; a fact that nobody
    decided, or that changed since, is only declared. Nothing but a decided case speaks.
    """
    return statuses(subject_kind, object_id, registry.subject(subject_kind).facts(object_id))


def statuses(subject_kind: str, object_id: int, facts: Sequence[registry.Fact]) -> list[FactStatus]:
    """The same for facts that are at hand already. One query."""
    found: dict[str, list[FactVerdict]] = {}
    for verdict in _effective(subject_kind, object_id):
        rows = found.setdefault(verdict.fact_code, [])
        if not rows or rows[0].human_verdict.case_id == verdict.human_verdict.case_id:
            rows.append(verdict)
    now = timezone.now()
    return [_status(fact, found.get(fact.code, []), now) for fact in facts]


def _effective(subject_kind: str, object_id: int) -> list[FactVerdict]:
    """Verdicts on facts by those who decided as the case was decided, the newest case first."""
    rows = FactVerdict.objects.filter(
        subject_kind=subject_kind,
        object_id=object_id,
        human_verdict__case__status="decided",
        human_verdict__outcome=F("human_verdict__case__outcome"),
    ).exclude(result="not_needed")
    return list(rows.select_related("human_verdict").order_by("-human_verdict__case__decided_at", "human_verdict_id"))


def _status(fact: registry.Fact, rows: list[FactVerdict], now: datetime) -> FactStatus:
    rows = [row for row in rows if row.fingerprint == fact.fingerprint]
    if not rows:
        return FactStatus(fact.code, fact.label, fact.declared, "declared")
    last = rows[-1]
    refused = any(row.result == "refused" for row in rows)
    expired = any(row.valid_until and row.valid_until <= now for row in rows)
    return FactStatus(
        code=fact.code,
        label=fact.label,
        declared=fact.declared,
        status="refused" if refused else "expired" if expired else "verified",
        at=last.human_verdict.at,
        method=last.method,
        method_label=last.get_method_display() if last.method else "",
        reviewers=len({row.human_verdict.reviewer_id for row in rows}),
    )


def last_decision(subject_kind: str, object_id: int) -> Case | None:
    """The newest decided case of a subject. One query."""
    rows = Case.objects.filter(subject_kind=subject_kind, object_id=object_id, status="decided")
    return rows.order_by("-decided_at", "-pk").first()


@enforces("R67")
def fix_list(subject_kind: str, object_id: int) -> list[Fix]:
    """What stood in the way at the last decision, each with its reason in plain words; empty when it was approved.

    Two queries, and those of the subject's own `facts`.
    """
    case = last_decision(subject_kind, object_id)
    return fixes_of(case) if case else []


def fixes_of(case: Case) -> list[Fix]:
    """The same for one decided case. One query, and those of the subject's own `facts`."""
    if case.outcome not in (Case.Outcome.FIX, Case.Outcome.REFUSE):
        return []
    verdicts = HumanVerdict.objects.filter(case=case, outcome=case.outcome).prefetch_related("facts").order_by("pk")
    labels = {fact.code: fact.label for fact in registry.subject(case.subject_kind).facts(case.object_id)}
    known = registry.reasons()
    fixes: dict[tuple[str, str], Fix] = {}
    for verdict in verdicts:
        if verdict.public_order_ok is False:
            fixes["", "public_order"] = Fix("", _("The matter itself"), known["public_order"].raiser, "")
        for row in verdict.facts.all():
            if row.result == "refused":
                reason = known[row.reason_code].raiser if row.reason_code in known else row.reason_code
                fix = Fix(row.fact_code, labels.get(row.fact_code, row.fact_code), reason, row.note)
                fixes.setdefault((row.fact_code, row.reason_code), fix)
    return list(fixes.values())
