"""What this room gives to an export, and erases, and how it shows the people that lower rooms know."""

from typing import Any

from accounts.models import User
from core.errors import Text
from core.masking import mask_name
from identity.models import Person
from relations.models import Link
from relations.services import unlink_all
from relations.subjects import Shown


def export(user: User) -> dict[str, Any]:
    links = Link.objects.filter(subject=f"user:{user.pk}").order_by("id")
    return {"identifiers": list(links.values("identifier__kind", "first_seen"))}


def erase(user: User) -> list[Text]:
    unlink_all(subject=f"user:{user.pk}")
    return []


def users(ids: list[int]) -> dict[int, Shown]:
    return {
        pk: Shown(mask_name(name) or f"#{pk}") for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")
    }


def persons(ids: list[int]) -> dict[int, Shown]:
    return {person.pk: Shown(person.masked_name) for person in Person.objects.filter(pk__in=ids)}
