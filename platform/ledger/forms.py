"""What finance may look for in the books."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ledger import chart


class AccountsForm(forms.Form):
    """Accounts of one family, or one account by its very code."""

    family = forms.ChoiceField(
        label=_("Accounts"),
        required=False,
        choices=[("", _("All")), *((code, label) for code, label in chart.FAMILIES.items())],
    )
    code = forms.CharField(label=_("Code"), required=False, max_length=64, strip=True)
