"""Why reviewers look at what is masked or private, in the words that the person reads afterwards (law 6)."""

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.trail import name_purposes

# What a reviewer chooses from before one value is shown in clear.
REVEAL: dict[str, Text] = {
    "compare": _("Compare with a paper"),
    "call_back": _("Call the hospital"),
    "identity": _("Check who it is"),
    "fraud": _("Look into a suspicion"),
}


def register_all() -> None:
    """Called once, from `apps.ready()`."""
    name_purposes({f"audit:{code}": label for code, label in REVEAL.items()})
    name_purposes({"audit case": _("A paper read in a review"), "report ": _("A paper read for a report")})
