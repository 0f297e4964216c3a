"""Sign-ins: the log of them, and ending sessions from outside."""

from allauth.usersessions.models import UserSession

from accounts.models import User
from core.crypto import seal
from core.trail import record
from policy.enforce import enforces


@enforces("R97")
def record_sign_in(*, user: User, methods: list[str], ip: str, agent: str) -> None:
    """The network log of sign-ins: part of the trail, which nobody deletes; the address is sealed (R97)."""
    data = {"methods": methods, "ip": seal(ip, context="trail.ip"), "agent": agent[:200]}
    record(actor=user, event="account.sign_in", subject=user, data=data)


def end_sessions(*, user: User) -> int:
    """Sign `user` out everywhere, browsers and apps. Returns how many sessions were ended."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)
