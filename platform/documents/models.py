"""What was shown: originals (private), their pages with fingerprints, and published redacted copies."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.purposes import Purpose
from core.fields import EncryptedTextField
from documents.kinds import NEVER_PUBLIC, Kind

PUBLISHING = (Purpose.PUBLISH_STORY, Purpose.PUBLISH_DOCUMENTS)


class Document(models.Model):
    """One upload by one person. What is kept is the re-encoded pages; of the original file only its sha256 and facts."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=Kind)
    name = EncryptedTextField(blank=True)
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=40)
    bytes = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField()
    # What the file said about itself before it was re-encoded: camera, software, dates, PDF producer. No place, no names.
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="document_kind"),
            models.CheckConstraint(condition=models.Q(pages__gte=1), name="document_has_pages"),
            models.UniqueConstraint(fields=["owner", "kind", "sha256"], name="document_once_per_owner"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="document_sha256"),
            models.Index(fields=["owner", "-id"], name="document_owner"),
            models.Index(fields=["owner", "created_at"], name="document_owner_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def dhash(self) -> str:
        """The fingerprint of the first page, 16 hex characters, or empty for a nearly blank page. Prefetch `page_set`."""
        return min(self.page_set.all(), key=lambda page: page.number).dhash

    @property
    def may_be_published(self) -> bool:
        return self.kind not in NEVER_PUBLIC

    @property
    def publishing_consent(self) -> Purpose:
        """The consent of its owner that a public copy needs."""
        return Purpose.PUBLISH_STORY if self.kind == Kind.PHOTO else Purpose.PUBLISH_DOCUMENTS

    @property
    def own_scope(self) -> str:
        """The scope of a consent that is given for this very document."""
        return f"document:{self.pk}"


class Page(models.Model):
    """One page as a re-encoded JPEG in the private store. `file` is a random name; the bytes there are encrypted."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    number = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=40, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    dhash = models.CharField(max_length=16, blank=True)
    # The bands of the fingerprint (documents.fingerprints), each with its index; null for a nearly blank page.
    band0 = models.IntegerField(null=True)
    band1 = models.IntegerField(null=True)
    band2 = models.IntegerField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="page_number"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="page_sha256"),
            models.Index(fields=["band0"], name="page_band0"),
            models.Index(fields=["band1"], name="page_band1"),
            models.Index(fields=["band2"], name="page_band2"),
        ]

    def __str__(self) -> str:
        return f"#{self.document_id} p. {self.number}"


class PublicCopy(models.Model):
    """A redacted derivative that anyone may see, under an unguessable token, until it is withdrawn."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="copies")
    token = models.CharField(max_length=40, unique=True)
    # Over the hashes of its pages: names this very copy, so that a verdict can be pinned to it.
    sha256 = models.CharField(max_length=64)
    boxes = models.JSONField(default=list)
    sensitive = models.BooleanField(default=False)
    # The owner's consent under which it is public: the copy is shown only while that consent stands.
    consent = models.CharField(max_length=20, choices=[(p.value, p.label) for p in PUBLISHING])
    consent_scope = models.CharField(max_length=60, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=models.Q(withdrawn_at=None), name="publiccopy_one_live"
            ),
        ]

    def __str__(self) -> str:
        return f"copy #{self.pk} of #{self.document_id}"


class PublicPage(models.Model):
    """One page of a public copy, black boxes burnt into its pixels."""

    copy = models.ForeignKey(PublicCopy, on_delete=models.CASCADE)
    number = models.PositiveSmallIntegerField()
    file = models.CharField(max_length=40, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["copy", "number"], name="publicpage_number")]

    def __str__(self) -> str:
        return f"copy #{self.copy_id} p. {self.number}"
