"""Invented people with well-formed ID and card numbers, for tests, demo data and the identity sandbox.

Area code 139999 was never given to any county and the card prefix 699999 to no bank: nobody real can have these numbers.
"""

from dataclasses import dataclass
from datetime import date

from stdnum import luhn

from identity.rules import check_digit

AREA = "139999"
CARD_PREFIX = "699999"


def make_id_number(birth: date, seq: int, area: str = AREA) -> str:
    """A number with a right check digit. `seq` (0 to 999) is odd for men, even for women."""
    first17 = f"{area}{birth:%Y%m%d}{seq:03d}"
    return first17 + check_digit(first17)


def make_card(seq: int) -> str:
    """A card number of 19 digits with a right Luhn digit."""
    first18 = f"{CARD_PREFIX}{seq:012d}"
    return first18 + luhn.calc_check_digit(first18)


@dataclass(frozen=True)
class Invented:
    """One invented person with a card and the phone that the bank knows."""

    name: str
    id_number: str
    card: str
    phone: str


def _invent(name: str, birth: date, seq: int) -> Invented:
    return Invented(name, make_id_number(birth, seq), make_card(seq), f"170{seq:08d}")


# The same people as config.demo.cast, and a child who never signs in.
PEOPLE: dict[str, Invented] = {
    "lin": _invent("林晓梅", date(1986, 5, 20), 2),
    "wang": _invent("王建国", date(1958, 3, 9), 1),
    "chen": _invent("陈思远", date(1992, 11, 2), 3),
    "sun": _invent("孙未然", date(1979, 7, 30), 5),
    "li": _invent("李不实", date(1983, 1, 15), 7),
    "zhao": _invent("赵清", date(1988, 9, 1), 4),
    "qian": _invent("钱正", date(1975, 12, 12), 9),
    "lele": _invent("林乐乐", date(2019, 6, 1), 6),
}


def population() -> dict[str, list[list[str]]]:
    """The same people for the identity sandbox: `python -m sandbox.identity_gateway --population FILE` reads it as JSON."""
    return {"people": [[person.id_number, person.name, person.phone, person.card] for person in PEOPLE.values()]}
