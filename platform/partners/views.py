"""Where families find other relief; the register of partners for those who keep it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import recently_authenticated, role_required
from accounts.http import SignedInRequest
from core.errors import DomainError
from core.forms import show_errors
from core.masking import mask_card
from core.paging import page_of
from partners import selectors, services
from partners.access import KEEPERS, TREASURERS, get_account_change, get_partner, partner_model
from partners.forms import FORMS, AccountForm, ReliefForm
from partners.models import Partner, ReliefChannel
from policy.enforce import enforces

PER_PAGE = 30


@require_safe
@enforces("R11")
def relief(request: HttpRequest) -> HttpResponse:
    """Public aid and charities, before anybody has to raise money (R11)."""
    chosen = request.GET.get("province", "")
    context = {"channels": selectors.relief_for(chosen), "provinces": selectors.provinces(), "chosen": chosen}
    return render(request, "partners/relief.html", context)


@require_safe
@role_required(*TREASURERS)
def partners(request: SignedInRequest, plural: str) -> HttpResponse:
    model = partner_model(plural)
    query = request.GET.get("q", "")[:100]
    page = page_of(request, selectors.find_partners(model, query), PER_PAGE)
    context = {
        "page_obj": page,
        "query": query,
        "plural": plural,
        "waiting": selectors.waiting_accounts(),
        "may_edit": request.user.has_role(*KEEPERS),
    }
    return render(request, "partners/staff/list.html", context)


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def add(request: SignedInRequest, plural: str) -> HttpResponse:
    return _edit(request, partner_model(plural)())


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def edit(request: SignedInRequest, plural: str, code: str) -> HttpResponse:
    return _edit(request, get_partner(plural, code))


@require_http_methods(["GET", "POST"])
@role_required(*TREASURERS)
@recently_authenticated
def account(request: SignedInRequest, plural: str, code: str) -> HttpResponse:
    """The account that is paid to: what is in force, what was proposed, and proposing another."""
    partner = get_partner(plural, code)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.propose_account(actor=request.user, partner=partner, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Proposed. Nothing is paid there before somebody else has approved it."))
            return redirect("partners:account", plural=plural, code=code)
    changes = selectors.account_changes(partner)
    context = {
        "partner": partner,
        "form": form,
        "number": mask_card(partner.account.number) if partner.account else "",
        "changes": [(change, mask_card(change.account.number)) for change in changes],
        "waits": any(change.status == "proposed" for change in changes),
    }
    return render(request, "partners/staff/account.html", context)


@require_POST
@role_required(*TREASURERS)
@recently_authenticated
def decide_account(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    change = get_account_change(pk)
    act = services.approve_account if action == "approve" else services.withdraw_account
    try:
        act(actor=request.user, change=change)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Done."))
    return redirect("partners:account", plural=change.partner.PLURAL, code=change.partner.code)


@require_safe
@role_required(*KEEPERS)
def relief_list(request: SignedInRequest) -> HttpResponse:
    page = page_of(request, selectors.all_relief(), PER_PAGE)
    return render(request, "partners/staff/relief_list.html", {"page_obj": page})


@require_http_methods(["GET", "POST"])
@role_required(*KEEPERS)
def relief_edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    channel = ReliefChannel.objects.filter(pk=pk).first() if pk else ReliefChannel()
    if channel is None:
        raise Http404
    form = ReliefForm(request.POST or None, instance=channel)
    if request.method == "POST" and form.is_valid():
        services.save_relief(actor=request.user, channel=form.instance)
        messages.success(request, _("Saved."))
        return redirect("partners:relief_list")
    return render(request, "partners/staff/relief.html", {"form": form, "channel": channel})


def _edit(request: SignedInRequest, partner: Partner) -> HttpResponse:
    form = FORMS[type(partner)](request.POST or None, partner=partner)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        try:
            services.save_partner(actor=request.user, partner=partner, values=values)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"partners:{partner.PLURAL}")
    return render(request, "partners/staff/edit.html", {"form": form, "partner": partner})
