"""The money page that anybody can check, objecting to a payment, and the platform's own figures."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.selectors import public_figures
from campaigns.selectors import as_gift, get_public, gifts_page
from core.errors import DomainError
from core.forms import show_errors
from core.paging import page_of
from disclosures import access, selectors
from disclosures.forms import ObjectionForm
from disclosures.models import IdentityFile
from disclosures.services.identity import unpacked
from disclosures.services.withdrawals import file_objection

DONATIONS_PER_PAGE = 50


def money_page(request: HttpRequest, code: str) -> HttpResponse:
    """Every yuan of one campaign: in, out, proved, given back. A fixed number of queries whatever the number of donations."""
    campaign = get_public(code)
    page = page_of(request, gifts_page(campaign), DONATIONS_PER_PAGE)
    context = {
        "campaign": campaign,
        "use": selectors.use_of_money(campaign),
        "withdrawals": selectors.withdrawals_of(campaign),
        "page_obj": page,
        "gifts": [as_gift(row) for row in page],
    }
    return render(request, "disclosures/money.html", context)


def object_to(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    withdrawal = access.get_withdrawal_in_notice(code, pk)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        author = request.user if request.user.is_authenticated else None
        try:
            file_objection(actor=author, withdrawal=withdrawal, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(
                request, _("Thank you. The payment waits until your objection is answered on the money page.")
            )
            return redirect("disclosures:money", code=code)
    return render(
        request, "disclosures/object.html", {"form": form, "withdrawal": withdrawal, "campaign": withdrawal.campaign}
    )


def transparency(request: HttpRequest) -> HttpResponse:
    """The platform's own books in one page (R44, R45)."""
    context = {
        "figures": selectors.platform_figures(),
        "review": public_figures(),
        "files": selectors.identity_files(),
    }
    return render(request, "disclosures/transparency.html", context)


@require_safe
def identity_file(request: HttpRequest, year: int) -> StreamingHttpResponse:
    """One line for each request and sort of movement of a year: for anybody's spreadsheet (R45)."""
    file = get_object_or_404(IdentityFile, year=year)
    return StreamingHttpResponse(
        unpacked(file),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="identity-{year}.csv"', "ETag": f'"{file.sha256}"'},
    )
