"""What every page may show: how many notices wait to be read."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notices.selectors import unread_count


def unread(request: HttpRequest) -> dict[str, Any]:
    """`unread_notices`: asked of the database only where a template shows it, at most once per page."""
    user = getattr(request, "user", None)
    if user is None:
        return {}
    return {"unread_notices": SimpleLazyObject(lambda: unread_count(user) if user.is_authenticated else 0)}
