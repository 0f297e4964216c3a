"""News and thanks from the raiser (R36, R37)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from campaigns import wording
from campaigns.models import Campaign, Donation, Update, UpdatePhoto
from campaigns.services.people import scope_of
from core.errors import Conflict, DomainError
from core.trail import record
from documents.kinds import Kind
from documents.models import Document
from documents.selectors import live_copy
from documents.services import publish
from notices.services import notify
from policy.enforce import enforces
from policy.parameters import value

TEXT_MIN, TEXT_MAX = 4, 2000
BATCH = 500


@enforces("R36", "R41")
def post_update(
    *, actor: User, campaign: Campaign, text: str, photos: Sequence[Document] = (), kind: str = "progress", key: str
) -> Update:
    """Tell everybody how it goes. The same `key` is the same update. No personal numbers, no links (R41, R106).

    Photos of a patient under 18 appear once a face was covered by hand.
    """
    text = text.replace("\r\n", "\n").strip()
    _check(campaign, actor, text, photos, kind)
    try:
        with transaction.atomic():
            update, created = Update.objects.get_or_create(
                campaign=campaign, key=key, defaults={"author": actor, "kind": kind, "text": text}
            )
            if not created:
                return update
            UpdatePhoto.objects.bulk_create(
                UpdatePhoto(update=update, document=photo, position=place) for place, photo in enumerate(photos)
            )
            record(actor=actor, event="campaign.update", subject=campaign, data={"update": update.pk})
            _tell_donors(campaign, update)
    except IntegrityError:
        return Update.objects.get(campaign=campaign, key=key)
    _publish_photos(campaign, photos)
    return update


def _check(campaign: Campaign, actor: User, text: str, photos: Sequence[Document], kind: str) -> None:
    if not campaign.is_public:
        raise Conflict("not_public", _("News can be told once the request is public."))
    if kind not in Update.Kind.values:
        raise DomainError("kind", _("Please choose one."), field="kind")
    if not TEXT_MIN <= len(text) <= TEXT_MAX:
        raise DomainError("text", _("Write at most %(most)d characters.") % {"most": TEXT_MAX}, field="text")
    trace = wording.first_private([text])
    if trace:
        raise DomainError("personal_data", wording.SENTENCES[trace], field="text")
    if len(photos) > value("campaign.photos_max"):
        raise DomainError("too_many", _("Too many photos."), field="photos")
    if any(photo.owner_id != actor.pk or photo.kind != Kind.PHOTO for photo in photos):
        raise DomainError("not_yours", _("Only photos that you have uploaded yourself can be added."), field="photos")


def _publish_photos(campaign: Campaign, photos: Sequence[Document]) -> None:
    if campaign.patient and campaign.patient.is_minor_on(timezone.localdate()):
        return
    for photo in photos:
        if live_copy(photo) is None:
            publish(actor=campaign.raiser, document=photo, boxes=[], consent_scope=scope_of(campaign))


def _tell_donors(campaign: Campaign, update: Update) -> None:
    """Those who gave with an account, once per update; a bounded number in this transaction."""
    donors = User.objects.filter(
        pk__in=Donation.objects.filter(campaign=campaign, status="paid", donor__isnull=False).values("donor")
    )
    for donor in donors.order_by("pk")[:BATCH]:
        notify(
            user=donor,
            code="campaign.update",
            params={"title": campaign.title},
            url=f"/c/{campaign.code}/",
            key=f"{update.pk}",
        )


def hide_update(*, actor: User, update: Update, reason: str) -> Update:
    """Take an update off the page; it stays in the books of the platform. Twice changes nothing."""
    if update.hidden_at is None:
        with transaction.atomic():
            Update.objects.filter(pk=update.pk, hidden_at=None).update(hidden_at=timezone.now())
            record(actor=actor, event="campaign.hide_update", subject=update, data={"reason": reason[:200]})
        update.refresh_from_db()
    return update


@enforces("R37")
def remind_stale(*, now: datetime) -> int:
    """Ask raisers who have been silent for long to tell how it goes, at most once a fortnight. Returns how many."""
    days = value("update.stale_days")
    before = now - timedelta(days=days)
    silent = (
        Campaign.objects.filter(status__in=("published", "paused", "ended"), published_at__lte=before)
        .exclude(updates__published_at__gt=before)
        .filter(Q(ended_at=None) | Q(ended_at__gt=now - timedelta(days=90)))
        .select_related("raiser")
        .order_by("id")
    )
    turn = int(now.timestamp() // timedelta(days=days).total_seconds())
    told = 0
    for campaign in silent[:BATCH]:
        notify(
            user=campaign.raiser,
            code="campaign.stale",
            params={"title": campaign.title},
            url=f"/me/campaigns/{campaign.code}/",
            key=f"{campaign.code}:{turn}",
        )
        told += 1
    return told
