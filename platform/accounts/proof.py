"""A fresh proof by code, for people who have neither a password nor a second factor."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from django.http import HttpRequest

from accounts.models import User
from core.masking import mask_email, mask_phone

SESSION_KEY = "accounts_proof"
TIMEOUT_SECONDS = 600
MAX_ATTEMPTS = 5


class CodeProof(AbstractCodeVerificationProcess):
    """One code on its way to the person who is already signed in."""

    @property
    def recipient(self) -> str:
        """Where it went, masked."""
        return mask_phone(self.state["phone"]) if "phone" in self.state else mask_email(self.state["email"])

    def __init__(self, request: HttpRequest, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(max_attempts=MAX_ATTEMPTS, timeout=TIMEOUT_SECONDS, state=state, user=request.user)

    @classmethod
    def begin(cls, request: HttpRequest, user: User) -> "CodeProof":
        """Send a code to the proved phone, else to the e-mail address. Raises allauth's RateLimited."""
        ratelimit.consume(request, action="verify_phone", key=f"proof:{user.pk}", raise_exception=True)
        phone = user.phone if user.phone_verified else None
        proof = cls(request, cls.initial_state(user, phone=phone, email=None if phone else user.email))
        proof.send()
        proof.persist()
        return proof

    @classmethod
    def resume(cls, request: HttpRequest) -> "CodeProof | None":
        state = request.session.get(SESSION_KEY)
        return cls(request, state).abort_if_invalid() if state else None

    def send(self) -> None:
        adapter = get_adapter(self.request)
        self.state["code"] = code = adapter.generate_login_code()
        if "phone" in self.state:
            adapter.send_verification_code_sms(user=self.user, phone=self.state["phone"], code=code)
        else:
            adapter.send_mail("account/email/login_code", self.state["email"], {"code": code})

    def persist(self) -> None:
        self.request.session[SESSION_KEY] = self.state

    def abort(self) -> None:
        self.request.session.pop(SESSION_KEY, None)

    def matches(self, typed: str) -> bool:
        """Whether this is the code. A wrong one counts; after MAX_ATTEMPTS the code is void."""
        if compare_user_code(actual=typed, expected=self.code):
            return True
        self.record_invalid_attempt()
        return False

    def finish(self) -> None:
        self.abort()
        record_authentication(self.request, self.user, method="code", reauthenticated=True)
