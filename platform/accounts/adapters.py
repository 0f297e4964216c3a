"""What allauth asks of the house: where phones live, how codes go out, who needs a second factor, how secrets are kept."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress, Login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import consent_texts, outbound, selectors, services
from accounts.fields import PhoneField
from accounts.models import User
from accounts.purposes import Purpose
from core.crypto import blind_index, seal, unseal

# Changes that the owner must hear about, even if somebody else made them; the words are in notices.account_kinds.
SAFETY = frozenset(
    {
        "password_changed",
        "password_set",
        "password_reset",
        "email_changed",
        "totp_activated",
        "totp_deactivated",
        "recovery_codes_generated",
    }
)


_WRONG_CODE = gettext_lazy("This is not the right code. Look again, please.")
_WRONG_PASSWORD = gettext_lazy("This does not fit together. Check both, or sign in with a code instead.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _WRONG_CODE,
        "email_password_mismatch": _WRONG_PASSWORD,
        "phone_password_mismatch": _WRONG_PASSWORD,
        "incorrect_password": gettext_lazy("This is not the right password."),
        "too_many_login_attempts": gettext_lazy("Too many tries. Wait a few minutes, then try again."),
        "rate_limited": gettext_lazy("Too many tries. Wait a few minutes, then try again."),
    }

    # --- Phones ---------------------------------------------------------------------------------------------------------
    def phone_form_field(self, **kwargs: Any) -> Field:
        return PhoneField(**kwargs)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        services.set_phone(user=user, phone=phone, verified=verified)

    def set_phone_verified(self, user: User, phone: str) -> None:
        services.set_phone(user=user, phone=phone, verified=True)

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """allauth's hook before a new user is saved: without an address the column is empty, not "", which is unique."""
        user.email = user.email or None

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def get_user_by_phone(self, phone: str) -> User | None:
        return selectors.user_by_phone(phone)

    # --- Codes ----------------------------------------------------------------------------------------------------------
    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
        text = _(
            "Your Candor code is %(code)s, good for %(minutes)d minutes. Nobody from Candor will ever ask for it."
        ) % {
            "code": code,
            "minutes": minutes,
        }
        outbound.send_sms(phone=phone, text=text, code=code, valid_seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        text = _(
            "Somebody asked for a Candor code with this number, but it has no account. If it was you, sign up: %(url)s"
        )
        self._send_hint(phone, text % {"url": f"{settings.SITE_URL}{reverse('account_signup')}"})

    def send_account_already_exists_sms(self, phone: str) -> None:
        text = _("This number already has a Candor account. If it was you who asked, sign in with a code: %(url)s")
        self._send_hint(phone, text % {"url": f"{settings.SITE_URL}{reverse('account_request_login_code')}"})

    def _send_hint(self, phone: str, text: str) -> None:
        outbound.send_sms(phone=phone, text=text, valid_seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Through the durable outbox like every message: a mail server that is down must not fail the page."""
        message = self.render_mail(template_prefix, email, {"email": email, "site_url": settings.SITE_URL, **context})
        outbound.send_email(
            address=email,
            subject=message.subject,
            text=str(message.body),
            code=str(context.get("code", "")),
            valid_seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT if "code" in context else 24 * 3600,
        )

    def format_email_subject(self, subject: str) -> str:
        return subject

    def is_login_by_code_required(self, login: Login) -> bool:
        """A new e-mail address is proved by a code before the first sign-in, as a new phone number is.

        For an address that is taken (`login.user` is None) the same page appears: nobody learns who has an account.
        """
        if any(record["method"] == "code" for record in get_authentication_records(self.request, login.user)):
            return False
        if login.user is None:
            return bool(login.email)
        address = (login.email or login.user.email or "").lower()
        if not address:
            return False
        return not EmailAddress.objects.filter(user=login.user, email=address, verified=True).exists()

    # --- After signing in -----------------------------------------------------------------------------------------------
    def post_login(self, request: HttpRequest, user: User, *, signup: bool, **kwargs: Any) -> HttpResponse:
        if signup:
            # The sign-up form is not valid without the tick at the terms (accounts.forms.SignupForm).
            services.record_consent(
                actor=user, purpose=Purpose.TERMS, text_version=consent_texts.current(Purpose.TERMS).version
            )
        services.record_sign_in(
            user=user,
            methods=[record["method"] for record in get_authentication_records(request, user)],
            ip=self.get_client_ip(request),
            agent=self.get_http_user_agent(request),
        )
        return super().post_login(request, user, signup=signup, **kwargs)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """allauth says that something about the safety of the account changed: a notice by every channel."""
        what = template_prefix.rpartition("/")[2]
        if what in SAFETY:
            outbound.tell(user=user, code=f"accounts.{what}", url=reverse("accounts:security"), key=str(uuid4()))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """allauth's own, and a code by phone or e-mail for people who have neither password nor second factor."""
        methods = super().get_reauthentication_methods(user)
        if user.is_authenticated and not any(method["id"].startswith("mfa") for method in methods):
            methods.append(
                {
                    "id": "code",
                    "description": _("Use a code by phone or e-mail"),
                    "url": reverse("accounts:prove_by_code"),
                }
            )
        return methods

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:security")

    # --- Rate limits ----------------------------------------------------------------------------------------------------
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key leaves the phone out: five wrong passwords for one phone would lock out every phone.
        phone = credentials.get("phone")
        if phone:
            return f"phone:{blind_index(phone, context='phone')}"
        return super()._get_login_attempts_cache_key(request, **credentials)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": _WRONG_CODE}

    def encrypt(self, text: str) -> str:
        return seal(text, context="mfa.authenticator.secret")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, context="mfa.authenticator.secret")

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whoever holds a role keeps the second factor."""
        return not authenticator.user.granted_roles()

    def get_totp_issuer(self) -> str:
        return "Candor"
