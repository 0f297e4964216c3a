"""Staff work only in a session that has passed the second factor. Until then their roles sleep: they are ordinary people."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.models import User


class _SessionOnly:
    """allauth reads its records from `request.session`; a token of an app brings a session and no such request."""

    def __init__(self, session: SessionBase) -> None:
        self.session = session


def records(session: SessionBase, user: User) -> list[dict[str, Any]]:
    """How this very person proved who they are in this session, oldest first: `{"method", "at", ...}`."""
    return get_authentication_records(_SessionOnly(session), user)


def passed(session: SessionBase, user: User) -> bool:
    return any(record.get("method") == "mfa" for record in records(session, user))


def is_enrolled(user: User) -> bool:
    """Whether the person has an authenticator at all. One query."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def settle(user: "User | AnonymousUser", session: SessionBase) -> "User | AnonymousUser":
    """Put the roles of `user` to sleep unless `session` has passed the second factor. No query."""
    if isinstance(user, User):
        user.roles_asleep = not passed(session, user)
    return user


def is_missing(request: HttpRequest) -> bool:
    """The person holds a role, but this session may not use it yet."""
    user = request.user
    return bool(user.is_authenticated and user.roles_asleep and user.granted_roles())
