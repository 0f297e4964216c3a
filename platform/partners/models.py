"""Who works with the platform: hospitals, charities, peer platforms, and where a family can ask for relief."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from identity.models import BankAccount
from partners import states
from partners.taxonomy import Category, Level, Ownership

CODE = RegexValidator(r"\A[A-Z0-9][A-Z0-9-]{1,19}\Z")


class Partner(models.Model):
    """What hospitals and charities have in common. A fact is verified when it says by which source and on which day."""

    code = models.CharField(max_length=20, unique=True, validators=[CODE])
    name = models.CharField(max_length=100)
    aliases = models.JSONField(default=list, blank=True)
    # The unified social credit code. Without it there is no holder for a bank account.
    uscc = models.CharField(max_length=18, unique=True, null=True, blank=True)
    province_code = models.CharField(max_length=6, blank=True)
    province = models.CharField(max_length=40, blank=True)
    city_code = models.CharField(max_length=6, blank=True)
    city = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    account = models.ForeignKey(BankAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verified_source = models.CharField(max_length=200, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    search_text = models.TextField(editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    # The part of an address, and the name of the foreign key in AccountChange.
    PLURAL: ClassVar[str]
    SINGULAR: ClassVar[str]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def is_verified(self) -> bool:
        return self.verified_on is not None


class Hospital(Partner):
    """A hospital of the register. Staff of the hospital hold a grant whose organisation is this `code`."""

    PLURAL = "hospitals"
    SINGULAR = "hospital"

    # The number under which the medical insurance knows it: H and eleven digits.
    insurance_code = models.CharField(max_length=12, unique=True, null=True, blank=True)
    level = models.CharField(max_length=2, choices=Level, default=Level.NONE)
    category = models.CharField(max_length=10, choices=Category, default=Category.GENERAL)
    ownership = models.CharField(max_length=10, choices=Ownership, default=Ownership.PUBLIC)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__in=[level.value for level in Level]), name="hospital_level"
            ),
            models.CheckConstraint(
                condition=models.Q(category__in=[category.value for category in Category]), name="hospital_category"
            ),
            models.CheckConstraint(
                condition=models.Q(ownership__in=[ownership.value for ownership in Ownership]),
                name="hospital_ownership",
            ),
        ]
        indexes = [
            models.Index(fields=["province_code", "name", "id"], name="hospital_province"),
            models.Index(fields=["name", "id"], name="hospital_name"),
        ]


class Charity(Partner):
    """A charity that takes over cases or receives what is left over, if donors agree (R11, R61)."""

    PLURAL = "charities"
    SINGULAR = "charity"

    website = models.URLField(blank=True)

    class Meta:
        verbose_name_plural = "charities"
        indexes = [models.Index(fields=["name", "id"], name="charity_name")]


class PeerPlatform(models.Model):
    """Another platform, with which entries of the blacklist are exchanged. `feed_key_id` names the key of its feed."""

    code = models.CharField(max_length=20, unique=True, validators=[CODE])
    name = models.CharField(max_length=100)
    website = models.URLField(blank=True)
    feed_key_id = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class AccountChange(models.Model):
    """A bank account proposed for a hospital or charity: nothing is paid to it before a second person approved it.

    Decided rows never change again (trigger).
    """

    STATES = states.ACCOUNT_CHANGE

    hospital = models.ForeignKey(Hospital, null=True, on_delete=models.PROTECT, related_name="account_changes")
    charity = models.ForeignKey(Charity, null=True, on_delete=models.PROTECT, related_name="account_changes")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    how_checked = models.TextField()
    status = models.CharField(
        max_length=10, choices=states.ACCOUNT_CHANGE.choices, default=states.ACCOUNT_CHANGE.initial
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.ACCOUNT_CHANGE.constraint("accountchange_status"),
            models.CheckConstraint(
                condition=models.Q(hospital__isnull=False, charity=None)
                | models.Q(hospital=None, charity__isnull=False),
                name="accountchange_one_partner",
            ),
            models.CheckConstraint(
                condition=~models.Q(approved_by=models.F("proposed_by")), name="accountchange_four_eyes"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="approved") | models.Q(approved_by__isnull=False),
                name="accountchange_approved_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["hospital"], condition=models.Q(status="proposed"), name="accountchange_one_open_hospital"
            ),
            models.UniqueConstraint(
                fields=["charity"], condition=models.Q(status="proposed"), name="accountchange_one_open_charity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.account}"

    @property
    def partner(self) -> Partner:
        partner = self.hospital or self.charity
        assert partner is not None  # noqa: S101 - accountchange_one_partner
        return partner


class ReliefChannel(models.Model):
    """Somewhere a family can ask for help before, or instead of, raising money (R11). Texts in both languages."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("Public aid")
        CHARITY = "charity", _("Charity")

    kind = models.CharField(max_length=10, choices=Kind)
    charity = models.ForeignKey(Charity, null=True, blank=True, on_delete=models.PROTECT, related_name="channels")
    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=100)
    text_zh = models.TextField()
    text_en = models.TextField()
    phone = models.CharField(max_length=30, blank=True)
    website = models.URLField(blank=True)
    # Empty: everywhere, every illness. Illnesses are codes of the campaigns room.
    province_code = models.CharField(max_length=6, blank=True)
    diseases = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["government", "charity"]), name="reliefchannel_kind")
        ]
        indexes = [models.Index(fields=["province_code", "position", "id"], name="reliefchannel_province")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_en if _reads_english() else self.title_zh

    @property
    def text(self) -> str:
        return self.text_en if _reads_english() else self.text_zh


def _reads_english() -> bool:
    return (get_language() or "").startswith("en")
