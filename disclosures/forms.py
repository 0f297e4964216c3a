"""What people type in this room. Forms check shape; services check sense."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import PicksField, YuanField
from disclosures.models import Withdrawal
from documents.models import Document


class OwnDocuments(PicksField):
    """Documents that the person uploaded; somebody else's id is simply not a choice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Document.objects.none(), **kwargs)


class WithdrawalForm(forms.Form):
    amount = YuanField(label=_("How much do you need now?"), help_text=_("In yuan. You can withdraw again later."))
    purpose = forms.ChoiceField(label=_("What is it for?"), choices=Withdrawal.Purpose, widget=forms.RadioSelect)
    explanation = forms.CharField(
        label=_("Say in one or two sentences what will be paid"),
        help_text=_("Everybody can read this during the public notice."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    bills = OwnDocuments(label=_("Bills or deposit notices"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bills"].queryset = Document.objects.filter(owner=owner).order_by("-id")  # type: ignore[attr-defined]


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=_("Why should this money not be paid?"),
        help_text=_("Say what you know and how you know it. Please be fair: a family may be waiting for this payment."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    contact = forms.CharField(
        label=_("How can we reach you? (optional, never published)"), max_length=100, required=False
    )


class AnswerForm(forms.Form):
    justified = forms.TypedChoiceField(
        label=_("Is the objection justified?"),
        choices=[("no", _("No: the payment may go on")), ("yes", _("Yes: refuse the withdrawal"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label=_("Public answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class ProofForm(forms.Form):
    note = forms.CharField(
        label=_("Anything to add? (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class InvoiceForm(forms.Form):
    code = forms.CharField(label=_("Bill code"), max_length=20)
    number = forms.CharField(label=_("Bill number"), max_length=20)
    issued_on = forms.DateField(label=_("Date on the bill"), widget=forms.DateInput(attrs={"type": "date"}))
    amount = YuanField(label=_("Amount on the bill (yuan)"))
    issuer = forms.CharField(label=_("Hospital or pharmacy"), max_length=100)
    document = forms.ModelChoiceField(label=_("Photo or file of the bill"), queryset=Document.objects.none())

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document"].queryset = Document.objects.filter(owner=owner).order_by("-id")  # type: ignore[attr-defined]


InvoiceFormSet = forms.formset_factory(InvoiceForm, extra=1, max_num=30, validate_max=True)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
