"""Telling the person what came out."""

from identity.models import Person
from identity.selectors import user_of
from notices.services import notify


def tell(person: Person, *, confirmed: bool, key: str) -> None:
    user = user_of(person)
    if user is not None:
        code = "identity.confirmed" if confirmed else "identity.unclear"
        notify(user=user, code=code, params={}, url="/me/identity/", key=key)
