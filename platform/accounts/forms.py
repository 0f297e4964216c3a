"""The forms of this room: allauth's own with fields that forgive, and those of /me/."""

from typing import Any

from allauth.account import forms as account
from allauth.account.internal.userkit import filter_users_by_email
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField
from accounts.phones import normalise
from core.errors import DomainError


class _WithCode:
    """Replaces allauth's code field by one that takes any digits."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = CodeField()


class ConfirmLoginCodeForm(_WithCode, account.ConfirmLoginCodeForm):
    pass


class VerifyPhoneForm(_WithCode, account.VerifyPhoneForm):
    pass


class ConfirmPasswordResetCodeForm(_WithCode, account.ConfirmPasswordResetCodeForm):
    pass


class AuthenticateForm(_WithCode, mfa.AuthenticateForm):
    pass


class ReauthenticateForm(_WithCode, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(_WithCode, totp.ActivateTOTPForm):
    pass


class HidesTakenEmail:
    """Sign-up with an address that has an account goes on as if it had none; the owner gets a message.

    allauth does so only if everybody must have an e-mail address, which is not the case here.
    """

    account_already_exists: bool

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = bool(filter_users_by_email(value))
        return value


class OneWay:
    """A page asks for the phone number or for the e-mail address: the one that it shows is required."""

    fields: dict[str, forms.Field]
    data: Any
    is_bound: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = "email" if "email" in self.data else "phone"
        required = {"required": _("Write your phone number or your e-mail address.")}
        for name, label in (("phone", _("Mobile phone number")), ("email", _("E-mail address"))):
            field = self.fields[name]
            field.required = name == shown if self.is_bound else True
            field.label = label
            field.error_messages.update(required)
        self.fields["email"].widget.attrs.pop("placeholder", None)


class SignupForm(OneWay, HidesTakenEmail, account.SignupForm):
    pass


class RequestLoginCodeForm(OneWay, account.RequestLoginCodeForm):
    """allauth itself breaks when both are empty."""


class LoginForm(account.LoginForm):
    """Phone number or e-mail address, and the password that the person has set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Phone number or e-mail address")
        self.fields["login"].widget.attrs = {"autocomplete": "username"}

    def _setup_password_field(self) -> None:
        """allauth drops the password when sign-up asks for none; here it is set later, under /me/security/."""

    def clean_login(self) -> str:
        typed: str = super().clean_login()
        try:
            return normalise(typed)
        except DomainError:
            return typed


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class WelcomeForm(forms.Form):
    name = forms.CharField(
        label=_("How shall we call you?"),
        help_text=_("Others see only the first letter. You may leave it empty."),
        max_length=60,
        required=False,
    )


class ProveByCodeForm(forms.Form):
    code = CodeField()


class GrantForm(forms.Form):
    role = forms.CharField(max_length=20)
    organisation = forms.CharField(max_length=60, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300, required=False)
