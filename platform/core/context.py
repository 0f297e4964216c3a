"""What every page may show: who operates the platform, and the menu of the person who looks."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core.nav import entries_for, own_pages
from core.page_cache import MARK


def house(request: HttpRequest) -> dict[str, Any]:
    """Lazy where it costs a query: a page that shows no menu reads no roles."""
    found: dict[str, Any] = {"csrf_token": MARK} if getattr(request, "is_shared_page", False) else {}
    return found | {
        "house": {
            "sandbox": settings.SANDBOX,
            "operator": settings.OPERATOR_NAME,
            "designation": settings.DESIGNATION_NUMBER,
        },
        "staff_pages": entries_for(getattr(request, "user", None)),
        "own_pages": own_pages(),
    }
