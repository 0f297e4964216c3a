"""Who may see what of the money: fetching is the permission."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from payments.models import Payment


def get_payment_by_token(token: str) -> Payment:
    """Who knows the token may see how the payment stands, and nothing else of it."""
    return get_object_or_404(Payment, token=token)


def get_payment_for_payer(user: User, pk: int) -> Payment:
    """404 for a payment that is not the signed-in person's."""
    payment = Payment.objects.filter(actor=user, pk=pk).first()
    if payment is None:
        raise Http404
    return payment
