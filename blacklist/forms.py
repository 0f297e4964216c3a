"""What people type in this room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from blacklist.models import Ground, Listed, Severity
from core.forms import PicksField
from documents.models import Document


class ProposalForm(forms.Form):
    name = forms.CharField(label=_("Name on the ID card"), max_length=60)
    id_number = forms.CharField(label=_("ID number"), max_length=20)
    listed_as = forms.ChoiceField(label=_("Listed as"), choices=Listed.choices)
    ground = forms.ChoiceField(label=_("Ground"), choices=Ground.choices)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    campaign_ref = forms.CharField(label=_("Campaign number, if any"), max_length=20, required=False)
    summary = forms.CharField(
        label=_("What happened"),
        help_text=_("The person reads this, and everybody does once listed. Facts only, no private details."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    evidence = PicksField(
        label=_("Evidence"), queryset=Document.objects.none(), help_text=_("Upload under “My documents” first.")
    )

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].queryset = Document.objects.filter(owner=owner).order_by("-id")  # type: ignore[attr-defined]


class TextForm(forms.Form):
    text = forms.CharField(label=_("Your words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class AppealForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[("keep", _("Keep")), ("shorten", _("Shorten")), ("lift", _("Lift"))],
        widget=forms.RadioSelect,
    )
    expires_on = forms.DateField(
        label=_("New last day, when shortened"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
