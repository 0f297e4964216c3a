"""The life of a proposed bank account of a partner."""

from django.utils.translation import gettext_lazy as _

from core.states import Action, table

ACCOUNT_CHANGE = table(
    "partners.account_change",
    initial="proposed",
    states={"proposed": _("Waiting for a second person"), "approved": _("Approved"), "withdrawn": _("Withdrawn")},
    actions=[
        Action("approve", ("proposed",), "approved", _("A second person has checked it; from now on it is paid to.")),
        Action("withdraw", ("proposed",), "withdrawn", _("It is taken back or turned down; nothing changes.")),
    ],
)
