"""Reports by anybody, with or without an account (R93, R94)."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import User
from audit import access, registry, services
from audit.forms import ReportForm, TextForm
from audit.models import Report
from core.errors import DomainError
from core.forms import show_errors
from documents.kinds import Kind
from documents.services import store


def report(request: HttpRequest, subject_kind: str, reference: str) -> HttpResponse:
    """Say what is wrong with a request. What was typed and uploaded stays when something is missing."""
    object_id = access.resolve_subject(subject_kind, reference)
    reporter = request.user if isinstance(request.user, User) or request.user.is_authenticated else None
    if request.method != "POST":
        form = ReportForm(reporter=reporter, initial={"form_key": str(uuid.uuid4())})
        return _form_page(request, form, subject_kind, object_id)
    data = request.POST.copy()
    problem: DomainError | None = None
    upload = request.FILES.get("paper")
    if reporter and upload:
        try:
            data.appendlist("documents", str(store(actor=reporter, upload=upload, kind=Kind.EVIDENCE).pk))
        except DomainError as error:
            problem = error
    form = ReportForm(data, reporter=reporter)
    if problem:
        form.add_error("paper", str(problem.message))
    if form.is_valid():
        values = form.cleaned_data
        try:
            filed, secret = services.file_report(
                actor=reporter,
                subject_kind=subject_kind,
                object_id=object_id,
                category=values["category"],
                text=values["text"],
                contact=values["contact"],
                good_faith=values["good_faith"],
                documents=[document.pk for document in values.get("documents", [])],
                client_ip=request.META.get("REMOTE_ADDR", ""),
                form_key=values["form_key"],
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect("audit:report_status", number=filed.number, secret=secret)
    return _form_page(request, form, subject_kind, object_id)


def _form_page(request: HttpRequest, form: ReportForm, subject_kind: str, object_id: int) -> HttpResponse:
    title = registry.subject(subject_kind).title(object_id)
    status = 200 if not form.is_bound else 422
    return render(request, "audit/report_form.html", {"form": form, "title": title}, status=status)


def status(request: HttpRequest, number: str, secret: str = "") -> HttpResponse:
    """How the report stands: opened by the secret of its link, or by the account that filed it."""
    if secret:
        found = access.get_report_by_secret(number, secret)
    elif isinstance(request.user, User) or request.user.is_authenticated:
        found = access.get_report_for_reporter(request.user, number)
    else:
        raise Http404
    may_appeal = (
        found.status == "dismissed" or (found.status == "decided" and found.outcome == Report.Outcome.UNPROVED)
    ) and not found.appealed_by
    form = TextForm(request.POST or None, label=_("What should other people look at again?")) if may_appeal else None
    if request.method == "POST" and form and form.is_valid():
        try:
            services.appeal_report(report=found, by=Report.Appellant.REPORTER, text=form.cleaned_data["text"])
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect(request.path)
    response = render(request, "audit/report_status.html", {"report": found, "form": form, "secret": secret})
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response
