"""Giving, with or without an account: the form, the receipt, one's own gifts, taking a gift back, attesting."""

import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from campaigns import letters, services
from campaigns.forms.public import AttestForm, DonateForm
from campaigns.models import Attestation, Donation
from campaigns.selectors.giving import gifts_of, proof_of
from campaigns.selectors.money import money
from campaigns.selectors.page import public_payee
from campaigns.selectors.public import get_public
from campaigns.services.donations import donation_by_token, may_be_taken_back, receipt_token
from campaigns.views.addresses import client_ip
from campaigns.views.parts import panels
from core.errors import DomainError
from core.forms import show_errors
from core.money import yuan_plain
from core.paging import page_of
from identity.selectors import person_of
from policy.parameters import value

PER_PAGE = 30


@never_cache
def donate(request: HttpRequest, code: str) -> HttpResponse:
    """Step one of two: how much, and what to say. Step two is the page of the payment."""
    campaign = get_public(code)
    user = request.user if request.user.is_authenticated else None
    form = DonateForm(request.POST or None, initial={"key": secrets.token_urlsafe(18)})
    if request.method == "POST" and form.is_valid():
        try:
            donation = services.start_donation(
                actor=user, campaign=campaign, client_ip=client_ip(request), **form.cleaned_data
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            if donation.payment is None:
                raise ValueError(f"gift {donation.pk} has no payment")
            return redirect(f"/pay/{donation.payment.token}/")
    state = money([campaign.pk])[campaign.pk]
    context = {
        "campaign": campaign,
        "form": form,
        "amounts": [yuan_plain(amount).removesuffix(".00") for amount in value("donate.chips")],
        "payee": public_payee(campaign),
        "missing": max((campaign.target or 0) - state.kept, 0),
        "money": state,
    }
    return render(request, "campaigns/donate.html", context)


@require_safe
@never_cache
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Thank you, and the receipt: for whoever has its link."""
    donation = _by_token(token)
    context = {
        "donation": donation,
        "campaign": donation.campaign,
        "token": token,
        "may_take_back": may_be_taken_back(donation, donation.campaign),
        "refunds": donation.payment.refunds.order_by("id") if donation.payment else [],
        "panels": panels(request, "receipt", donation),
    }
    return render(request, "campaigns/receipt.html", context)


@require_safe
@never_cache
def proof(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt as a file that proves itself against the published seals of the books."""
    donation = _by_token(token)
    file = JsonResponse(proof_of(donation), json_dumps_params={"ensure_ascii": False, "indent": 1})
    file["Content-Disposition"] = f'attachment; filename="{donation.number}-proof.json"'
    return file


@require_POST
def take_back(request: HttpRequest, token: str) -> HttpResponse:
    donation = _by_token(token)
    user = request.user if request.user.is_authenticated else None
    try:
        services.refund_own(actor=user, donation=donation)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Your gift is on its way back to you, by the way it came."))
    return redirect("campaigns:receipt", token=token)


def _by_token(token: str) -> Donation:
    donation = donation_by_token(token)
    if donation is None:
        raise Http404
    return donation


@require_safe
@login_required
def my_gifts(request: SignedInRequest) -> HttpResponse:
    page = page_of(request, gifts_of(request.user), PER_PAGE)
    rows = [(donation, receipt_token(donation)) for donation in page.object_list]
    return render(request, "campaigns/my_gifts.html", {"page_obj": page, "rows": rows})


@login_required
def attest(request: SignedInRequest, code: str) -> HttpResponse:
    """Say, under one's real name, that one knows the patient (R53)."""
    campaign = get_public(code)
    person = person_of(request.user)
    mine = Attestation.objects.filter(campaign=campaign, user=request.user, withdrawn_at=None).first()
    form = AttestForm(request.POST or None, known=person is not None)
    if request.method == "POST" and not mine and form.is_valid():
        try:
            services.attest(actor=request.user, campaign=campaign, client_ip=client_ip(request), **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Thank you. Your word stands on the page now."))
            return redirect("campaigns:page", code=code)
    context = {
        "campaign": campaign,
        "form": form,
        "mine": mine,
        "person": person,
        "letter": letters.current("attestation"),
    }
    return render(request, "campaigns/attest.html", context)


@require_POST
@login_required
def unattest(request: SignedInRequest, code: str) -> HttpResponse:
    mine = get_object_or_404(Attestation, campaign__code=code, user=request.user, withdrawn_at=None)
    services.withdraw_attestation(actor=request.user, attestation=mine)
    messages.success(request, _("Your attestation is taken back."))
    return redirect("campaigns:page", code=code)
