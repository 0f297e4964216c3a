"""Where a request comes from, and where things are on this site."""

from functools import lru_cache

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from core.qr import qr_svg


def client_ip(request: HttpRequest) -> str:
    """By the proxies that we trust (ALLAUTH_TRUSTED_PROXY_COUNT); empty when unknown."""
    return str(get_client_ip(request) or "")


@lru_cache(maxsize=1024)
def address_qr(address: str) -> str:
    """The QR code of a public page; drawing one takes a good part of the time of the page."""
    return qr_svg(address)
