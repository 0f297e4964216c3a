"""What finance types."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class FilterForm(forms.Form):
    """A list by state, or one thing by the number that the other party knows."""

    status = forms.ChoiceField(label=_("State"), required=False)
    number = forms.CharField(label=_("Number"), required=False, max_length=40, strip=True)

    def __init__(self, *args: Any, states: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"] = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *states])

    def chosen(self) -> dict[str, str]:
        """The filters that make sense; nonsense filters nothing."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("status", "number")}


class NoteForm(forms.Form):
    note = forms.CharField(label=_("What was found and done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
