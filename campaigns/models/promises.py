"""What people declare and sign. Rows of this module are never changed, only added."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from core.fields import EncryptedTextField
from identity.models import Person

_USER = settings.AUTH_USER_MODEL


class AssetDeclaration(models.Model):
    """The family's means as declared once; a change is a new public version, the old ones stay (R40)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="declarations")
    number = models.PositiveIntegerField()
    # question -> answer, as campaigns.means.Means writes it; amounts in fen.
    answers = models.JSONField()
    declared_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="declaration_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id} means v{self.number}"


class Promise(models.Model):
    """A signature under the promise letter: who, when, from where, under which words (R3)."""

    class Signer(models.TextChoices):
        RAISER = "raiser", _("The raiser")
        PATIENT = "patient", _("The patient")
        GUARDIAN = "guardian", _("The guardian")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="promises")
    signer = models.CharField(max_length=10, choices=Signer)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    text_version = models.CharField(max_length=20)
    text_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    client_ip = EncryptedTextField(blank=True)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(signer__in=["raiser", "patient", "guardian"]), name="promise_signer"),
            models.UniqueConstraint(fields=["campaign", "signer", "person", "text_sha256"], name="promise_once"),
        ]

    def __str__(self) -> str:
        return f"{self.signer} #{self.person_id}"
