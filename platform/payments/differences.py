"""In how many ways two records of the same money can differ, and what finance does about each (PAYMENTS 1.6)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import Text

CUSTODIAN = "custodian"  # stands where a channel's code stands, for the account statement of the bank


class Difference(models.TextChoices):
    """What does not agree between our books and a statement."""

    MISSING_OURS = "missing_ours", _("They have it, our books do not")
    MISSING_THEIRS = "missing_theirs", _("Our books have it, they do not")
    AMOUNT = "amount", _("Another amount")
    STATE = "state", _("Another state")
    DUPLICATE = "duplicate", _("The same number twice")
    FEE = "fee", _("The fee does not fit")
    UNKNOWN_KIND = "unknown_kind", _("A movement of a kind that we do not know")
    SETTLEMENT = "settlement", _("Booked into custody with another sum")
    CHANGED = "changed", _("A statement was changed afterwards")
    BALANCE = "balance", _("The bank's balance does not follow from the day before")
    NO_STATEMENT = "no_statement", _("There is no statement")


ADVICE: dict[str, Text] = {
    Difference.MISSING_OURS: _(
        "The other side was asked about it already. If it stays, set the money aside by a correction and find out whose it is."
    ),
    Difference.MISSING_THEIRS: _(
        "A late row closes this by itself. If it stays, ask the channel, and correct the books if the money never came."
    ),
    Difference.AMOUNT: _(
        "Ask the channel for the receipt. If the statement is right, correct the books by the difference."
    ),
    Difference.STATE: _("Ask the other side what became of it. If it never happened there, correct the books."),
    Difference.DUPLICATE: _(
        "Find out whether it was paid twice. If so, correct the books, then give the second payment back."
    ),
    Difference.FEE: _("Gross, fee and net of the line do not go together. Ask the channel for a corrected statement."),
    Difference.UNKNOWN_KIND: _("Find out what it is. If it moved our money, correct the books."),
    Difference.SETTLEMENT: _("The statement was corrected after we booked it. Correct the books by the difference."),
    Difference.CHANGED: _("Compare both versions, ask the channel why, and write down what it answered."),
    Difference.BALANCE: _("Money moved between the two statements. Ask the bank, and write down what it answered."),
    Difference.NO_STATEMENT: _("Ask the channel for it. It is fetched again every day, and this closes when it comes."),
}
