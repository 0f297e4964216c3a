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
from ledger import chart
from ledger.selectors import balances
from payments import selectors, services, states
from payments.forms import BreakFilterForm, FilterForm, GiftForm, NoteForm, ReasonForm
from payments.models import Attention, Break, InterestGift, Payment, Refund, Transfer

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
    blocked = selectors.blocked()
    return _list(request, "payments/transfers.html", states.TRANSFER, selectors.transfers, blocked=blocked)


def _list(
    request: SignedInRequest, template: str, table: Table, find: Callable[..., QuerySet[Any]], **more: Any
) -> HttpResponse:
    form = FilterForm(request.GET, states=table.choices)
    page = page_of(request, find(**form.chosen()), PER_PAGE)
    return render(request, template, {"page_obj": page, "form": form, **more})


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


# --- Differences with statements
@require_safe
@finance_only
def breaks(request: SignedInRequest) -> HttpResponse:
    form = BreakFilterForm(request.GET, sources=selectors.sources())
    page = page_of(request, selectors.breaks(**form.chosen()), PER_PAGE)
    labels = dict(selectors.sources())
    rows = [(row, labels.get(row.channel, row.channel)) for row in page]
    context = {"page_obj": page, "rows": rows, "form": form, "blocked": selectors.blocked()}
    return render(request, "payments/breaks.html", context)


@require_POST
@finance_only
def ask_statements(request: SignedInRequest) -> HttpResponse:
    services.ask_statements_now(actor=request.user)
    messages.success(request, _("The question is on its way. Look again in a moment."))
    return redirect("payments:breaks")


@finance_only
def break_one(request: SignedInRequest, pk: int) -> HttpResponse:
    """Both sides of one difference; explain it, or propose to correct the books."""
    row = get_object_or_404(Break.objects.select_related("proposed_by", "approved_by"), pk=pk)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = services.propose_correction if "propose" in request.POST else services.explain_break
        try:
            act(actor=request.user, row=row, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Noted."))
            return redirect("payments:break", pk=pk)
    return _break_page(request, row, form, ReasonForm())


def _break_page(request: SignedInRequest, row: Break, form: NoteForm, reason_form: ReasonForm) -> HttpResponse:
    context = {
        "row": row,
        "source": selectors.source_label(row.channel),
        "sides": selectors.sides(row),
        "link": _page_of(row),
        "form": form,
        "reason_form": reason_form,
    }
    return render(request, "payments/break.html", context)


def _page_of(row: Break) -> str:
    """The list that shows our side of it, by the number that both sides know."""
    number = row.number.partition("#")[0]
    return f"{reverse(f'payments:{row.kind}s')}?number={number}" if row.kind in _MODELS else ""


@require_POST
@finance_only
def approve_correction(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        services.approve_correction(actor=request.user, row=get_object_or_404(Break, pk=pk))
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The correction is booked."))
    return redirect("payments:break", pk=pk)


@require_POST
@finance_only
def reject_correction(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Break.objects.select_related("proposed_by", "approved_by"), pk=pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            services.reject_correction(actor=request.user, row=row, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("The proposal was taken back."))
            return redirect("payments:break", pk=pk)
    return _break_page(request, row, NoteForm(), form)


# --- Interest
@finance_only
def interest(request: SignedInRequest) -> HttpResponse:
    """What the bank has paid on the custody account, and to which charities it went (R46)."""
    form = GiftForm(request.POST or None, charities=selectors.payable_charities())
    if request.method == "POST" and form.is_valid():
        try:
            services.propose_gift(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Proposed. A second person must approve it."))
            return redirect("payments:interest")
    page = page_of(request, selectors.gifts(), PER_PAGE)
    money = balances([chart.INTEREST])[chart.INTEREST]
    context = {"page_obj": page, "form": form, "money": money}
    return render(request, "payments/interest.html", context)


@require_POST
@finance_only
def gift_act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    gift = get_object_or_404(InterestGift, pk=pk)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        if action == "approve":
            services.approve_gift(actor=request.user, gift=gift)
        else:
            services.refuse_gift(actor=request.user, gift=gift, reason=reason)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Noted."))
    return redirect("payments:interest")
