"""The page on which a payer waits for the result. It never believes the browser, only what the channel confirmed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from payments import access, channels, services
from payments.models import Payment


@require_safe
@never_cache
def pay(request: HttpRequest, token: str) -> HttpResponse:
    payment = access.get_payment_by_token(token)
    if payment.status == "pending":
        services.request_check(payment=payment)
    return _show(request, "payments/pay.html", payment)


@require_safe
@never_cache
def status(request: HttpRequest, token: str) -> HttpResponse:
    """The moving part of the page."""
    payment = access.get_payment_by_token(token)
    services.request_check(payment=payment)
    return _show(request, "payments/_status.html", payment)


def _show(request: HttpRequest, template: str, payment: Payment) -> HttpResponse:
    return render(request, template, {"payment": payment, "channel": channels.label(payment.channel)})


@require_POST
def go(request: HttpRequest, token: str) -> HttpResponse:
    """On to the channel, or back to our page, which shows what comes next. Pressed twice, it is the same order."""
    payment = access.get_payment_by_token(token)
    try:
        action = services.open_at_channel(payment.pk, user_agent=request.headers.get("User-Agent", ""))
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("payments:pay", token=token)
    if action.kind == "redirect":
        return redirect(action.payload["url"])
    return redirect("payments:pay", token=token)
