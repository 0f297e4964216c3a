"""What a risk officer asks for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from relations.selectors import is_subject


class LookForm(forms.Form):
    subject = forms.CharField(
        label=_("Who or what"), help_text=_("Such as user:12, person:3 or campaign:9."), max_length=40
    )
    purpose = forms.CharField(
        label=_("Why you look"),
        help_text=_("It stays on record, and the person can read it."),
        min_length=4,
        max_length=200,
    )

    def clean_subject(self) -> str:
        subject: Any = self.cleaned_data["subject"].strip().lower()
        if not is_subject(subject):
            raise forms.ValidationError(_("Write a kind, a colon and a number, such as user:12."), code="bad_subject")
        return str(subject)
