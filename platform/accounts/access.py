"""Who may enter: by role, with a second factor, and for dangerous acts with a fresh proof."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import suspend_request
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import second_factor
from accounts.models import User
from accounts.roles import Role
from core.errors import Forbidden

FRESH_SECONDS = 600

View = Callable[..., HttpResponseBase]


def user_of(request: HttpRequest | Request) -> User:
    """The signed-in person, as a User. For views behind a login; anybody else is refused with 403."""
    user = request.user
    if not user.is_authenticated:
        raise PermissionDenied
    return user


def to_second_factor(request: HttpRequest) -> HttpResponseRedirect:
    """To the page where the code is entered, or where the second factor is set up if the person has none yet."""
    page = reverse("mfa_reauthenticate" if second_factor.is_enrolled(user_of(request)) else "mfa_activate_totp")
    return HttpResponseRedirect(f"{page}?{urlencode({'next': request.get_full_path()})}")


def role_required(*roles: Role) -> Callable[[View], View]:
    """A view for these roles: anonymous people sign in first, staff without second factor get it, everyone else sees 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if user.has_role(*roles):
                return view(request, *args, **kwargs)
            if user.roles_asleep and not user.granted_roles().isdisjoint(roles):
                return to_second_factor(request)
            raise Http404

        return guarded

    return decorate


def HasRole(*roles: Role) -> type[BasePermission]:
    """DRF permission: 404 for those without the role, 403 `second_factor_required` for staff in a half-open session."""

    class _HasRole(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            user = request.user
            if not isinstance(user, User) and not user.is_authenticated:
                return False
            if user.has_role(*roles):
                return True
            if user.roles_asleep and not user.granted_roles().isdisjoint(roles):
                raise Forbidden(
                    "second_factor_required",
                    _("Staff work needs a second factor. Set it up or enter its code first."),
                )
            raise Http404

    return _HasRole


def proved_recently(user: User, session: SessionBase) -> bool:
    """A proof in this session within FRESH_SECONDS: for people with a second factor that factor itself, else any proof."""
    found = second_factor.records(session, user)
    if second_factor.is_enrolled(user):
        found = [record for record in found if record.get("method") == "mfa"]
    return bool(found) and time.time() - found[-1]["at"] < FRESH_SECONDS


def recently_authenticated(view: View) -> View:
    """For dangerous acts (money out, roles, closing an account): whoever has not proved themselves just now does it first.

    The browser is sent to the proof and back, with what was typed. For REST see RecentlyAuthenticated.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if proved_recently(request.user, request.session):
            return view(request, *args, **kwargs)
        return suspend_request(request, _proof_page(request.user))

    return guarded


def _proof_page(user: User) -> str:
    if second_factor.is_enrolled(user):
        return reverse("mfa_reauthenticate")
    return reverse("account_reauthenticate" if user.has_usable_password() else "accounts:prove_by_code")


class RecentlyAuthenticated(BasePermission):
    """DRF twin of recently_authenticated: 403 `reauthentication_required`; the app proves anew and asks again."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        session = request.auth if isinstance(request.auth, SessionBase) else request._request.session
        if proved_recently(request.user, session):
            return True
        raise Forbidden("reauthentication_required", _("Please prove once more that it is you."))
