"""What everybody reads: the first page, the lists, the page of a campaign."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from campaigns import letters
from campaigns.forms.public import SearchForm
from campaigns.selectors.finding import cards, figures, find
from campaigns.selectors.page import as_gift, gifts_page, load_page
from campaigns.selectors.public import get_public
from campaigns.taxonomy import Disease
from campaigns.views.addresses import address_qr
from campaigns.views.parts import panels
from core.page_cache import shared
from core.paging import page_of
from partners.selectors import provinces
from policy.enforce import enforces
from policy.parameters import value

PER_PAGE, WINDOW, GIFTS_PER_PAGE, ON_HOME = 12, 5, 50, 6


@require_safe
@shared
def home(request: HttpRequest) -> HttpResponse:
    context = {"figures": figures(), "cards": cards(list(find()[:ON_HOME]))}
    return render(request, "campaigns/home.html", context)


@require_safe
@shared
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Requests that are open for help, with search and filters."""
    return _list(request, register=False)


@require_safe
@shared
@enforces("R108")
def register(request: HttpRequest) -> HttpResponse:
    """Every request that was ever public, those that ended included: the same words for donors and families."""
    return _list(request, register=True)


def _list(request: HttpRequest, *, register: bool) -> HttpResponse:
    wanted = SearchForm.read(request.GET)
    page = page_of(request, find(**wanted, register=register), PER_PAGE, pages=WINDOW)
    context = {
        "page_obj": page,
        "cards": cards(list(page)),
        "wanted": wanted,
        "diseases": Disease.choices,
        "places": provinces(),
        "register": register,
    }
    return render(request, "campaigns/list.html", context)


@require_safe
@shared
@enforces("R10", "R25", "R39", "R52", "R101", "R109")
def show(request: HttpRequest, code: str) -> HttpResponse:
    """A campaign's page. Sharing is offered once, claims nothing and unlocks nothing (R52, R109)."""
    campaign = get_public(code)
    address = settings.SITE_URL + reverse("campaigns:page", args=[code])
    context: dict[str, Any] = {
        "page": load_page(campaign),
        "campaign": campaign,
        "use_panels": panels(request, "page.use", campaign),
        "money_panels": panels(request, "page.money", campaign),
        "address": address,
        "qr": address_qr(address),
        "obligations": letters.current("obligations"),
        "service_ppm": value("fee.service_rate"),
        "channel_ppm": value("fee.channel_rate"),
        "service_cap": value("fee.service_cap"),
        "operator": settings.OPERATOR_NAME,
    }
    return render(request, "campaigns/page.html", context)


@require_safe
@shared
def gifts(request: HttpRequest, code: str) -> HttpResponse:
    """All gifts of a campaign, the newest first."""
    campaign = get_public(code)
    page = page_of(request, gifts_page(campaign), GIFTS_PER_PAGE)
    context = {"campaign": campaign, "page_obj": page, "gifts": [as_gift(row) for row in page.object_list]}
    return render(request, "campaigns/gifts.html", context)
