"""Where outside parties post their notifications: `/hooks/<provider>/`, one path each, no query string."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from partners import custodian
from payments import channels, services
from payments.providers.base import BadNotification

log = logging.getLogger(__name__)

MAX_BODY = 100_000


@csrf_exempt
@require_POST
def hook(request: HttpRequest, provider: str) -> HttpResponse:
    """Verify over the raw bytes, store once, answer at once: nothing is booked here (law 9)."""
    if provider not in _known():
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        return _answer(provider, ok=False)
    try:
        services.receive(provider=provider, headers=request.headers, body=request.body)
    except BadNotification as error:
        log.warning("notification of %s refused: %s", provider, error.code)
        return _answer(provider, ok=False)
    return _answer(provider, ok=True)


def _known() -> set[str]:
    return {channel.code for channel in channels.live()} | ({services.CUSTODIAN} if custodian.installed() else set())


def _answer(provider: str, *, ok: bool) -> HttpResponse:
    if provider == services.CUSTODIAN:
        return HttpResponse(status=200 if ok else 400)
    status, content_type, body = channels.provider(provider).acknowledgement(ok)
    return HttpResponse(body, status=status, content_type=content_type)
