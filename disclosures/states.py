"""The lives of a withdrawal, its payments, the duty to prove their use, and the closing of the books."""

from django.utils.translation import gettext_lazy as _

from core.states import Action, table

WITHDRAWAL = table(
    "withdrawal",
    initial="requested",
    states={
        "requested": _("Being reviewed"),
        "fix_needed": _("Something is missing"),
        "refused": _("Refused"),
        "cancelled": _("Taken back"),
        "notice": _("Public notice"),
        "objected": _("Objection being looked into"),
        "approved": _("Approved for payment"),
        "paid": _("Paid"),
    },
    actions=[
        Action(
            "ask_fix", ("requested",), "fix_needed", _("Reviewers ask for something; the money goes back to available.")
        ),
        Action("resubmit", ("fix_needed",), "requested", _("The raiser has mended it; the money is held again.")),
        Action(
            "refuse", ("requested", "objected"), "refused", _("Reviewers refuse; the money goes back to available.")
        ),
        Action(
            "restore",
            ("refused", "fix_needed"),
            "requested",
            _("Other people looked again: the money is held once more."),
        ),
        Action("cancel", ("requested", "fix_needed", "notice"), "cancelled", _("The raiser takes the request back.")),
        Action(
            "publish_notice", ("requested",), "notice", _("Review passed; everybody may look and object for a day.")
        ),
        Action("object", ("notice",), "objected", _("Somebody objected; payment waits for the answer.")),
        Action("dismiss_objections", ("objected",), "notice", _("The objections were answered; the notice is over.")),
        Action(
            "approve", ("notice",), "approved", _("The notice ended without an open objection; payments may go out.")
        ),
        Action("complete", ("approved",), "paid", _("The last payment of this withdrawal has arrived.")),
        Action("stop", ("approved",), "cancelled", _("Called off before anything was paid; the money goes back.")),
    ],
)

# What finance still has to do something about.
PAYOUT_OPEN = ("ready", "prepared", "sent", "returned")

PAYOUT = table(
    "payout",
    initial="planned",
    states={
        "planned": _("Waits for its turn"),
        "ready": _("Ready for finance"),
        "prepared": _("Prepared, waits for a second person"),
        "sent": _("On its way"),
        "arrived": _("Arrived"),
        "returned": _("Sent back by the bank"),
        "cancelled": _("Cancelled"),
    },
    actions=[
        Action("release", ("planned",), "ready", _("The use of the payment before was proved.")),
        Action(
            "prepare", ("ready", "returned"), "prepared", _("A finance officer has checked payee, amount and remark.")
        ),
        Action("reject", ("prepared",), "ready", _("The second person sent it back to be checked again.")),
        Action("send", ("prepared",), "sent", _("A second finance officer approved it; the bank has the order.")),
        Action("arrive", ("sent",), "arrived", _("The bank confirms that the money has arrived.")),
        Action("return", ("sent",), "returned", _("The bank could not deliver it; the money is held again.")),
        Action(
            "cancel", ("planned", "ready", "prepared", "returned"), "cancelled", _("The money goes back to available.")
        ),
    ],
)

OBLIGATION = table(
    "obligation",
    initial="due",
    states={
        "due": _("Proof of use is due"),
        "submitted": _("Proof is being reviewed"),
        "overdue": _("Proof is overdue"),
        "proved": _("Use proved"),
    },
    actions=[
        Action("submit", ("due", "overdue"), "submitted", _("The raiser handed in bills.")),
        Action("ask_more", ("submitted",), "due", _("The bills do not cover enough, or something is unclear.")),
        Action("lapse", ("due",), "overdue", _("The last day has passed: no further withdrawal until it is proved.")),
        Action("prove", ("submitted",), "proved", _("Reviewers accepted the bills.")),
    ],
)

PROOF = table(
    "use_proof",
    initial="submitted",
    states={
        "submitted": _("Being reviewed"),
        "accepted": _("Accepted"),
        "fix_needed": _("Something is missing"),
        "refused": _("Refused"),
    },
    actions=[
        Action("accept", ("submitted",), "accepted", _("Reviewers accepted every bill in it.")),
        Action("ask_fix", ("submitted",), "fix_needed", _("Reviewers ask for something.")),
        Action("refuse", ("submitted",), "refused", _("Reviewers do not accept these bills.")),
        Action(
            "restore", ("refused", "fix_needed"), "accepted", _("Other people looked again and accept these bills.")
        ),
    ],
)

SETTLEMENT = table(
    "settlement",
    initial="proposed",
    states={
        "proposed": _("Waits for a second person"),
        "rejected": _("Sent back"),
        "refunding": _("Surplus is going back to donors"),
        "done": _("Books closed"),
    },
    actions=[
        Action("reject", ("proposed",), "rejected", _("The second person found something wrong.")),
        Action("approve", ("proposed",), "refunding", _("A second person agrees; each donor's share goes back.")),
        Action("finish", ("refunding",), "done", _("Every share has gone back and every account is at zero.")),
    ],
)

OBJECTION = table(
    "objection",
    initial="open",
    states={"open": _("Being looked into"), "dismissed": _("Answered"), "sustained": _("Justified")},
    actions=[
        Action("dismiss", ("open",), "dismissed", _("The objection was looked into and answered.")),
        Action("sustain", ("open",), "sustained", _("The objection was right; the withdrawal is refused.")),
    ],
)
