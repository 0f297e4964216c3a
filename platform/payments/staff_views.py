"""Money for finance: where it is, what is on its way, what needs people."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from accounts.roles import Role
from core.errors import DomainError
from core.forms import show_errors
from core.paging import page_of
from core.states import Table
from payments import selectors, services, states
from payments.forms import FilterForm, NoteForm, ReasonForm
from payments.models import Attention, Payment, Refund, Transfer

PER_PAGE = 30
finance_only = role_required(Role.FINANCE)


@require_safe
@finance_only
def overview(request: SignedInRequest) -> HttpResponse:
    return render(request, "payments/overview.html", {"overview": selectors.overview()})


@require_POST
@finance_only
def settle(request: SignedInRequest) -> HttpResponse:
    services.ask_settlements_now(actor=request.user)
    messages.success(request, _("The question is on its way. Look again in a moment."))
    return redirect("payments:overview")


@require_safe
@finance_only
def payments(request: SignedInRequest) -> HttpResponse:
    return _list(request, "payments/payments.html", states.PAYMENT, selectors.payments)


@require_safe
@finance_only
def refunds(request: SignedInRequest) -> HttpResponse:
    return _list(request, "payments/refunds.html", states.REFUND, selectors.refunds)


@require_safe
@finance_only
def transfers(request: SignedInRequest) -> HttpResponse:
    return _list(request, "payments/transfers.html", states.TRANSFER, selectors.transfers)


def _list(request: SignedInRequest, template: str, table: Table, find: Callable[..., QuerySet[Any]]) -> HttpResponse:
    form = FilterForm(request.GET, states=table.choices)
    page = page_of(request, find(**form.chosen()), PER_PAGE)
    return render(request, template, {"page_obj": page, "form": form})


@require_safe
@finance_only
def payment(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Payment.objects.select_related("actor"), pk=pk)
    context = {
        "payment": found,
        "refunds": found.refunds.order_by("id"),
        "story": selectors.story(found, found.out_trade_no),
    }
    return render(request, "payments/payment.html", context)


@require_safe
@finance_only
def refund(request: SignedInRequest, pk: int) -> HttpResponse:
    return _refund_page(request, get_object_or_404(Refund.objects.select_related("payment"), pk=pk), ReasonForm())


def _refund_page(request: SignedInRequest, found: Refund, form: ReasonForm) -> HttpResponse:
    context = {"refund": found, "story": selectors.story(found, found.refund_no), "form": form}
    return render(request, "payments/refund.html", context)


@require_safe
@finance_only
def transfer(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Transfer, pk=pk)
    context = {"transfer": found, "story": selectors.story(found, found.transfer_no)}
    return render(request, "payments/transfer.html", context)


@require_safe
@finance_only
def attention(request: SignedInRequest) -> HttpResponse:
    page = page_of(request, selectors.open_attention(), PER_PAGE)
    return render(request, "payments/attention.html", {"page_obj": page})


@finance_only
def attention_one(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Attention.objects.select_related("settled_by"), pk=pk)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.settle_attention(actor=request.user, attention=found, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Noted."))
            return redirect("payments:attention")
    context = {"attention": found, "facts": selectors.facts(found), "form": form, "link": _link(found)}
    return render(request, "payments/attention_one.html", context)


_MODELS: dict[str, type[Payment] | type[Refund] | type[Transfer]] = {
    "payment": Payment,
    "refund": Refund,
    "transfer": Transfer,
}


def _link(attention: Attention) -> str:
    """The page of the thing, if it has one: the subject is `payments.refund:12`."""
    kind, _colon, pk = attention.subject.removeprefix("payments.").partition(":")
    return reverse(f"payments:{kind}", args=[int(pk)]) if kind in _MODELS else ""


@require_POST
@finance_only
def ask(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    model: Any = _MODELS[kind]
    services.ask_now(actor=request.user, thing=get_object_or_404(model, pk=pk))
    messages.success(request, _("The question is on its way. Look again in a moment."))
    return redirect(f"payments:{kind}", pk=pk)


@require_POST
@finance_only
def return_suspended(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Payment, pk=pk)
    try:
        services.return_suspended(actor=request.user, payment=found)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The money goes back to the payer."))
    return redirect("payments:payment", pk=pk)


@require_POST
@finance_only
def retry_refund(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Refund, pk=pk)
    try:
        services.retry_refund(actor=request.user, refund=found)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The refund is on its way again, under a new number."))
    return redirect("payments:refund", pk=pk)


@require_POST
@finance_only
def drop_refund(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Refund.objects.select_related("payment"), pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            services.drop_refund(actor=request.user, refund=found, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("The refund was called off."))
            return redirect("payments:refund", pk=pk)
    return _refund_page(request, found, form)
