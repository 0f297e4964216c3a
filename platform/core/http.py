"""What views of several rooms share."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def typed(request: HttpRequest, field: str) -> str:
    """One field of a form that is too small for a Form class; without NUL, which PostgreSQL cannot store and nobody types."""
    return request.POST.get(field, "").replace("\x00", "")


def way_back(request: HttpRequest, field: str) -> str:
    """The address on this site that a form sent along; empty for another site, and for what is no address at all."""
    wanted = request.POST.get(field, "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted.startswith("/") and ours else ""
