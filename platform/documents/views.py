"""Pages of documents."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import consent_texts
from accounts.access import role_required
from accounts.http import SignedInRequest
from accounts.selectors import has_consent
from accounts.services.consents import record_consent
from core.errors import DomainError
from core.forms import show_errors
from core.http import typed, way_back
from core.paging import page_of
from documents import access, files, selectors, services
from documents.forms import Papers, PapersField, RedactionForm, UploadForm, render_papers, rows_of
from documents.kinds import Kind
from documents.models import Document

# A browser that has seen a copy may show it for a day without asking; so long may a withdrawal take to reach it.
PUBLIC_SECONDS = 86_400
# Names of form fields, also those of a line in a form set ("lines-0-document").
_NAME = re.compile(r"[A-Za-z_][\w-]{0,80}", re.ASCII)
_COUNTS = frozenset(str(count) for count in range(1, 51))


@login_required
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    """My papers: everything I sent, and what the public sees of it."""
    return _own(request, UploadForm())


@login_required
def upload(request: SignedInRequest) -> HttpResponse:
    """Take a file: for the upload widget of any form (htmx), or from the page of my papers."""
    if "papers_name" in request.POST:
        return _upload_to_widget(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            document = services.store(
                actor=request.user, upload=form.cleaned_data["file"], kind=form.cleaned_data["kind"]
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("The file is stored, encrypted. Nobody but you and our reviewers can see it."))
            return redirect("documents:document", pk=document.pk)
    return _own(request, form)


@login_required
@require_safe
def document(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of my papers, and the choice of what the public may see of it."""
    found = access.get_own_document(request.user, pk)
    form = RedactionForm(document=found, initial={"scope": request.GET.get("scope", "")})
    return _document(request, found, form)


@role_required(*access.REVIEWERS)
@require_safe
def staff_document(request: SignedInRequest, pk: int) -> HttpResponse:
    """A paper for reviewers: what the file said about itself, and who else has shown it. Looking is written down."""
    found = access.get_document_for(request.user, pk)
    return _document(request, found, RedactionForm(document=found, initial={"scope": request.GET.get("scope", "")}))


@login_required
@require_POST
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the redacted copy; the owner's tick under the consent text is written down first."""
    found = access.get_publishable_for(request.user, pk)
    form = RedactionForm(request.POST, document=found)
    if form.is_valid():
        try:
            _agree(request, found, form)
            services.publish(
                actor=request.user,
                document=found,
                boxes=form.boxes(),
                pages=form.cleaned_data["pages"],
                sensitive=form.cleaned_data["sensitive"],
                consent_scope=form.cleaned_data["scope"],
            )
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("The redacted copy is public now. The original stays private."))
            return _back(request, found)
    return _document(request, found, form)


@login_required
@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    copy = services.withdraw_copy(actor=request.user, copy=access.get_copy_for(request.user, pk))
    messages.success(request, _("The copy is no longer public."))
    return _back(request, copy.document)


@login_required
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    found = access.get_own_document(request.user, pk)
    try:
        services.remove_document(actor=request.user, document=found)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("documents:document", pk=pk)
    messages.success(request, _("The paper is deleted."))
    return redirect("documents:own")


@require_safe
def public(request: HttpRequest, token: str, page: int, size: str) -> HttpResponse:
    """A redacted copy, for everybody who has its address."""
    found = selectors.public_page(token, page) if size in files.SIZES else None
    if found is None:
        raise Http404
    response = HttpResponse(files.read(found.file, size), content_type="image/jpeg")
    response["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}, immutable"
    response["ETag"] = f'"{found.sha256[:32]}-{size}"'
    response["X-Robots-Tag"] = "noindex, noimageindex"
    return response


def _upload_to_widget(request: SignedInRequest) -> HttpResponse:
    name, kind = request.POST["papers_name"], request.POST.get("papers_kind", "")
    most = request.POST.get("papers_most", "9")
    if not _NAME.fullmatch(name) or kind not in Kind.values or most not in _COUNTS:
        return HttpResponseBadRequest()
    field = PapersField(kind=kind, most=int(most), required=False)
    field.for_owner(request.user)
    value = Papers(request.POST.getlist(name), request.FILES.getlist(f"{name}_file"))
    errors: list[str] = []
    try:
        field.clean(value)
    except ValidationError as error:
        errors = error.messages
    return HttpResponse(render_papers(field.widget, name, value, {}, errors))


def _own(request: SignedInRequest, form: UploadForm) -> HttpResponse:
    page = page_of(request, selectors.documents_of(request.user), 12)
    papers = [
        (
            paper,
            selectors.live_copy(paper),
            selectors.signed_url(paper, viewer=request.user, purpose="own", size="thumb"),
        )
        for paper in page
    ]
    status = 422 if form.errors else 200
    return render(request, "documents/own.html", {"form": form, "page": page, "papers": papers}, status=status)


def _document(request: SignedInRequest, document: Document, form: RedactionForm) -> HttpResponse:
    user = request.user
    mine = document.owner_id == user.pk
    sheets: list[dict[str, Any]] = [
        {"page": page, "url": selectors.signed_url(document, viewer=user, purpose="document_page", page=page.number)}
        for page in document.page_set.all()
    ]
    scope = _scope(form) or document.own_scope
    agreed = has_consent(document.owner, document.publishing_consent, scope)
    live = selectors.live_copy(document)
    rows = form.rows() if form.is_bound else rows_of(live)
    for sheet in sheets:
        sheet["rows"] = [row for row in rows if row[0] == str(sheet["page"].number)]
    context = {
        "layout": "layouts/me.html" if mine else "layouts/staff.html",
        "document": document,
        "mine": mine,
        "form": form,
        "sheets": sheets,
        "blank_rows": range(3),
        "live": live,
        "live_pages": [selectors.public_url(live, page=page.number) for page in live.publicpage_set.all()]
        if live
        else [],
        "agreed": agreed,
        "consent_text": None if agreed or not mine else consent_texts.current(document.publishing_consent),
        "may_publish": document.may_be_published and access.may_publish(user, document),
        "facts": [] if mine else selectors.facts_of(document),
        "similar": [] if mine else selectors.same_or_similar(document),
        "next": request.GET.get("next") or request.POST.get("next") or "",
    }
    return render(request, "documents/document.html", context, status=422 if form.errors else 200)


def _scope(form: RedactionForm) -> str:
    """The consent that was asked for in the address or the form; nonsense there counts as none."""
    try:
        return str(form.fields["scope"].clean(form["scope"].value() or ""))
    except ValidationError:
        return ""


def _agree(request: SignedInRequest, document: Document, form: RedactionForm) -> None:
    if document.owner_id != request.user.pk or not form.cleaned_data["agree"]:
        return
    record_consent(
        actor=request.user,
        purpose=document.publishing_consent,
        text_version=typed(request, "text_version"),
        scope=form.cleaned_data["scope"] or document.own_scope,
    )


def _back(request: SignedInRequest, document: Document) -> HttpResponse:
    wanted = way_back(request, "next")
    if wanted:
        return redirect(wanted)
    name = "documents:document" if document.owner_id == request.user.pk else "documents:staff_document"
    return redirect(reverse(name, args=[document.pk]))
