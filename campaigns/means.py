"""What the family has: the questions of the asset disclosure (增信) and what counts as an answer. Pure.

Every question must be answered; nothing is answered beforehand (R31, bottom line 2). Amounts are fen. An answer is a
dict as it is stored in a declaration and in the snapshot that reviewers see.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Text
from core.money import MAX_FEN, Fen, yuan_text

Answer = dict[str, Any]

MAX_ITEMS = 20
MAX_NOTE = 200

OWNERS: dict[str, Text] = {
    "patient": _("The patient"),
    "spouse": _("Husband or wife of the patient"),
    "father": _("Father of the patient"),
    "mother": _("Mother of the patient"),
}
STATES: dict[str, Text] = {
    "not_sold": _("Not for sale"),
    "selling": _("Being sold"),
    "sold": _("Sold"),
}

SHORT: dict[str, Text] = {
    "family": _("Family"),
    "houses": _("Houses"),
    "cars": _("Cars"),
    "income": _("Yearly income"),
    "savings": _("Savings"),
    "debts": _("Debts"),
    "medical_insurance": _("Medical insurance"),
    "critical_insurance": _("Commercial insurance"),
    "allowance": _("Subsistence allowance (低保)"),
    "government_aid": _("Medical aid from the government"),
    "elsewhere": _("Raised elsewhere"),
}


@dataclass(frozen=True)
class Question:
    """`kind`: `things` (count and items), `amount`, `yes_no`, `choice`. `details` of a yes: `amount`, `note`, `day`."""

    code: str
    label: Text
    kind: str
    hint: Text = ""
    choices: Mapping[str, Text] | None = None
    details: tuple[str, ...] = ()
    # The answers of a choice that need words.
    explain: tuple[str, ...] = ()


QUESTIONS: dict[str, Question] = {
    question.code: question
    for question in (
        Question(
            "family",
            _("Who belongs to the family whose means are stated here?"),
            "choice",
            hint=_("Husband or wife count. For a patient under 18, both parents count."),
            choices={
                "alone": _("The patient alone: not married"),
                "spouse": _("The patient and husband or wife"),
                "parents": _("The patient (under 18) and both parents"),
                "one_parent": _("The patient (under 18) and one parent"),
            },
            explain=("one_parent",),
        ),
        Question(
            "houses",
            _("How many houses or flats does the family have?"),
            "things",
            hint=_("Also those in the country, with a mortgage, or sold for the treatment. Write 0 if there is none."),
        ),
        Question(
            "cars",
            _("How many cars does the family have?"),
            "things",
            hint=_("Also vans and trucks for work, or sold for the treatment. Write 0 if there is none."),
        ),
        Question(
            "income",
            _("What did the family earn in the last 12 months?"),
            "amount",
            hint=_("Wages, farming, business and pensions together, in yuan."),
        ),
        Question(
            "savings",
            _("What does the family have in savings, funds and shares?"),
            "amount",
            hint=_("What could be used, in yuan. Write 0 if there is nothing."),
        ),
        Question(
            "debts",
            _("What does the family owe?"),
            "amount",
            hint=_("Mortgage, bank loans, money borrowed from relatives, in yuan. Write 0 if there is nothing."),
        ),
        Question(
            "medical_insurance",
            _("Does the patient have medical insurance?"),
            "yes_no",
            hint=_("Employees', residents' or rural medical insurance."),
            details=("note",),
        ),
        Question(
            "critical_insurance",
            _("Does the patient have critical-illness or other commercial insurance?"),
            "yes_no",
            hint=_("Paid out, claimed, or still to be claimed."),
            details=("amount", "note"),
        ),
        Question("allowance", _("Does the family receive the subsistence allowance (低保)?"), "yes_no"),
        Question(
            "government_aid",
            _("Did the patient receive medical aid from the government?"),
            "yes_no",
            details=("amount", "note"),
        ),
        Question(
            "elsewhere",
            _("Was money raised for the patient anywhere else?"),
            "yes_no",
            hint=_("Other platforms, charities, employers, schools, neighbours. Who asked, how much, when."),
            details=("amount", "note", "day"),
        ),
    )
}


def questions() -> list[Question]:
    return list(QUESTIONS.values())


def owners_for(family: str) -> tuple[str, ...]:
    """Whose houses and cars have to be stated (R35)."""
    more = {"spouse": ("spouse",), "parents": ("father", "mother"), "one_parent": ("father", "mother")}
    return ("patient", *more.get(family, ()))


def unanswered(answers: Mapping[str, Answer]) -> list[str]:
    """Codes of the questions without an answer, in order (R31)."""
    return [code for code in QUESTIONS if code not in answers]


def family_fault(answers: Mapping[str, Answer], *, minor: bool) -> Text | None:
    """For a minor both parents are stated, or one with a reason; for an adult, husband or wife or nobody (R35)."""
    family = answers.get("family", {}).get("value", "")
    if family and (family in ("parents", "one_parent")) != minor:
        return (
            _("The patient is under 18: state what both parents have.")
            if minor
            else _("The patient is of age: say whether there is a husband or wife.")
        )
    return None


def clean(code: str, values: Mapping[str, Any]) -> Answer:
    """The answer to one question, from typed values. Raises DomainError with the field of each fault."""
    question = QUESTIONS[code]
    faults: dict[str, Text] = {}
    cleaner = {"things": _things, "amount": _amount, "yes_no": _yes_no, "choice": _choice}[question.kind]
    answer = cleaner(question, values, faults)
    if faults:
        raise DomainError("means", next(iter(faults.values())), fields=faults)
    return answer


def summary(code: str, answer: Answer) -> str:
    """One answer with its short label, in the active language: for what reviewers decide."""
    return f"{SHORT[code]}: {sentence(code, answer)}"


def sentence(code: str, answer: Answer) -> str:
    """One answer in words of the active language."""
    question = QUESTIONS[code]
    if question.kind == "amount":
        return f"¥{yuan_text(answer['amount'])}"
    if question.kind == "choice":
        return " · ".join(str(part) for part in ((question.choices or {})[answer["value"]], answer.get("note")) if part)
    if question.kind == "yes_no":
        words = [str(_("Yes") if answer["has"] else _("No"))]
        words += [f"¥{yuan_text(answer['amount'])}"] if answer.get("amount") is not None else []
        words += [str(answer[part]) for part in ("note", "day") if answer.get(part)]
        return " · ".join(words)
    if not answer["items"]:
        return str(_("None"))
    items = (
        _("%(owner)s, ¥%(value)s, %(state)s: %(reason)s")
        % {
            "owner": OWNERS[item["owner"]],
            "value": yuan_text(item["value"]),
            "state": STATES[item["state"]],
            "reason": item["reason"],
        }
        for item in answer["items"]
    )
    return _("%(count)d in all. %(things)s") % {"count": answer["count"], "things": " · ".join(items)}


def _amount(_question: Question, values: Mapping[str, Any], faults: dict[str, Text]) -> Answer:
    return {"amount": _fen(values.get("amount"), "amount", faults)}


def _choice(question: Question, values: Mapping[str, Any], faults: dict[str, Text]) -> Answer:
    value = values.get("value")
    if value not in (question.choices or {}):
        faults["value"] = _("Please choose one.")
    answer: Answer = {"value": value}
    if value in question.explain:
        answer["note"] = _note(values, faults)
    return answer


def _yes_no(question: Question, values: Mapping[str, Any], faults: dict[str, Text]) -> Answer:
    has = values.get("has")
    if not isinstance(has, bool):
        faults["has"] = _("Please answer yes or no.")
        return {}
    answer: Answer = {"has": has}
    if not has:
        return answer
    if "amount" in question.details:
        answer["amount"] = _fen(values.get("amount"), "amount", faults)
    if "note" in question.details:
        answer["note"] = _note(values, faults)
    if "day" in question.details:
        day = values.get("day")
        if not day:
            faults["day"] = _("When was that?")
        answer["day"] = day.isoformat() if isinstance(day, date) else day
    return answer


def _things(_question: Question, values: Mapping[str, Any], faults: dict[str, Text]) -> Answer:
    count = values.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MAX_ITEMS:
        faults["count"] = _("Write a number from 0 to %(most)d.") % {"most": MAX_ITEMS}
        return {}
    rows = list(values.get("items") or [])
    if len(rows) != count:
        faults["count"] = _("Describe each one below.")
        return {}
    return {"count": count, "items": [_thing(place, row, faults) for place, row in enumerate(rows)]}


def _thing(place: int, row: Mapping[str, Any], faults: dict[str, Text]) -> Answer:
    owner, state = row.get("owner"), row.get("state")
    if owner not in OWNERS:
        faults[f"items-{place}-owner"] = _("Whose is it?")
    if state not in STATES:
        faults[f"items-{place}-state"] = _("Please choose one.")
    value = _fen(row.get("value"), f"items-{place}-value", faults)
    reason = str(row.get("reason") or "").strip()
    if not 2 <= len(reason) <= MAX_NOTE:
        faults[f"items-{place}-reason"] = _("Say in a few words why it is kept or sold.")
    return {"owner": owner, "value": value, "state": state, "reason": reason}


def _fen(value: Any, field: str, faults: dict[str, Text]) -> Fen:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_FEN:
        faults[field] = _("Write an amount in yuan; 0 if there is nothing.")
        return 0
    return value


def _note(values: Mapping[str, Any], faults: dict[str, Text]) -> str:
    note = str(values.get("note") or "").strip()
    if not 2 <= len(note) <= MAX_NOTE:
        faults["note"] = _("Please explain in a few words, at most %(most)d characters.") % {"most": MAX_NOTE}
    return note
