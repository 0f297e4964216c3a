"""The board of the complaints officers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from audit import access, registry, services
from audit.forms import TextForm, TriageForm
from audit.models import Report
from audit.selectors import reports as selectors
from core import trail
from core.errors import DomainError, Text
from core.forms import show_errors
from core.paging import page_of
from documents.selectors import signed_url

PER_PAGE = 50


@role_required(*access.COMPLAINTS)
@require_safe
def board(request: SignedInRequest) -> HttpResponse:
    """Open reports, the next deadline first; what is late stands out (R93)."""
    now = timezone.now()
    status = request.GET.get("status", "")
    status = status if status in Report.STATES.states else ""
    late = now if request.GET.get("late") else None
    rows = selectors.board(status=status, overdue_at=late)
    context = {
        "page_obj": page_of(request, rows, PER_PAGE),
        "now": now,
        "chosen": status,
        "late": late,
        "statuses": Report.STATES.choices,
    }
    return render(request, "audit/reports.html", context)


@role_required(*access.COMPLAINTS)
@require_safe
def show(request: SignedInRequest, number: str) -> HttpResponse:
    return _page(request, access.get_report_for_staff(request.user, number))


def _page(
    request: SignedInRequest, report: Report, triage: TriageForm | None = None, text: TextForm | None = None
) -> HttpResponse:
    # The words of the reporter and the contact are personal data: whoever opens the page leaves a line.
    trail.record_read(actor=request.user, subject=report, person_id=None, purpose="complaint")
    papers = [
        (item, signed_url(item.document, viewer=request.user, purpose=f"report {report.number}"))
        for item in report.evidence.select_related("document").order_by("pk")
    ]
    actions = {action.name for action in Report.STATES.allowed(report.status)}
    context = {
        "report": report,
        "papers": papers,
        "now": timezone.now(),
        "history": selectors.history(report),
        "actions": actions,
        "words_for": [row for name, row in _WORDS.items() if name in actions],
        "others": selectors.about(report),
        "subject_url": registry.subject(report.subject_kind).url(report.object_id),
        "triage": triage or TriageForm(),
        "text": text or TextForm(),
    }
    return render(request, "audit/report_staff.html", context)


_PLAIN: dict[str, Callable[..., Report]] = {
    "acknowledge": services.acknowledge_report,
    "investigate": services.investigate_report,
    "confirm": services.confirm_proved,
}
_WITH_FINDING: dict[str, Callable[..., Report]] = {
    "dismiss": services.dismiss_report,
    "prove": services.propose_proved,
    "clear": services.clear_report,
}


# What needs a few words from the officer: action of the state table → address, button, tone.
_WORDS: dict[str, tuple[str, Text, str]] = {
    "dismiss": ("dismiss", gettext_lazy("Set aside"), "quiet"),
    "clear": ("clear", gettext_lazy("Not proved"), "quiet"),
    "propose_proved": ("prove", gettext_lazy("Found true: put to a second person"), "danger"),
    "differ": ("differ", gettext_lazy("I do not agree: look further"), "quiet"),
}


@role_required(*access.COMPLAINTS)
@require_POST
def act(request: SignedInRequest, number: str, action: str) -> HttpResponse:
    report = access.get_report_for_staff(request.user, number)
    triage = TriageForm(request.POST) if action == "triage" else None
    words = TextForm(request.POST) if action in (*_WITH_FINDING, "differ") else None
    form = triage or words
    if form and not form.is_valid():
        return _page(request, report, triage, words)
    try:
        _do(request, report, action, form.cleaned_data if form else {})
    except DomainError as error:
        if form is None:
            messages.error(request, str(error.message))
            return redirect("audit:report_staff", number=number)
        show_errors(form, error)
        return _page(request, report, triage, words)
    messages.success(request, _("Done."))
    return redirect("audit:report_staff", number=number)


def _do(request: SignedInRequest, report: Report, action: str, data: dict[str, Any]) -> None:
    common: dict[str, Any] = {"actor": request.user, "report": report}
    if action == "triage":
        services.triage_report(
            **common,
            credible=data["credible"] != "no",
            preliminary_evidence=data["credible"] == "evidence",
            summary=data["summary"],
        )
    elif action == "differ":
        services.differ_on_report(**common, reason=data["text"])
    elif action in _PLAIN:
        _PLAIN[action](**common)
    elif action in _WITH_FINDING:
        _WITH_FINDING[action](**common, finding=data["text"])
    else:
        raise Http404
