"""Reports from the public (R93 to R95). The public, the raiser and other rooms never see who reported."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import states
from core.fields import EncryptedTextField


class Report(models.Model):
    """One report.

    `reporter_key` and `origin_key` are blind indexes (account or contact, and network address): they tell independent
    reporters apart and slow down floods without naming anybody. `form_key` makes a double click one report. `due_at` is
    the next deadline of the state that the report is in.
    """

    STATES = states.REPORT

    class Category(models.TextChoices):
        IDENTITY = "identity", _("False identity")
        ILLNESS = "illness", _("False illness or treatment")
        ASSETS = "assets", _("Hidden property or income")
        OTHER_AID = "other_aid", _("Other aid not stated")
        MISUSE = "misuse", _("Money used for something else")
        DUPLICATE = "duplicate", _("The same case is raised twice")
        PRIVACY = "privacy", _("Somebody's privacy is harmed")
        ADVISER = "adviser", _("Misconduct of a field adviser")
        PROMOTION = "promotion", _("Paid promotion or commission")

    class Outcome(models.TextChoices):
        PROVED = "proved", _("Found true")
        UNPROVED = "unproved", _("Not proved")

    class Appellant(models.TextChoices):
        RAISER = "raiser", _("The raiser")
        REPORTER = "reporter", _("The reporter")

    number = models.CharField(max_length=16, unique=True)
    secret_index = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    subject_title = models.CharField(max_length=200)
    category = models.CharField(max_length=20, choices=Category)
    text = EncryptedTextField()
    contact = EncryptedTextField(blank=True)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reporter_key = models.CharField(max_length=64)
    origin_key = models.CharField(max_length=64)
    form_key = models.CharField(max_length=64)
    good_faith = models.BooleanField()
    status = models.CharField(max_length=20, choices=states.REPORT.choices, default=states.REPORT.initial)
    received_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    handler = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    credible = models.BooleanField(null=True)
    preliminary_evidence = models.BooleanField(default=False)
    # Neutral words of the officer, the only account of the report that the raiser and the public ever read.
    summary = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    froze = models.BooleanField(default=False)

    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    finding = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    appealed_by = models.CharField(max_length=10, choices=Appellant, blank=True)
    appeal_text = models.TextField(blank=True)

    class Meta:
        constraints = [
            states.REPORT.constraint("report_status"),
            models.CheckConstraint(
                condition=Q(
                    category__in=[
                        "identity",
                        "illness",
                        "assets",
                        "other_aid",
                        "misuse",
                        "duplicate",
                        "privacy",
                        "adviser",
                        "promotion",
                    ]
                ),
                name="report_category",
            ),
            models.UniqueConstraint(fields=["reporter_key", "form_key"], name="report_once_per_form"),
            models.CheckConstraint(condition=Q(good_faith=True), name="report_good_faith"),
            models.CheckConstraint(condition=Q(outcome__in=["", "proved", "unproved"]), name="report_outcome"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("decided_by")), name="report_confirmed_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(status="decided")
                | Q(outcome="unproved", decided_by__isnull=False)
                | Q(outcome="proved", decided_by__isnull=False, confirmed_by__isnull=False),
                name="report_proved_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="report_open", condition=Q(status__in=states.REPORT_OPEN)),
            models.Index(fields=["status", "due_at", "id"], name="report_board"),
            models.Index(fields=["status", "-id"], name="report_closed"),
            models.Index(fields=["subject_kind", "object_id", "id"], name="report_subject"),
            models.Index(fields=["reporter_key", "received_at"], name="report_rate"),
            models.Index(fields=["origin_key", "received_at"], name="report_origin"),
            models.Index(fields=["reporter", "id"], name="report_mine", condition=Q(reporter__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class ReportEvidence(models.Model):
    """A document that came with a report, from the reporter or with the raiser's answer."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="evidence")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")
    from_raiser = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "document"], name="reportevidence_once")]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.document_id}"
