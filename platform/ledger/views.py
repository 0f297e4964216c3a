"""The books, for finance: read only."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import role_required
from accounts.http import SignedInRequest
from accounts.roles import Role
from ledger import selectors
from ledger.forms import AccountsForm
from ledger.models import Account, Journal

PER_PAGE = 30


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
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    balances = selectors.balances(account.code for account in page)
    rows = [(account, balances[account.code]) for account in page]
    return render(request, "ledger/accounts.html", {"page_obj": page, "rows": rows, "form": form})


@require_safe
@role_required(Role.FINANCE)
def statement(request: SignedInRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account, pk=pk)
    page = Paginator(selectors.statement(account.code), PER_PAGE).get_page(request.GET.get("page"))
    lines = selectors.with_balances(account, list(page))
    return render(request, "ledger/statement.html", {"account": account, "page_obj": page, "lines": lines})


@require_safe
@role_required(Role.FINANCE)
def journal(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Journal.objects.select_related("actor", "reverses", "reversed_by"), pk=pk)
    entries = found.entries.select_related("account").order_by("-amount", "id")
    return render(request, "ledger/journal.html", {"journal": found, "entries": entries})
