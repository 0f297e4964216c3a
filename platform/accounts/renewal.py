"""Second factors under the newest key (core.rotation): their secrets stand inside a library's JSON column."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from core.crypto import Unreadable, is_current

_SECRETS = ("secret", "seed")


def renew_authenticators() -> Iterator[bool]:
    """Yields True for each authenticator that was renewed, False for one that cannot be read."""
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            authenticator = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if authenticator is None or not _is_old(authenticator.data):
                continue
            try:
                authenticator.data = _renewed(authenticator.data)
            except Unreadable:
                readable = False
            else:
                readable = True
                authenticator.save(update_fields=["data"])
        yield readable


def _is_old(data: dict[str, Any]) -> bool:
    return any(not is_current(data[name]) for name in _SECRETS if name in data)


def _renewed(data: dict[str, Any]) -> dict[str, Any]:
    adapter = get_adapter()
    return {
        name: adapter.encrypt(adapter.decrypt(value)) if name in _SECRETS else value for name, value in data.items()
    }
