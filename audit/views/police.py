"""Packages for public security (R71)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import recently_authenticated, role_required
from accounts.http import SignedInRequest
from audit import access, services
from audit.models import PolicePackage
from audit.services.police import read_package
from core.errors import DomainError
from core.http import typed
from core.paging import page_of

PER_PAGE = 50


@role_required(*access.STOPPERS)
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    rows = PolicePackage.objects.select_related("requested_by", "approved_by").defer("body").order_by("-id")
    page = page_of(request, rows, PER_PAGE)
    return render(request, "audit/police.html", {"page_obj": page})


@role_required(*access.STOPPERS)
@require_POST
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for a package about what a hard stop is about."""
    stop = access.get_stop_for_staff(request.user, pk)
    try:
        services.request_package(
            actor=request.user,
            subject_kind=stop.subject_kind,
            object_id=stop.object_id,
            reason=typed(request, "text"),
        )
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("audit:stops")
    return redirect("audit:police")


@role_required(*access.STOPPERS)
@recently_authenticated
@require_POST
def act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    package = access.get_package_for_staff(request.user, pk)
    try:
        if action == "release":
            services.release_package(actor=request.user, package=package)
        elif action == "refuse":
            services.refuse_package(actor=request.user, package=package, reason=typed(request, "text"))
        else:
            raise Http404
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Done."))
    return redirect("audit:police")


@role_required(*access.STOPPERS)
@require_safe
def download(request: SignedInRequest, pk: int) -> HttpResponse:
    package = access.get_package_for_staff(request.user, pk)
    try:
        body = read_package(actor=request.user, package=package)
    except DomainError:
        raise Http404 from None
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="candor-{package.pk}.json"'
    response["Cache-Control"] = "no-store"
    return response
