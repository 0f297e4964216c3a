"""Asking for help, one question per page. Works without JavaScript; with it, what is typed is kept as it is typed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import SignedInRequest
from audit.selectors import fix_list, last_decision
from campaigns import access, letters, services
from campaigns.forms.base import StepForm
from campaigns.forms.public import PatientForm
from campaigns.forms.wizard import FORMS
from campaigns.models import Campaign
from campaigns.selectors.drafts import load
from campaigns.selectors.review import fixes_by_step
from campaigns.services.promises import open_patient_link
from campaigns.steps import StepState, chapters_of, states_of
from campaigns.views.addresses import client_ip
from core.errors import DomainError
from core.forms import show_errors
from partners.selectors import relief_for
from policy.parameters import value

# Kept by the browser, not by the draft.
_NOT_TYPED = {"csrfmiddlewaretoken", "next", "more", "search"}


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What asking means, what it costs, and where else help can be found first (R11, R39)."""
    mine = access.campaigns_of(request.user).order_by("-id")[:10] if request.user.is_authenticated else []
    context = {
        "relief": relief_for(),
        "mine": mine,
        "service_ppm": value("fee.service_rate"),
        "channel_ppm": value("fee.channel_rate"),
    }
    return render(request, "campaigns/raise_landing.html", context)


@require_POST
@login_required
def start(request: SignedInRequest) -> HttpResponse:
    """Begin, or go on with the draft that is there."""
    draft = access.campaigns_of(request.user).filter(status="draft").order_by("-id").first()
    try:
        campaign = draft or services.start_draft(actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("campaigns:raise")
    return redirect("campaigns:draft", code=campaign.code)


@login_required
def draft(request: SignedInRequest, code: str) -> HttpResponse:
    """All steps with where each stands; what reviewers want mended; handing in."""
    campaign = access.get_draft_for_writer(request.user, code)
    if campaign.is_public or campaign.status in ("submitted", "in_review", "refused"):
        return redirect("campaigns:mine", code=code)
    return render(request, "campaigns/raise_draft.html", _overview(campaign))


def _overview(campaign: Campaign) -> dict[str, Any]:
    loaded = load(campaign)
    states = states_of(loaded)
    done = sum(state.state in ("done", "locked") for state in states)
    first = next((state for state in states if state.state in ("missing", "typed")), None)
    return {
        "campaign": campaign,
        "states": states,
        "chapters": chapters_of(states),
        "done": done,
        "first": first,
        "fixes": fix_list("campaign", campaign.pk) if campaign.status == "fix_needed" else [],
        "fix_steps": fixes_by_step(campaign),
        "decision": last_decision("campaign", campaign.pk) if campaign.status == "fix_needed" else None,
        "patient_has_signed": loaded.patient_has_signed,
    }


@login_required
def step(request: SignedInRequest, code: str, step: str) -> HttpResponse:
    """Show one question; save the answer and go to the next that is missing."""
    campaign = access.get_draft_for_writer(request.user, code)
    if not campaign.may_be_edited:
        return redirect("campaigns:mine", code=code)
    states = states_of(load(campaign))
    place = next((number for number, state in enumerate(states) if state.step.code == step), None)
    if place is None:
        raise Http404
    form = _form(request, campaign, step)
    if request.method == "POST" and not FORMS[step].is_partial(request.POST) and form.is_valid():
        try:
            form.hand_over()
        except DomainError as error:
            show_errors(form, error)
        else:
            if told := form.outcome():
                messages.info(request, str(told))
            return _next(request, campaign, step)
    context = {
        "campaign": campaign,
        "form": form,
        "state": states[place],
        "at": place + 1,
        "of": len(states),
        "before": states[place - 1].step.code if place else "",
        "fixes": fixes_by_step(campaign).get(step, []),
        "autosave_seconds": value("campaign.autosave_seconds"),
        "uploads": any(field.widget.needs_multipart_form for field in form.fields.values()),
    }
    return render(request, _template(step), context)


def _form(request: SignedInRequest, campaign: Campaign, step: str) -> StepForm:
    kind = FORMS[step]
    given: dict[str, Any] = {"campaign": campaign, "actor": request.user, "client_ip": client_ip(request)}
    if request.method != "POST":
        return kind(initial={**kind.stored(campaign), **campaign.typed_steps.get(step, {})}, **given)
    if kind.is_partial(request.POST):
        return kind(initial=request.POST.dict(), **given)
    return kind(request.POST, request.FILES, **given)


def _template(step: str) -> str:
    own = {
        "hospital", "costs", "guardian", "you", "consents", "promise", "photos", "means_houses", "means_cars", "cover",
    }  # fmt: skip
    if step in own:
        return f"campaigns/steps/{step.replace('means_houses', 'things').replace('means_cars', 'things')}.html"
    return "campaigns/steps/papers.html" if step.startswith("papers_") else "campaigns/steps/plain.html"


def _next(request: SignedInRequest, campaign: Campaign, step: str) -> HttpResponse:
    """The next step that is not done; the overview when there is none, or when one came from there."""
    campaign.refresh_from_db()
    if request.POST.get("next") == "overview":
        return redirect("campaigns:draft", code=campaign.code)
    states = states_of(load(campaign))
    codes = [state.step.code for state in states]
    place = codes.index(step) if step in codes else -1
    following: list[StepState] = [*states[place + 1 :], *states[: place + 1]]
    target = next((state for state in following if state.state in ("missing", "typed")), None)
    # Optional steps come past once, when everything before them is done.
    if place + 1 < len(states) and states[place + 1].state == "done" and not states[place + 1].step.module:
        target = states[place + 1]
    if target is None or target.step.code == step:
        return redirect("campaigns:draft", code=campaign.code)
    return redirect("campaigns:step", code=campaign.code, step=target.step.code)


@require_POST
@login_required
def keep(request: SignedInRequest, code: str, step: str) -> HttpResponse:
    """Autosave: 204 when kept, 409 when the request can no longer be changed."""
    campaign = access.get_draft_for_writer(request.user, code)
    kind = FORMS.get(step)
    if kind is None or not kind.autosaves:
        raise Http404
    values = {name: str(value)[:4000] for name, value in request.POST.items() if name not in _NOT_TYPED}
    try:
        services.keep_typed(actor=request.user, campaign=campaign, step=step, values=values)
    except DomainError as error:
        return HttpResponse(status=error.status)
    return HttpResponse(status=204)


@require_POST
@login_required
def submit(request: SignedInRequest, code: str) -> HttpResponse:
    campaign = access.get_campaign_for_raiser(request.user, code)
    try:
        services.submit_campaign(actor=request.user, campaign=campaign, client_ip=client_ip(request))
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("campaigns:draft", code=code)
    messages.success(request, _("Your request has arrived. We tell you as soon as it is decided."))
    return redirect("campaigns:mine", code=code)


@require_POST
@login_required
def take_back(request: SignedInRequest, code: str) -> HttpResponse:
    campaign = access.get_campaign_for_raiser(request.user, code)
    try:
        services.take_back(actor=request.user, campaign=campaign)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("campaigns:mine", code=code)
    return redirect("campaigns:draft", code=code)


@require_POST
@login_required
def discard(request: SignedInRequest, code: str) -> HttpResponse:
    campaign = access.get_campaign_for_raiser(request.user, code)
    try:
        services.discard_draft(actor=request.user, campaign=campaign)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("campaigns:draft", code=code)
    messages.success(request, _("The draft is discarded."))
    return redirect("campaigns:raise")


@require_POST
@login_required
def ask_patient(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the link that the patient opens on a device of their own."""
    campaign = access.get_campaign_for_raiser(request.user, code)
    try:
        token = services.ask_patient(actor=request.user, campaign=campaign)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("campaigns:draft", code=code)
    link = request.build_absolute_uri(reverse("campaigns:confirm", args=[token]))
    return render(request, "campaigns/raise_ask_patient.html", {"campaign": campaign, "link": link})


def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The patient reads the page as it will be, and signs (R3)."""
    campaign = open_patient_link(token)
    if campaign is None:
        return render(request, "campaigns/raise_confirm_over.html", status=404)
    letter = letters.current("promise")
    form = PatientForm(request.POST or None, initial={"text_version": letter.version})
    done = campaign.promises.filter(signer="patient").exists()
    if request.method == "POST" and form.is_valid():
        user = request.user if request.user.is_authenticated else None
        try:
            services.confirm_by_patient(
                actor=user, campaign=campaign, client_ip=client_ip(request), **form.cleaned_data
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            done = True
    context = {"campaign": campaign, "form": form, "letter": letter, "done": done}
    return render(request, "campaigns/raise_confirm.html", context)
