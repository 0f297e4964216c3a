"""A case: one version of one thing that has to be decided, by the machine and by people."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import states

_FOR_PEOPLE = Q(status__in=states.FOR_PEOPLE)


class Case(models.Model):
    """One decision to make. `rank_at` orders the queue: the time of opening, minus a head start for the urgent.

    The reviewers stand here as columns because the database itself holds that they are different people and that
    nothing is decided without the machine verdict and as many people as are due (laws 4 and 5).
    """

    STATES = states.CASE

    class Kind(models.TextChoices):
        SUBMISSION = "submission", _("Submission")
        MATERIAL_CHANGE = "material_change", _("Material change")
        WITHDRAWAL = "withdrawal", _("Withdrawal")
        USE_PROOF = "use_proof", _("Proof of use")
        REPORT = "report", _("Report from the public")
        APPEAL = "appeal", _("Appeal")
        ALARM = "alarm", _("Alarm")

    class Band(models.TextChoices):
        """Where the machine sends a case. No band publishes or refuses anything."""

        FAST = "fast", _("Nothing found")
        STANDARD = "standard", _("Look closely")
        ENHANCED = "enhanced", _("Two reviewers")
        HARD_STOP = "hard_stop", _("Preliminary evidence of falsehood")

    class Outcome(models.TextChoices):
        APPROVE = "approve", _("Approved")
        FIX = "fix", _("To be mended")
        REFUSE = "refuse", _("Refused")

    subject_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    subject_version = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=Kind)
    occasion = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=20, choices=states.CASE.choices, default=states.CASE.initial)
    title = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    urgent = models.BooleanField(default=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="audit_cases")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="appeals")
    opened_at = models.DateTimeField(default=timezone.now)
    rank_at = models.DateTimeField()
    due_at = models.DateTimeField()

    machine_verdict = models.ForeignKey("MachineVerdict", null=True, on_delete=models.PROTECT, related_name="+")
    band = models.CharField(max_length=10, choices=Band, blank=True)
    score = models.IntegerField(null=True)

    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lease_until = models.DateTimeField(null=True)
    second_due = models.BooleanField(default=False)
    second_reasons = models.JSONField(default=list)
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    senior_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    disagreement = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.CASE.constraint("case_status"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["submission", "material_change", "withdrawal", "use_proof", "report", "appeal", "alarm"]
                ),
                name="case_kind",
            ),
            models.CheckConstraint(
                condition=Q(band__in=["", "fast", "standard", "enhanced", "hard_stop"]), name="case_band"
            ),
            models.CheckConstraint(condition=Q(outcome__in=["", "approve", "fix", "refuse"]), name="case_outcome"),
            models.UniqueConstraint(
                fields=["subject_kind", "object_id", "subject_version", "kind", "occasion"], name="case_once"
            ),
            models.CheckConstraint(
                condition=Q(second_by=None) | (Q(first_by__isnull=False) & ~Q(second_by=F("first_by"))),
                name="case_second_is_another",
            ),
            models.CheckConstraint(
                condition=Q(senior_by=None)
                | (Q(second_by__isnull=False) & ~Q(senior_by=F("first_by")) & ~Q(senior_by=F("second_by"))),
                name="case_senior_is_a_third",
            ),
            models.CheckConstraint(
                condition=~Q(status="decided")
                | (
                    Q(machine_verdict__isnull=False)
                    & Q(first_by__isnull=False)
                    & ~Q(outcome="")
                    & Q(decided_at__isnull=False)
                    & (Q(second_due=False) | Q(second_by__isnull=False))
                ),
                name="case_decided_by_machine_and_people",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by=None, lease_until=None) | Q(claimed_by__isnull=False, lease_until__isnull=False),
                name="case_lease_whole",
            ),
        ]
        indexes = [
            # What waits for people, in the order of the queue, with each filter of the page.
            *(
                models.Index(fields=[*column, "rank_at", "id"], name=f"case_wait{name}", condition=_FOR_PEOPLE)
                for name, column in (
                    ("", ()),
                    ("_kind", ("kind",)),
                    ("_band", ("band",)),
                    ("_urgent", ("urgent",)),
                    ("_subject", ("subject_kind",)),
                )
            ),
            models.Index(fields=["due_at"], name="case_late", condition=_FOR_PEOPLE),
            models.Index(fields=["opened_at"], name="case_machine", condition=Q(status="opened")),
            models.Index(fields=["subject_kind", "object_id", "id"], name="case_subject"),
            models.Index(fields=["claimed_by", "lease_until"], name="case_claimed"),
            models.Index(fields=["owner", "id"], name="case_owner"),
            models.Index(fields=["decided_at"], name="case_decided"),
            models.Index(fields=["id"], name="case_disagreement", condition=Q(disagreement=True)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.status in states.UNDECIDED

    @property
    def reviewers(self) -> list[int]:
        """Ids of the people who decided, in order."""
        return [pk for pk in (self.first_by_id, self.second_by_id, self.senior_by_id) if pk]


class CaseExclusion(models.Model):
    """Somebody who may not decide this case: the raiser, the adviser who typed it, whoever decided before an appeal."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exclusions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="caseexclusion_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: not {self.user_id}"


class Question(models.Model):
    """What a reviewer asked the raiser, and the answer. The case waits meanwhile, but not longer than `due_at`."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="questions")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(answered_at=None), name="question_one_open"),
        ]
        indexes = [models.Index(fields=["due_at"], name="question_due", condition=Q(answered_at=None))]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.text[:40]}"
