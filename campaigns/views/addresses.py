"""Where a request comes from, and where things are on this site."""

import io

import segno
from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """By the proxies that we trust (ALLAUTH_TRUSTED_PROXY_COUNT); empty when unknown."""
    return str(get_client_ip(request) or "")


def qr_svg(text: str) -> str:
    """A QR code as an inline SVG without any style or script."""
    buffer = io.BytesIO()
    segno.make(text, error="m").save(
        buffer, kind="svg", scale=4, border=2, xmldecl=False, svgclass="qr", lineclass=None, omitsize=True, light=None
    )
    return buffer.getvalue().decode()
