"""Rules: read by all who watch, changed by administrators, two at a time."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import recently_authenticated, role_required
from accounts.http import SignedInRequest
from accounts.roles import Role
from audit import access, registry, services
from audit.expressions import check_expression
from audit.forms import RuleForm, TextForm, ThresholdForm
from audit.models import Rule, RuleSet
from core.errors import DomainError
from core.forms import show_errors
from core.http import typed


@role_required(*access.WATCHERS)
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Every version there ever was, with who proposed and who approved it."""
    rows = RuleSet.objects.select_related("created_by", "proposed_by", "approved_by").order_by("-version")
    checks = registry.all_checks()
    return render(request, "audit/rulesets.html", {"rulesets": rows, "checks": checks})


@role_required(*access.WATCHERS)
@require_safe
def show(request: SignedInRequest, version: int) -> HttpResponse:
    ruleset = access.get_ruleset_for_staff(request.user, version)
    return _page(request, ruleset)


def _page(request: SignedInRequest, ruleset: RuleSet, form: ThresholdForm | None = None) -> HttpResponse:
    context = {
        "ruleset": ruleset,
        "rules": ruleset.rules.all(),
        "may_edit": ruleset.status == "draft" and request.user.has_role(Role.ADMIN),
        "is_admin": request.user.has_role(Role.ADMIN),
        "form": form
        or ThresholdForm(
            initial={
                "standard_from": ruleset.standard_from,
                "enhanced_from": ruleset.enhanced_from,
                "note": ruleset.note,
            }
        ),
        "reason": TextForm(label=_("Reason")),
    }
    return render(request, "audit/ruleset.html", context)


@role_required(Role.ADMIN)
@require_POST
def draft(request: SignedInRequest) -> HttpResponse:
    return redirect("audit:ruleset", version=services.draft_ruleset(actor=request.user).version)


@role_required(Role.ADMIN)
@require_POST
def thresholds(request: SignedInRequest, version: int) -> HttpResponse:
    ruleset = access.get_ruleset_for_staff(request.user, version)
    form = ThresholdForm(request.POST)
    if form.is_valid():
        try:
            services.set_thresholds(actor=request.user, ruleset=ruleset, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("audit:ruleset", version=version)
    return _page(request, ruleset, form)


@role_required(Role.ADMIN)
def rule(request: SignedInRequest, version: int, pk: int = 0) -> HttpResponse:
    """Write one rule of a draft; a fault stands beside its field."""
    ruleset = access.get_ruleset_for_staff(request.user, version)
    found = get_object_or_404(Rule, ruleset=ruleset, pk=pk) if pk else None
    form = RuleForm(request.POST or None, rule=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_rule(actor=request.user, ruleset=ruleset, rule=found, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
        else:
            return redirect("audit:ruleset", version=version)
    return render(request, "audit/rule.html", {"ruleset": ruleset, "rule": found, "form": form})


@role_required(Role.ADMIN)
@require_POST
def check(request: SignedInRequest) -> HttpResponse:
    """Whether an expression compiles, while it is being typed: a fragment."""
    context: dict[str, Any] = {"problem": ""}
    try:
        check_expression(typed(request, "expression"))
    except DomainError as error:
        context["problem"] = error.fields["expression"]
    return render(request, "audit/_expression.html", context)


@role_required(Role.ADMIN)
@require_POST
def remove(request: SignedInRequest, version: int, pk: int) -> HttpResponse:
    ruleset = access.get_ruleset_for_staff(request.user, version)
    found = get_object_or_404(Rule, ruleset=ruleset, pk=pk)
    try:
        services.remove_rule(actor=request.user, ruleset=ruleset, rule=found)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("audit:ruleset", version=version)


_ACTIONS: dict[str, Callable[..., RuleSet]] = {
    "propose": services.propose_ruleset,
    "promote": services.promote_ruleset,
    "discard": services.discard_ruleset,
}


@role_required(Role.ADMIN)
@recently_authenticated
@require_POST
def act(request: SignedInRequest, version: int, action: str) -> HttpResponse:
    ruleset = access.get_ruleset_for_staff(request.user, version)
    try:
        if action == "send-back":
            services.send_back_ruleset(actor=request.user, ruleset=ruleset, reason=typed(request, "text"))
        elif action in _ACTIONS:
            _ACTIONS[action](actor=request.user, ruleset=ruleset)
        else:
            raise Http404
    except DomainError as error:
        messages.error(request, " ".join([str(error.message), *(str(text) for text in error.fields.values())]))
    return redirect("audit:ruleset", version=version)
