"""Who uses the same phone, card, device, paper or hospital number: identifiers and the links that lead to them (R72)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# In what a subject is written, such as user:12: two letters or more, a colon, a number.
SUBJECT = r"[a-z][a-z_]{1,19}:[1-9][0-9]{0,17}"


class Kind(models.TextChoices):
    """What two people may have in common."""

    PHONE = "phone", _("Phone")
    BANK_CARD = "bank_card", _("Bank account")
    ID_NUMBER = "id_number", _("Identity number")
    DEVICE = "device", _("Device")
    DOCUMENT_SHA = "document_sha", _("The very same file")
    DOCUMENT_DHASH = "document_dhash", _("A picture that looks the same")
    INPATIENT_NO = "inpatient_no", _("Hospital number")
    INVOICE_NO = "invoice_no", _("Invoice number")
    IP_DAY = "ip_day", _("Internet address on one day")


class Identifier(models.Model):
    """One phone, card or paper. `index` is a blind index or a fingerprint, never the thing in clear."""

    kind = models.CharField(max_length=20, choices=Kind)
    index = models.CharField(max_length=64)
    first_seen = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "index"], name="identifier_once"),
            models.CheckConstraint(condition=models.Q(kind__in=[kind.value for kind in Kind]), name="identifier_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.index[:8]}…"


class Link(models.Model):
    """`subject` (user:12, person:3, campaign:9) uses or shows the identifier."""

    subject = models.CharField(max_length=40)
    identifier = models.ForeignKey(Identifier, on_delete=models.CASCADE, related_name="links", db_index=False)
    first_seen = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "identifier"], name="link_once")]
        indexes = [models.Index(fields=["identifier", "id"], name="link_identifier")]

    def __str__(self) -> str:
        return f"{self.subject} – {self.identifier_id}"
