"""Form fields that forgive how people type."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.phones import normalise
from core.errors import DomainError


class PhoneField(forms.CharField):
    """Any spelling of a mobile number; the value is E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile phone number"))
        kwargs.setdefault("max_length", 40)
        kwargs["widget"] = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return text
        try:
            return normalise(text)
        except DomainError as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error


class CodeField(forms.CharField):
    """A code of digits; full-width digits of a Chinese keyboard and spaces are as good."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Your code"))
        kwargs.setdefault("max_length", 40)
        kwargs["widget"] = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return "".join(unicodedata.normalize("NFKC", text or "").split())
