"""What finance types."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.forms import YuanField
from partners.models import Charity
from payments.differences import Difference
from payments.states import BREAK


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


class BreakFilterForm(forms.Form):
    """Differences by what differs, whose statement it is, how long it has been open, and what became of it."""

    difference = forms.ChoiceField(
        label=_("What differs"), required=False, choices=[("", _("All")), *Difference.choices]
    )
    channel = forms.ChoiceField(label=_("Whose statement"), required=False)
    age = forms.IntegerField(label=_("Open for at least (days)"), required=False, min_value=0, max_value=3650)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All that waits")), *BREAK.choices])

    def __init__(self, *args: Any, sources: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"] = forms.ChoiceField(
            label=_("Whose statement"), required=False, choices=[("", _("All")), *sources]
        )

    def chosen(self) -> dict[str, Any]:
        """The filters that make sense; nonsense filters nothing."""
        self.is_valid()
        empty = {"difference": "", "channel": "", "state": "", "age": 0}
        return {name: self.cleaned_data.get(name) or nothing for name, nothing in empty.items()}


class GiftForm(forms.Form):
    """Which charity gets how much of the interest."""

    charity = forms.ModelChoiceField(label=_("Charity"), queryset=Charity.objects.none())
    amount = YuanField(label=_("Amount"))

    def __init__(self, *args: Any, charities: QuerySet[Charity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["charity"] = forms.ModelChoiceField(label=_("Charity"), queryset=charities)


class NoteForm(forms.Form):
    note = forms.CharField(label=_("What was found and done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
