"""Hard stops in force (bottom line 1)."""

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from audit import access, registry, services
from audit.forms import TextForm
from audit.models import HardStop
from core.errors import DomainError
from core.http import typed
from core.paging import page_of

PER_PAGE = 50


@role_required(*access.STOPPERS)
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """What is stopped now, and what was."""
    rows = HardStop.objects.select_related("raised_by", "lift_proposed_by", "lift_approved_by", "case").order_by(
        "status", "-id"
    )
    page = page_of(request, rows, PER_PAGE)
    return render(request, "audit/stops.html", {"page_obj": page, "form": TextForm(label=_("Reason"))})


@role_required(*access.STOPPERS)
@require_POST
def act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    """Propose to lift, keep, or lift."""
    stop = access.get_stop_for_staff(request.user, pk)
    reason = typed(request, "text")
    try:
        if action == "propose":
            services.propose_lift(actor=request.user, stop=stop, reason=reason)
        elif action == "keep":
            services.keep_stop(actor=request.user, stop=stop, reason=reason)
        elif action == "lift":
            services.lift_stop(actor=request.user, stop=stop)
        else:
            raise Http404
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("audit:stops")


@role_required(*access.STOPPERS)
@require_POST
def raise_stop(request: SignedInRequest, subject_kind: str, object_id: int) -> HttpResponse:
    """Stop a subject from its case page or its own page."""
    if subject_kind not in registry.subjects():
        raise Http404
    try:
        services.hard_stop(
            actor=request.user, subject_kind=subject_kind, object_id=object_id, evidence=typed(request, "text")
        )
    except ObjectDoesNotExist:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Stopped: nothing is published, given or paid until two people lift it."))
    return redirect("audit:stops")
