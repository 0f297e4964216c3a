"""The kinds of value that a parameter can have: how each is checked, stored as JSON, typed by a person and shown. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import DomainError, Text
from core.money import parse_yuan, yuan_plain, yuan_text

MILLION = 1_000_000
MAX_DIGITS = 12  # more digits than any count here needs, few enough for every engine's bigint


@dataclass(frozen=True)
class Kind:
    """`parse` reads what a person typed, `show` writes for people, `type_in` writes what `parse` reads back.

    `many` means a tuple of values. `whole` is what the parts of a tuple must add up to, or None.
    """

    code: str
    hint: Text
    parse_one: Callable[[str], int | str]
    show_one: Callable[[Any], str]
    type_one: Callable[[Any], str]
    many: bool = False
    whole: int | None = None

    def parse(self, text: str) -> Any:
        """Raises DomainError `bad_value` on field `value`."""
        parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").replace("/", ",").split(",")]
        if not self.many:
            return self.parse_one(text.strip())
        return tuple(self.parse_one(part) for part in parts if part)

    def show(self, value: Any) -> str:
        return " / ".join(self.show_one(part) for part in value) if self.many else self.show_one(value)

    def type_in(self, value: Any) -> str:
        return ", ".join(self.type_one(part) for part in value) if self.many else self.type_one(value)

    def from_json(self, stored: Any) -> Any:
        return tuple(stored) if self.many else stored

    def to_json(self, value: Any) -> Any:
        return list(value) if self.many else value


def bad_value(message: Text) -> DomainError:
    return DomainError("bad_value", message, field="value")


def _parse_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise bad_value(_("Write a whole number, such as 30."))
    return int(text)


def _parse_fen(text: str) -> int:
    return parse_yuan(text, field="value")


def _parse_percent(text: str) -> int:
    wrong = bad_value(_("Write a percentage between 0 and 100 with at most four decimals, such as 0.6."))
    cleaned = text.removesuffix("%").strip()
    if not cleaned.isascii() or len(cleaned) > MAX_DIGITS or set(cleaned) - set("0123456789."):
        raise wrong
    try:
        ppm = Decimal(cleaned) * 10_000
    except InvalidOperation as error:
        raise wrong from error
    if ppm != ppm.to_integral_value() or not 0 <= ppm <= MILLION:
        raise wrong
    return int(ppm)


def _type_percent(ppm: int) -> str:
    return f"{Decimal(ppm) / 10_000:f}".rstrip("0").rstrip(".") if ppm % 10_000 else str(ppm // 10_000)


def _parse_word(text: str) -> str:
    return text.lower()


def _same(value: Any) -> str:
    return str(value)


def _plain_number(value: int) -> str:
    return f"{value:,}"


def _number(code: str, hint: Text, show: Callable[[int], str]) -> Kind:
    return Kind(code, hint, _parse_count, show, _same)


FEN = Kind("fen", _("An amount in yuan."), _parse_fen, lambda fen: f"¥{yuan_text(fen)}", yuan_plain)
AMOUNTS = Kind(
    "amounts", _("Amounts in yuan, with commas between them."), FEN.parse_one, FEN.show_one, FEN.type_one, many=True
)
RATE = Kind("rate", _("A percentage."), _parse_percent, lambda ppm: f"{_type_percent(ppm)}%", _type_percent)
RATIOS = Kind(
    "ratios",
    _("Percentages that add up to 100, with commas between them."),
    RATE.parse_one,
    RATE.show_one,
    RATE.type_one,
    many=True,
    whole=MILLION,
)
WORDS = Kind("words", _("Words from the list, with commas between them."), _parse_word, _same, _same, many=True)
COUNT = _number("count", _("A whole number."), _plain_number)
SECONDS = _number("seconds", _("Seconds."), lambda n: ngettext("%(n)d second", "%(n)d seconds", n) % {"n": n})
MINUTES = _number("minutes", _("Minutes."), lambda n: ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n})
HOURS = _number("hours", _("Hours."), lambda n: ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n})
DAYS = _number("days", _("Calendar days."), lambda n: ngettext("%(n)d day", "%(n)d days", n) % {"n": n})
WORKING_DAYS = _number(
    "working_days", _("Working days."), lambda n: ngettext("%(n)d working day", "%(n)d working days", n) % {"n": n}
)
MONTHS = _number("months", _("Months."), lambda n: ngettext("%(n)d month", "%(n)d months", n) % {"n": n})
YEARS = _number("years", _("Years."), lambda n: ngettext("%(n)d year", "%(n)d years", n) % {"n": n})


def check_bounds(kind: Kind, value: Any, *, low: int, high: int, words: Sequence[str] = ()) -> None:
    """Raises DomainError `out_of_bounds` on field `value` when `value` is not allowed for its parameter."""
    parts: tuple[Any, ...] = value if kind.many else (value,)
    if not parts or (len(set(parts)) < len(parts) and kind is not RATIOS):
        raise _out(_("Give at least one value, and none of them twice."))
    if words:
        unknown = [part for part in parts if part not in words]
        if unknown:
            raise _out(_("Only these are possible: %(words)s.") % {"words": ", ".join(words)})
        return
    if any(type(part) is not int or not low <= part <= high for part in parts):
        limits = {"low": kind.show_one(low), "high": kind.show_one(high)}
        raise _out(_("This must lie between %(low)s and %(high)s.") % limits)
    if kind.whole is not None and sum(parts) != kind.whole:
        raise _out(_("The parts must add up to 100%."))


def _out(message: str | Promise) -> DomainError:
    return DomainError("out_of_bounds", message, field="value")
