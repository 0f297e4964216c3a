"""Dishonest raisers: who is listed, on what ground, decided by whom, until when."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blacklist import states
from documents.models import Document
from identity.models import Person

_USER = settings.AUTH_USER_MODEL


class Ground(models.TextChoices):
    """The grounds that the convention's sources name (R78, R82)."""

    FABRICATED = "fabricated", _("Invented help information")
    EXAGGERATED = "exaggerated", _("Exaggerated help information")
    CONCEALED = "concealed", _("Concealed property")
    FORGED = "forged", _("Forged medical records")
    MISUSED = "misused", _("Misused medical money")
    WASH = "wash", _("Sham donations or paid promotion")


class Severity(models.TextChoices):
    SEVERE = "severe", _("Severe")
    SERIOUS = "serious", _("Serious")
    MINOR = "minor", _("Minor")


class Listed(models.TextChoices):
    RAISER = "raiser", _("Raiser")
    PROMOTER = "promoter", _("Paid promoter")
    ADVISER = "adviser", _("Field adviser")


class Entry(models.Model):
    """One listing of one person. Four eyes are in the database: proposer, approver and decider of an appeal differ."""

    STATES = states.ENTRY

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    listed_as = models.CharField(max_length=10, choices=Listed, default=Listed.RAISER)
    ground = models.CharField(max_length=20, choices=Ground)
    severity = models.CharField(max_length=10, choices=Severity)
    campaign_ref = models.CharField(max_length=20, blank=True)
    amount = models.BigIntegerField(default=0)
    summary = models.TextField(max_length=1000)
    evidence = models.ManyToManyField(Document, related_name="+")
    status = models.CharField(max_length=20, choices=states.ENTRY.choices, default=states.ENTRY.initial)
    proposed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    notified_at = models.DateTimeField(null=True)
    reply = models.TextField(blank=True, max_length=2000)
    entered_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True)
    appeal = models.TextField(blank=True, max_length=2000)
    appealed_at = models.DateTimeField(null=True)
    appeal_decided_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField(blank=True, max_length=1000)

    class Meta:
        constraints = [
            states.ENTRY.constraint("blacklist_entry_status"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("proposed_by")),
                name="blacklist_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["proposed", "dropped"]) | models.Q(approved_by__isnull=False),
                name="blacklist_approved_first",
            ),
            models.CheckConstraint(
                condition=models.Q(appeal_decided_by=None)
                | (
                    ~models.Q(appeal_decided_by=models.F("proposed_by"))
                    & ~models.Q(appeal_decided_by=models.F("approved_by"))
                ),
                name="blacklist_fresh_eyes",
            ),
            models.UniqueConstraint(
                fields=["person", "ground", "campaign_ref"],
                condition=~models.Q(status__in=["dropped", "lifted", "expired"]),
                name="blacklist_one_live",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "status"], name="blacklist_person"),
            models.Index(fields=["status", "id"], name="blacklist_queue"),
            models.Index(fields=["id"], name="blacklist_waiting", condition=models.Q(status__in=states.WAITING)),
            models.Index(
                fields=["-entered_at", "-id"], name="blacklist_public", condition=models.Q(status__in=states.IN_FORCE)
            ),
            models.Index(fields=["expires_on"], name="blacklist_expiry", condition=models.Q(status="entered")),
        ]

    def __str__(self) -> str:
        return f"L{self.pk}"
