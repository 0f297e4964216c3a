"""The lives of a payment, a refund and a transfer."""

from django.utils.translation import gettext_lazy as _

from core.states import Action, table

PAYMENT = table(
    "payment",
    initial="created",
    states={
        "created": _("Prepared"),
        "pending": _("Waiting for the payer"),
        "paid": _("Paid"),
        "suspended": _("Paid, but not what was asked for"),
        "closed": _("Not paid, closed"),
        "expired": _("Not paid in time"),
    },
    actions=[
        Action("open", ("created",), "pending", _("The channel knows the order and waits for the payer.")),
        # Also from closed and expired: money that came late is booked, the purpose decides what happens with it.
        Action("pay", ("created", "pending", "closed", "expired"), "paid", _("The channel confirms the payment.")),
        Action(
            "suspend",
            ("created", "pending", "closed", "expired"),
            "suspended",
            _("The channel confirms another amount than was asked for; the money is set aside."),
        ),
        Action("close", ("created", "pending"), "closed", _("The channel closed the order without payment.")),
        Action("expire", ("created", "pending"), "expired", _("The time for paying is over.")),
    ],
)

REFUND = table(
    "refund",
    initial="requested",
    states={
        "requested": _("Being prepared"),
        "sent": _("On its way to the payer"),
        "done": _("Back with the payer"),
        "failed": _("Did not go through: finance looks at it"),
        "dropped": _("Called off"),
    },
    actions=[
        Action("send", ("requested",), "sent", _("The refund goes to the channel.")),
        Action("finish", ("sent",), "done", _("The channel confirms the refund.")),
        Action("fail", ("sent",), "failed", _("The channel refuses the refund for good.")),
        Action("retry", ("failed",), "requested", _("Finance sends it again, under a new number.")),
        Action("drop", ("failed",), "dropped", _("Finance calls the refund off.")),
    ],
)

TRANSFER = table(
    "transfer",
    initial="requested",
    states={
        "requested": _("Ordered"),
        "sent": _("With the bank"),
        "arrived": _("Arrived"),
        "returned": _("Sent back by the bank"),
    },
    actions=[
        Action("send", ("requested",), "sent", _("The order goes to the bank.")),
        Action("arrive", ("sent",), "arrived", _("The bank confirms the arrival.")),
        Action("return", ("sent",), "returned", _("The bank could not deliver; the money is held again.")),
    ],
)

BREAK = table(
    "break",
    initial="open",
    states={
        "open": _("Not cleared up"),
        "proposed": _("A correction waits for a second person"),
        "explained": _("Explained"),
        "corrected": _("Corrected in the books"),
        "settled": _("Settled by itself"),
    },
    actions=[
        Action("explain", ("open",), "explained", _("Finance has found out why; nothing is to be booked.")),
        Action("propose", ("open",), "proposed", _("Finance proposes to correct the books.")),
        Action("approve", ("proposed",), "corrected", _("A second person agrees, and the correction is booked.")),
        Action("reject", ("proposed",), "open", _("A second person does not agree.")),
        Action("settle", ("open", "proposed"), "settled", _("Both sides agree now.")),
        Action("reopen", ("settled", "explained", "corrected"), "open", _("Both sides differ again, or otherwise.")),
    ],
)

INTEREST_GIFT = table(
    "interest_gift",
    initial="proposed",
    states={
        "proposed": _("Waits for a second person"),
        "sent": _("Ordered"),
        "arrived": _("Arrived"),
        "returned": _("Sent back by the bank"),
        "refused": _("Not approved"),
    },
    actions=[
        Action("approve", ("proposed",), "sent", _("A second person agrees, and the bank gets the order.")),
        Action("refuse", ("proposed",), "refused", _("A second person does not agree.")),
        Action("arrive", ("sent",), "arrived", _("The charity has the money.")),
        Action("return", ("sent",), "returned", _("The bank could not deliver; the interest is here again.")),
    ],
)
