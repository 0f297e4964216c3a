"""Changes of parameters: proposed by one administrator, approved by another, in force from a date."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from policy import states
from policy.defaults import PARAMETERS
from policy.parameter import Parameter


class ParameterChange(models.Model):
    """One new value of one parameter. Decided rows never change again (trigger); the newest in force counts."""

    STATES = states.CHANGE

    key = models.CharField(max_length=60)
    value = models.JSONField()
    reason = models.TextField()
    effective_from = models.DateTimeField()
    status = models.CharField(max_length=10, choices=states.CHANGE.choices, default=states.CHANGE.initial)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.CHANGE.constraint("parameterchange_status"),
            models.CheckConstraint(
                condition=~models.Q(approved_by=models.F("proposed_by")), name="parameterchange_four_eyes"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="approved") | models.Q(approved_by__isnull=False),
                name="parameterchange_approved_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(status="proposed"), name="parameterchange_one_open"
            ),
        ]
        indexes = [models.Index(fields=["key", "-id"], name="parameterchange_history")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value} ({self.status})"

    @property
    def parameter(self) -> Parameter:
        return PARAMETERS[self.key]

    @property
    def shown(self) -> str:
        """The value as people read it."""
        return self.parameter.show(self.parameter.kind.from_json(self.value))
