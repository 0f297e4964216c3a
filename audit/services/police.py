"""Suspected fraud goes to public security (R71): the service stops at once, two people release what is known."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import canonical, registry
from audit.access import STOPPERS
from audit.models import Case, HardStop, PolicePackage, Report
from audit.services.stops import hard_stop
from core import states, trail
from core.errors import Conflict, DomainError, Forbidden
from core.models import TrailEvent
from policy.enforce import enforces

REASON_MAX = 4000


@enforces("R71")
def request_package(*, actor: User, subject_kind: str, object_id: int, reason: str) -> PolicePackage:
    """Ask for a package and stop the subject at once. An open request about the same subject is given back."""
    _require(actor)
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise DomainError("reason", _("Write what the suspicion is, in at most 4000 characters."), field="reason")
    with transaction.atomic():
        hard_stop(actor=actor, subject_kind=subject_kind, object_id=object_id, evidence=reason)
        package, created = PolicePackage.objects.filter(status="requested").get_or_create(
            subject_kind=subject_kind,
            object_id=object_id,
            defaults={
                "title": registry.subject(subject_kind).title(object_id)[:200],
                "reason": reason,
                "requested_by": actor,
            },
        )
        if created:
            trail.record(actor=actor, event="police_package.request", subject=package)
    return package


@enforces("R71")
def release_package(*, actor: User, package: PolicePackage) -> PolicePackage:
    """A second person releases it: the content is written once, with its SHA-256, and the records are preserved in it."""
    _require(actor)
    with transaction.atomic():
        locked = PolicePackage.objects.select_for_update(of=("self",)).get(pk=package.pk)
        if locked.requested_by_id == actor.pk:
            raise Conflict("four_eyes", _("You proposed this yourself, so another person has to agree."))
        body = canonical.dumps(_content(locked))
        PolicePackage.objects.filter(pk=package.pk, status="requested").update(
            approved_by=actor, approved_at=timezone.now(), body=body, sha256=canonical.sha256(body)
        )
        states.apply(locked, "release", actor=actor)
    package.refresh_from_db()
    return package


def refuse_package(*, actor: User, package: PolicePackage, reason: str) -> PolicePackage:
    """A second person sees no suspicion of a crime. The hard stop stays until two people lift it."""
    _require(actor)
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX:
        raise DomainError("reason", _("Write why, in at most 4000 characters."), field="reason")
    return states.apply(package, "refuse", actor=actor, reason=reason)


def read_package(*, actor: User, package: PolicePackage) -> str:
    """The released content, with a line in the trail for each time it is handed out."""
    _require(actor)
    if package.status != "released":
        raise Conflict("wrong_state", _("This package is not released."))
    trail.record_read(actor=actor, subject=package, person_id=None, purpose="public security")
    return package.body


def _require(actor: User) -> None:
    if not actor.has_role(*STOPPERS):
        raise Forbidden("role", _("Only risk officers and senior auditors report to public security."))


def _content(package: PolicePackage) -> dict[str, Any]:
    """Everything that the platform decided and recorded; of reporters nothing but what they said is true (R94)."""
    about = {"subject_kind": package.subject_kind, "object_id": package.object_id}
    cases = Case.objects.filter(**about).order_by("pk")
    return {
        "subject": {**about, "title": package.title},
        "reason": package.reason,
        "requested_at": package.requested_at.isoformat(),
        "persons": registry.subject(package.subject_kind).police_data(package.object_id),
        "cases": [_case(case) for case in cases.select_related("machine_verdict__snapshot")],
        "stops": [
            {"evidence": stop.evidence, "raised_at": stop.raised_at.isoformat(), "status": stop.status}
            for stop in HardStop.objects.filter(**about).order_by("pk")
        ],
        "reports": [
            {
                "number": report.number,
                "category": report.category,
                "summary": report.summary,
                "answer": report.answer,
                "outcome": report.outcome,
                "finding": report.finding,
            }
            for report in Report.objects.filter(**about).order_by("pk")
        ],
        "trail": [
            {"event": line.event, "at": line.at.isoformat(), "data": line.data}
            for line in TrailEvent.objects.filter(subject__in=[trail.subject_of(case) for case in cases]).order_by("pk")
        ],
    }


def _case(case: Case) -> dict[str, Any]:
    verdict = case.machine_verdict
    return {
        "id": case.pk,
        "kind": case.kind,
        "version": case.subject_version,
        "opened_at": case.opened_at.isoformat(),
        "outcome": case.outcome,
        "machine": None
        if verdict is None
        else {
            "band": verdict.band,
            "score": verdict.score,
            "snapshot": verdict.snapshot.body,
            "snapshot_sha256": verdict.snapshot.sha256,
            "findings": list(verdict.findings.order_by("pk").values("check_code", "result", "severity", "params")),
        },
        "people": [
            {
                "seat": human.seat,
                "outcome": human.outcome,
                "at": human.at.isoformat(),
                "facts": list(
                    human.facts.order_by("pk").values("fact_code", "result", "method", "reason_code", "note")
                ),
            }
            for human in case.human_verdicts.order_by("pk")
        ],
    }
