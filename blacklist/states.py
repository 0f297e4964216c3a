"""The life of an entry: nobody is listed without two people, notice, a chance to reply, and a way to appeal (R81)."""

from django.utils.translation import gettext_lazy as _

from core.states import Action, table

IN_FORCE = ("entered", "appealed")
# What people still have to do something about.
WAITING = ("proposed", "notified", "replied", "appealed")

ENTRY = table(
    "blacklist_entry",
    initial="proposed",
    states={
        "proposed": _("Proposed"),
        "dropped": _("Dropped"),
        "notified": _("Person notified, waiting for a reply"),
        "replied": _("Person replied"),
        "entered": _("Listed"),
        "appealed": _("Listed, appeal being decided"),
        "lifted": _("Lifted"),
        "expired": _("Term served"),
    },
    actions=[
        Action(
            "approve",
            ("proposed",),
            "notified",
            _("A second person agrees that the evidence is enough to ask the person."),
        ),
        Action("drop", ("proposed", "notified", "replied"), "dropped", _("Not listed; nothing is published.")),
        Action("reply", ("notified",), "replied", _("The person answered.")),
        Action(
            "enter", ("notified", "replied"), "entered", _("Listed after the reply was weighed or its time had passed.")
        ),
        Action("appeal", ("entered",), "appealed", _("The person appealed; the listing stands until it is decided.")),
        Action(
            "keep",
            ("appealed",),
            "entered",
            _("The appeal was decided: the listing stays, perhaps for a shorter term."),
        ),
        Action("lift", ("entered", "appealed"), "lifted", _("The listing was taken back.")),
        Action("expire", ("entered",), "expired", _("The term is over.")),
    ],
)
