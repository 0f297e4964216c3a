"""What kinds of journals there are. The kind is also written on each entry, so that totals by kind need no join."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    DONATION = "donation", _("Donation")
    TIP = "tip", _("Support for the platform")
    SETTLEMENT = "settlement", _("Settlement by the channel")
    PAYOUT_HOLD = "payout_hold", _("Held for a withdrawal")
    PAYOUT_VOID = "payout_void", _("Hold released")
    PAYOUT_FEE = "payout_fee", _("Service and channel fee")
    PAYOUT_SEND = "payout_send", _("Payment ordered")
    PAYOUT_ARRIVE = "payout_arrive", _("Payment arrived")
    PAYOUT_RETURN = "payout_return", _("Payment sent back by the bank")
    REFUND_HOLD = "refund_hold", _("Refund asked for")
    REFUND_DONE = "refund_done", _("Refund arrived")
    REFUND_FAIL = "refund_fail", _("Refund failed")
    SUSPENSE = "suspense", _("Money that matches nothing")
    REVERSAL = "reversal", _("Correction")
    INTEREST = "interest", _("Interest on the custody account")
