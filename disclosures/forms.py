"""What people type in this room. Forms check shape; services check sense."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import YuanField
from disclosures.models import Withdrawal
from documents.forms import PapersField
from documents.kinds import Kind
from documents.models import Document

MAX_BILLS = 30


class WithdrawalForm(forms.Form):
    amount = YuanField(label=_("How much do you need now?"), help_text=_("In yuan. You can withdraw again later."))
    purpose = forms.ChoiceField(label=_("What is it for?"), choices=Withdrawal.Purpose, widget=forms.RadioSelect)
    explanation = forms.CharField(
        label=_("Say in one or two sentences what will be paid"),
        help_text=_("Everybody can read this during the public notice."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    bills = PapersField(kind=Kind.BILL, most=20, label=_("Bills or deposit notices"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bills"].for_owner(owner)  # type: ignore[attr-defined]


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
    document = PapersField(kind=Kind.BILL, most=1, label=_("Photo or file of the bill"))

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["document"].for_owner(owner)  # type: ignore[attr-defined]

    def clean_document(self) -> Document:
        paper: Document = self.cleaned_data["document"][0]
        return paper

    def typed(self) -> dict[str, Any]:
        """What stands in this line as it was sent, to show it again; a file that came with it is kept."""
        values = {name: self[name].data for name in self.fields if name != "document"}
        field: PapersField = self.fields["document"]  # type: ignore[assignment]
        try:
            return {**values, "document": field.clean(self["document"].data)}
        except ValidationError:
            return {**values, "document": field.widget.kept or []}


class _Lines(forms.BaseFormSet):
    """Lines shown again with what was typed are still new: whichever is left empty does not count."""

    def initial_form_count(self) -> int:
        return 0

    def total_form_count(self) -> int:
        return super().total_form_count() if self.is_bound else len(self.initial or []) + self.extra


InvoiceFormSet = forms.formset_factory(InvoiceForm, formset=_Lines, extra=1, max_num=MAX_BILLS, validate_max=True)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
