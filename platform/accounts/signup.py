"""The base of every sign-up form, in pages and in the app API. It imports nothing of allauth, whose forms derive from it."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SignupBase(forms.Form):
    """A phone number or an e-mail address, one of them, and the tick at the terms, which nobody has set beforehand."""

    terms = forms.BooleanField(
        label=_("I have read the terms of use and the privacy notice and agree"),
        error_messages={"required": _("Please read the terms and tick the box if you agree.")},
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("phone") and data.get("email"):
            self.add_error("email", _("One is enough to start: the phone number or the e-mail address."))
        elif not data.get("phone") and not data.get("email") and not {"phone", "email"} & set(self.errors):
            self.add_error("phone", _("Write your phone number or your e-mail address."))
        return data

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth's hook. Nothing to add: the consent is recorded when the account is proved (AccountAdapter.post_login)."""
