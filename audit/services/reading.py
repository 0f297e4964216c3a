"""Seeing in clear what is masked: possible for whoever works on the case, and always with a line in the trail (law 6)."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit import registry
from audit.models import Case
from audit.purposes import REVEAL
from audit.registry import Revealed
from core import trail
from core.errors import Conflict, DomainError


def reveal_fact(*, actor: User, case: Case, fact_code: str, purpose: str) -> Revealed:
    """The clear value of one fact, for the holder of the case. The person concerned can read who saw it and why."""
    if purpose not in REVEAL:
        raise DomainError("purpose", _("Say why you need to see it."), field="purpose")
    if case.claimed_by_id != actor.pk:
        raise Conflict("lease_lost", _("Take the case first."))
    with transaction.atomic():
        value = registry.subject(case.subject_kind).reveal(case.object_id, fact_code)
        if value is None:
            raise Conflict("nothing_masked", _("Nothing is masked here."))
        trail.record_read(actor=actor, subject=case, person_id=value.person_id, purpose=f"audit:{purpose}:{fact_code}")
    return value
