"""What a row of the register must look like, whoever brings it: a form, an import, a test. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from identity.rules import credit_code_fault
from partners.taxonomy import Category, Level, Ownership

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")
_REGION = re.compile(r"[0-9]{6}")
_INSURANCE = re.compile(r"H[0-9]{11}")
_PHONE = re.compile(r"[0-9+][0-9+ ()/-]{4,28}")
_WEBSITE = re.compile(r"https?://[!-~]{3,190}")
_LEVEL_WORDS = {"三": "3", "二": "2", "一": "1"}
_GRADE_WORDS = {"特": "S", "甲": "A", "乙": "B", "丙": "C"}
_CATEGORY_WORDS = {"综合": "general", "专科": "specialist", "中医": "tcm", "其他": "other"}
_OWNERSHIP_WORDS = {"公立": "public", "民营": "private", "私立": "private"}

COMMON = (
    "code",
    "name",
    "aliases",
    "uscc",
    "province_code",
    "province",
    "city_code",
    "city",
    "phone",
    "verified_source",
    "verified_on",
    "is_active",
)
HOSPITAL = (*COMMON, "insurance_code", "level", "category", "ownership")
CHARITY = (*COMMON, "website")


def plain(text: str) -> str:
    """One line without control characters, full-width letters as ordinary ones."""
    cleaned = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFKC", text))
    return " ".join(cleaned.split())


def clean_partner(raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Text]]:
    """The values to store and what is wrong, by field. Only the fields that `raw` names are looked at."""
    text = {key: plain(str(value)) for key, value in raw.items() if isinstance(value, str)}
    values: dict[str, Any] = {**raw, **text}
    faults: dict[str, Text] = {}

    def need(field: str, good: bool, message: Text) -> None:
        if field in raw and not good:
            faults[field] = message

    values["code"] = text.get("code", "").upper()
    need("code", bool(_CODE.fullmatch(values["code"])), _("Use 2 to 20 capital letters, digits and dashes."))
    need("name", 2 <= len(text.get("name", "")) <= 100, _("Write the full name, 2 to 100 characters."))
    if "aliases" in raw:
        values["aliases"] = _aliases(raw["aliases"])
        longest = max((len(alias) for alias in values["aliases"]), default=0)
        need(
            "aliases",
            len(values["aliases"]) <= 10 and longest <= 60,
            _("At most ten other names, each up to 60 characters."),
        )
    for field, fault in (("uscc", credit_code_fault), ("insurance_code", _insurance_fault)):
        if field in raw:
            values[field] = text.get(field, "").upper() or None
            need(field, not values[field] or not fault(values[field]), _("This code is not well-formed."))
    for field in ("province_code", "city_code"):
        need(field, not text.get(field) or bool(_REGION.fullmatch(text[field])), _("A region code has six digits."))
    for field in ("province", "city"):
        need(field, len(text.get(field, "")) <= 40, _("Use at most 40 characters."))
    need("phone", not text.get("phone") or bool(_PHONE.fullmatch(text["phone"])), _("Write a phone number."))
    need(
        "website",
        not text.get("website") or bool(_WEBSITE.fullmatch(text["website"])),
        _("Write an address with https://."),
    )
    need("verified_source", len(text.get("verified_source", "")) <= 200, _("Use at most 200 characters."))
    if isinstance(values.get("verified_on"), str):
        values["verified_on"], good = _day(text["verified_on"])
        need("verified_on", good, _("Write the day as 2026-11-23."))
    if values.get("verified_on") and not text.get("verified_source"):
        faults.setdefault("verified_source", _("Say where it was looked up."))
    for field, known in (("level", Level), ("category", Category), ("ownership", Ownership)):
        if field in raw:
            values[field] = _word(field, text.get(field, ""))
            need(field, values[field] in known.values, _("This value is not known."))
    return {key: values[key] for key in raw}, faults


def _insurance_fault(code: str) -> str:
    return "" if _INSURANCE.fullmatch(code) else "insurance_code"


def _aliases(raw: Any) -> list[str]:
    parts = re.split(r"[\n|;；]", raw) if isinstance(raw, str) else [str(part) for part in raw]
    return list(dict.fromkeys(alias for alias in map(plain, parts) if alias))


def _day(text: str) -> tuple[date | None, bool]:
    if not text:
        return None, True
    try:
        return date.fromisoformat(text), True
    except ValueError:
        return None, False


def _word(field: str, text: str) -> str:
    """Registers write 三级甲等, 综合, 公立; the code words are understood as well."""
    if field == "category":
        return _CATEGORY_WORDS.get(text.removesuffix("医院"), text or "general")
    if field == "ownership":
        return _OWNERSHIP_WORDS.get(text, text or "public")
    if match := re.fullmatch(r"([一二三])级(?:([特甲乙丙])等?)?", text):
        return _LEVEL_WORDS[match[1]] + _GRADE_WORDS.get(match[2] or "", "")
    return text.upper() if text and text not in ("未定级", "无") else "0"
