"""What is wrong with what somebody typed, in words, beside its field."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Text

_FAULTS: dict[str, Text] = {
    "name_length": _("Write the name as it stands on the ID card, 2 to 50 characters."),
    "name_characters": _("A name has letters only; the dot in a name is “·”."),
    "id_length": _("An ID number has 18 characters."),
    "id_characters": _("An ID number has 17 digits and ends with a digit or X."),
    "id_prefix": _("The first digits are not those of an ID card or a residence permit. Please check them."),
    "id_date": _("The birth date in this number does not exist or lies in the future. Please check digits 7 to 14."),
    "id_check_digit": _("One digit of this number is wrong or two are swapped. Please compare it with the card."),
    "card_characters": _("A card number has 12 to 19 digits."),
    "card_check_digit": _(
        "One digit of this card number is wrong or two are swapped. Please compare it with the card."
    ),
    "account_characters": _("An account number has 6 to 32 digits."),
    "phone_characters": _("Write the mobile number that the bank knows, 11 digits."),
    "label": _("Write the full name, 2 to 80 characters."),
    "credit_code": _("This is not a unified social credit code: 18 characters, the last one is a check digit."),
}


def refuse_faults(**faults: str) -> None:
    found = {field: _FAULTS[code] for field, code in faults.items() if code}
    if found:
        code = next(code for code in faults.values() if code)
        raise DomainError(code, next(iter(found.values())), fields=found)
