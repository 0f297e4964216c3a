"""The second factor."""

from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import outbound
from accounts.models import User
from accounts.roles import Role
from accounts.services.sessions import end_sessions
from core.errors import DomainError, Forbidden
from core.trail import Actor, record


def enrol_totp(*, actor: Actor, user: User, secret: str) -> Authenticator:
    """Give `user` an authenticator with a known base32 `secret`, and recovery codes. For demo data and tests.

    People enrol themselves at /accounts/2fa/totp/activate/. Enrolling a second time keeps what is there.
    """
    with transaction.atomic():
        present = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
        if present:
            return present
        authenticator = TOTP.activate(user, secret).instance
        RecoveryCodes.activate(user)
        record(actor=actor, event="second_factor.enrol", subject=user)
    return authenticator


def reset_second_factor(*, actor: User, user: User, reason: str) -> None:
    """Somebody lost the phone with the authenticator: take it off, end their sessions; they set it up anew.

    Raises Forbidden for who is no administrator and for one's own, DomainError on `reason`.
    """
    if not actor.has_role(Role.ADMIN):
        raise Forbidden("not_administrator", _("Only an administrator resets a second factor."))
    if actor.pk == user.pk:
        raise Forbidden("own_second_factor", _("Ask another administrator, or use a recovery code."))
    if not reason.strip():
        raise DomainError("reason_missing", _("Write why."), field="reason")
    with transaction.atomic():
        removed, _rows = Authenticator.objects.filter(user=user).delete()
        if removed:
            end_sessions(user=user)
            record(actor=actor, event="second_factor.reset", subject=user, data={"reason": reason.strip()})
            outbound.tell(user=user, code="accounts.second_factor_reset", key=str(uuid4()))
