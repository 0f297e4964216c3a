"""What is known about one parameter: its default, where it comes from, how far it may be changed.

Amounts are fen, rates are ppm. `rule` is the rule that the number serves, `tag` how sure its source is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from policy import kinds
from policy.kinds import Kind


class Origin(models.TextChoices):
    """What a reader wants to know first: who says so."""

    LAW = "law", _("Law")
    CONVENTION = "convention", _("Industry convention")
    PRACTICE = "practice", _("Practice of platforms")
    POLICY = "policy", _("Our own policy")


class Tag(models.TextChoices):
    """How sure the source of a rule or number is."""

    CONFIRMED = "C", _("Read in the source itself")
    SECOND_HAND = "C2", _("Read in a report about the source")
    PRACTICE = "P", _("Described as practice")
    OWN = "I", _("Our own conclusion")
    UNCONFIRMED = "M", _("Not confirmed yet")


@dataclass(frozen=True)
class Parameter:
    """`low` and `high` bound every mode; `production_low` and `production_high` bind in production on top of them."""

    key: str
    kind: Kind
    default: Any
    origin: Origin
    tag: Tag
    label: Text
    why: Text
    rule: str = ""
    low: int = 0
    high: int = 0
    production_low: int | None = None
    production_high: int | None = None
    # For kinds.WORDS: what is possible, and how it reads.
    words: Mapping[str, Text] = field(default_factory=dict)

    def check(self, value: Any, *, production: bool) -> None:
        """Raises DomainError `out_of_bounds` on field `value`."""
        low, high = self.bounds(production=production)
        kinds.check_bounds(self.kind, value, low=low, high=high, words=tuple(self.words))

    def show(self, value: Any) -> str:
        """The value as people read it."""
        if self.words:
            return " / ".join(str(self.words.get(word, word)) for word in value)
        return self.kind.show(value)

    def bounds(self, *, production: bool) -> tuple[int, int]:
        low = self.production_low if production and self.production_low is not None else self.low
        high = self.production_high if production and self.production_high is not None else self.high
        return low, high


YUAN = 100
WAN = 10_000 * YUAN
PERCENT = 10_000
LAW, CONVENTION, PRACTICE, POLICY = Origin.LAW, Origin.CONVENTION, Origin.PRACTICE, Origin.POLICY
C, P, I, M = Tag.CONFIRMED, Tag.PRACTICE, Tag.OWN, Tag.UNCONFIRMED  # noqa: E741 - the letters of RULES
