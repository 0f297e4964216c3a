"""Public copies of the photos that people chose for the page (R41)."""

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.papers import PHOTO
from campaigns.services.people import scope_of
from documents.models import Document
from documents.selectors import live_copy
from documents.services import publish
from policy.enforce import enforces


@enforces("R41", "R104")
def publish_photos(*, campaign_id: int) -> None:
    """Make the public copies of a published campaign's photos.

    Of a patient under 18 nothing is published without a person having covered the face first: such copies are made by
    hand, on the page of the document.
    """
    campaign = Campaign.objects.select_related("patient", "raiser").get(pk=campaign_id)
    if not campaign.is_public or campaign.patient is None or campaign.patient.is_minor_on(timezone.localdate()):
        return
    photos = Document.objects.filter(
        pk__in=campaign.papers.filter(slot=PHOTO).values("document"), kind="photo"
    ).prefetch_related("copies")
    for photo in photos.order_by("id"):
        if live_copy(photo) is None:
            publish(actor=campaign.raiser, document=photo, boxes=[], consent_scope=scope_of(campaign))
