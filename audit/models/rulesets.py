"""Rules as data: a versioned set of expressions over what the checks found."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from audit import states
from audit.expressions import EXPRESSION_MAX
from audit.registry import Severity


class RuleSet(models.Model):
    """One version of the rules. Frozen once it leaves the draft; put in force by a second person (law 5)."""

    STATES = states.RULESET

    version = models.PositiveIntegerField(unique=True)
    status = models.CharField(max_length=10, choices=states.RULESET.choices, default=states.RULESET.initial)
    note = models.TextField(blank=True)
    standard_from = models.PositiveIntegerField(default=20)
    enhanced_from = models.PositiveIntegerField(default=60)
    founding = models.BooleanField(default=False, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    active_from = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.RULESET.constraint("ruleset_status"),
            models.UniqueConstraint(fields=["status"], condition=Q(status="active"), name="ruleset_one_active"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | (Q(proposed_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="ruleset_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "retired"])
                | Q(founding=True)
                | (Q(proposed_by__isnull=False) & Q(approved_by__isnull=False)),
                name="ruleset_active_by_two",
            ),
            models.CheckConstraint(condition=Q(enhanced_from__gt=F("standard_from")), name="ruleset_thresholds"),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class Rule(models.Model):
    """One expression. When it is true, its points count and its reason is shown. `subjects` empty: every kind."""

    ruleset = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="rules")
    code = models.SlugField(max_length=60)
    expression = models.CharField(max_length=EXPRESSION_MAX)
    points = models.SmallIntegerField(default=0)
    severity = models.CharField(
        max_length=10, choices=[(level.value, level.value) for level in Severity], default=Severity.MEDIUM
    )
    subjects = models.JSONField(default=list, blank=True)
    reason_en = models.CharField(max_length=200)
    reason_zh = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["ruleset", "code"], name="rule_code"),
            models.CheckConstraint(condition=Q(points__gte=-100, points__lte=100), name="rule_points"),
            models.CheckConstraint(condition=Q(severity__in=[level.value for level in Severity]), name="rule_severity"),
        ]

    def __str__(self) -> str:
        return self.code
