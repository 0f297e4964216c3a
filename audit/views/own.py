"""The raiser's side: what was decided and why, questions, answers to reports, appeals (R67, R95)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import SignedInRequest
from audit import access, rules, services
from audit.forms import AnswerForm, TextForm
from audit.models import Case, Report
from audit.selectors.casefile import noticed
from audit.selectors.facts import fixes_of
from core.errors import DomainError
from core.forms import show_errors
from core.paging import page_of

PER_PAGE = 20


@login_required
@require_safe
def decisions(request: SignedInRequest) -> HttpResponse:
    rows = Case.objects.filter(owner=request.user).exclude(status="closed").order_by("-id")
    page = page_of(request, rows, PER_PAGE)
    return render(request, "audit/decisions.html", {"page_obj": page})


@login_required
def decision(request: SignedInRequest, pk: int) -> HttpResponse:
    """One review: its state, the question to answer, the list of what to mend, the way to other people."""
    case = access.get_case_for_owner(request.user, pk)
    question = case.questions.filter(answered_at=None).first()
    appeal = case.appeals.order_by("-pk").first()
    may_appeal = (
        case.status == "decided"
        and case.outcome != Case.Outcome.APPROVE
        and case.kind != Case.Kind.APPEAL
        and appeal is None
        and case.decided_at is not None
        and timezone.now() <= case.decided_at + rules.APPEAL_TIME
    )
    label = _("Your answer") if question else _("What should other people look at again?")
    form = TextForm(request.POST or None, label=label) if question or may_appeal else None
    if request.method == "POST" and form and form.is_valid():
        try:
            if question:
                services.answer_question(actor=request.user, case=case, text=form.cleaned_data["text"])
            else:
                services.appeal_decision(actor=request.user, case=case, text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Thank you. People will read it."))
            return redirect("audit:decision", pk=pk)
    context = {
        "case": case,
        "question": question,
        "appeal": appeal,
        "form": form,
        "fixes": fixes_of(case),
        "noticed": noticed(case) if case.status == "decided" else [],
    }
    return render(request, "audit/decision.html", context)


@login_required
def report(request: SignedInRequest, number: str) -> HttpResponse:
    """A report about the raiser's own request: answer it, read the result, appeal."""
    found = access.get_report_for_owner(request.user, number)
    answering = found.status == "investigating"
    appealing = found.status == "decided" and found.outcome == Report.Outcome.PROVED and not found.appealed_by
    form = _report_form(request, answering, appealing)
    if request.method == "POST" and form and form.is_valid():
        try:
            if answering:
                documents = [document.pk for document in form.cleaned_data["documents"]]
                services.answer_report(
                    actor=request.user, report=found, text=form.cleaned_data["text"], documents=documents
                )
            else:
                services.appeal_report(report=found, by=Report.Appellant.RAISER, text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Thank you. People will read it."))
            return redirect("audit:report_own", number=number)
    context = {"report": found, "form": form, "answering": answering, "now": timezone.now()}
    return render(request, "audit/report_own.html", context)


def _report_form(request: SignedInRequest, answering: bool, appealing: bool) -> AnswerForm | TextForm | None:
    if answering:
        return AnswerForm(request.POST or None, owner=request.user)
    if appealing:
        return TextForm(request.POST or None, label=_("What should other people look at again?"))
    return None
