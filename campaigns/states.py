"""State tables of the room: a campaign, its five material modules, its payees, and a donation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.states import Action, table

DRAFTING = ("draft", "fix_needed")
UNDER_REVIEW = ("submitted", "in_review")
# While one of these stands, the patient has a request here and cannot have another (R23).
ACTIVE = ("submitted", "in_review", "fix_needed", "published", "paused", "frozen")
# What the public may see: a campaign that was published once stays readable, whatever became of it (R108).
PUBLIC = ("published", "paused", "frozen", "ended", "settling", "closed")
GIVING = ("published",)
# A gift that was on its way when the raiser paused is still welcome; in any other state it goes back.
ACCEPTING = ("published", "paused")
# Whose books may be closed: over, or on hold because it was stopped for good (`end_reason` says so).
CLOSING = ("ended", "settling", "frozen")
FREEZABLE = ("published", "paused", "ended", "settling")


def _is_over(campaign: Any) -> Text | None:
    if campaign.status == "frozen" and campaign.end_reason != "stopped":
        return _("A question about it is still being looked into.")
    return None


CAMPAIGN = table(
    "campaign",
    initial="draft",
    states={
        "draft": _("Draft"),
        "submitted": _("Handed in"),
        "in_review": _("Being reviewed"),
        "fix_needed": _("Something to mend"),
        "refused": _("Refused"),
        "published": _("Open for help"),
        "paused": _("Paused"),
        "frozen": _("On hold while a question is looked into"),
        "ended": _("Ended"),
        "settling": _("Closing the books"),
        "closed": _("Closed"),
        "discarded": _("Discarded"),
    },
    actions=[
        Action("submit", DRAFTING, "submitted", _("The raiser handed the request in.")),
        Action("start_review", ("submitted",), "in_review", _("Machine and people look at it.")),
        Action("take_back", UNDER_REVIEW, "draft", _("The raiser took the request back to change it.")),
        Action("ask_fix", ("in_review", "refused"), "fix_needed", _("Reviewers named what has to be mended.")),
        Action("refuse", ("in_review",), "refused", _("Reviewers refused the request, with a reason.")),
        Action("publish", ("in_review", "refused"), "published", _("Both verdicts are in favour: it is public now.")),
        Action("pause", ("published",), "paused", _("No gifts are taken for the moment.")),
        Action("resume", ("paused",), "published", _("Gifts are taken again.")),
        Action("freeze", FREEZABLE, "frozen", _("Gifts and payments are held while a question is looked into.")),
        *(Action(f"unfreeze_{state}", ("frozen",), state, _("The question was cleared up.")) for state in FREEZABLE),
        Action("end", ("published", "paused"), "ended", _("No more gifts are taken.")),
        # A stopped request stays on hold; its books can be closed all the same.
        Action(
            "settle",
            ("ended", "frozen"),
            "settling",
            _("What is left is on its way back to the donors."),
            guard=_is_over,
        ),
        Action("close", ("settling",), "closed", _("Every yuan is accounted for.")),
        Action("discard", ("draft", "fix_needed"), "discarded", _("The raiser gave the request up.")),
    ],
)

MODULE = table(
    "material_module",
    initial="open",
    states={
        "open": _("To be filled in"),
        "handed_in": _("Being reviewed"),
        "fix_needed": _("Something to mend"),
        "approved": _("Approved"),
    },
    actions=[
        Action("hand_in", ("open", "fix_needed"), "handed_in", _("Handed in with the request.")),
        Action("ask_fix", ("handed_in",), "fix_needed", _("Reviewers named what has to be mended.")),
        Action("approve", ("handed_in",), "approved", _("Reviewers approved it; it cannot be changed any more.")),
        Action("take_back", ("handed_in",), "open", _("The raiser took it back to change it.")),
    ],
)

PAYEE = table(
    "payee",
    initial="draft",
    states={
        "draft": _("Being filled in"),
        "handed_in": _("Being checked"),
        "approved": _("Papers approved, account not confirmed yet"),
        "verified": _("Verified"),
        "replaced": _("Replaced by another payee"),
    },
    actions=[
        Action("hand_in", ("draft",), "handed_in", _("Handed in with the request.")),
        Action("take_back", ("handed_in",), "draft", _("To be changed.")),
        Action("approve", ("handed_in",), "approved", _("Reviewers approved the papers.")),
        Action("verify", ("approved",), "verified", _("The account is confirmed: it may be paid.")),
        Action("doubt", ("verified",), "approved", _("The account is in doubt again.")),
        Action("replace", ("draft", "approved", "verified"), "replaced", _("Another payee takes its place.")),
    ],
)

DONATION = table(
    "donation",
    initial="intended",
    states={
        "intended": _("Not paid yet"),
        "paid": _("Received"),
        "turned_away": _("Came too late, on its way back"),
        "refunding": _("On its way back to the donor"),
        "refunded": _("Given back"),
    },
    actions=[
        Action("receive", ("intended",), "paid", _("The channel confirmed the payment.")),
        Action("turn_away", ("intended",), "turned_away", _("The request took no more gifts: everything goes back.")),
        Action("give_back", ("paid",), "refunding", _("The whole gift is on its way back.")),
        Action("refund_fails", ("refunding",), "paid", _("The channel could not give it back.")),
        Action("refund_done", ("refunding", "turned_away"), "refunded", _("The donor has the money back.")),
    ],
)
