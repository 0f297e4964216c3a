"""Hard stops (bottom line 1): raised by one person or by the machine, for safety; lifted only by two people."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from audit import registry
from audit.access import STOPPERS
from audit.models import Case, HardStop, Report
from audit.states import STOPPED
from core import states, trail
from core.errors import Conflict, DomainError, Forbidden
from policy.enforce import enforces

RAISERS = (Role.RISK, Role.SENIOR_AUDITOR, Role.COMPLAINTS)
TEXT_MAX = 4000


def hard_stop(*, actor: User, subject_kind: str, object_id: int, evidence: str, case: Case | None = None) -> HardStop:
    """Block publishing, giving and paying for one subject at once. A stop that is in force is given back as it is."""
    if not actor.has_role(*RAISERS):
        raise Forbidden("role", _("Only risk, complaints and senior auditors can stop a campaign."))
    return _stop(actor, subject_kind, object_id, _text(evidence, "evidence"), case)


def stop_by_machine(case: Case, evidence: str) -> HardStop:
    """The machine found preliminary evidence: it blocks for safety, and refuses nobody; people decide the case (R67)."""
    return _stop(None, case.subject_kind, case.object_id, evidence, case)


def _stop(actor: User | None, subject_kind: str, object_id: int, evidence: str, case: Case | None) -> HardStop:
    in_force = HardStop.objects.filter(subject_kind=subject_kind, object_id=object_id).exclude(status="lifted")
    with transaction.atomic():
        stop, created = in_force.get_or_create(
            subject_kind=subject_kind,
            object_id=object_id,
            defaults={
                "title": registry.subject(subject_kind).title(object_id)[:200],
                "evidence": evidence,
                "raised_by": actor,
                "case": case,
            },
        )
        if created:
            trail.record(
                actor=actor, event="hard_stop.raise", subject=stop, data={"subject": f"{subject_kind}:{object_id}"}
            )
            registry.subject(subject_kind).freeze(
                object_id, actor=actor, reason=_("Preliminary evidence of false material")
            )
    return stop


def propose_lift(*, actor: User, stop: HardStop, reason: str) -> HardStop:
    """Ask for the stop to be lifted. It stays in force until another person agrees."""
    _require_lifter(actor)
    reason = _text(reason, "reason")
    with transaction.atomic():
        states.apply(stop, "propose_lift", actor=actor, reason=reason)
        HardStop.objects.filter(pk=stop.pk).update(lift_proposed_by=actor, lift_reason=reason)
    stop.refresh_from_db()
    return stop


def keep_stop(*, actor: User, stop: HardStop, reason: str) -> HardStop:
    """Answer a proposal with no."""
    _require_lifter(actor)
    with transaction.atomic():
        states.apply(stop, "keep", actor=actor, reason=_text(reason, "reason"))
        HardStop.objects.filter(pk=stop.pk).update(lift_proposed_by=None, lift_reason="")
    stop.refresh_from_db()
    return stop


@enforces("R70")
def lift_stop(*, actor: User, stop: HardStop) -> HardStop:
    """Lift a stop that another person proposed to lift; what it had frozen is free again unless something else holds it."""
    _require_lifter(actor)
    with transaction.atomic():
        locked = HardStop.objects.select_for_update(of=("self",)).get(pk=stop.pk)
        if locked.lift_proposed_by_id == actor.pk:
            raise Conflict("four_eyes", _("You proposed this yourself, so another person has to agree."))
        HardStop.objects.filter(pk=stop.pk, status="lift_proposed").update(
            lift_approved_by=actor, lifted_at=timezone.now()
        )
        states.apply(locked, "lift", actor=actor)
        release(locked.subject_kind, locked.object_id, actor=actor)
    stop.refresh_from_db()
    return stop


def release(subject_kind: str, object_id: int, *, actor: User | None) -> None:
    """Unfreeze a subject that neither a stop nor a report holds any more. Inside the caller's transaction."""
    stopped = HardStop.objects.filter(subject_kind=subject_kind, object_id=object_id, status__in=STOPPED).exists()
    reported = Report.objects.filter(subject_kind=subject_kind, object_id=object_id, froze=True).exists()
    if not stopped and not reported:
        registry.subject(subject_kind).unfreeze(
            object_id, actor=actor, reason=_("What had been in doubt was cleared up")
        )


def _require_lifter(actor: User) -> None:
    if not actor.has_role(*STOPPERS):
        raise Forbidden("role", _("Only risk officers and senior auditors can lift a stop."))


def _text(value: str, field: str) -> str:
    value = value.strip()
    if not value or len(value) > TEXT_MAX:
        raise DomainError("text", _("Write why, in at most 4000 characters."), field=field)
    return value
