"""Hard stops: preliminary evidence of false material blocks everything until two people lift it (bottom line 1)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from audit import states


class HardStop(models.Model):
    """While one is in force nothing is published, given or paid. `raised_by` is null when the machine raised it."""

    STATES = states.STOP

    subject_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    status = models.CharField(max_length=15, choices=states.STOP.choices, default=states.STOP.initial)
    title = models.CharField(max_length=200)
    evidence = models.TextField()
    case = models.ForeignKey("Case", null=True, on_delete=models.PROTECT, related_name="stops")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=timezone.now)
    lift_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.TextField(blank=True)
    lift_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.STOP.constraint("hardstop_status"),
            models.UniqueConstraint(
                fields=["subject_kind", "object_id"], condition=~Q(status="lifted"), name="hardstop_one_in_force"
            ),
            models.CheckConstraint(
                condition=~Q(status="lifted")
                | (
                    Q(lift_proposed_by__isnull=False)
                    & Q(lift_approved_by__isnull=False)
                    & ~Q(lift_approved_by=F("lift_proposed_by"))
                    & ~Q(lift_reason="")
                ),
                name="hardstop_lifted_by_two",
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="hardstop_list")]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.object_id} {self.status}"
