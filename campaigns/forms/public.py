"""What visitors, donors, attesters and the raiser type on the public pages and the dashboard."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Update
from campaigns.taxonomy import Acquaintance
from core.errors import Text
from core.forms import YuanField
from documents.forms import PapersField
from payments import channels
from policy.parameters import value


class PatientForm(forms.Form):
    name = forms.CharField(label=_("Your name, as on the ID card"), max_length=60)
    id_tail = forms.CharField(
        label=_("The last four characters of your ID number"),
        max_length=8,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    agreed = forms.BooleanField(label=_("I know this request, I agree to it, and I promise the above"), required=False)
    text_version = forms.CharField(max_length=20, widget=forms.HiddenInput)


class DonateForm(forms.Form):
    """The support for the platform is empty and stays so unless the donor writes something there (R91)."""

    amount = YuanField(label=_("How much would you like to give?"))
    display_name = forms.CharField(
        label=_("Name to be shown"), max_length=20, required=False, help_text=_("Leave it empty: “a kind person”.")
    )
    anonymous = forms.BooleanField(
        label=_("Do not show me at all"),
        required=False,
        help_text=_("No name anywhere, also not to the family. Words that you write below are shown."),
    )
    message = forms.CharField(
        label=_("A few words to the family"), max_length=140, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    tip = YuanField(
        label=_("Something for the platform"),
        required=False,
        help_text=_("Only if you wish. It goes to the platform, not to the family."),
    )
    channel = forms.ChoiceField(label=_("Pay by"), choices=[], widget=forms.RadioSelect)
    key = forms.RegexField(r"^[A-Za-z0-9_-]{16,64}$", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: forms.ChoiceField = self.fields["channel"]  # type: ignore[assignment]
        field.choices = [(channel.code, channel.label) for channel in channels.available("page")]
        if len(field.choices) == 1:
            self.initial.setdefault("channel", field.choices[0][0])

    def clean_tip(self) -> int:
        return self.cleaned_data["tip"] or 0


class AttestForm(forms.Form):
    relation = forms.ChoiceField(
        label=_("How do you know the patient?"), choices=Acquaintance, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What do you know yourself?"), max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )
    name = forms.CharField(label=_("Your name, as on the ID card"), max_length=60)
    id_number = forms.CharField(
        label=_("Your ID number"), max_length=30, help_text=_("Stored encrypted, never shown."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    agreed = forms.BooleanField(label=_("I have read this and attest under my real name"), required=False)

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["name"], self.fields["id_number"]


class UpdateForm(forms.Form):
    kind = forms.ChoiceField(label=_("What do you want to tell?"), choices=Update.Kind, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Your words"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    photos = PapersField(kind="photo", most=9, label=_("Photos"), required=False)
    key = forms.RegexField(r"^[A-Za-z0-9_-]{16,64}$", widget=forms.HiddenInput)

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: PapersField = self.fields["photos"]  # type: ignore[assignment]
        field.for_owner(owner)
        field.most = field.widget.most = value("campaign.photos_max")


# What a raiser may say; the target, the time and the platform end a request by themselves.
_REASONS: dict[str, Text] = {
    "raiser": _("It is enough, or I wish to stop"),
    "discharge": _("The patient left the hospital"),
    "abandoned": _("The treatment was given up"),
    "death": _("The patient has died"),
}


class EndForm(forms.Form):
    why = forms.ChoiceField(label=_("Why does it end?"), choices=list(_REASONS.items()), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Anything else?"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class PauseForm(forms.Form):
    reason = forms.CharField(label=_("Why?"), max_length=200)


class SearchForm(forms.Form):
    """Filters of the list; what is not understood does not filter."""

    q = forms.CharField(max_length=60, required=False)
    disease = forms.CharField(max_length=20, required=False)
    hospital = forms.CharField(max_length=20, required=False)
    place = forms.CharField(max_length=6, required=False)
    show = forms.CharField(max_length=10, required=False)

    @classmethod
    def read(cls, data: Any) -> dict[str, str]:
        form = cls(data)
        form.is_valid()
        return {name: form.cleaned_data.get(name, "").replace("\0", "") for name in cls.base_fields}
