"""The sandbox's aid page: who is who, and what would have been sent to whom. It does not exist in production."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.phones import normalise
from config.demo.cast import PASSWORD, PEOPLE
from core.errors import DomainError
from notices.selectors import sandbox_messages

View = Callable[[HttpRequest], HttpResponse]
TOTP_PERIOD = 30


def sandbox_only(view: View) -> View:
    """404 unless settings.SANDBOX, which is read from CANDOR_MODE and nothing else."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.SANDBOX:
            raise Http404
        return view(request)

    return guarded


@require_GET
@never_cache
@sandbox_only
def aid(request: HttpRequest) -> HttpResponse:
    return render(
        request, "config/sandbox.html", {"people": cast(), "messages_sent": sandbox_messages(), "password": PASSWORD}
    )


@require_GET
@never_cache
@sandbox_only
def cast_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"people": cast(), "password": PASSWORD})


@require_GET
@never_cache
@sandbox_only
def outbox_json(request: HttpRequest) -> HttpResponse:
    """`?phone=` or `?email=`: the newest messages to that address, newest first; without either, to everybody."""
    address = request.GET.get("email", "").strip().lower()
    if request.GET.get("phone"):
        try:
            address = normalise(request.GET["phone"])
        except DomainError as error:
            return JsonResponse({"code": error.code, "detail": str(error.message)}, status=400)
    found = sandbox_messages(address)
    return JsonResponse(
        {
            "messages": [
                {"at": row.at, "channel": row.channel, "to": row.address, "text": row.text, "code": row.code}
                for row in found
            ]
        }
    )


def cast() -> list[dict[str, Any]]:
    """The named cast: name, phone, e-mail, roles, and for staff the authenticator's present code. One query."""
    held = Authenticator.objects.filter(
        type=Authenticator.Type.TOTP, user__email__in=[email for _name, _phone, email, _roles in PEOPLE.values()]
    )
    codes = {authenticator.user.email: _code(authenticator) for authenticator in held.select_related("user")}
    return [
        {
            "key": key,
            "name": name,
            "phone": phone,
            "email": email,
            "roles": [str(role.label) for role in roles],
            "totp": codes.get(email, ""),
        }
        for key, (name, phone, email, roles) in PEOPLE.items()
    ]


def _code(authenticator: Authenticator) -> str:
    counter = int(timezone.now().timestamp()) // TOTP_PERIOD
    return format_hotp_value(hotp_value(decrypt(authenticator.data["secret"]), counter))
