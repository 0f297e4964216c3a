"""The identity providers by name. `IDENTITY_PROVIDER` chooses the one that new questions go to."""

from collections.abc import Callable

from django.conf import settings

from identity.providers.base import IdentityProvider
from identity.providers.gateway import Gateway
from identity.providers.local import Local

_PROVIDERS: dict[str, Callable[[], IdentityProvider]] = {"local": Local, "gateway": Gateway}


def get(code: str) -> IdentityProvider:
    """Raises KeyError for a provider that this build does not have."""
    return _PROVIDERS[code]()


def current() -> IdentityProvider:
    return get(settings.IDENTITY_PROVIDER)
