"""The public list, the listed person's own page, and the staff's queue."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import role_required
from accounts.http import SignedInRequest
from blacklist import access, selectors, services, states
from blacklist.forms import AppealForm, ProposalForm, ReasonForm, TextForm
from core.errors import DomainError
from core.forms import show_errors
from core.paging import page_of
from identity.selectors import person_of
from identity.services import ensure_person

PER_PAGE = 30


def public_list(request: HttpRequest) -> HttpResponse:
    """Published and continuously updated, with masked names (R77, R81)."""
    page = page_of(request, selectors.public_entries(), PER_PAGE)
    return render(request, "blacklist/public.html", {"page_obj": page})


@login_required
def own_entry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read what is said about oneself, reply, appeal."""
    entry = access.get_own_entry(request.user, pk)
    act: Callable[..., Any] | None = {"notified": services.reply, "entered": services.appeal}.get(entry.status)
    form = TextForm(request.POST or None) if act else None
    if request.method == "POST" and act and form and form.is_valid():
        try:
            act(actor=request.user, entry=entry, text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Thank you. People will read it before they decide."))
            return redirect("blacklist:own", pk=pk)
    return render(request, "blacklist/own.html", {"entry": entry, "form": form})


@login_required
def own_list(request: SignedInRequest) -> HttpResponse:
    person = person_of(request.user)
    entries = selectors.entries_of(person) if person else []
    return render(request, "blacklist/own_list.html", {"entries": entries})


@role_required(*access.STAFF)
def queue(request: SignedInRequest) -> HttpResponse:
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in states.ENTRY.states else ""
    page = page_of(request, selectors.queue(chosen), PER_PAGE)
    context = {"page_obj": page, "chosen": chosen, "statuses": states.ENTRY.choices}
    return render(request, "blacklist/staff_queue.html", context)


@role_required(*access.STAFF)
def propose(request: SignedInRequest) -> HttpResponse:
    form = ProposalForm(request.POST or None, owner=request.user)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            person = ensure_person(actor=request.user, name=data.pop("name"), id_number=data.pop("id_number"))
            entry = services.propose(actor=request.user, person=person, **data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect("blacklist:staff_entry", pk=entry.pk)
    return render(request, "blacklist/staff_propose.html", {"form": form})


@role_required(*access.STAFF)
def staff_entry(request: SignedInRequest, pk: int) -> HttpResponse:
    entry = access.get_entry_for_staff(request.user, pk)
    context = {
        "entry": entry,
        "evidence": entry.evidence.order_by("id"),
        "appeal_form": AppealForm(),
        "reason_form": ReasonForm(),
    }
    return render(request, "blacklist/staff_entry.html", context)


@role_required(*access.STAFF)
@require_POST
def act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    entry = access.get_entry_for_staff(request.user, pk)
    try:
        if action == "approve":
            services.approve(actor=request.user, entry=entry)
        elif action == "enter":
            services.enter(actor=request.user, entry=entry)
        else:
            _act_with_words(request, entry, action)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("blacklist:staff_entry", pk=pk)


def _act_with_words(request: SignedInRequest, entry: Any, action: str) -> None:
    form = AppealForm(request.POST) if action == "appeal" else ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Something is missing: choose a decision and write the reason."))
        return
    service = services.decide_appeal if action == "appeal" else services.drop
    service(actor=request.user, entry=entry, **form.cleaned_data)
