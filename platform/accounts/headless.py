"""Places where the app API of allauth 65.21 breaks or tells who has an account, made whole."""

from typing import Any

from allauth.account.internal.constants import LoginStageKey
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.stages import LoginStageController
from allauth.account.views import ConfirmLoginCodeView
from allauth.headless.account.inputs import RequestLoginCodeInput, SignupInput
from allauth.headless.account.views import RequestLoginCodeView, ResendLoginCodeView, SignupView
from allauth.headless.internal.restkit.response import APIResponse
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.forms import HidesTakenEmail, RequestLoginCodeForm


class _Input(RequestLoginCodeInput, RequestLoginCodeForm):
    """With neither phone nor e-mail: a field error."""


class _SignupInput(HidesTakenEmail, SignupInput):
    """With an address that has an account: goes on like any other."""


class Signup(SignupView):
    input_class = {"POST": _SignupInput}


class RequestLoginCode(RequestLoginCodeView):
    input_class = _Input


def _nobody_waits(process: LoginCodeVerificationProcess | None) -> bool:
    """A code was asked for with a number that has no account: nothing to send again, and nobody must notice."""
    return bool(process and process.can_resend and process.user is None)


def _pretend(process: LoginCodeVerificationProcess) -> None:
    process.record_resend()
    process.persist()


class ResendLoginCode(ResendLoginCodeView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        stage = LoginStageController.enter(request, LoginStageKey.LOGIN_BY_CODE)
        process = LoginCodeVerificationProcess.resume(stage) if stage else None
        if _nobody_waits(process):
            _pretend(process)
            return APIResponse(request)
        return super().post(request, *args, **kwargs)


class ConfirmLoginCode(ConfirmLoginCodeView):
    def _resend_form_valid(self, form: Any) -> HttpResponse:
        if not _nobody_waits(self._process):
            return super()._resend_form_valid(form)
        _pretend(self._process)
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_confirm_login_code")))
