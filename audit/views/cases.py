"""The case page: papers beside findings, facts one by one, the decision."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from audit import access, registry, services
from audit.forms import DecisionForm, RevealForm, TextForm
from audit.models import Case
from audit.selectors.casefile import case_file
from audit.services.reading import reveal_fact
from core.errors import DomainError
from documents.selectors import signed_url


@role_required(*access.READERS)
@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, access.get_case_for_staff(request.user, pk))


def _page(
    request: SignedInRequest,
    case: Case,
    form: DecisionForm | None = None,
    question: TextForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    file = case_file(case, request.user)
    mine = case.claimed_by_id == request.user.pk and case.lease_until is not None and case.lease_until > timezone.now()
    form = form or DecisionForm(case=case, facts=file.facts)
    context = {
        "case": case,
        "file": file,
        "mine": mine,
        "form": form,
        "rows": form.rows(file.known),
        "question": question or TextForm(label=_("Your question to the raiser")),
        "reveal": RevealForm(),
        "may_queue": request.user.has_role(*access.REVIEWERS),
        "may_stop": request.user.has_role(*access.STOPPERS),
        "subject_url": registry.subject(case.subject_kind).url(case.object_id),
    }
    return render(request, "audit/case.html", context, status=status)


@role_required(*access.REVIEWERS)
@require_POST
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    case = access.get_case_for_staff(request.user, pk)
    facts = list(registry.subject(case.subject_kind).facts(case.object_id))
    form = DecisionForm(request.POST, case=case, facts=facts)
    if form.is_valid():
        data = form.cleaned_data
        try:
            decided = services.decide_case(
                actor=request.user,
                case=case,
                outcome=data["outcome"],
                facts=form.decisions(),
                seen_version=data["seen_version"],
                public_order_ok=data.get("public_order"),
                note=data["note"],
            )
        except DomainError as error:
            form.show(error)
        else:
            messages.success(request, _("Recorded: %(state)s.") % {"state": decided.get_status_display()})
            return redirect("audit:queue")
    case.refresh_from_db()
    return _page(request, case, form, status=409)


@role_required(*access.REVIEWERS)
@require_POST
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    case = access.get_case_for_staff(request.user, pk)
    question = TextForm(request.POST, label=_("Your question to the raiser"))
    if question.is_valid():
        try:
            services.ask_owner(actor=request.user, case=case, text=question.cleaned_data["text"])
        except DomainError as error:
            question.add_error("text" if "question" in error.fields else None, str(error.message))
        else:
            messages.success(request, _("The question is on its way. The case comes back with the answer."))
            return redirect("audit:queue")
    return _page(request, case, question=question, status=409)


_ACTIONS: dict[str, Callable[..., Any]] = {
    "claim": services.claim_case,
    "extend": services.extend_claim,
    "release": services.release_claim,
    "renew": services.renew_case,
}


@role_required(*access.REVIEWERS)
@require_POST
def act(request: SignedInRequest, pk: int, action: str) -> HttpResponse:
    """Take, keep, give back; or open the case of the present version."""
    case = access.get_case_for_staff(request.user, pk)
    if action not in _ACTIONS:
        raise Http404
    try:
        result = _ACTIONS[action](actor=request.user, case=case)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("audit:case", pk=pk)
    return redirect("audit:queue") if action == "release" else redirect("audit:case", pk=result.pk)


@role_required(*access.REVIEWERS)
@require_POST
def reveal(request: SignedInRequest, pk: int, fact: str) -> HttpResponse:
    """One masked value in clear, once, with a line in the trail. A fragment for htmx, a small page without."""
    case = access.get_case_for_staff(request.user, pk)
    form = RevealForm(request.POST)
    purpose = form.cleaned_data["purpose"] if form.is_valid() else ""
    context: dict[str, Any] = {"case": case, "fact": fact}
    try:
        context["revealed"] = reveal_fact(actor=request.user, case=case, fact_code=fact, purpose=purpose)
    except DomainError as error:
        context["problem"] = error.message
    template = "audit/_revealed.html" if request.headers.get("HX-Request") else "audit/revealed.html"
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


@role_required(*access.READERS)
@require_safe
def paper(request: SignedInRequest, pk: int, document: int, page: int, size: str) -> HttpResponse:
    """A fresh short-lived link to one page of one paper of the case."""
    case = access.get_case_for_staff(request.user, pk)
    found = access.get_paper_of(case, document, viewer=request.user)
    if size not in ("full", "thumb") or not 1 <= page <= found.pages:
        raise Http404
    return redirect(signed_url(found, viewer=request.user, purpose=f"audit case {case.pk}", page=page, size=size))
