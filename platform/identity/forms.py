"""What people type about who they are, and reviewers about others."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from documents.forms import PapersField
from documents.kinds import Kind
from identity.levels import Verdict


class ClaimForm(forms.Form):
    name = forms.CharField(
        label=_("Your name, as on the ID card"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    id_number = forms.CharField(
        label=_("ID number"),
        help_text=_("18 characters, below your picture on the ID card or the residence permit."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    front = PapersField(
        kind=Kind.ID_FRONT,
        most=1,
        label=_("Photo of the card: the side with your picture"),
        help_text=_("You may leave the photos out now; a reviewer may ask for them later."),
        required=False,
    )
    back = PapersField(kind=Kind.ID_BACK, most=1, label=_("Photo of the card: the other side"), required=False)
    agree = forms.BooleanField(label=_("I agree"), required=False)
    text_version = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("front", "back"):
            self.fields[name].for_owner(owner)  # type: ignore[attr-defined]


class ReviewForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("What did you find?"),
        choices=[
            (Verdict.MATCH.value, _("The papers agree with the details")),
            (Verdict.MISMATCH.value, _("They do not agree, or cannot be trusted")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("One sentence that another reviewer understands. No ID number."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RevealForm(forms.Form):
    purpose = forms.CharField(
        label=_("Why do you need the full number?"),
        help_text=_("The person can read this sentence."),
        max_length=200,
    )


class ReleaseForm(forms.Form):
    reason = forms.CharField(label=_("Why is this the wrong account?"), max_length=200)
