"""Pages of identity."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import consent_texts
from accounts.access import role_required
from accounts.http import SignedInRequest
from accounts.purposes import Purpose
from accounts.selectors import has_consent
from accounts.services.consents import record_consent
from core.errors import DomainError
from core.forms import show_errors
from core.paging import page_of
from documents.selectors import signed_url
from identity import selectors, services
from identity.access import REVIEWERS, get_account_for_reviewer, get_person_for_reviewer
from identity.forms import ClaimForm, ReleaseForm, RevealForm, ReviewForm
from identity.models import Person


@login_required
@never_cache
def own(request: SignedInRequest) -> HttpResponse:
    """Who I am: say it once, then see in honest words how sure the platform is."""
    form = ClaimForm(request.POST or None, request.FILES or None, owner=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            _claim(request, form)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Thank you. Your details are being checked."))
            return redirect("identity:own")
    person = selectors.person_of(request.user)
    agreed = has_consent(request.user, Purpose.IDENTITY_CHECK)
    context = {
        "form": form,
        "person": person,
        "standing": selectors.standing(person) if person else None,
        "consent_text": None if agreed else consent_texts.current(Purpose.IDENTITY_CHECK),
    }
    return render(request, "identity/own.html", context, status=422 if form.errors else 200)


@role_required(*REVIEWERS)
@require_safe
def queue(request: SignedInRequest) -> HttpResponse:
    """Persons whom a machine could not place."""
    page = page_of(request, selectors.review_queue(), 25)
    standings = selectors.standings(list(page))
    rows = [(person, standings[person.pk]) for person in page]
    return render(request, "identity/queue.html", {"page": page, "rows": rows})


@role_required(*REVIEWERS)
@require_safe
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    return _person(request, get_person_for_reviewer(request.user, pk))


@role_required(*REVIEWERS)
@require_POST
@never_cache
def reveal(request: SignedInRequest, pk: int) -> HttpResponse:
    """The full number, once, on the page that answers; the trail says who, whose and why."""
    found = get_person_for_reviewer(request.user, pk)
    form = RevealForm(request.POST)
    number = ""
    if form.is_valid():
        try:
            number = services.reveal(actor=request.user, person=found, purpose=form.cleaned_data["purpose"])
        except DomainError as error:
            show_errors(form, error)
    return _person(request, found, reveal_form=form, number=number)


@role_required(*REVIEWERS)
@require_POST
def review(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_person_for_reviewer(request.user, pk)
    form = ReviewForm(request.POST)
    if form.is_valid():
        try:
            services.record_review(actor=request.user, person=found, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Your finding is written down."))
            return redirect("identity:person", pk=pk)
    return _person(request, found, review_form=form)


@role_required(*REVIEWERS)
@require_POST
def review_account(request: SignedInRequest, pk: int) -> HttpResponse:
    account = get_account_for_reviewer(request.user, pk)
    form = ReviewForm(request.POST, prefix=f"account{pk}")
    if form.is_valid():
        try:
            services.record_account_review(actor=request.user, account=account, **form.cleaned_data)
        except DomainError as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, _("Your finding is written down."))
    else:
        messages.error(request, _("Choose what you found and write why."))
    return redirect("identity:person", pk=account.person.pk) if account.person else redirect("identity:queue")


@role_required(*REVIEWERS)
@require_POST
def release(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a wrong account off a person."""
    found = get_person_for_reviewer(request.user, pk)
    form = ReleaseForm(request.POST)
    if form.is_valid():
        try:
            services.release_user(actor=request.user, person=found, reason=form.cleaned_data["reason"])
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("No account points to this person any more."))
            return redirect("identity:person", pk=pk)
    return _person(request, found, release_form=form)


def _claim(request: SignedInRequest, form: ClaimForm) -> None:
    data = form.cleaned_data
    if data["agree"]:
        record_consent(actor=request.user, purpose=Purpose.IDENTITY_CHECK, text_version=data["text_version"])
    services.claim(
        actor=request.user,
        name=data["name"],
        id_number=data["id_number"],
        papers=[*data["front"], *data["back"]],
        client_ip=request.META.get("REMOTE_ADDR", ""),
    )


def _person(
    request: SignedInRequest,
    person: Person,
    *,
    review_form: ReviewForm | None = None,
    reveal_form: RevealForm | None = None,
    release_form: ReleaseForm | None = None,
    number: str = "",
) -> HttpResponse:
    attempts = list(selectors.attempts_of(person))
    shown = {paper.document_id: paper.document for attempt in attempts for paper in attempt.papers.all()}
    accounts = list(person.accounts.order_by("id"))
    standings = selectors.standings(accounts)
    context = {
        "person": person,
        "standing": selectors.standing(person),
        "attempts": attempts,
        "reviews": person.reviews.select_related("reviewer").order_by("id"),
        "papers": [
            (document, signed_url(document, viewer=request.user, purpose="identity_review"))
            for document in shown.values()
        ],
        "accounts": [
            (account, standings[account.pk], ReviewForm(prefix=f"account{account.pk}")) for account in accounts
        ],
        "review_form": review_form or ReviewForm(),
        "reveal_form": reveal_form or RevealForm(),
        "release_form": release_form or ReleaseForm(),
        "number": number,
    }
    wrong = any(form and form.errors for form in (review_form, reveal_form, release_form))
    return render(request, "identity/person.html", context, status=422 if wrong else 200)
