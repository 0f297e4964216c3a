"""What people are told: the inbox, and each attempt to reach them outside it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from notices import kinds
from notices.channels import Channel


class Notice(models.Model):
    """One message to one person: code and parameters. The words are made when it is read, in the reader's language."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    code = models.CharField(max_length=60)
    key = models.CharField(max_length=160)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code", "key"], name="notice_once_per_key")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_inbox"),
            models.Index(fields=["user"], name="notice_unread", condition=models.Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.code} → {self.user_id}"

    @property
    def title(self) -> str:
        return kinds.get(self.code).render_title(self.params)

    @property
    def body(self) -> str:
        return kinds.get(self.code).render_body(self.params)


class Delivery(models.Model):
    """One message on its way outside: by which provider, with what result. A sign-in code has no notice behind it."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Could not be delivered")
        DROPPED = "dropped", _("No longer needed")

    notice = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    # Only a sign-in code keeps where and what, sealed, and they are emptied once it is out of our hands. A notice finds
    # both when it is sent: the address may have changed, and the words are in the reader's language.
    address = EncryptedTextField(blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = EncryptedTextField(blank=True)
    code = EncryptedTextField(blank=True)
    provider = models.CharField(max_length=30, blank=True)
    provider_ref = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()  # a code is worthless after this; a notice is in the inbox anyway
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "sent", "failed", "dropped"]), name="delivery_status"
            ),
            models.CheckConstraint(condition=models.Q(channel__in=["sms", "email", "wechat"]), name="delivery_channel"),
            models.UniqueConstraint(
                fields=["notice", "channel"], condition=models.Q(notice__isnull=False), name="delivery_once_per_channel"
            ),
        ]
        indexes = [models.Index(fields=["status", "id"], name="delivery_list")]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} {self.status}"


class Preference(models.Model):
    """A channel that a person switched off for one topic. No row: on."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=20)
    channel = models.CharField(max_length=10, choices=Channel)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "topic", "channel"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.user_id} -{self.topic}/{self.channel}"


class WechatLink(models.Model):
    """The WeChat account to which a person wants messages. The open id is of our own WeChat app and of use nowhere else."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    openid = EncryptedTextField()
    openid_index = models.CharField(max_length=64, unique=True)
    linked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"WeChat of {self.user_id}"


class SandboxMessage(models.Model):
    """What the sandbox providers would have sent. Written in sandbox mode only, shown at /sandbox/."""

    channel = models.CharField(max_length=10, choices=Channel)
    address = EncryptedTextField()
    address_index = models.CharField(max_length=64)
    text = EncryptedTextField()
    code = models.CharField(max_length=10, blank=True)
    # The number under which the platform sent it: the same number again is the same message.
    message_id = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["address_index", "-id"], name="sandboxmessage_address")]

    def __str__(self) -> str:
        return f"sandbox message {self.pk}"
