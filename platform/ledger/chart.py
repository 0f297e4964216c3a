"""The chart of accounts. An account is named by a code; its kind says which side is natural.

Debit is positive, credit is negative in the books. Readers show each account in its natural sign (PAYMENTS 3.2).
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.errors import Text

CUSTODY = "custody:bank"
PAYOUT_TRANSIT = "payout:in_transit"
FEE_SERVICE = "fee:service"
FEE_CHANNEL = "fee:channel"
TIPS = "platform:tips"
SUSPENSE = "suspense:unmatched"
INTEREST = "custody:interest"


@dataclass(frozen=True)
class Spec:
    """`kind`: A asset, L liability, R revenue, X expense. A guarded account never goes below zero in its natural sign."""

    kind: str
    guarded: bool = False


_FIXED = {
    CUSTODY: Spec("A"),
    PAYOUT_TRANSIT: Spec("L"),
    FEE_SERVICE: Spec("R"),
    # What the channel charges and what is passed on to campaigns at payout meet here (R90).
    FEE_CHANNEL: Spec("X"),
    TIPS: Spec("R"),
    SUSPENSE: Spec("L"),
    # What the bank pays on the custody account is owed to charity, never income of the platform (R46).
    INTEREST: Spec("L", guarded=True),
}


def available(campaign_id: int) -> str:
    """Given and free to be withdrawn or refunded."""
    return f"camp:{campaign_id}:available"


def held(campaign_id: int) -> str:
    """Held by a withdrawal that is under review, in notice or not yet sent."""
    return f"camp:{campaign_id}:held"


def clearing(channel: str) -> str:
    """What a channel has taken in and not yet settled."""
    return f"channel:{channel}:clearing"


def refund_transit(channel: str) -> str:
    """Refunds that were asked for and have not arrived."""
    return f"refund:{channel}:in_transit"


def campaign_codes(campaign_id: int) -> list[str]:
    return [available(campaign_id), held(campaign_id)]


def spec(code: str) -> Spec:
    """What kind of account a code names. Raises ValueError for a code that the chart does not know."""
    if code in _FIXED:
        return _FIXED[code]
    match code.split(":"):
        case ["camp", number, "available" | "held"] if number.isdigit():
            return Spec("L", guarded=True)
        case ["channel", _name, "clearing"]:
            return Spec("A")
        case ["refund", _name, "in_transit"]:
            return Spec("L")
    raise ValueError(f"no such account in the chart: {code}")


def family(code: str) -> str:
    """The accounts of one meaning together: `camp:12:held` is of `camp:*:held`."""
    head, *middle, tail = code.split(":")
    return f"{head}:*:{tail}" if middle else code


CAMPAIGNS = ("camp:*:available", "camp:*:held")
# Accounts of one meaning, as people who look at the books see them: code pattern (`*` stands for anything) and label.
FAMILIES: dict[str, Text] = {
    CUSTODY: _("Custody account at the bank"),
    "channel:*:clearing": _("Paid at a channel, not settled yet"),
    "camp:*:available": _("Campaigns: available"),
    "camp:*:held": _("Campaigns: held for withdrawals"),
    PAYOUT_TRANSIT: _("Withdrawals on their way"),
    "refund:*:in_transit": _("Refunds on their way"),
    SUSPENSE: _("Fits nothing yet, set aside"),
    INTEREST: _("Interest of the custody account, to be given to charity"),
    FEE_SERVICE: _("Service fee"),
    FEE_CHANNEL: _("Channel fees, less what was passed on"),
    TIPS: _("Support for the platform"),
}
