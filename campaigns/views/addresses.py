"""Where a request comes from, and where things are on this site."""

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """By the proxies that we trust (ALLAUTH_TRUSTED_PROXY_COUNT); empty when unknown."""
    return str(get_client_ip(request) or "")
