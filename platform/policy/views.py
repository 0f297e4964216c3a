"""The rules and the numbers, for everybody; changing the numbers, for administrators."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.forms import show_errors
from core.gate import staff_only
from policy import compliance, selectors, services
from policy.defaults import PARAMETERS
from policy.enforce import enforces
from policy.forms import ProposalForm, WithdrawalForm
from policy.models import ParameterChange
from policy.parameter import Parameter
from policy.register import BOTTOM_LINES

ADMIN = "admin"
PER_PAGE = 30


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The register in our own words, and how much of it the software carries out."""
    lines = compliance.report()
    context = {
        "parts": selectors.rules_by_part(),
        "bottom_lines": BOTTOM_LINES,
        "total": len(lines),
        "complete": sum(line.complete for line in lines),
    }
    return render(request, "policy/rules.html", context)


@require_safe
@enforces("R39")
def public_parameters(request: HttpRequest) -> HttpResponse:
    """Every number in force, where it comes from, since when, and what is decided for later (R39)."""
    changes = selectors.history().filter(status="approved")
    page = Paginator(changes, PER_PAGE).get_page(request.GET.get("page"))
    context = {"groups": selectors.parameter_rows(), "page_obj": page}
    return render(request, "policy/parameters.html", context)


@require_safe
@staff_only(ADMIN)
def staff_parameters(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.history(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"groups": selectors.parameter_rows(), "waiting": selectors.waiting(), "page_obj": page}
    return render(request, "policy/staff/parameters.html", context)


@require_http_methods(["GET", "POST"])
@staff_only(ADMIN)
def staff_parameter(request: HttpRequest, key: str) -> HttpResponse:
    """One parameter: its history, what waits, and the form for a proposal."""
    parameter = _parameter(key)
    row = selectors.parameter_row(parameter)
    form = ProposalForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            services.propose_change(
                actor=_actor(request),
                key=key,
                text=clean["value"],
                reason=clean["reason"],
                effective_from=clean["effective_from"],
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Proposed. It counts when another administrator has approved it."))
            return redirect("policy:staff_parameter", key=key)
    history = Paginator(selectors.history(key), PER_PAGE).get_page(request.GET.get("page"))
    context = {"row": row, "form": form, "page_obj": history, "withdrawal": WithdrawalForm()}
    return render(request, "policy/staff/parameter.html", context)


@require_POST
@staff_only(ADMIN)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, services.approve_change, _("Approved. It counts from its date."))


@require_POST
@staff_only(ADMIN)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    form = WithdrawalForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _decide(request, pk, services.withdraw_change, _("Withdrawn. Nothing changes."), reason=reason)


@require_safe
@staff_only(ADMIN, "auditor", "senior_auditor", "regulator")
def staff_compliance(request: HttpRequest) -> HttpResponse:
    """Where each rule is carried out and which tests prove it, with the names of both."""
    lines = compliance.report()
    context = {
        "parts": selectors.rules_by_part(),
        "total": len(lines),
        "complete": sum(line.complete for line in lines),
        "partly": sum(bool(line.enforced or line.tests) and not line.complete for line in lines),
    }
    return render(request, "policy/staff/compliance.html", context)


def _decide(request: HttpRequest, pk: int, act: Any, done: str, **more: Any) -> HttpResponse:
    change = get_object_or_404(ParameterChange, pk=pk)
    try:
        act(actor=_actor(request), change=change, **more)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, done)
    return redirect("policy:staff_parameter", key=change.key)


def _parameter(key: str) -> Parameter:
    try:
        return PARAMETERS[key]
    except KeyError:
        raise Http404 from None


def _actor(request: HttpRequest) -> Any:
    """The signed-in person: the guard let nobody else in."""
    return request.user
