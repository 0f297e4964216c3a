"""Putting uploads in their places."""

from django.utils.translation import gettext as _

from accounts.models import User
from campaigns import rules
from campaigns.models import Campaign, Paper
from campaigns.papers import PHOTO, SLOTS
from campaigns.services.editing import editing
from core.errors import Conflict, DomainError
from documents.models import Document
from policy.enforce import enforces
from policy.parameters import value


@enforces("R15", "R19")
def attach_paper(*, actor: User, campaign: Campaign, slot: str, document: Document) -> Paper:
    """Put one of the actor's own uploads in a place of the request. The same paper twice is there once."""
    place = SLOTS.get(slot)
    if place is None or document.kind not in place.kinds:
        raise DomainError("slot", _("This paper does not belong here. Choose what it is."), field="kind")
    if document.owner_id not in (actor.pk, campaign.raiser_id):
        raise DomainError("not_yours", _("Only papers that you have uploaded yourself can be added."), field="file")
    with editing(actor, campaign, f"paper_{slot}", place.module) as draft:
        there = Paper.objects.filter(campaign=draft, slot=slot)
        known = there.filter(document=document).first()
        if known:
            return known
        most = value("campaign.photos_max") if slot == PHOTO else rules.MAX_PAPERS_PER_SLOT
        if there.count() >= most:
            raise Conflict("too_many", _("At most %(most)d here. Take one away first.") % {"most": most}, field="file")
        last = there.order_by("-position").first()
        return Paper.objects.create(
            campaign=draft,
            slot=slot,
            document=document,
            position=last.position + 1 if last else 0,
            added_by=actor,
        )


def detach_paper(*, actor: User, campaign: Campaign, paper_id: int) -> None:
    """Take a paper out of the request; the upload itself stays with its owner. Twice changes nothing."""
    paper = Paper.objects.filter(campaign=campaign, pk=paper_id).first()
    if paper is None:
        return
    with editing(actor, campaign, f"paper_{paper.slot}", SLOTS[paper.slot].module):
        Paper.objects.filter(pk=paper.pk).delete()
