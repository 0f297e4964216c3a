"""Proposing a new value of a parameter."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from policy.selectors import Row
from policy.services import MIN_REASON


class ProposalForm(forms.Form):
    """Bound to one parameter: the value is typed as text, or ticked where only some words are possible."""

    value = forms.CharField(label=_("New value"), max_length=200)
    effective_from = forms.DateTimeField(
        label=_("Counts from"),
        help_text=_("Empty: from the moment of its approval."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("Everybody can read it."),
        min_length=MIN_REASON,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, row: Row) -> None:
        super().__init__(data, initial={"value": list(row.value) if row.parameter.words else row.typed})
        if row.parameter.words:
            self.fields["value"] = forms.MultipleChoiceField(
                label=_("New value"),
                choices=list(row.parameter.words.items()),
                widget=forms.CheckboxSelectMultiple,
            )
        else:
            self.fields["value"].help_text = f"{row.parameter.kind.hint} {row.limits}"

    def clean_value(self) -> str:
        """What a person would have typed."""
        value = self.cleaned_data["value"]
        return ", ".join(value) if isinstance(value, list) else value

    def clean_effective_from(self) -> Any:
        """A minute that has just begun counts as now."""
        moment = self.cleaned_data["effective_from"]
        now = timezone.now()
        return None if moment and now.replace(second=0, microsecond=0) == moment else moment


class WithdrawalForm(forms.Form):
    reason = forms.CharField(label=_("Why"), required=False, max_length=300)
