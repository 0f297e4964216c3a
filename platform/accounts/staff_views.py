"""People and their roles, for administrators."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import second_factor, selectors, services
from accounts.access import recently_authenticated, role_required, user_of
from accounts.forms import GrantForm, ReasonForm
from accounts.models import RoleGrant, User
from accounts.roles import Role
from core.errors import DomainError
from core.http import typed
from core.paging import page_of


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
def people(request: HttpRequest) -> HttpResponse:
    """A number or address to look for is posted: in an address line it would end up in logs and histories."""
    query, role = typed(request, "q")[:254], request.GET.get("role", "")
    found = selectors.people(query=query, role=role if role in Role else "")
    page = page_of(request, found, 20)
    return render(request, "accounts/staff/people.html", {"page": page, "query": query, "role": role, "roles": Role})


@require_GET
@role_required(Role.ADMIN)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return _person(request, get_object_or_404(User, pk=pk))


@require_POST
@role_required(Role.ADMIN)
@recently_authenticated
def grant(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = get_object_or_404(User, pk=pk)
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _person(request, user, form=form)
    try:
        services.grant_role(
            actor=user_of(request),
            user=user,
            role=form.cleaned_data["role"],
            organisation=form.cleaned_data["organisation"],
        )
    except DomainError as error:
        return _person(request, user, form=form, refusal=error)
    return redirect("accounts:staff_person", pk=pk)


@require_POST
@role_required(Role.ADMIN)
@recently_authenticated
def revoke(request: HttpRequest, pk: int, grant_pk: int) -> HttpResponseBase:
    held = get_object_or_404(RoleGrant.objects.select_related("user"), pk=grant_pk, user_id=pk)
    return _with_reason(
        request, held.user, lambda reason: services.revoke_role(actor=user_of(request), grant=held, reason=reason)
    )


@require_POST
@role_required(Role.ADMIN)
@recently_authenticated
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = get_object_or_404(User, pk=pk)
    return _with_reason(
        request, user, lambda reason: services.reset_second_factor(actor=user_of(request), user=user, reason=reason)
    )


def _with_reason(request: HttpRequest, user: User, act: Callable[[str], object]) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _person(request, user, reason_form=form)
    try:
        act(form.cleaned_data["reason"])
    except DomainError as error:
        return _person(request, user, reason_form=form, refusal=error)
    return redirect("accounts:staff_person", pk=user.pk)


def _person(
    request: HttpRequest,
    user: User,
    *,
    form: GrantForm | None = None,
    reason_form: ReasonForm | None = None,
    refusal: DomainError | None = None,
) -> HttpResponse:
    context = {
        "person": user,
        "grants": selectors.grants_of(user),
        "enrolled": second_factor.is_enrolled(user),
        "roles": Role,
        "form": form or GrantForm(),
        "reason_form": reason_form,
        "refusal": refusal,
    }
    failed = refusal or form or reason_form
    status = refusal.status if refusal else 400 if failed else 200
    return render(request, "accounts/staff/person.html", context, status=status)
