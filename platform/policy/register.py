"""The register of rules R1 to R109 and of the seven bottom-line rules, in our own words, in both languages.

The texts are data: policy/data. Nothing here needs Django to be set up, so that settings may use it.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

_DATA = Path(__file__).parent / "data"

# Whom a rule binds.
ACTORS: dict[str, str | Promise] = {
    "RA": _("Raiser"),
    "PT": _("Patient"),
    "PY": _("Payee"),
    "DO": _("Donor"),
    "AT": _("Attester"),
    "VI": _("Everybody"),
    "RV": _("Audit team"),
    "RK": _("Risk team"),
    "FI": _("Finance"),
    "CS": _("Complaints team"),
    "OF": _("Field adviser"),
    "HO": _("Hospital"),
    "CH": _("Charity"),
    "RG": _("Regulator"),
    "OP": _("Operator"),
    "SYS": _("The system"),
}


@dataclass(frozen=True)
class Words:
    """The same sentence in both languages; `str()` gives the reader's."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh


@dataclass(frozen=True)
class Part:
    code: str
    title: Words


@dataclass(frozen=True)
class Rule:
    """`tags` say how sure the source is (policy.parameter.Tag), `actors` whom the rule binds (ACTORS)."""

    id: str
    part: Part
    title: Words
    text: Words
    tags: tuple[str, ...]
    actors: tuple[str, ...]

    @property
    def binds(self) -> list[str | Promise]:
        return [ACTORS[code] for code in self.actors]


@dataclass(frozen=True)
class BottomLineRule:
    """One of the seven; `confirmed` is False while the operator has to compare it with the official text."""

    number: int
    text: Words
    enforcement: Words
    confirmed: bool


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _rules() -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for path in sorted((_DATA / "rules").glob("*.toml")):
        content = _read(path)
        part = Part(content["part"]["code"], Words(**content["part"]["title"]))
        for row in content["rule"]:
            words = {"title": Words(**row["title"]), "text": Words(**row["text"])}
            found[row["id"]] = Rule(row["id"], part, **words, tags=tuple(row["tags"]), actors=tuple(row["actors"]))
    return found


def _bottom_lines() -> tuple[BottomLineRule, ...]:
    return tuple(
        BottomLineRule(row["number"], Words(**row["text"]), Words(**row["enforcement"]), row["confirmed"])
        for row in _read(_DATA / "bottom_lines.toml")["line"]
    )


RULES: dict[str, Rule] = _rules()
BOTTOM_LINES: tuple[BottomLineRule, ...] = _bottom_lines()
