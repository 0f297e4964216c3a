"""The raiser's own pages: what was raised, what there is to do, news, pausing, ending."""

import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from audit.selectors import last_decision
from campaigns import access, services
from campaigns.forms.public import EndForm, PauseForm, UpdateForm
from campaigns.selectors.dashboard import tasks
from campaigns.selectors.finding import cards
from campaigns.selectors.giving import attestation_count
from campaigns.selectors.money import money
from campaigns.selectors.page import as_gift, gifts_page, helpers, means_lines, news_of, public_payee
from campaigns.states import UNDER_REVIEW
from campaigns.views.addresses import address_qr
from campaigns.views.parts import panels
from core.errors import DomainError
from core.forms import show_errors
from core.http import typed
from core.paging import page_of
from policy.parameters import value

PER_PAGE, GIFTS_SHOWN = 20, 10


@require_safe
@login_required
def my_campaigns(request: SignedInRequest) -> HttpResponse:
    rows = access.campaigns_of(request.user).select_related("patient", "hospital").order_by("-id")
    page = page_of(request, rows, PER_PAGE)
    return render(request, "campaigns/my_campaigns.html", {"page_obj": page, "cards": cards(list(page))})


@require_safe
@login_required
def mine(request: SignedInRequest, code: str) -> HttpResponse:
    """The dashboard of one campaign, whatever its state."""
    campaign = access.get_campaign_for_raiser(request.user, code)
    if campaign.status == "draft":
        return redirect("campaigns:draft", code=code)
    address = request.build_absolute_uri(reverse("campaigns:page", args=[code]))
    context = {
        "campaign": campaign,
        "money": money([campaign.pk])[campaign.pk],
        "helpers": helpers(campaign),
        "attesters": attestation_count(campaign),
        "attesters_wanted": value("attest.min_for_early_withdraw"),
        "tasks": tasks(campaign),
        "decision": last_decision("campaign", campaign.pk),
        "under_review": campaign.status in UNDER_REVIEW,
        "panels": panels(request, "dashboard", campaign),
        "gifts": [as_gift(row) for row in gifts_page(campaign)[:GIFTS_SHOWN]],
        "news": news_of(campaign, 5),
        "address": address,
        "qr": address_qr(address) if campaign.is_public else "",
        "pause_form": PauseForm(),
        "sla_hours": value("review.full_sla_hours"),
    }
    return render(request, "campaigns/mine.html", context)


@login_required
def update(request: SignedInRequest, code: str) -> HttpResponse:
    """Tell everybody how it goes."""
    campaign = access.get_campaign_for_raiser(request.user, code)
    form = UpdateForm(
        request.POST or None,
        request.FILES or None,
        owner=request.user,
        initial={"key": secrets.token_urlsafe(18), "kind": request.GET.get("kind", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.post_update(actor=request.user, campaign=campaign, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Published. Those who helped are told."))
            return redirect("campaigns:mine", code=code)
    return render(request, "campaigns/update.html", {"campaign": campaign, "form": form})


@login_required
def end(request: SignedInRequest, code: str) -> HttpResponse:
    """End the raise early, or say that the treatment is over (R58)."""
    campaign = access.get_campaign_for_raiser(request.user, code)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_campaign(actor=request.user, campaign=campaign, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("The request takes no more gifts."))
            return redirect("campaigns:mine", code=code)
    return render(request, "campaigns/end.html", {"campaign": campaign, "form": form})


@require_POST
@login_required
def pause(request: SignedInRequest, code: str) -> HttpResponse:
    campaign = access.get_campaign_for_raiser(request.user, code)
    try:
        services.pause_campaign(actor=request.user, campaign=campaign, reason=typed(request, "reason"))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("campaigns:mine", code=code)


@require_POST
@login_required
def resume(request: SignedInRequest, code: str) -> HttpResponse:
    campaign = access.get_campaign_for_raiser(request.user, code)
    try:
        services.resume_own(actor=request.user, campaign=campaign)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("campaigns:mine", code=code)


@require_safe
@role_required(*access.STAFF)
def staff(request: SignedInRequest, code: str) -> HttpResponse:
    """A campaign for those who review it: masked, whatever its state. Clear values are revealed in the case, with a reason."""
    campaign = access.get_campaign_for_staff(request.user, code)
    declarations = list(campaign.declarations.order_by("-number"))
    context = {
        "campaign": campaign,
        "money": money([campaign.pk])[campaign.pk],
        "payee": public_payee(campaign),
        "costs": campaign.cost_lines.all(),
        "declarations": [(row, means_lines(row.answers)) for row in declarations],
        "promises": campaign.promises.select_related("person").order_by("id"),
        "modules": campaign.modules.order_by("id"),
        "attesters": attestation_count(campaign),
    }
    return render(request, "campaigns/staff.html", context)
