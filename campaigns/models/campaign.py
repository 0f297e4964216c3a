"""The raise itself: what the family says, its papers, and the frozen versions that reviewers see."""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import states
from campaigns.taxonomy import Disease, Relation
from core.fields import EncryptedTextField
from documents.models import Document
from identity.models import Person
from partners.models import Hospital

_USER = settings.AUTH_USER_MODEL


class Campaign(models.Model):
    """One family asks for help with one illness of one patient. Amounts are fen; what was given stands in the ledger."""

    STATES = states.CAMPAIGN

    class EndReason(models.TextChoices):
        TARGET = "target", _("The target was reached")
        EXPIRY = "expiry", _("The time was over")
        RAISER = "raiser", _("The raiser ended it")
        DISCHARGE = "discharge", _("The patient left the hospital")
        DEATH = "death", _("The patient died")
        ABANDONED = "abandoned", _("The treatment was given up")
        STOPPED = "stopped", _("Stopped by the platform")

    code = models.CharField(max_length=8, unique=True)
    status = models.CharField(max_length=12, choices=states.CAMPAIGN.choices, default=states.CAMPAIGN.initial)
    raiser = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="campaigns")
    # The field adviser who helps at the bedside, if any; what the adviser types is in the trail under that name (R85).
    adviser = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    raiser_person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="campaigns")
    relation = models.CharField(max_length=15, choices=Relation, blank=True)

    disease = models.CharField(max_length=20, choices=Disease, blank=True)
    diagnosis = models.CharField(max_length=200, blank=True)
    diagnosed_on = models.DateField(null=True)
    hospital = models.ForeignKey(Hospital, null=True, on_delete=models.PROTECT, related_name="campaigns")
    department = EncryptedTextField(blank=True)
    bed = EncryptedTextField(blank=True)
    inpatient_no = EncryptedTextField(blank=True)

    title = models.CharField(max_length=60, blank=True)
    story_who = models.TextField(blank=True)
    story_illness = models.TextField(blank=True)
    story_call = models.TextField(blank=True)
    needed_by = models.DateField(null=True)

    spent = models.BigIntegerField(null=True)
    insurance_pays = models.BigIntegerField(null=True)
    aid_pays = models.BigIntegerField(null=True)
    own_means = models.BigIntegerField(null=True)
    # Follows from the cost lines and the three amounts above; never typed (R28).
    target = models.BigIntegerField(null=True)

    # Answers about the family's means while they are being filled in: question -> answer (campaigns.means).
    means = models.JSONField(default=dict)
    # What was typed and not saved yet, step -> field -> text, so that nothing is lost; it may hold numbers of cards.
    typed = EncryptedTextField(blank=True)

    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=10, choices=EndReason, blank=True)
    # From when on the speed of gifts is measured: publication, or the last time that people looked (R30).
    watched_from = models.DateTimeField(null=True)
    # Where a frozen campaign goes back to.
    frozen_from = models.CharField(max_length=12, blank=True)

    # For finding and sorting only; no page shows it as an amount. Written under the campaign's lock from the ledger, in
    # whole percent: each new value moves the row in every index.
    progress_ppm = models.PositiveIntegerField(default=0)
    # The hospital's province, beside the columns that it is sorted with.
    place = models.CharField(max_length=6, blank=True)
    search_text = models.TextField(blank=True)

    class Meta:
        constraints = [
            states.CAMPAIGN.constraint("campaign_status"),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(status__in=states.ACTIVE), name="campaign_one_per_patient"
            ),
            models.CheckConstraint(condition=Q(target=None) | Q(target__gt=0), name="campaign_target"),
            models.CheckConstraint(
                condition=~Q(status__in=states.PUBLIC) | Q(published_at__isnull=False, target__isnull=False),
                name="campaign_public_complete",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ended", "settling", "closed"])
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="campaign_ended_why",
            ),
        ]
        indexes = [
            models.Index(fields=["raiser", "-id"], name="campaign_raiser"),
            # The open list and the register, each with its filters, in the order in which they are shown.
            *(
                models.Index(fields=[*column, "-published_at", "-id"], name=f"campaign_{name}", condition=condition)
                for names, condition in (
                    (("open", "open_disease", "open_hospital", "open_place"), Q(status="published")),
                    (("register", "reg_disease", "reg_hospital", "reg_place"), Q(status__in=states.PUBLIC)),
                )
                for name, column in zip(names, ((), ("disease",), ("hospital",), ("place",)), strict=True)
            ),
            models.Index(fields=["-progress_ppm", "-id"], name="campaign_nearly", condition=Q(status="published")),
            models.Index(fields=["needed_by", "-id"], name="campaign_urgent", condition=Q(status="published")),
            models.Index(fields=["id"], name="campaign_closing", condition=Q(status__in=states.CLOSING)),
            models.Index(fields=["ends_at"], name="campaign_expiry", condition=Q(status__in=["published", "paused"])),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def typed_steps(self) -> dict[str, dict[str, str]]:
        """What was typed and not saved, by step."""
        found: dict[str, dict[str, str]] = json.loads(self.typed) if self.typed else {}
        return found

    def set_typed(self, steps: dict[str, dict[str, str]]) -> None:
        """Does not save."""
        self.typed = json.dumps(steps, ensure_ascii=False) if steps else ""

    @property
    def takes_gifts(self) -> bool:
        return self.status in states.GIVING

    @property
    def is_public(self) -> bool:
        return self.status in states.PUBLIC

    @property
    def may_be_edited(self) -> bool:
        return self.status in states.DRAFTING

    @property
    def story(self) -> str:
        return "\n\n".join(part for part in (self.story_who, self.story_illness, self.story_call) if part)


class CostLine(models.Model):
    """One line of what the treatment will cost, in fen, from the hospital's estimate."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="cost_lines")
    position = models.PositiveSmallIntegerField()
    what = models.CharField(max_length=60)
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "position"], name="costline_position"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="costline_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.amount}"


class Module(models.Model):
    """One of the five material modules of a request, each with a status of its own; locked once approved (R15)."""

    STATES = states.MODULE

    class Code(models.TextChoices):
        IDENTITY = "identity", _("Who the patient and the raiser are")
        PAYEE = "payee", _("Who receives the money")
        DIAGNOSIS = "diagnosis", _("Illness, hospital and costs")
        ASSETS = "assets", _("What the family has")
        PROMISES = "promises", _("Promises")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="modules")
    code = models.CharField(max_length=10, choices=Code)
    status = models.CharField(max_length=10, choices=states.MODULE.choices, default=states.MODULE.initial)

    class Meta:
        constraints = [
            states.MODULE.constraint("module_status"),
            models.UniqueConstraint(fields=["campaign", "code"], name="module_once"),
            models.CheckConstraint(
                condition=Q(code__in=["identity", "payee", "diagnosis", "assets", "promises"]), name="module_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.code}"


class Paper(models.Model):
    """A document in its place: which proof of which module it is, or a photo of the story."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="papers")
    slot = models.CharField(max_length=30)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    added_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["slot", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["campaign", "slot", "document"], name="paper_once")]
        indexes = [models.Index(fields=["document"], name="paper_document")]

    def __str__(self) -> str:
        return f"{self.slot} #{self.document_id}"


class CampaignVersion(models.Model):
    """What was handed in, frozen: reviewers decide on this and on nothing else. Append-only in the database."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    snapshot = models.JSONField()
    facts = models.JSONField()
    made_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id} v{self.number}"
