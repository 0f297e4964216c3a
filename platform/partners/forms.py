"""Editing the register of partners and the relief directory."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.models import Charity, Hospital, Partner, ReliefChannel
from partners.taxonomy import Category, Level, Ownership


class PartnerForm(forms.Form):
    """What hospitals and charities have in common; the rules of the register are asked by the service."""

    code = forms.CharField(
        label=_("Code"), help_text=_("Capital letters, digits and dashes. It never changes."), max_length=20
    )
    name = forms.CharField(label=_("Full name"), max_length=100)
    aliases = forms.CharField(
        label=_("Other names"),
        help_text=_("One on each line."),
        required=False,
        max_length=700,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    uscc = forms.CharField(
        label=_("Unified social credit code"),
        help_text=_("Without it no bank account can be entered."),
        required=False,
        max_length=18,
    )
    province_code = forms.CharField(label=_("Region code of the province"), required=False, max_length=6)
    province = forms.CharField(label=_("Province"), required=False, max_length=40)
    city_code = forms.CharField(label=_("Region code of the city"), required=False, max_length=6)
    city = forms.CharField(label=_("City"), required=False, max_length=40)
    phone = forms.CharField(
        label=_("Switchboard"), help_text=_("The published number, for calling back."), required=False, max_length=30
    )
    verified_source = forms.CharField(
        label=_("Looked up in"), help_text=_("Which register or list says so."), required=False, max_length=200
    )
    verified_on = forms.DateField(
        label=_("Looked up on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    is_active = forms.BooleanField(label=_("Can be chosen"), required=False, initial=True)

    def __init__(self, data: Any = None, *, partner: Partner) -> None:
        super().__init__(data, initial=self._initial(partner) if partner.pk else None)
        if partner.pk:
            self.fields["code"].disabled = True

    def _initial(self, partner: Partner) -> dict[str, Any]:
        values = {name: getattr(partner, name) for name in self.base_fields}
        return values | {"aliases": "\n".join(partner.aliases)}


class HospitalForm(PartnerForm):
    insurance_code = forms.CharField(
        label=_("Medical insurance code"), help_text=_("H and eleven digits."), required=False, max_length=12
    )
    level = forms.ChoiceField(label=_("Level"), choices=Level.choices, initial=Level.NONE)
    category = forms.ChoiceField(label=_("Kind"), choices=Category.choices)
    ownership = forms.ChoiceField(label=_("Ownership"), choices=Ownership.choices)


class CharityForm(PartnerForm):
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https", max_length=200)


FORMS: dict[type[Partner], type[PartnerForm]] = {Hospital: HospitalForm, Charity: CharityForm}


class AccountForm(forms.Form):
    account_number = forms.CharField(
        label=_("Account number"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    bank = forms.CharField(label=_("Bank and branch"), max_length=80)
    how_checked = forms.CharField(
        label=_("How it was checked"),
        help_text=_("For example: called the switchboard, spoke with the cashier's office, letter with seal on file."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReliefForm(forms.ModelForm):
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https", max_length=200)
    diseases = forms.CharField(
        label=_("Only for these illnesses"),
        help_text=_("Codes with commas between them. Empty: every illness."),
        required=False,
        max_length=300,
    )

    class Meta:
        model = ReliefChannel
        fields = [
            "kind",
            "charity",
            "title_zh",
            "title_en",
            "text_zh",
            "text_en",
            "phone",
            "website",
            "province_code",
            "diseases",
            "position",
            "is_active",
        ]
        labels = {
            "kind": _("Kind"),
            "charity": _("Charity"),
            "title_zh": _("Title in Chinese"),
            "title_en": _("Title in English"),
            "text_zh": _("Text in Chinese"),
            "text_en": _("Text in English"),
            "phone": _("Phone"),
            "province_code": _("Only in the province with this region code"),
            "position": _("Place in the list"),
            "is_active": _("Shown"),
        }
        widgets = {"text_zh": forms.Textarea(attrs={"rows": 3}), "text_en": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["diseases"] = ", ".join(self.instance.diseases)

    def clean_diseases(self) -> list[str]:
        words = self.cleaned_data["diseases"].replace("，", ",").split(",")
        found = [word.strip().lower() for word in words if word.strip()]
        if any(not word.isascii() or not word.replace("_", "").isalnum() for word in found):
            raise forms.ValidationError(_("Use the codes of illnesses, such as leukemia."), code="bad_disease")
        return found

    def clean_province_code(self) -> str:
        code: str = self.cleaned_data["province_code"]
        if code and not (code.isascii() and code.isdigit() and len(code) == 6):
            raise forms.ValidationError(_("A region code has six digits."), code="bad_region")
        return code
