"""The books: for finance to read, and their seals for everybody."""

from pathlib import Path

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from accounts.roles import Role
from core.paging import page_of
from ledger import selectors
from ledger.forms import AccountsForm
from ledger.models import Account, BooksSeal, Journal
from ledger.proofs import published

PER_PAGE = 30
SEALS_PER_ANSWER = 1000
VERIFY_SCRIPT = Path("docs") / "verify" / "verify_receipt.py"


@require_safe
@role_required(Role.FINANCE)
def books(request: SignedInRequest) -> HttpResponse:
    families = selectors.families()
    total = sum(family.debit - family.credit for family in families)
    context = {"families": families, "total": total, "identity": selectors.identity()}
    return render(request, "ledger/books.html", context)


@require_safe
@role_required(Role.FINANCE)
def accounts(request: SignedInRequest) -> HttpResponse:
    form = AccountsForm(request.GET)
    found = Account.objects.order_by("id")
    if form.is_valid() and form.cleaned_data["family"]:
        found = selectors.accounts_of(form.cleaned_data["family"])
    if form.is_valid() and form.cleaned_data["code"]:
        found = found.filter(code=form.cleaned_data["code"])
    page = page_of(request, found, PER_PAGE)
    balances = selectors.balances(account.code for account in page)
    rows = [(account, balances[account.code]) for account in page]
    return render(request, "ledger/accounts.html", {"page_obj": page, "rows": rows, "form": form})


@require_safe
@role_required(Role.FINANCE)
def statement(request: SignedInRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account, pk=pk)
    page = page_of(request, selectors.statement(account.code), PER_PAGE)
    lines = selectors.with_balances(account, list(page))
    return render(request, "ledger/statement.html", {"account": account, "page_obj": page, "lines": lines})


@require_safe
@role_required(Role.FINANCE)
def journal(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Journal.objects.select_related("actor", "reverses", "reversed_by"), pk=pk)
    entries = found.entries.select_related("account").order_by("-amount", "id")
    return render(request, "ledger/journal.html", {"journal": found, "entries": entries})


@require_safe
def seals(request: HttpRequest) -> HttpResponse:
    """What was published of the books, the newest first: two queries a page."""
    page = Paginator(BooksSeal.objects.order_by("-number"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "ledger/seals.html", {"page_obj": page})


@require_safe
def seals_json(request: HttpRequest) -> HttpResponse:
    """Seals behind `?after=NUMBER`, the oldest first, at most SEALS_PER_ANSWER. One query."""
    after = request.GET.get("after", "0")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0
    rows = BooksSeal.objects.filter(number__gt=number).order_by("number")[:SEALS_PER_ANSWER]
    return JsonResponse({"format": "candor-seals-1", "seals": [published(row) for row in rows]})


@require_safe
def verify_script(request: HttpRequest) -> HttpResponse:
    """The script with which anybody checks a receipt, as it stands in docs/verify/."""
    path = settings.ROOT / VERIFY_SCRIPT
    disposition = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return HttpResponse(path.read_bytes(), content_type="text/x-python", headers=disposition)
