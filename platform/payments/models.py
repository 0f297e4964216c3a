"""How the money moves: payments in, refunds by the way they came, transfers out, and what the outside parties said.

Every number that goes to an outside party is written here before it is used, and never used for anything else.
"""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.fields import EncryptedTextField
from core.masking import mask_card, mask_name
from core.money import MAX_FEN, Fen
from partners.models import Charity
from payments import rules, states
from payments.differences import ADVICE, Difference
from payments.payees import PayeeKind


def new_token() -> str:
    """The address of a payment's page: unguessable, it is all that a returning browser brings."""
    return secrets.token_urlsafe(16)


def new_number(letter: str) -> str:
    """25 letters and digits: within what every channel accepts."""
    return letter + secrets.token_hex(12)


def payment_number() -> str:
    return new_number("D")


def refund_number() -> str:
    return new_number("R")


def transfer_number() -> str:
    return new_number("T")


_WAITS: dict[str, Text] = {
    "waits_for_settlement": _("waits until the channels have settled enough"),
    "waits_for_reconciliation": _("waits until an old difference with a statement is cleared up"),
}

_AMOUNT = models.Q(amount__gt=0, amount__lte=MAX_FEN)


class Payment(models.Model):
    """Somebody pays `amount` for a purpose, and perhaps a tip for the platform, through a channel. All in fen."""

    STATES = states.PAYMENT

    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    out_trade_no = models.CharField(max_length=32, unique=True, default=payment_number, editable=False)
    # The caller's own key: asking for the same payment twice gives the same row.
    key = models.CharField(max_length=120, unique=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    purpose = models.CharField(max_length=30)
    ref = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    tip = models.BigIntegerField(default=0)
    credit_account = models.CharField(max_length=64)
    channel = models.CharField(max_length=20)
    scene = models.CharField(max_length=10, default="page")
    payer_ref = EncryptedTextField(
        blank=True
    )  # the payer as the channel knows them, where it wants that before they pay
    client_ip = EncryptedTextField(blank=True)
    return_url = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=states.PAYMENT.choices, default=states.PAYMENT.initial)
    opened_at = models.DateTimeField(null=True)  # from then on the channel may know of it
    channel_id = models.CharField(max_length=80, blank=True)  # the channel's own number, once it has told us
    action = models.JSONField(null=True)  # what the channel wants the payer to do next
    received = models.BigIntegerField(null=True)  # what the channel confirmed, in fen
    refund_reserved = models.BigIntegerField(default=0)  # refunds that are done or may still be
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    checks = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.PAYMENT.constraint("payment_status"),
            models.CheckConstraint(condition=_AMOUNT & models.Q(tip__gte=0, tip__lte=MAX_FEN), name="payment_amounts"),
            models.CheckConstraint(
                condition=models.Q(refund_reserved=0) | models.Q(refund_reserved__lte=models.F("received")),
                name="payment_refunds_within_received",
            ),
            models.CheckConstraint(condition=models.Q(refund_reserved__gte=0), name="payment_refunds_not_negative"),
            models.CheckConstraint(
                condition=~models.Q(status__in=["paid", "suspended"]) | models.Q(received__isnull=False),
                name="payment_received_when_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], name="payment_check_due", condition=~models.Q(next_check_at=None)),
            models.Index(fields=["status", "-id"], name="payment_status_list"),
            models.Index(fields=["purpose", "ref"], name="payment_purpose"),
            models.Index(fields=["actor", "-id"], name="payment_actor"),
            models.Index(fields=["paid_at"], name="payment_paid_at", condition=~models.Q(paid_at=None)),
            models.Index(fields=["channel_id"], name="payment_channel_id", condition=~models.Q(channel_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.out_trade_no} {self.status}"

    @property
    def total(self) -> Fen:
        return self.amount + self.tip

    @property
    def is_final(self) -> bool:
        return self.status in ("paid", "suspended", "closed", "expired")


class Refund(models.Model):
    """Part or all of a payment on its way back by the route that it came (R60)."""

    STATES = states.REFUND

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=120, unique=True)
    refund_no = models.CharField(max_length=32, unique=True, default=refund_number, editable=False)
    attempt = models.PositiveIntegerField(default=1)
    amount = models.BigIntegerField()
    from_account = models.CharField(max_length=64)
    reason = models.CharField(max_length=120)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(max_length=10, choices=states.REFUND.choices, default=states.REFUND.initial)
    code = models.CharField(max_length=60, blank=True)  # the channel's own last word
    requested_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    checks = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.REFUND.constraint("refund_status"),
            models.CheckConstraint(condition=_AMOUNT, name="refund_amount"),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], name="refund_check_due", condition=~models.Q(next_check_at=None)),
            models.Index(fields=["status", "-id"], name="refund_status_list"),
            models.Index(fields=["from_account", "status"], name="refund_from_account"),
            models.Index(fields=["done_at"], name="refund_done_at", condition=~models.Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.refund_no} {self.status}"


class Transfer(models.Model):
    """Money out of the custody account to a payee. Final when it arrived or came back; a new try is a new transfer."""

    STATES = states.TRANSFER

    key = models.CharField(max_length=120, unique=True)
    transfer_no = models.CharField(max_length=32, unique=True, default=transfer_number, editable=False)
    purpose = models.CharField(max_length=30)
    ref = models.CharField(max_length=60)
    amount = models.BigIntegerField()
    from_account = models.CharField(max_length=64)
    payee_kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in PayeeKind])
    payee_name = EncryptedTextField()
    payee_bank = models.CharField(max_length=80)
    payee_account = EncryptedTextField()
    remark = models.CharField(max_length=120)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(max_length=10, choices=states.TRANSFER.choices, default=states.TRANSFER.initial)
    code = models.CharField(max_length=60, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    checks = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.TRANSFER.constraint("transfer_status"),
            models.CheckConstraint(condition=_AMOUNT, name="transfer_amount"),
            models.CheckConstraint(
                condition=models.Q(payee_kind__in=[kind.value for kind in PayeeKind]), name="transfer_payee_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], name="transfer_check_due", condition=~models.Q(next_check_at=None)),
            models.Index(fields=["status", "-id"], name="transfer_status_list"),
            models.Index(fields=["purpose", "ref"], name="transfer_purpose"),
            models.Index(fields=["finished_at"], name="transfer_finished", condition=~models.Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_no} {self.status}"

    @property
    def waits_for(self) -> Text:
        """Why it has not gone to the bank, in words; the other side's own code where we have no words for it."""
        return _WAITS.get(self.code, self.code)

    @property
    def masked_payee(self) -> str:
        name = mask_name(self.payee_name) if self.payee_kind == PayeeKind.PERSON else self.payee_name
        return f"{name} {self.payee_bank} {mask_card(self.payee_account)}"


class Inbox(models.Model):
    """A verified notification as it came, stored once. Kept for good: it is what the other party said."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=64)
    type = models.CharField(max_length=10)
    merchant_no = models.CharField(max_length=64)
    raw = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="inbox_once")]
        indexes = [
            models.Index(fields=["merchant_no"], name="inbox_merchant_no"),
            models.Index(fields=["outcome", "-id"], name="inbox_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class SettlementBatch(models.Model):
    """What a channel has paid into the custody account in one go, as it said so, and as it was booked."""

    channel = models.CharField(max_length=20)
    batch_no = models.CharField(max_length=40)
    day = models.DateField()
    gross = models.BigIntegerField()
    refunded = models.BigIntegerField()
    fee = models.BigIntegerField()
    net = models.BigIntegerField()
    settled_at = models.DateTimeField()
    booked_at = models.DateTimeField(default=timezone.now)
    raw = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "batch_no"], name="settlement_once"),
            models.CheckConstraint(
                condition=models.Q(net=models.F("gross") - models.F("refunded") - models.F("fee")),
                name="settlement_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.batch_no}"


class CustodyCheck(models.Model):
    """The bank's word on the custody account beside our books, at one moment (R42). Append-only."""

    at = models.DateTimeField(default=timezone.now)
    bank = models.BigIntegerField()
    books = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.bank} / {self.books}"

    @property
    def difference(self) -> Fen:
        return self.bank - self.books


class StatementFile(models.Model):
    """The statement of a day as a channel, or the custodian, gave it. Append-only: a changed one is another version.

    `sha256` is over the lines as the other side wrote them. One that was made before the day was over is provisional: the
    next one may differ. Opening and closing balance are in the custodian's only.
    """

    channel = models.CharField(max_length=20)
    day = models.DateField()
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    gross = models.BigIntegerField()
    fee = models.BigIntegerField()
    net = models.BigIntegerField()
    opening = models.BigIntegerField(null=True)
    closing = models.BigIntegerField(null=True)
    provisional = models.BooleanField()
    fetched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "day", "version"], name="statement_version")]

    def __str__(self) -> str:
        return f"{self.channel} {self.day} v{self.version}"


class StatementEntry(models.Model):
    """One line of a statement, in fen, signed as there. Append-only. `number` is what both sides know it by."""

    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="entries")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=80)
    channel_id = models.CharField(max_length=80)
    merchant_no = models.CharField(max_length=64)
    refund_no = models.CharField(max_length=64)
    gross = models.BigIntegerField()
    fee = models.BigIntegerField()
    net = models.BigIntegerField()
    state = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="statement_entry_once")]
        indexes = [models.Index(fields=["kind", "number"], name="statement_entry_number")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Break(models.Model):
    """Our books and a statement differ in one point (R42, R107). `ours` and `theirs` in fen, signed as in a statement.

    One row per `key`, however often it is found. A correction is booked by two people, never by the one who proposes it.
    """

    STATES = states.BREAK

    key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=20)
    day = models.DateField()
    difference = models.CharField(max_length=20, choices=Difference)
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=80)
    ours = models.BigIntegerField()
    theirs = models.BigIntegerField()
    corrected = models.BigIntegerField(default=0)  # by this much the books were corrected already
    file = models.ForeignKey(StatementFile, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=12, choices=states.BREAK.choices, default=states.BREAK.initial)
    opened_at = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=500, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            states.BREAK.constraint("break_status"),
            models.CheckConstraint(condition=~models.Q(approved_by=models.F("proposed_by")), name="break_two_people"),
            models.CheckConstraint(
                condition=~models.Q(status="corrected")
                | models.Q(proposed_by__isnull=False, approved_by__isnull=False),
                name="break_corrected_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "opened_at"], name="break_age"),
            models.Index(fields=["channel", "day"], name="break_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.difference} {self.number}"

    @property
    def outstanding(self) -> Fen:
        """By how much our books still differ, after what was corrected."""
        return self.theirs - self.ours - self.corrected

    @property
    def advice(self) -> Text:
        return ADVICE[self.difference]

    @property
    def correction(self) -> list[tuple[str, Fen]]:
        """The legs that would bring our books to what the other side says; none where there is nothing to book."""
        return rules.correction(self.difference, self.kind, self.channel, self.outstanding)


class InterestGift(models.Model):
    """Interest of the custody account on its way to a charity, by two people (R46). `amount` in fen."""

    STATES = states.INTEREST_GIFT

    charity = models.ForeignKey(Charity, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=states.INTEREST_GIFT.choices, default=states.INTEREST_GIFT.initial)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            states.INTEREST_GIFT.constraint("interestgift_status"),
            models.CheckConstraint(condition=_AMOUNT, name="interestgift_amount"),
            models.CheckConstraint(
                condition=~models.Q(approved_by=models.F("proposed_by")), name="interestgift_two_people"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["proposed", "refused"]) | models.Q(approved_by__isnull=False),
                name="interestgift_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"I{self.pk}"


class Alarm(models.TextChoices):
    """Why a machine stopped and asks people."""

    AMOUNT_MISMATCH = "amount_mismatch", _("Another amount was paid than asked for")
    REFUND_AMOUNT_MISMATCH = "refund_amount_mismatch", _("Another amount was refunded than asked for")
    REFUND_FAILED = "refund_failed", _("The channel refuses a refund")
    REFUND_STUCK = "refund_stuck", _("The channel does not say what became of a refund")
    TRANSFER_AMOUNT_MISMATCH = "transfer_amount_mismatch", _("Another amount was transferred than ordered")
    TRANSFER_RETURNED = "transfer_returned", _("The bank sent a transfer back")
    UNKNOWN_NUMBER = "unknown_number", _("A notification about something that we do not know")
    SETTLEMENT_WRONG = "settlement_wrong", _("A settlement that does not add up")
    CUSTODY_DIFFERENCE = "custody_difference", _("The bank and our books differ")
    RECONCILIATION = "reconciliation", _("A statement and our books differ")


class Attention(models.Model):
    """Something that machines must not decide: finance looks at it and writes what was done. One row per key."""

    key = models.CharField(max_length=120, unique=True)
    code = models.CharField(max_length=40, choices=Alarm)
    subject = models.CharField(max_length=120)  # payments.refund:12
    data = models.JSONField(default=dict)
    raised_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["settled_at", "-id"], name="attention_open")]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"
