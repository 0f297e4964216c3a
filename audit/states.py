"""State tables of the room: a case, a rule set, a hard stop, a report from the public."""

from django.utils.translation import gettext_lazy as _

from core.states import Action, table

UNDECIDED = ("opened", "waiting", "second_wanted", "senior_wanted", "on_hold")
FOR_PEOPLE = ("waiting", "second_wanted", "senior_wanted")

CASE = table(
    "case",
    initial="opened",
    states={
        "opened": _("The machine is looking"),
        "waiting": _("Waiting for a reviewer"),
        "second_wanted": _("Waiting for a second reviewer"),
        "senior_wanted": _("Waiting for a senior auditor"),
        "on_hold": _("Waiting for an answer"),
        "decided": _("Decided and carried out"),
        "closed": _("Closed without need of a decision"),
    },
    actions=[
        Action("machine_done", ("opened",), "waiting", _("The machine verdict is recorded; people decide.")),
        Action("want_second", ("waiting",), "second_wanted", _("A second person has to decide as well.")),
        Action(
            "want_senior", ("second_wanted",), "senior_wanted", _("Two reviewers differ; a senior auditor decides.")
        ),
        Action("decide", FOR_PEOPLE, "decided", _("The decision stands and was carried out.")),
        Action("hold", ("waiting",), "on_hold", _("A question was put to the raiser.")),
        Action("resume", ("on_hold",), "waiting", _("The answer came, or its time ran out.")),
        Action("close", UNDECIDED, "closed", _("There is nothing left to decide.")),
    ],
)

RULESET = table(
    "ruleset",
    initial="draft",
    states={
        "draft": _("Draft"),
        "proposed": _("Proposed"),
        "active": _("In force"),
        "retired": _("Retired"),
        "discarded": _("Discarded"),
    },
    actions=[
        Action("propose", ("draft",), "proposed", _("Put to a second administrator.")),
        Action("send_back", ("proposed",), "draft", _("Sent back for more work.")),
        Action("promote", ("proposed",), "active", _("In force for every verdict from now on.")),
        Action("retire", ("active",), "retired", _("Replaced by a newer rule set.")),
        Action("discard", ("draft", "proposed"), "discarded", _("Given up; kept for the record.")),
    ],
)

STOP = table(
    "hard_stop",
    initial="active",
    states={
        "active": _("In force"),
        "lift_proposed": _("Lifting proposed"),
        "lifted": _("Lifted by two people"),
    },
    actions=[
        Action("propose_lift", ("active",), "lift_proposed", _("One person asks to lift the stop; it stays in force.")),
        Action("keep", ("lift_proposed",), "active", _("The stop stays.")),
        Action("lift", ("lift_proposed",), "lifted", _("A second person lifted the stop.")),
    ],
)

STOPPED = ("active", "lift_proposed")

REPORT = table(
    "report",
    initial="received",
    states={
        "received": _("Received"),
        "acknowledged": _("Acknowledged"),
        "triaged": _("Sorted"),
        "dismissed": _("Set aside"),
        "investigating": _("Being looked into"),
        "answered": _("The raiser has answered"),
        "proof_proposed": _("Waiting for a second officer"),
        "decided": _("Decided"),
        "appealed": _("Being looked at again"),
    },
    actions=[
        Action("acknowledge", ("received",), "acknowledged", _("A person has read the report.")),
        Action("triage", ("acknowledged",), "triaged", _("It was sorted by weight and evidence.")),
        Action("dismiss", ("triaged",), "dismissed", _("There is nothing to look into.")),
        Action("investigate", ("triaged",), "investigating", _("The raiser was asked to answer.")),
        Action("answer", ("investigating",), "answered", _("The raiser has answered.")),
        Action(
            "propose_proved",
            ("investigating", "answered", "appealed"),
            "proof_proposed",
            _("One officer finds the report true."),
        ),
        Action("differ", ("proof_proposed",), "investigating", _("The second officer does not agree yet.")),
        Action("prove", ("proof_proposed",), "decided", _("Two officers found the report true.")),
        Action("clear", ("investigating", "answered", "appealed"), "decided", _("The report was not proved.")),
        Action("appeal", ("dismissed", "decided"), "appealed", _("Somebody asked to look at it again.")),
    ],
)

REPORT_OPEN = ("received", "acknowledged", "triaged", "investigating", "answered", "proof_proposed", "appealed")

POLICE = table(
    "police_package",
    initial="requested",
    states={
        "requested": _("Waiting for a second person"),
        "released": _("Released for public security"),
        "refused": _("Not released"),
    },
    actions=[
        Action("release", ("requested",), "released", _("A second person released the package.")),
        Action("refuse", ("requested",), "refused", _("A second person sees no suspicion of a crime.")),
    ],
)
