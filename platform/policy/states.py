"""The life of a proposed change of a parameter."""

from django.utils.translation import gettext_lazy as _

from core.states import Action, table

CHANGE = table(
    "policy.change",
    initial="proposed",
    states={"proposed": _("Waiting for a second person"), "approved": _("Approved"), "withdrawn": _("Withdrawn")},
    actions=[
        Action("approve", ("proposed",), "approved", _("A second administrator agrees; it counts from its date.")),
        Action("withdraw", ("proposed",), "withdrawn", _("It is taken back or turned down; nothing changes.")),
    ],
)
