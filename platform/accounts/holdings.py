"""What this room itself gives to an export, erases, and waits for."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, DeletionRequest, User
from accounts.personal_data import Blocker
from accounts.services.deletions import erase_account
from core.errors import Text


def export(user: User) -> dict[str, Any]:
    sessions = UserSession.objects.filter(user=user).order_by("id")
    return {
        "account": {
            "name": user.name,
            "phone": user.phone,
            "phone_verified": user.phone_verified,
            "email": user.email,
            "language": user.language,
            "joined_at": user.joined_at,
            "last_sign_in_at": user.last_login,
        },
        "emails": list(EmailAddress.objects.filter(user=user).order_by("id").values("email", "verified")),
        "roles": list(user.grants.order_by("id").values("role", "organisation", "granted_at", "revoked_at")),
        "consents": list(
            Consent.objects.filter(user=user)
            .order_by("id")
            .values("purpose", "scope", "given", "text_version", "language", "at")
        ),
        "second_factors": list(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
        "sessions": list(sessions.values("ip", "user_agent", "created_at", "last_seen_at")),
        "deletion_requests": list(
            DeletionRequest.objects.filter(user=user).order_by("id").values("status", "requested_at", "finished_at")
        ),
    }


def erase(user: User) -> list[Text]:
    erase_account(user)
    return [_("What you agreed to and when, and the log of what was done, without your name.")]


def blockers(user: User) -> list[Blocker]:
    if user.granted_roles():
        return [Blocker("role_in_force", _("You hold a role at Candor. Ask an administrator to end it first."))]
    return []
