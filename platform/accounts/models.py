"""Who signs in, what they may do, what they agreed to, and what they asked us to do with their data."""

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from accounts import states
from accounts.purposes import Purpose
from accounts.roles import Role
from core.crypto import blind_index
from core.fields import EncryptedTextField
from core.masking import mask_name


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, email: str | None = None, phone: str = "", password: str | None = None, name: str = ""
    ) -> "User":
        """An account whose phone and e-mail are taken as proved: made by an operator, a demo or a test, never by a form."""
        user = self.model(email=email.lower() if email else None, name=name, phone_verified=bool(phone))
        user.set_phone(phone)
        user.set_password(password)
        user.save(using=self._db)
        if user.email:
            # Looked up late: allauth's models need AUTH_USER_MODEL, which is this module.
            apps.get_model("account", "EmailAddress").objects.create(
                user=user, email=user.email, verified=True, primary=True
            )
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=username)


class User(AbstractBaseUser):
    """One person who signs in, by phone code or by e-mail. Roles are RoleGrant rows; there is no superuser switch."""

    email = models.EmailField(unique=True, null=True, blank=True)
    phone = EncryptedTextField(blank=True)
    phone_index = models.CharField(max_length=64, unique=True, null=True, editable=False)
    phone_verified = models.BooleanField(default=False)
    name = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    # Set by accounts.second_factor on the user of a request that has not passed the second factor.
    roles_asleep = False

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return mask_name(self.name) or f"#{self.pk}"

    def set_phone(self, phone: str) -> None:
        """`phone` in E.164 (+8613812341234) or empty; keeps the blind index beside it. Does not save."""
        self.phone = phone
        self.phone_index = blind_index(phone, context="phone") if phone else None

    def granted_roles(self) -> frozenset[str]:
        """The roles in force, read once per instance, whatever the session has proved."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(self.grants.filter(revoked_at=None).values_list("role", flat=True))
        return self._roles

    def roles(self) -> frozenset[str]:
        """The roles that may be used now: none of them in a session that has not passed the second factor."""
        return frozenset() if self.roles_asleep else self.granted_roles()

    def has_role(self, *roles: Role) -> bool:
        return not self.roles().isdisjoint(roles)

    # What Django's own admin asks of a user: only administrators get in, and it is read-mostly there.
    @property
    def is_staff(self) -> bool:
        return self.has_role(Role.ADMIN)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.has_role(Role.ADMIN) and ".view_" in perm

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.has_role(Role.ADMIN)


class RoleGrant(models.Model):
    """A role given to a person by another person; revoked by date, never deleted. `organisation` is for partner roles."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    organisation = models.CharField(max_length=60, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="rolegrant_role"),
            models.UniqueConstraint(
                fields=["user", "role", "organisation"], condition=models.Q(revoked_at=None), name="rolegrant_one_live"
            ),
            models.CheckConstraint(
                condition=models.Q(granted_by=None) | ~models.Q(granted_by=models.F("user")), name="rolegrant_not_self"
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_by=None) | ~models.Q(revoked_by=models.F("user")),
                name="rolegrant_revoke_not_self",
            ),
        ]
        indexes = [
            models.Index(fields=["role", "user"], name="rolegrant_role_live", condition=models.Q(revoked_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class Consent(models.Model):
    """One fact about consent: given or withdrawn, for one purpose (and one thing, if `scope` says so), at one time.

    Append-only: a withdrawal is a new fact, the newest fact counts (R102).
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    scope = models.CharField(max_length=60, blank=True)
    given = models.BooleanField()
    text_version = models.CharField(max_length=20)
    # SHA-256 of the very words that were shown, in `language`.
    text_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=[purpose.value for purpose in Purpose]), name="consent_purpose"
            )
        ]
        indexes = [models.Index(fields=["user", "purpose", "scope", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} {'+' if self.given else '-'}"


class DataExport(models.Model):
    """A copy of everything that the platform holds about one person, made by a job, kept sealed for a few days (R103)."""

    STATES = states.EXPORT

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="exports")
    status = models.CharField(max_length=10, choices=states.EXPORT.choices, default=states.EXPORT.initial)
    content = EncryptedTextField(blank=True)  # a JSON object: room -> what it holds; emptied on expiry
    requested_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            states.EXPORT.constraint("dataexport_status"),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(status="requested"), name="dataexport_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="dataexport_user"),
            models.Index(fields=["expires_at"], name="dataexport_due", condition=models.Q(status="ready")),
        ]

    def __str__(self) -> str:
        return f"export {self.pk} {self.status}"


class DeletionRequest(models.Model):
    """A person asked to be forgotten; seven days to change their mind, then a job erases what the law lets go (R103)."""

    STATES = states.DELETION

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deletion_requests")
    status = models.CharField(max_length=10, choices=states.DELETION.choices, default=states.DELETION.initial)
    requested_at = models.DateTimeField(default=timezone.now)
    execute_after = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Codes of what stood in the way when it was refused; what was kept by law when it was done.
    outcome = models.JSONField(default=dict)

    class Meta:
        constraints = [
            states.DELETION.constraint("deletionrequest_status"),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(status="waiting"), name="deletionrequest_one_live"
            ),
        ]

    def __str__(self) -> str:
        return f"deletion {self.pk} {self.status}"
