"""A person's own area: name, safety, privacy. Thin: access, services, selectors."""

from typing import Any

from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.views import BaseReauthenticateView
from allauth.core.exceptions import RateLimited
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import consent_texts, own_data, second_factor, selectors, services
from accounts.access import recently_authenticated, to_second_factor, user_of
from accounts.forms import ProfileForm, ProveByCodeForm, WelcomeForm
from accounts.proof import CodeProof
from accounts.purposes import Purpose
from core import trail
from core.errors import DomainError
from core.forms import show_errors
from core.http import typed
from core.paging import page_of


@require_GET
@login_required
def me(request: HttpRequest) -> HttpResponse:
    deletion = selectors.last_deletion(user_of(request))
    context = {
        "needs_second_factor": second_factor.is_missing(request),
        "deletion": deletion if deletion and deletion.status == "waiting" else None,
    }
    return render(request, "accounts/me.html", context)


@require_GET
@login_required
def open_work(request: HttpRequest) -> HttpResponse:
    """From the own area of staff to their work, by way of the second factor."""
    return to_second_factor(request) if second_factor.is_missing(request) else redirect("/staff/")


@require_http_methods(["GET", "POST"])
@login_required
def welcome(request: HttpRequest) -> HttpResponse:
    """The third and last step of signing up."""
    user = user_of(request)
    form = WelcomeForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid() and _done(form, services.update_profile, actor=user):
        return redirect("accounts:me")
    return render(request, "accounts/welcome.html", {"form": form})


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid() and _done(form, services.update_profile, actor=user):
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@require_GET
@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    context = {"sign_ins": selectors.sign_ins_of(user)[:10], "enrolled": second_factor.is_enrolled(user)}
    return render(request, "accounts/security.html", context)


@method_decorator([never_cache, login_required], name="dispatch")
class ProveByCode(BaseReauthenticateView):
    """One button sends the code, one field takes it; then back to where the person came from."""

    form_class = ProveByCodeForm
    template_name = "accounts/prove_by_code.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("action") == "send":
            try:
                CodeProof.begin(request, user_of(request))
            except RateLimited:
                messages.error(request, _("A code is on its way already. Wait half a minute before you ask again."))
            return redirect(self.passthrough_next_url(request.path))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        proof = CodeProof.resume(self.request)
        if proof is None:
            messages.error(self.request, _("The code is no longer good. Ask for a new one."))
            return redirect(self.passthrough_next_url(self.request.path))
        if not proof.matches(form.cleaned_data["code"]):
            form.add_error("code", _("This is not the right code. Look again, please."))
            return self.form_invalid(form)
        proof.finish()
        return resume_request(self.request) or redirect("accounts:me")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "proof": CodeProof.resume(self.request)}


@require_GET
@login_required
def privacy(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    newest = selectors.consents_of(user)
    given = {consent.purpose for consent in newest if consent.given and not consent.scope}
    context = {
        "purposes": [{"code": code, "label": label, "given": code in given} for code, label in Purpose.choices],
        "scoped": [consent for consent in newest if consent.scope],
        "exports": [(export, own_data.download_url(export)) for export in selectors.exports_of(user)[:3]],
        "deletion": selectors.last_deletion(user),
    }
    return render(request, "accounts/privacy.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def consent(request: HttpRequest, purpose: str) -> HttpResponse:
    """One consent on one page: the words, and one button to give it or to take it back."""
    user = user_of(request)
    try:
        text = consent_texts.current(Purpose(purpose))
    except ValueError as error:
        raise Http404 from error
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            if request.POST.get("action") == "withdraw":
                services.withdraw_consent(actor=user, purpose=purpose)
            else:
                services.record_consent(actor=user, purpose=purpose, text_version=typed(request, "text_version"))
        except DomainError as error:
            refusal = error
        else:
            return redirect("accounts:privacy")
    context = {"text": text, "newest": selectors.newest_consent(user, purpose), "refusal": refusal}
    return render(request, "accounts/consent.html", context, status=refusal.status if refusal else 200)


@require_GET
def legal(request: HttpRequest, purpose: str) -> HttpResponse:
    """The words of a consent, for everybody, before they sign up."""
    try:
        text = consent_texts.current(Purpose(purpose))
    except ValueError as error:
        raise Http404 from error
    return render(request, "accounts/legal.html", {"text": text})


@require_POST
@login_required
def request_export(request: HttpRequest) -> HttpResponse:
    services.request_export(actor=user_of(request))
    messages.success(request, _("We are preparing the copy. You get a message when it is ready."))
    return redirect("accounts:privacy")


@require_GET
@never_cache
@login_required
def export_download(request: HttpRequest, token: str) -> HttpResponse:
    export = own_data.open_link(user_of(request), token)
    if export is None:
        raise Http404
    response = HttpResponse(own_data.as_zip(export), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="candor-{export.pk}.zip"'
    return response


@require_http_methods(["GET", "POST"])
@recently_authenticated
def deletion(request: HttpRequest) -> HttpResponseBase:
    user = user_of(request)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            services.request_deletion(actor=user)
        except DomainError as error:
            refusal = error
        else:
            return redirect("accounts:privacy")
    context = {"blockers": services.blockers_of(user), "refusal": refusal}
    return render(request, "accounts/deletion.html", context, status=refusal.status if refusal else 200)


@require_POST
@login_required
def cancel_deletion(request: HttpRequest) -> HttpResponse:
    try:
        services.cancel_deletion(actor=user_of(request))
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Your account stays open."))
    return redirect("accounts:privacy")


@require_GET
@login_required
def readings(request: HttpRequest) -> HttpResponse:
    page = page_of(request, own_data.readings_of(user_of(request)), 20)
    named = [(event, own_data.reader_of(event), trail.purpose_in_words(event.purpose)) for event in page]
    return render(request, "accounts/readings.html", {"page": page, "readings": named})


def _done(form: Form, service: Any, **kwargs: Any) -> bool:
    """Call the service with what was typed; a refusal goes beside its field."""
    try:
        service(**kwargs, **form.cleaned_data)
    except DomainError as error:
        show_errors(form, error)
        return False
    return True
