"""The human verdict: fact by fact, pinned to the version that was seen, by as many different people as are due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import registry, rules
from audit.models import Case, FactVerdict, HumanVerdict
from audit.registry import Fact, Subject
from audit.selectors.facts import statuses
from audit.selectors.stops import is_stopped
from audit.services.claims import require_claim
from core import states
from core.errors import Conflict, DomainError, Text
from notices.services import notify
from policy.enforce import enforces

NOTE_MAX = 4000


@dataclass(frozen=True)
class FactDecision:
    """What a reviewer says about one fact. `note` is read by the raiser when the fact is refused."""

    code: str
    result: str
    method: str = ""
    reason_code: str = ""
    note: str = ""


@enforces("R24", "R66", "R67", "R70")
def decide_case(
    *,
    actor: User,
    case: Case,
    outcome: str,
    facts: Sequence[FactDecision],
    seen_version: str,
    public_order_ok: bool | None = None,
    note: str = "",
) -> Case:
    """Record one person's verdict; carry the decision out when as many people have agreed as are due.

    The second reviewer decides without seeing the first verdict; when the two differ, a senior auditor decides. The same
    call twice gives the same case. Raises Conflict `version_moved` when the subject is no longer what was seen,
    `lease_lost`, `stopped` (approving under a hard stop), `not_offered`; DomainError with the field of each fault.
    """
    earlier = HumanVerdict.objects.filter(case=case, reviewer=actor).first()
    if earlier:
        return _replay(case, earlier, outcome)
    now = timezone.now()
    subject = registry.subject(case.subject_kind)
    with transaction.atomic():
        locked = require_claim(case, actor, now)
        snapshot = subject.snapshot(case.object_id)
        if not seen_version == locked.subject_version == str(snapshot["version"]):
            raise Conflict(
                "version_moved", _("The request was changed while you were reading. Please look at the new version.")
            )
        claimed = {fact.code: fact for fact in subject.facts(case.object_id)}
        known = statuses(case.subject_kind, case.object_id, list(claimed.values()))
        check_verdict(
            locked,
            claimed,
            facts,
            standing={status.code for status in known if status.status == "verified"},
            outcome=outcome,
            public_order_ok=public_order_ok,
            note=note,
        )
        if outcome == Case.Outcome.APPROVE and is_stopped(case.subject_kind, case.object_id):
            raise Conflict(
                "stopped", _("There is preliminary evidence against this. Two people must lift the stop first.")
            )
        verdict = _write(locked, actor, outcome, public_order_ok, note, now)
        _write_facts(verdict, claimed, facts, now)
        _move_on(locked, verdict, subject, snapshot)
    case.refresh_from_db()
    return case


@enforces("R75")
def check_verdict(
    case: Case,
    claimed: dict[str, Fact],
    facts: Sequence[FactDecision],
    *,
    standing: Collection[str],
    outcome: str,
    public_order_ok: bool | None,
    note: str,
) -> None:
    """Raises DomainError with one sentence per faulty field: `facts.<code>`, `outcome`, `public_order_ok`, `note`.

    `standing` are facts whose earlier verification still holds for the very same claim: they need no new word.
    """
    faults = _fact_faults(claimed, facts)
    if len(note) > NOTE_MAX:
        faults["note"] = _("At most %(max)d characters, please.") % {"max": NOTE_MAX}
    order = public_order_ok if rules.asks_public_order(case.kind) else True
    if order is None:
        faults["public_order_ok"] = _("Say whether the matter is in keeping with public order and good morals.")
    if outcome not in Case.Outcome.values:
        faults["outcome"] = _("Choose a decision.")
    elif not faults:
        missing = [fact for fact in claimed.values() if fact.required and fact.code not in standing]
        judged = {fact.code for fact in facts}
        fault = _outcome_fault(outcome, facts, order, complete=all(fact.code in judged for fact in missing))
        if fault:
            faults["outcome"] = fault
    if faults:
        raise DomainError("verdict", _("Something is missing in your decision."), fields=faults)


def _fact_faults(claimed: dict[str, Fact], facts: Sequence[FactDecision]) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    seen: set[str] = set()
    for fact in facts:
        field = f"facts.{fact.code}"
        if fact.code not in claimed or fact.code in seen:
            faults[field] = _("There is no such fact in this case.")
        elif fact.result not in FactVerdict.Result.values:
            faults[field] = _("Choose verified, refused or not needed.")
        elif fact.result == "verified" and fact.method not in FactVerdict.Method.values:
            faults[field] = _("Say how you verified it.")
        elif fact.result == "refused" and fact.reason_code not in registry.reasons():
            faults[field] = _("Choose a reason.")
        elif fact.result == "not_needed" and claimed[fact.code].required:
            faults[field] = _("This fact is required.")
        elif len(fact.note) > NOTE_MAX:
            faults[field] = _("At most %(max)d characters, please.") % {"max": NOTE_MAX}
        seen.add(fact.code)
    return faults


def _outcome_fault(outcome: str, facts: Sequence[FactDecision], order: bool | None, *, complete: bool) -> Text | None:
    known = registry.reasons()
    amounts_to = rules.suggest_outcome(
        [(fact.result, fact.result == "refused" and known[fact.reason_code].refusal) for fact in facts],
        public_order_ok=order,
    )
    if outcome == "approve" and (not complete or amounts_to != "approve"):
        return _("Every required fact must be verified, and none refused, before this can be approved.")
    if outcome == "fix" and not complete:
        return _("Decide every required fact first, so that the raiser hears everything at once.")
    if outcome == "fix" and not any(fact.result == "refused" for fact in facts):
        return _("Name at least one fact that has to be mended.")
    if outcome == "refuse" and amounts_to != "refuse":
        return _("A refusal needs a fact refused for a reason that ends the request, or the matter of public order.")
    return None


def _replay(case: Case, earlier: HumanVerdict, outcome: str) -> Case:
    if earlier.outcome != outcome:
        raise Conflict("decided_before", _("You have decided this case already."))
    case.refresh_from_db()
    return case


def _write(
    case: Case, actor: User, outcome: str, public_order_ok: bool | None, note: str, now: datetime
) -> HumanVerdict:
    if case.machine_verdict is None:
        raise Conflict("no_machine_verdict", _("The machine verdict is missing, and both are needed."))
    seat = {"waiting": "first", "second_wanted": "second", "senior_wanted": "senior"}[case.status]
    return HumanVerdict.objects.create(
        case=case,
        reviewer=actor,
        seat=seat,
        outcome=outcome,
        subject_version=case.subject_version,
        machine_verdict=case.machine_verdict,
        public_order_ok=public_order_ok,
        note=note,
        at=now,
    )


def _write_facts(verdict: HumanVerdict, claimed: dict[str, Fact], facts: Sequence[FactDecision], now: datetime) -> None:
    FactVerdict.objects.bulk_create(
        FactVerdict(
            human_verdict=verdict,
            subject_kind=verdict.case.subject_kind,
            object_id=verdict.case.object_id,
            fact_code=fact.code,
            fingerprint=claimed[fact.code].fingerprint,
            result=fact.result,
            method=fact.method if fact.result == "verified" else "",
            reason_code=fact.reason_code if fact.result == "refused" else "",
            note=fact.note,
            valid_until=_valid_until(claimed[fact.code], now),
        )
        for fact in facts
    )


def _valid_until(fact: Fact, now: datetime) -> datetime | None:
    return None if fact.valid_days is None else now + timedelta(days=fact.valid_days)


def _move_on(case: Case, verdict: HumanVerdict, subject: Subject, snapshot: registry.Json) -> None:
    """Decide, or ask for another person. The lease ends either way."""
    changes: dict[str, object] = {f"{verdict.seat}_by": verdict.reviewer, "claimed_by": None, "lease_until": None}
    wants = ""
    if verdict.seat == HumanVerdict.Seat.FIRST:
        reasons = [str(reason) for reason in subject.second_reviewer(snapshot)]
        if rules.needs_second(case.band, verdict.outcome, reasons):
            wants = "want_second"
            changes |= {"second_due": True, "second_reasons": reasons}
    elif verdict.seat == HumanVerdict.Seat.SECOND:
        first = case.human_verdicts.get(seat=HumanVerdict.Seat.FIRST)
        wants = "" if first.outcome == verdict.outcome else "want_senior"
    if wants:
        Case.objects.filter(pk=case.pk).update(**changes)
        states.apply(case, wants, actor=verdict.reviewer)
        return
    outcome = verdict.outcome
    changes |= {"outcome": outcome, "decided_at": verdict.at, "disagreement": rules.disagree(case.band, outcome)}
    Case.objects.filter(pk=case.pk).update(**changes)
    states.apply(case, "decide", actor=verdict.reviewer, data={"outcome": outcome})
    case.refresh_from_db()
    subject.carry_out(case.object_id, outcome, case=case, actor=verdict.reviewer)
    if case.owner:
        notify(
            user=case.owner,
            code=f"audit.decided_{outcome}",
            params={"title": case.title},
            url=f"/me/decisions/{case.pk}/",
            key=f"audit.decided:{case.pk}",
        )
