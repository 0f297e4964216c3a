"""The second factor of staff, on every request."""

from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from allauth.core.ratelimit import respond_429
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts import second_factor
from accounts.access import to_second_factor

STAFF_PATHS = ("/staff/", "/admin/")


class SecondFactorMiddleware:
    """Puts the roles of a session without second factor to sleep, and sends staff from staff pages to set it up.

    The roles sleep wherever they are asked for, so a page outside STAFF_PATHS cannot be forgotten. The user is still read
    lazily: a page that does not look at the user costs no query.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = SimpleLazyObject(lambda: second_factor.settle(get_user(request), request.session))  # type: ignore[assignment]
        if request.path.startswith(STAFF_PATHS) and second_factor.is_missing(request):
            if "application/json" in request.headers.get("Accept", ""):
                detail = _("Staff work needs a second factor. Set it up or enter its code first.")
                return JsonResponse({"code": "second_factor_required", "detail": detail, "fields": {}}, status=403)
            return to_second_factor(request)
        return self.get_response(request)


class PatienceMiddleware:
    """Too many codes for one number: allauth lets this pass as a crash in some of its views; here it is a clear 429."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return respond_429(request) if isinstance(exception, RateLimited) else None
