"""The asset disclosure (增信): answered question by question, declared as a whole, never changed (R31 to R35, R40)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import open_case
from campaigns import means
from campaigns.models import AssetDeclaration, Campaign
from campaigns.services.editing import editing
from campaigns.services.versions import freeze_version
from core.errors import Conflict, DomainError
from core.trail import record
from policy.enforce import enforces

MODULE = "assets"


@enforces("R31", "R35")
def answer_means(*, actor: User, campaign: Campaign, question: str, values: Mapping[str, Any]) -> Campaign:
    """One answer about the family's means. There is no answer that nobody gave (bottom line 2)."""
    if question not in means.QUESTIONS:
        raise DomainError("question", _("There is no such question."), field="question")
    answer = means.clean(question, values)
    with editing(actor, campaign, f"means_{question}", MODULE) as draft:
        if question == "family" and draft.patient:
            _check_family({"family": answer}, draft)
        draft.means = {**draft.means, question: answer}
    return campaign


def declare(actor: User, campaign: Campaign) -> AssetDeclaration:
    """Write the present answers down for good, unless they are the declared ones already (R40). Holds the caller's lock."""
    last = campaign.declarations.order_by("-number").first()
    if last and last.answers == campaign.means:
        return last
    declaration = AssetDeclaration.objects.create(
        campaign=campaign, number=last.number + 1 if last else 1, answers=campaign.means, declared_by=actor
    )
    record(actor=actor, event="campaign.declare", subject=campaign, data={"number": declaration.number})
    return declaration


@enforces("R40")
def declare_again(*, actor: User, campaign: Campaign, answers: Mapping[str, Mapping[str, Any]]) -> AssetDeclaration:
    """Something changed after publication: a new public version beside the old ones, and people look at it.

    `answers` holds the questions whose answers changed. The same answers again change nothing.
    """
    cleaned = {code: means.clean(code, values) for code, values in answers.items() if code in means.QUESTIONS}
    with transaction.atomic():
        locked = (
            Campaign.objects.select_for_update(of=("self",)).select_related("patient", "raiser").get(pk=campaign.pk)
        )
        if not locked.is_public or locked.status == "closed":
            raise Conflict("not_public", _("Before publication, simply change the answers in your draft."))
        locked.means = {**locked.means, **cleaned}
        _check_family(locked.means, locked)
        locked.save(update_fields=["means"])
        before = locked.declarations.count()
        declaration = declare(actor, locked)
        if declaration.number > before:
            freeze_version(actor=actor, campaign=locked)
            open_case(actor=actor, kind="material_change", subject_kind="campaign", object_id=locked.pk)
    return declaration


def _check_family(answers: Mapping[str, means.Answer], campaign: Campaign) -> None:
    minor = campaign.patient is not None and campaign.patient.is_minor_on(timezone.localdate())
    fault = means.family_fault(answers, minor=minor)
    if fault:
        raise DomainError("family", fault, field="value")
