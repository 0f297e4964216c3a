"""The only writers of parameter changes: one administrator proposes, another approves (law 5)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import states
from core.errors import Conflict, DomainError
from core.trail import record
from policy import parameters
from policy.defaults import PARAMETERS
from policy.enforce import enforces
from policy.models import ParameterChange

MIN_REASON = 10
LATEST = timedelta(days=366)


@enforces("R90", "R26")
def propose_change(
    *, actor: AbstractBaseUser, key: str, text: str, reason: str, effective_from: datetime | None = None
) -> ParameterChange:
    """Propose a new value, as typed by a person, in force from `effective_from` (or from its approval).

    Raises DomainError on `key` (`unknown_parameter`), `value` (`bad_value`, `out_of_bounds`, `no_change`), `reason` or
    `effective_from`; Conflict `already_proposed` while another change of the same parameter is open.
    """
    parameter = PARAMETERS.get(key)
    if parameter is None:
        raise DomainError("unknown_parameter", _("There is no such parameter."), field="key")
    changed = parameter.kind.parse(text)
    parameter.check(changed, production=not settings.SANDBOX)
    now = timezone.now()
    starts = effective_from or now
    if changed == parameters.value(key, at=max(starts, now)):
        raise DomainError("no_change", _("This is the value already."), field="value")
    if len(reason.strip()) < MIN_REASON:
        raise DomainError("no_reason", _("Say in a sentence why; everybody can read it."), field="reason")
    if not now - timedelta(minutes=1) <= starts <= now + LATEST:
        raise DomainError(
            "bad_date",
            _("Choose a time from now on and within one year; the past cannot be changed."),
            field="effective_from",
        )
    with transaction.atomic():
        change, created = ParameterChange.objects.get_or_create(
            key=key,
            status="proposed",
            defaults={
                "value": parameter.kind.to_json(changed),
                "reason": reason.strip(),
                "effective_from": starts,
                "proposed_by_id": actor.pk,
            },
        )
        if not created:
            if change.proposed_by_id == actor.pk and change.parameter.kind.from_json(change.value) == changed:
                return change  # the second click of the same person
            raise Conflict(
                "already_proposed", _("Another change of this parameter waits for a decision. Decide it first.")
            )
        record(actor=actor, event="policy.propose", subject=change, data={"key": key, "value": change.value})
    return change


def approve_change(*, actor: AbstractBaseUser, change: ParameterChange) -> ParameterChange:
    """Let a proposed change count, from its date or from now, whichever is later: nothing changes backwards.

    Raises Conflict `own_proposal` for the person who proposed it, `wrong_state` when it is decided already, DomainError
    `out_of_bounds` when the bounds have become narrower since.
    """
    if change.proposed_by_id == actor.pk:
        raise Conflict("own_proposal", _("You proposed this yourself: another administrator has to approve it."))
    parameter = change.parameter
    parameter.check(parameter.kind.from_json(change.value), production=not settings.SANDBOX)
    now = timezone.now()
    starts = max(change.effective_from, now)
    with transaction.atomic():
        ParameterChange.objects.filter(pk=change.pk, status="proposed").update(
            approved_by_id=actor.pk, decided_at=now, effective_from=starts
        )
        states.apply(change, "approve", actor=actor, data={"key": change.key, "value": change.value})
        parameters.forget()
        transaction.on_commit(parameters.forget)
    change.refresh_from_db()
    return change


def withdraw_change(*, actor: AbstractBaseUser, change: ParameterChange, reason: str = "") -> ParameterChange:
    """Take a proposal back, or turn it down. Raises Conflict `wrong_state` when it is decided already."""
    now = timezone.now()
    with transaction.atomic():
        ParameterChange.objects.filter(pk=change.pk, status="proposed").update(decided_at=now)
        states.apply(change, "withdraw", actor=actor, reason=reason, data={"key": change.key})
    change.refresh_from_db()
    return change
