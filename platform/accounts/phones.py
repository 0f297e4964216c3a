"""Phone numbers as people write them: one spelling inside (E.164), any spelling outside."""

import unicodedata

import phonenumbers
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

HOME = "CN"
_CAN_RECEIVE = {
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
}


def normalise(text: str, *, field: str = "phone") -> str:
    """`１３８ 0013-8000`, `0086 13800138000`, `+8613800138000` → `+8613800138000`.

    A number without country code is Chinese. Raises DomainError `bad_phone` for what cannot receive a text message.
    """
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text)[:40], HOME)
    except phonenumbers.NumberParseException:
        number = None
    if (
        number is None
        or number.extension
        or not phonenumbers.is_valid_number(number)
        or phonenumbers.number_type(number) not in _CAN_RECEIVE
    ):
        raise DomainError("bad_phone", _("Write a mobile phone number, such as 138 0013 8000."), field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def readable(phone: str) -> str:
    """`+8613800138000` → `138 0013 8000`; a foreign number keeps its country code."""
    digits = phone.removeprefix("+86")
    if digits == phone or len(digits) != 11:
        return phone
    return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
