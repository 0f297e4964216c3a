"""What people give."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from campaigns import states
from campaigns.models.campaign import Campaign
from core.fields import EncryptedTextField
from payments.models import Payment


class Donation(models.Model):
    """One gift, in fen. What became of its money is in the ledger and in payments; `status` says it in a word."""

    STATES = states.DONATION

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="donations")
    donor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="donations")
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="donation")
    amount = models.BigIntegerField()
    tip = models.BigIntegerField(default=0)
    anonymous = models.BooleanField(default=False)
    display_name = EncryptedTextField(blank=True)
    message = models.CharField(max_length=140, blank=True)
    status = models.CharField(max_length=12, choices=states.DONATION.choices, default=states.DONATION.initial)
    # From the form or the Idempotency-Key: the same request is the same donation.
    key = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.DONATION.constraint("donation_status"),
            models.CheckConstraint(condition=Q(amount__gt=0, tip__gte=0), name="donation_amounts"),
            models.CheckConstraint(
                condition=Q(status="intended") | Q(paid_at__isnull=False), name="donation_paid_when"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "-paid_at", "-id"], name="donation_public", condition=Q(status="paid")),
            models.Index(
                fields=["campaign", "-paid_at", "-id"],
                name="donation_received",
                condition=Q(status__in=["paid", "refunding", "refunded"]),
            ),
            models.Index(fields=["campaign", "id"], name="donation_campaign"),
            models.Index(fields=["donor", "-id"], name="donation_donor"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """On the receipt and in letters."""
        return f"D{self.created_at:%y%m%d}{self.pk:07d}"


class Share(models.Model):
    """What one gift gets back when its campaign was stopped: fixed once, asked for under a key of its own (R63)."""

    donation = models.OneToOneField(Donation, on_delete=models.PROTECT, related_name="share")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="shares")
    amount = models.BigIntegerField()
    requested = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="share_positive")]
        indexes = [models.Index(fields=["campaign", "id"], name="share_to_ask", condition=Q(requested=False))]

    def __str__(self) -> str:
        return f"{self.donation_id}: {self.amount}"
