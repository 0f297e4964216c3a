"""Packages for the public security organs (R71): what is known about one subject, released by two people."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from audit import states
from core.fields import EncryptedTextField


class PolicePackage(models.Model):
    """One report of suspected fraud. `body` is canonical JSON, written when the second person releases it, never changed."""

    STATES = states.POLICE

    subject_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    title = models.CharField(max_length=200)
    reason = models.TextField()
    status = models.CharField(max_length=10, choices=states.POLICE.choices, default=states.POLICE.initial)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    body = EncryptedTextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            states.POLICE.constraint("policepackage_status"),
            models.CheckConstraint(
                condition=~Q(status="released")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("requested_by")) & ~Q(sha256="")),
                name="policepackage_released_by_two",
            ),
            models.UniqueConstraint(
                fields=["subject_kind", "object_id"], condition=Q(status="requested"), name="policepackage_one_request"
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="policepackage_list")]

    def __str__(self) -> str:
        return f"{self.title} {self.requested_at:%Y-%m-%d}"
