"""What this room gives to a copy of somebody's data, and what it lets go when they leave (R103)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Text
from identity.models import Person
from identity.selectors import attempts_of, person_of


def person_id(user: User) -> int | None:
    person = person_of(user)
    return person.pk if person else None


def export(user: User) -> dict[str, Any]:
    person = person_of(user)
    if person is None:
        return {}
    return {
        "name": person.name,
        "id_number": person.id_number,
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex,
        "checks": [
            {
                "provider": attempt.provider,
                "purpose": attempt.purpose,
                "asked_at": attempt.created_at.isoformat(),
                "verdict": attempt.verdict,
                "level": attempt.level.name,
            }
            for attempt in attempts_of(person)
        ],
        "reviews": [
            {"verdict": review.verdict, "reason": review.reason, "at": review.at.isoformat()}
            for review in person.reviews.order_by("id")
        ],
        "accounts": [{"bank": account.bank, "number": account.number} for account in person.accounts.order_by("id")],
    }


def erase(user: User) -> list[Text]:
    """The account lets go of the person. The person's record itself stays: others may have been paid on its strength."""
    if not Person.objects.filter(user=user).update(user=None):
        return []
    return [
        _("The record of your identity check, encrypted, as long as the law asks; no account points to it any more.")
    ]
