"""The door of staff pages that stand in rooms below accounts: the guard itself is accounts', handed down at start-up."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]
Guard = Callable[..., Callable[[View], View]]

_guard: Guard | None = None


def register(guard: Guard) -> None:
    """Called once by accounts: `guard(*roles)` gives the decorator."""
    global _guard
    _guard = guard


def staff_only(*roles: str) -> Callable[[View], View]:
    """A view for people with any of these roles. Nobody gets in while no guard was registered."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _guard is None:
                raise ImproperlyConfigured("staff pages need a guard: accounts is not installed")
            return _guard(*roles)(view)(request, *args, **kwargs)

        return guarded

    return decorate
