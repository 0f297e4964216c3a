"""The lives of a data export and of a deletion request."""

from django.utils.translation import gettext_lazy as _

from core.states import Action, table

EXPORT = table(
    "export",
    initial="requested",
    states={
        "requested": _("Being prepared"),
        "ready": _("Ready to download"),
        "expired": _("Removed again"),
    },
    actions=[
        Action("finish", ("requested",), "ready", _("The copy is complete.")),
        Action("expire", ("ready",), "expired", _("The copy was kept long enough and is removed.")),
    ],
)

DELETION = table(
    "deletion",
    initial="waiting",
    states={
        "waiting": _("Waiting"),
        "cancelled": _("Cancelled"),
        "refused": _("Not possible yet"),
        "done": _("Done"),
    },
    actions=[
        Action("cancel", ("waiting",), "cancelled", _("The person changed their mind.")),
        Action("refuse", ("waiting",), "refused", _("Something that others depend on is still open.")),
        Action("finish", ("waiting",), "done", _("Personal data is erased; what the law keeps has no name any more.")),
    ],
)
