"""What every room leaves behind: state changes, the trail and its seals, durable jobs."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.watermark import TransactionId


class StateChange(models.Model):
    """One move of one thing by its state table. Append-only in the database."""

    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    action = models.CharField(max_length=40)
    old = models.CharField(max_length=40)
    new = models.CharField(max_length=40)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["kind", "object_id", "id"], name="statechange_object")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_id} {self.old} → {self.new}"


class TrailEvent(models.Model):
    """One line of the trail. Append-only in the database; sealed in batches."""

    event = models.CharField(max_length=80)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=120)
    person_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    xid = models.BigIntegerField(db_default=TransactionId(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["xid", "id"], name="trail_xid"),
            models.Index(fields=["subject", "id"], name="trail_subject"),
            models.Index(fields=["person_id", "id"], name="trail_person", condition=models.Q(person_id__isnull=False)),
            models.Index(fields=["actor", "id"], name="trail_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"


class Seal(models.Model):
    """A closed range of an append-only table and its fingerprint, chained to the seal before (core.chain). Append-only.

    The range is `low <= position < high` among rows with an id above `after_id` (and not above the `after_id` of the next
    segment, where one was begun after a move to another server); `position` is core.watermark.position().
    """

    number = models.BigIntegerField(primary_key=True)
    after_id = models.BigIntegerField()
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    rows = models.BigIntegerField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"#{self.number} {self.digest[:12]}"


class TrailSeal(Seal):
    """A seal of the trail (core.seals)."""


class Job(models.Model):
    """Work that must happen. The database holds it; Celery only carries wake-ups (law 2)."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        POISON = "poison", _("Given up")

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    run_after = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=12)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "running", "done", "poison"]), name="job_status"
            )
        ]
        indexes = [
            models.Index(fields=["run_after"], name="job_due", condition=models.Q(status="waiting")),
            models.Index(fields=["lease_until"], name="job_lease", condition=models.Q(status="running")),
            models.Index(fields=["status", "kind", "id"], name="job_list"),
            models.Index(fields=["status", "-id"], name="job_status_list"),
            models.Index(fields=["kind", "-id"], name="job_kind_list"),
            models.Index(fields=["finished_at"], name="job_finished", condition=models.Q(status="done")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class IdempotentRequest(models.Model):
    """One REST request with an Idempotency-Key: in flight while `status` is null, then the answer to give again."""

    owner = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    path = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key", "path"], name="idempotent_once")]
        indexes = [models.Index(fields=["started_at"], name="idempotent_age")]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
