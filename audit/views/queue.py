"""The queue, and the pages that watch over it."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from audit import access, services
from audit.forms import FilterForm
from audit.models import Case
from audit.selectors import public_figures, queue
from audit.selectors.figures import reviewer_figures
from core.paging import page_of

PER_PAGE = 50


@role_required(*access.REVIEWERS)
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """What is offered to this reviewer, in the order in which it should be done."""
    form = FilterForm(request.GET)
    rows = queue.in_order(queue.filtered(queue.offered_to(request.user), **form.chosen()))
    now = timezone.now()
    context = {
        "form": form,
        "page_obj": page_of(request, rows, PER_PAGE),
        "load": queue.load(now),
        "now": now,
    }
    return render(request, "audit/queue.html", context)


@role_required(*access.REVIEWERS)
@require_POST
def take_next(request: SignedInRequest) -> HttpResponse:
    case = services.claim_next(actor=request.user, **FilterForm(request.POST).chosen())
    if case is None:
        messages.info(request, _("Nothing is waiting for you. Thank you."))
        return redirect("audit:queue")
    return redirect("audit:case", pk=case.pk)


@role_required(*access.WATCHERS)
@require_safe
def disagreements(request: SignedInRequest) -> HttpResponse:
    """Where machine and people differ: what both sides can learn from."""
    rows = Case.objects.filter(disagreement=True).select_related("first_by", "second_by", "senior_by").order_by("-id")
    context = {
        "page_obj": page_of(request, rows, PER_PAGE),
        "figures": public_figures(),
        "reviewers": reviewer_figures(timezone.now() - timedelta(days=90)),
        "may_open": request.user.has_role(*access.READERS),
    }
    return render(request, "audit/disagreements.html", context)


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How long reviews take and how they end, for everybody (R66, R93)."""
    return render(request, "audit/figures.html", {"figures": public_figures()})
