"""Money on its way out and the proof of what it was used for."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Payee
from core.fields import EncryptedTextField
from disclosures import states
from documents.models import Document, PublicCopy
from payments.models import Payment

_USER = settings.AUTH_USER_MODEL


class Withdrawal(models.Model):
    """A raiser's request to use part of what was given. Its amount is held from the request on, so nothing is spent twice."""

    STATES = states.WITHDRAWAL

    class Purpose(models.TextChoices):
        SURGERY = "surgery", _("Operation")
        INPATIENT = "inpatient", _("Hospital stay and deposit")
        MEDICINE = "medicine", _("Medicine")
        RECOVERY = "recovery", _("Recovery and rehabilitation")
        OTHER = "other", _("Other treatment costs")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="withdrawals")
    requested_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    version = models.PositiveIntegerField(default=1)
    amount = models.BigIntegerField()
    purpose = models.CharField(max_length=20, choices=Purpose)
    explanation = models.TextField(max_length=1000)
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="+")
    bills = models.ManyToManyField(Document, related_name="+")
    status = models.CharField(max_length=20, choices=states.WITHDRAWAL.choices, default=states.WITHDRAWAL.initial)
    requested_at = models.DateTimeField(default=timezone.now)
    notice_starts = models.DateTimeField(null=True)
    notice_ends = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.WITHDRAWAL.constraint("withdrawal_status"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="withdrawal_amount"),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(status__in=["requested", "fix_needed", "notice", "objected", "approved"]),
                name="withdrawal_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-id"], name="withdrawal_campaign"),
            models.Index(fields=["status", "notice_ends"], name="withdrawal_notice"),
        ]

    def __str__(self) -> str:
        return f"W{self.pk}"


class Objection(models.Model):
    """Somebody says, during the public notice, why this money should not go out (R50)."""

    STATES = states.OBJECTION

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="objections")
    author = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=1000)
    contact = EncryptedTextField(blank=True)
    status = models.CharField(max_length=20, choices=states.OBJECTION.choices, default=states.OBJECTION.initial)
    answer = models.TextField(blank=True, max_length=1000)
    answered_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [states.OBJECTION.constraint("objection_status")]
        indexes = [models.Index(fields=["status", "id"], name="objection_queue")]

    def __str__(self) -> str:
        return f"O{self.pk}"


class Payout(models.Model):
    """One payment of a withdrawal: prepared by one finance officer, approved by another, in the database's own words."""

    STATES = states.PAYOUT

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="payouts")
    number = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField()
    fee_service = models.BigIntegerField(default=0)
    fee_channel = models.BigIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=20, choices=states.PAYOUT.choices, default=states.PAYOUT.initial)
    prepared_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.PAYOUT.constraint("payout_status"),
            models.UniqueConstraint(fields=["withdrawal", "number"], name="payout_number"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, fee_service__gte=0, fee_channel__gte=0)
                & models.Q(amount__gt=models.F("fee_service") + models.F("fee_channel")),
                name="payout_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | (models.Q(prepared_by__isnull=False) & ~models.Q(approved_by=models.F("prepared_by"))),
                name="payout_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["sent", "arrived"]) | models.Q(approved_by__isnull=False),
                name="payout_sent_approved",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "id"], name="payout_queue"),
            models.Index(fields=["id"], name="payout_open", condition=models.Q(status__in=states.PAYOUT_OPEN)),
        ]

    def __str__(self) -> str:
        return f"P{self.pk}"

    @property
    def fee(self) -> int:
        return self.fee_service + self.fee_channel

    @property
    def net(self) -> int:
        return self.amount - self.fee


class Obligation(models.Model):
    """The duty to show what one payment was used for. Born when the payment arrives (R55)."""

    STATES = states.OBLIGATION

    payout = models.OneToOneField(Payout, on_delete=models.PROTECT, related_name="obligation")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="obligations")
    amount = models.BigIntegerField()
    proved_amount = models.BigIntegerField(default=0)
    due_on = models.DateField()
    next_reminder_on = models.DateField(null=True)
    status = models.CharField(max_length=20, choices=states.OBLIGATION.choices, default=states.OBLIGATION.initial)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            states.OBLIGATION.constraint("obligation_status"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, proved_amount__gte=0, proved_amount__lte=models.F("amount")),
                name="obligation_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "status"], name="obligation_campaign"),
            models.Index(
                fields=["next_reminder_on"],
                name="obligation_reminders",
                condition=models.Q(status__in=["due", "overdue"], next_reminder_on__isnull=False),
            ),
            models.Index(fields=["due_on"], name="obligation_lapse", condition=models.Q(status="due")),
        ]

    def __str__(self) -> str:
        return f"B{self.pk}"


class Proof(models.Model):
    """One hand-in of bills for one obligation. What was handed in is never edited; a better one is handed in after it."""

    STATES = states.PROOF

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="proofs")
    submitted_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    note = models.TextField(blank=True, max_length=1000)
    status = models.CharField(max_length=20, choices=states.PROOF.choices, default=states.PROOF.initial)
    submitted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            states.PROOF.constraint("use_proof_status"),
            models.UniqueConstraint(
                fields=["obligation"], condition=models.Q(status="submitted"), name="proof_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"U{self.pk}"


class Invoice(models.Model):
    """One bill inside a proof. A bill that counted once, in any campaign, can never count again."""

    proof = models.ForeignKey(Proof, on_delete=models.PROTECT, related_name="invoices")
    code = models.CharField(max_length=20)
    number = models.CharField(max_length=20)
    issued_on = models.DateField()
    amount = models.BigIntegerField()
    issuer = models.CharField(max_length=100)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    public_copy = models.ForeignKey(PublicCopy, null=True, on_delete=models.PROTECT, related_name="+")
    counts = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoice_amount"),
            models.UniqueConstraint(
                fields=["code", "number"], condition=models.Q(counts=True), name="invoice_counts_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}-{self.number}"


class Settlement(models.Model):
    """The closing of one campaign's books: what was not used goes back to the donors, two people agreeing (R61)."""

    STATES = states.SETTLEMENT

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="settlements")
    surplus = models.BigIntegerField()
    proposed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(_USER, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=1000)
    status = models.CharField(max_length=20, choices=states.SETTLEMENT.choices, default=states.SETTLEMENT.initial)
    proposed_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.SETTLEMENT.constraint("settlement_status"),
            models.CheckConstraint(condition=models.Q(surplus__gte=0), name="settlement_surplus"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="settlement_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["refunding", "done"]) | models.Q(decided_by__isnull=False),
                name="settlement_decided",
            ),
            models.UniqueConstraint(
                fields=["campaign"], condition=~models.Q(status="rejected"), name="settlement_one_live"
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="settlement_queue")]

    def __str__(self) -> str:
        return f"S{self.pk}"


class SettlementShare(models.Model):
    """What one payment gets back. Written once, when the settlement is approved; the refund itself stands in payments."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="shares")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    requested = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "payment"], name="share_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="share_amount"),
        ]
        indexes = [models.Index(fields=["settlement", "id"], name="share_open", condition=models.Q(requested=False))]

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.amount}"


class IdentityFile(models.Model):
    """The published file of one year (R45): opening + raised = withdrawn + refunded + pending, in fen. `content` is packed."""

    year = models.PositiveSmallIntegerField(unique=True)
    rows = models.PositiveIntegerField()
    opening = models.BigIntegerField()
    raised = models.BigIntegerField()
    withdrawn = models.BigIntegerField()
    refunded = models.BigIntegerField()
    other = models.BigIntegerField()
    pending = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.year} {self.sha256[:12]}"

    @property
    def adds_up(self) -> bool:
        return self.opening + self.raised == self.withdrawn + self.refunded + self.pending
