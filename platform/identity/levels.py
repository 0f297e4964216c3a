"""How sure the platform is of who somebody is, in honest words: no level claims a check that was not made (law 8, R24)."""

from enum import IntEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import Text


class Level(IntEnum):
    NONE = 0
    FORMAT_OK = 1
    DOC_CONSISTENT = 2
    HUMAN_REVIEWED = 3
    AUTHORITY_MATCH = 4
    AUTHORITY_PLUS_FACE = 5

    @property
    def sentence(self) -> Text:
        return _SENTENCES[self]


_SENTENCES: dict[Level, Text] = {
    Level.NONE: _("Not checked"),
    Level.FORMAT_OK: _("The number is well-formed; nobody has checked yet that it belongs to this name"),
    Level.DOC_CONSISTENT: _(
        "Both sides of the card were shown and nobody else has shown them; a reviewer still has to compare them"
    ),
    Level.HUMAN_REVIEWED: _("A reviewer has compared the papers with the details"),
    Level.AUTHORITY_MATCH: _("The authority's register confirms that name and number belong together"),
    Level.AUTHORITY_PLUS_FACE: _("The authority's register and a face check confirm this person"),
}


class Verdict(models.TextChoices):
    """What a check said. Only MISMATCH and INVALID_INPUT speak against the person; the others say nothing about them."""

    MATCH = "match", _("Agrees")
    MISMATCH = "mismatch", _("Does not agree")
    NOT_FOUND = "not_found", _("Not in the register")
    INVALID_INPUT = "invalid_input", _("Details not accepted")
    SOURCE_DOWN = "source_down", _("The register cannot be reached")
    RATE_LIMITED = "rate_limited", _("Too many questions at once")
    NEEDS_REVIEW = "needs_review", _("A person has to look")
    PENDING = "pending", _("Waiting for the answer")


# The source was busy or away: ask again, never hold it against anybody.
ASK_AGAIN = frozenset({Verdict.SOURCE_DOWN, Verdict.RATE_LIMITED, Verdict.PENDING})
# Newborns, soldiers, people who changed their name: a machine must not decide these.
FOR_PEOPLE = frozenset({Verdict.NOT_FOUND, Verdict.NEEDS_REVIEW, Verdict.MISMATCH, Verdict.INVALID_INPUT})
FINAL = tuple(verdict for verdict in Verdict if verdict not in ASK_AGAIN)
