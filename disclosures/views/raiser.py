"""Withdrawing and proving, as the raiser sees it."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from audit.selectors import fix_list
from campaigns.access import get_campaign_for_raiser
from core.errors import DomainError
from core.forms import show_errors
from disclosures import access, selectors
from disclosures.forms import InvoiceFormSet, ProofForm, WithdrawalForm
from disclosures.models import Proof, Withdrawal
from disclosures.services import obligations, withdrawals


@login_required
def withdraw(request: SignedInRequest, code: str) -> HttpResponse:
    campaign = get_campaign_for_raiser(request.user, code)
    form = WithdrawalForm(request.POST or None, owner=request.user, initial={"key": uuid4().hex})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data, bills=list(form.cleaned_data["bills"]))
        try:
            made = withdrawals.request_withdrawal(actor=request.user, campaign=campaign, **data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect("disclosures:withdrawal", code=code, pk=made.pk)
    use = selectors.use_of_money(campaign)
    return render(request, "disclosures/withdraw.html", {"form": form, "campaign": campaign, "use": use})


@login_required
def withdrawal_detail(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    withdrawal = access.get_withdrawal_for_raiser(request.user, code, pk)
    form = None
    if withdrawal.status == "fix_needed":
        form = _resubmit_form(request, withdrawal)
        if request.method == "POST" and form.is_valid():
            try:
                _resubmit(request, withdrawal, form)
            except DomainError as error:
                show_errors(form, error)
            else:
                messages.success(request, _("Thank you. Reviewers look at it again."))
                return redirect("disclosures:withdrawal", code=code, pk=pk)
    context = {
        "withdrawal": withdrawal,
        "campaign": withdrawal.campaign,
        "form": form,
        "payouts": withdrawal.payouts.select_related("obligation").order_by("number"),
        "objections": withdrawal.objections.order_by("id"),
        "fixes": fix_list("withdrawal", withdrawal.pk) if withdrawal.status in ("fix_needed", "refused") else [],
    }
    return render(request, "disclosures/withdrawal.html", context)


def _resubmit_form(request: SignedInRequest, withdrawal: Withdrawal) -> WithdrawalForm:
    initial = {
        "amount": withdrawal.amount,
        "purpose": withdrawal.purpose,
        "explanation": withdrawal.explanation,
        "bills": list(withdrawal.bills.values_list("pk", flat=True)),
        "key": uuid4().hex,
    }
    return WithdrawalForm(request.POST or None, owner=request.user, initial=initial)


def _resubmit(request: SignedInRequest, withdrawal: Withdrawal, form: WithdrawalForm) -> None:
    withdrawals.resubmit_withdrawal(
        actor=request.user,
        withdrawal=withdrawal,
        amount=form.cleaned_data["amount"],
        explanation=form.cleaned_data["explanation"],
        bills=list(form.cleaned_data["bills"]),
    )


@login_required
@require_POST
def cancel(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    withdrawal = access.get_withdrawal_for_raiser(request.user, code, pk)
    try:
        withdrawals.cancel_withdrawal(actor=request.user, withdrawal=withdrawal)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("disclosures:withdrawal", code=code, pk=pk)


@login_required
def obligation_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was paid, what must be shown by when, and the form to hand it in."""
    obligation = access.get_obligation_for_raiser(request.user, pk)
    form = ProofForm(request.POST or None, initial={"key": uuid4().hex})
    lines = InvoiceFormSet(request.POST or None, prefix="lines", form_kwargs={"owner": request.user})
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        typed = [
            obligations.InvoiceLine(**line.cleaned_data)
            for line in lines
            if line.has_changed() and not line.cleaned_data.get("DELETE")
        ]
        try:
            obligations.submit_proof(actor=request.user, obligation=obligation, lines=typed, **form.cleaned_data)
        except DomainError as error:
            _show_line_errors(form, lines, error)
        else:
            messages.success(request, _("Thank you. Reviewers look at your bills now."))
            return redirect("disclosures:obligation", pk=pk)
    proofs = Proof.objects.filter(obligation=obligation).prefetch_related("invoices").order_by("-id")
    latest = proofs.first()
    context = {
        "obligation": obligation,
        "campaign": obligation.campaign,
        "form": form,
        "lines": lines,
        "proofs": proofs,
        "fixes": fix_list("use_proof", latest.pk) if latest and latest.status in ("fix_needed", "refused") else [],
    }
    return render(request, "disclosures/obligation.html", context)


def _show_line_errors(form: Any, lines: Any, error: DomainError) -> None:
    for name, message in (error.fields or {"": error.message}).items():
        prefix, _dash, rest = name.partition("-")
        position, _dash, field = rest.partition("-")
        if prefix == "lines" and position.isdigit():
            lines.forms[int(position)].add_error(field, message)
        else:
            form.add_error(None, message)


@login_required
def invoice_line(request: SignedInRequest, pk: int) -> HttpResponse:
    """One more empty line of the bill form (htmx)."""
    access.get_obligation_for_raiser(request.user, pk)
    number = request.GET.get("n", "")
    position = min(int(number), 29) if number.isdecimal() and len(number) < 4 else 0
    form = InvoiceFormSet.form(prefix=f"lines-{position}", owner=request.user)
    return render(request, "disclosures/invoice_line.html", {"line": form, "position": position, "next": position + 1})
