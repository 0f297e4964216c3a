"""What is said on a campaign's page after it opened: news by the raiser, attestations by people who know the family."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.taxonomy import Acquaintance
from documents.models import Document
from identity.models import Person

_USER = settings.AUTH_USER_MODEL


class Update(models.Model):
    """News from the raiser, for everybody (R36). Hidden, never deleted, when it has to go."""

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("How the treatment goes")
        THANKS = "thanks", _("Thank you")
        MONEY = "money", _("How the money is used")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="updates")
    author = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PROGRESS)
    text = models.TextField()
    key = models.CharField(max_length=80)
    published_at = models.DateTimeField(default=timezone.now)
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "key"], name="update_once"),
            models.CheckConstraint(condition=Q(kind__in=["progress", "thanks", "money"]), name="update_kind"),
        ]
        indexes = [
            models.Index(fields=["campaign", "-id"], name="update_campaign", condition=Q(hidden_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.published_at:%Y-%m-%d}"


class UpdatePhoto(models.Model):
    """A picture of an update; the public sees its public copy only."""

    update = models.ForeignKey(Update, on_delete=models.CASCADE, related_name="photos")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["update", "document"], name="updatephoto_once")]

    def __str__(self) -> str:
        return f"{self.update_id} #{self.document_id}"


class Attestation(models.Model):
    """A person, by real name, attests: I know the patient and this is true (R53). One per person; may be taken back."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="attestations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attestations")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=10, choices=Acquaintance)
    text = models.CharField(max_length=200)
    # SHA-256 of the notice of responsibility that was shown and accepted.
    notice_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "person"], condition=Q(withdrawn_at=None), name="attestation_once"
            ),
            models.CheckConstraint(condition=Q(relation__in=sorted(Acquaintance.values)), name="attestation_relation"),
        ]
        indexes = [
            models.Index(fields=["campaign", "-id"], name="attestation_campaign", condition=Q(withdrawn_at=None)),
            models.Index(fields=["person"], name="attestation_person"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} #{self.person_id}"
