"""What the machine found and what people decided. Rows of this module are never changed, only added."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.models.cases import Case
from audit.models.rulesets import Rule, RuleSet


class Snapshot(models.Model):
    """What was looked at: canonical JSON, byte for byte, and its SHA-256."""

    subject_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    version = models.CharField(max_length=64)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "object_id", "version", "sha256"], name="snapshot_once_per_content"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.object_id} v{self.version} {self.sha256[:12]}"


class MachineVerdict(models.Model):
    """One run of the checks and rules over one snapshot: enough to be computed again, byte for byte."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="machine_verdicts")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="verdicts")
    ruleset = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="verdicts")
    code_version = models.CharField(max_length=40)
    score = models.IntegerField()
    band = models.CharField(max_length=10, choices=Case.Band)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(band__in=["fast", "standard", "enhanced", "hard_stop"]), name="machineverdict_band"
            )
        ]
        indexes = [models.Index(fields=["at"], name="machineverdict_at")]

    def __str__(self) -> str:
        return f"case {self.case_id}: {self.band} ({self.score})"


class MachineFinding(models.Model):
    """What one check found."""

    verdict = models.ForeignKey(MachineVerdict, on_delete=models.PROTECT, related_name="findings")
    check_code = models.CharField(max_length=60)
    result = models.CharField(max_length=15)
    severity = models.CharField(max_length=10)
    message = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)
    evidence = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["verdict", "check_code"], name="machinefinding_once"),
            models.CheckConstraint(
                condition=Q(result__in=["hit", "miss", "not_evaluable"]), name="machinefinding_result"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_code}: {self.result}"


class RuleOutcome(models.Model):
    """What one rule said: fired with its points, silent, or not evaluable with the error."""

    verdict = models.ForeignKey(MachineVerdict, on_delete=models.PROTECT, related_name="rule_outcomes")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="outcomes")
    result = models.CharField(max_length=15)
    points = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["verdict", "rule"], name="ruleoutcome_once"),
            models.CheckConstraint(
                condition=Q(result__in=["fired", "silent", "not_evaluable"]), name="ruleoutcome_result"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.result}"


class HumanVerdict(models.Model):
    """One person's decision on the version that the person saw. One person decides a case at most once."""

    class Seat(models.TextChoices):
        FIRST = "first", _("First reviewer")
        SECOND = "second", _("Second reviewer")
        SENIOR = "senior", _("Senior auditor")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="human_verdicts")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seat = models.CharField(max_length=10, choices=Seat)
    outcome = models.CharField(max_length=10, choices=Case.Outcome)
    subject_version = models.CharField(max_length=64)
    machine_verdict = models.ForeignKey(MachineVerdict, on_delete=models.PROTECT, related_name="human_verdicts")
    public_order_ok = models.BooleanField(null=True)
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "reviewer"], name="humanverdict_one_per_person"),
            models.UniqueConstraint(fields=["case", "seat"], name="humanverdict_one_per_seat"),
            models.CheckConstraint(condition=Q(seat__in=["first", "second", "senior"]), name="humanverdict_seat"),
            models.CheckConstraint(condition=Q(outcome__in=["approve", "fix", "refuse"]), name="humanverdict_outcome"),
        ]
        indexes = [models.Index(fields=["reviewer", "at"], name="humanverdict_reviewer")]

    def __str__(self) -> str:
        return f"case {self.case_id}: {self.seat} {self.outcome}"


class FactVerdict(models.Model):
    """What one person found about one fact, pinned to the claim as it was seen (`fingerprint`)."""

    class Result(models.TextChoices):
        VERIFIED = "verified", _("Verified")
        REFUSED = "refused", _("Refused")
        NOT_NEEDED = "not_needed", _("Not needed")

    class Method(models.TextChoices):
        DOCUMENT = "document", _("Documents seen")
        CALL_BACK = "call_back", _("Call to the hospital")
        PROVIDER = "provider", _("Asked an authority or a provider")
        VISIT = "visit", _("Visit")
        OTHER = "other", _("Another way, see the note")

    human_verdict = models.ForeignKey(HumanVerdict, on_delete=models.PROTECT, related_name="facts")
    subject_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    fact_code = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64)
    result = models.CharField(max_length=10, choices=Result)
    method = models.CharField(max_length=10, choices=Method, blank=True)
    reason_code = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["human_verdict", "fact_code"], name="factverdict_once"),
            models.CheckConstraint(
                condition=Q(result="verified") & ~Q(method="")
                | Q(result="refused") & ~Q(reason_code="")
                | Q(result="not_needed"),
                name="factverdict_says_how_or_why",
            ),
        ]
        indexes = [models.Index(fields=["subject_kind", "object_id", "fact_code"], name="factverdict_subject")]

    def __str__(self) -> str:
        return f"{self.fact_code}: {self.result}"
