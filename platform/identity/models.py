"""Who someone really is: one Person per ID number, the checks that were made, and what people said about them."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.fields import EncryptedTextField
from core.masking import mask_card, mask_id, mask_id_staff, mask_name
from documents.models import Document
from identity import rules
from identity.levels import FINAL, Level, Verdict

_ONE_SUBJECT = (
    models.Q(person__isnull=False, account__isnull=True, organisation__isnull=True)
    | models.Q(person__isnull=True, account__isnull=False, organisation__isnull=True)
    | models.Q(person__isnull=True, account__isnull=True, organisation__isnull=False)
)


class Person(models.Model):
    """A human being, named by an ID number. Name and number never change; a user account may be bound to it."""

    name = EncryptedTextField()
    id_number = EncryptedTextField()
    id_index = models.CharField(max_length=64, unique=True, editable=False)
    birth_date = models.DateField()
    sex = models.CharField(max_length=1)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="person"
    )
    # A check asked for human eyes and they have not decided yet. Kept beside the rows it follows from, for the queue.
    review_due = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(sex__in=["M", "F"]), name="person_sex")]
        indexes = [models.Index(fields=["id"], name="person_review_due", condition=models.Q(review_due=True))]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_id(self) -> str:
        """For the person's own eyes: first and last character."""
        return mask_id(self.id_number)

    @property
    def staff_id(self) -> str:
        """For the staff list: first three and last four."""
        return mask_id_staff(self.id_number)

    def age_on(self, day: date) -> int:
        return rules.age_on(self.birth_date, day)

    def is_minor_on(self, day: date) -> bool:
        return self.age_on(day) < rules.ADULT

    def is_child_on(self, day: date) -> bool:
        """Under 14: all data are sensitive and a guardian consents (R102)."""
        return self.age_on(day) < rules.CHILD


class Organisation(models.Model):
    """A hospital, a charity or a company that holds an account, named by its unified social credit code."""

    code = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=100)
    legal_representative = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class BankAccount(models.Model):
    """An account and who says it is theirs. The number is found by its blind index only."""

    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="accounts")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="accounts")
    number = EncryptedTextField()
    number_index = models.CharField(max_length=64, editable=False)
    bank = models.CharField(max_length=80)
    phone = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, organisation__isnull=True)
                | models.Q(person__isnull=True, organisation__isnull=False),
                name="bankaccount_one_holder",
            ),
            models.UniqueConstraint(fields=["number_index", "person"], name="bankaccount_once_per_person"),
            models.UniqueConstraint(fields=["number_index", "organisation"], name="bankaccount_once_per_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.masked_number}"

    @property
    def masked_number(self) -> str:
        return mask_card(self.number)

    @property
    def holder_name(self) -> str:
        """In clear: for the bank, not for pages."""
        if self.person is not None:
            return self.person.name
        return self.organisation.name if self.organisation else ""


class Attempt(models.Model):
    """One question to one provider about one subject. Append-only; its answer is an Outcome row of its own."""

    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="attempts")
    account = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="attempts")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="attempts")
    provider = models.CharField(max_length=20)
    purpose = models.CharField(max_length=40)
    # Sent to the provider: the same question under the same key is answered, and billed, once.
    key = models.CharField(max_length=32, unique=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # Blind index of the client address, to count tries from one place.
    origin = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=_ONE_SUBJECT, name="attempt_one_subject")]
        indexes = [
            models.Index(fields=["person", "created_at"], name="attempt_person_day"),
            models.Index(fields=["actor", "created_at"], name="attempt_actor_day"),
            models.Index(fields=["origin", "created_at"], name="attempt_origin_day", condition=~models.Q(origin="")),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.purpose} #{self.pk}"

    @property
    def verdict(self) -> Verdict:
        """PENDING until the provider has answered. Select `outcome` with the attempt."""
        outcome = getattr(self, "outcome", None)
        return Verdict(outcome.verdict) if outcome else Verdict.PENDING

    @property
    def level(self) -> Level:
        outcome = getattr(self, "outcome", None)
        return Level(outcome.level) if outcome else Level.NONE


class AttemptPaper(models.Model):
    """A paper that was shown with the question, for the eyes of reviewers."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="papers")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "document"], name="attemptpaper_once")]

    def __str__(self) -> str:
        return f"#{self.attempt_id}: document #{self.document_id}"


class Outcome(models.Model):
    """The final answer to an attempt. Append-only. Holds the provider's reference, never what it sent or any biometrics."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="outcome")
    verdict = models.CharField(max_length=20, choices=Verdict)
    level = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(verdict__in=sorted(FINAL)), name="outcome_verdict"),
            models.CheckConstraint(
                condition=models.Q(level__in=[level.value for level in Level]), name="outcome_level"
            ),
            # Only an agreement lifts anybody to the authority's levels.
            models.CheckConstraint(
                condition=models.Q(verdict=Verdict.MATCH) | models.Q(level__lt=Level.AUTHORITY_MATCH.value),
                name="outcome_level_earned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} #{self.attempt_id}"


class Review(models.Model):
    """What one reviewer found after looking at the papers. Append-only; each reviewer speaks once per round.

    A refusal ends the round: better papers start the next one.
    """

    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="reviews")
    account = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="reviews")
    round = models.PositiveSmallIntegerField()
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, account__isnull=True)
                | models.Q(person__isnull=True, account__isnull=False),
                name="review_one_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=[Verdict.MATCH.value, Verdict.MISMATCH.value]), name="review_verdict"
            ),
            models.UniqueConstraint(fields=["person", "round", "reviewer"], name="review_person_once"),
            models.UniqueConstraint(fields=["account", "round", "reviewer"], name="review_account_once"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by #{self.reviewer_id}"
