"""The way back: the raiser asks other people to look again (R67)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import rules
from audit.models import Case
from audit.services.cases import NOTE_MAX, open_case
from core.errors import Conflict, DomainError, Forbidden
from policy.enforce import enforces


@enforces("R67")
def appeal_decision(*, actor: User, case: Case, text: str) -> Case:
    """Open a case of kind appeal that nobody decides who decided before. One appeal per decision, within
    `rules.APPEAL_TIME`; asked twice, it gives the appeal that is there."""
    text = text.strip()
    if case.owner_id != actor.pk:
        raise Forbidden("not_yours", _("Only the person concerned can appeal."))
    if not text or len(text) > NOTE_MAX:
        raise DomainError(
            "appeal_text", _("Say what we should look at again, in at most 4000 characters."), field="text"
        )
    if case.status != "decided" or case.outcome == Case.Outcome.APPROVE or case.kind == Case.Kind.APPEAL:
        raise Conflict("no_appeal", _("There is nothing to appeal here."))
    if case.decided_at and timezone.now() > case.decided_at + rules.APPEAL_TIME:
        raise Conflict("too_late", _("The time for an appeal is over. You can send in a new request."))
    with transaction.atomic():
        Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        earlier = case.appeals.order_by("-pk").first()
        if earlier:
            return earlier
        return open_case(
            actor=actor,
            kind=Case.Kind.APPEAL,
            subject_kind=case.subject_kind,
            object_id=case.object_id,
            urgent=case.urgent,
            note=text,
            occasion=f"case {case.pk}",
            parent=case,
        )
