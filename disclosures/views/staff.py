"""Finance's workbench: payouts and closings by two people; and the queue of objections."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import role_required
from accounts.http import SignedInRequest
from accounts.roles import Role
from campaigns.selectors import get_public
from core.errors import DomainError
from core.forms import show_errors
from core.paging import page_of
from disclosures import access, selectors, states
from disclosures.forms import AnswerForm, ReasonForm
from disclosures.services import closing, payouts
from disclosures.services.withdrawals import answer_objection
from payments.selectors import blocked

PER_PAGE = 30


def _try(request: SignedInRequest, done: str, act: Callable[..., Any], **kwargs: Any) -> None:
    try:
        act(actor=request.user, **kwargs)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, done)


@role_required(Role.FINANCE)
def payout_list(request: SignedInRequest) -> HttpResponse:
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in states.PAYOUT.states else ""
    page = page_of(request, selectors.payout_queue(chosen), PER_PAGE)
    return render(
        request,
        "disclosures/staff_payouts.html",
        {
            "page_obj": page,
            "chosen": chosen,
            "statuses": states.PAYOUT.choices,
            "reason_form": ReasonForm(),
            "blocked": blocked(),
        },
    )


@role_required(Role.FINANCE)
@require_POST
def payout_act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    payout = access.get_payout_for_finance(request.user, pk)
    if action == "prepare":
        _try(request, _("Prepared. A second finance officer must approve it."), payouts.prepare_payout, payout=payout)
    elif action == "approve":
        _try(request, _("Approved. The bank has the order."), payouts.approve_payout, payout=payout)
    else:
        form = ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        if action == "call_off":
            done = _("Called off. The money is available again.")
            _try(request, done, payouts.call_off_payouts, withdrawal=payout.withdrawal, reason=reason)
            return redirect("disclosures:staff_payouts")
        _try(request, _("Sent back."), payouts.reject_payout, payout=payout, reason=reason)
    return redirect("disclosures:staff_payouts")


@role_required(Role.FINANCE)
def settlement_list(request: SignedInRequest) -> HttpResponse:
    chosen = request.GET.get("status", "proposed")
    chosen = chosen if chosen in states.SETTLEMENT.states else "proposed"
    page = page_of(request, selectors.settlement_queue(chosen), PER_PAGE)
    context = {
        "page_obj": page,
        "chosen": chosen,
        "statuses": states.SETTLEMENT.choices,
        "closable": selectors.closable_campaigns()[:PER_PAGE],
        "reason_form": ReasonForm(),
    }
    return render(request, "disclosures/staff_settlements.html", context)


@role_required(Role.FINANCE)
@require_POST
def settlement_propose(request: SignedInRequest, code: str) -> HttpResponse:
    _try(
        request,
        _("Proposed. A second finance officer must agree."),
        closing.propose_settlement,
        campaign=get_public(code),
    )
    return redirect("disclosures:staff_settlements")


@role_required(Role.FINANCE)
@require_POST
def settlement_act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    settlement = access.get_settlement_for_finance(request.user, pk)
    if action == "approve":
        _try(request, _("Approved. The shares go back now."), closing.approve_settlement, settlement=settlement)
    else:
        form = ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        _try(request, _("Sent back."), closing.reject_settlement, settlement=settlement, reason=reason)
    return redirect("disclosures:staff_settlements")


@role_required(Role.AUDITOR, Role.SENIOR_AUDITOR, Role.COMPLAINTS, Role.RISK)
def objection_list(request: SignedInRequest) -> HttpResponse:
    page = page_of(request, selectors.objection_queue(), PER_PAGE)
    return render(request, "disclosures/staff_objections.html", {"page_obj": page})


@role_required(Role.AUDITOR, Role.SENIOR_AUDITOR, Role.COMPLAINTS, Role.RISK)
def objection_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    objection = access.get_objection_for_reviewer(request.user, pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_objection(actor=request.user, objection=objection, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect("disclosures:staff_objections")
    return render(request, "disclosures/staff_objection.html", {"objection": objection, "form": form})
