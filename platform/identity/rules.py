"""Numbers that name people, organisations and accounts. Pure: plain values in, plain values out.

Resident ID numbers (GB 11643) are checked by their check digit, their date and their leading digits. The county code is
not held against anybody: it says where the number was given out, not where or when the person was born, and lists of codes
refuse most people born before 1980.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from stdnum import luhn
from stdnum.cn import uscc

from identity.levels import Level

MAX_PER_PERSON_DAY = 5
MAX_PER_USER_DAY = 10
MAX_PER_ORIGIN_DAY = 30
MAX_NAME_CLASHES_DAY = 5
ADULT = 18
# Under this age a guardian consents (PIPL art. 31, R102).
CHILD = 14
REVIEWS_FOR_PAYOUT = 2

_PROVINCES = frozenset(
    str(code)
    for region in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71))
    for code in range(region[0], region[1] + 1)
)
# Residence permits for people of Hong Kong, Macau and Taiwan.
_PERMITS = frozenset({"81", "82", "83"})
_CHECK_DIGITS = "10X98765432"
_DOTS = str.maketrans(dict.fromkeys("•‧・．.∙⋅", "·"))
_NAME = re.compile(r"[^\W\d_]+(?:[·'’\- ][^\W\d_]+)*")
_CARD = re.compile(r"[0-9]{12,19}")
_CORPORATE = re.compile(r"[0-9]{6,32}")
_PHONE = re.compile(r"1[0-9]{10}")


@dataclass(frozen=True)
class ResidentId:
    """What a well-formed number says about its holder."""

    number: str
    birth_date: date
    sex: str  # "M" or "F"

    @property
    def is_permit(self) -> bool:
        return self.number[:2] in _PERMITS


def normalise_id(text: str) -> str:
    """Full-width digits, spaces, dashes and a small x are the same number to a person."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()


def normalise_name(text: str) -> str:
    """One kind of middle dot, no spaces between Chinese characters, single spaces elsewhere."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"\s+", " ", text).strip()
    if not text.isascii():
        text = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text).translate(_DOTS)
    return text


def normalise_digits(text: str) -> str:
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text))


def normalise_phone(text: str) -> str:
    return normalise_digits(text).removeprefix("+86")


def name_fault(name: str) -> str:
    """A stable code of what is wrong with a normalised name, or an empty string."""
    if not 2 <= len(name) <= 50:
        return "name_length"
    return "" if _NAME.fullmatch(name) else "name_characters"


def label_fault(name: str) -> str:
    """What is wrong with the name of a bank or an organisation."""
    return "" if 2 <= len(name) <= 80 and name.isprintable() else "label"


def check_digit(first17: str) -> str:
    """The last character of a number: ISO 7064 MOD 11-2."""
    return _CHECK_DIGITS[sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(first17)) % 11]


def id_fault(number: str, today: date) -> str:
    """A stable code of what is wrong with a normalised number, or an empty string."""
    if len(number) != 18:
        return "id_length"
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return "id_characters"
    if not _known_prefix(number):
        return "id_prefix"
    born = _birth_date(number)
    if born is None or born > today or born.year < 1900:
        return "id_date"
    return "" if check_digit(number[:17]) == number[17] else "id_check_digit"


def read_id(number: str) -> ResidentId:
    """What a number says that `id_fault` found nothing wrong with."""
    born = _birth_date(number)
    if born is None:
        raise ValueError("not a checked number")
    return ResidentId(number, born, "M" if int(number[16]) % 2 else "F")


def age_on(birth_date: date, day: date) -> int:
    """Whole years; somebody born on 29 February grows older on 1 March of other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def card_fault(number: str) -> str:
    """What is wrong with a personal card number: the Luhn digit is necessary, not sufficient."""
    if not _CARD.fullmatch(number):
        return "card_characters"
    return "" if luhn.is_valid(number) else "card_check_digit"


def corporate_account_fault(number: str) -> str:
    """Accounts of organisations carry no check digit."""
    return "" if _CORPORATE.fullmatch(number) else "account_characters"


def phone_fault(phone: str) -> str:
    return "" if _PHONE.fullmatch(phone) else "phone_characters"


def credit_code_fault(code: str) -> str:
    """What is wrong with a unified social credit code (GB 32100)."""
    return "" if uscc.is_valid(code) else "credit_code"


def may_be_paid(level: Level, reviewers: int) -> bool:
    """A payee needs the authority's word, or that of two different reviewers (R14)."""
    return level >= Level.AUTHORITY_MATCH or reviewers >= REVIEWS_FOR_PAYOUT


def _known_prefix(number: str) -> bool:
    # Permanent residents from abroad: a 9, then the province that issued the card, then the country.
    return number[:2] in _PROVINCES | _PERMITS or (number[0] == "9" and number[1:3] in _PROVINCES)


def _birth_date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
