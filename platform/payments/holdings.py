"""What this room gives to a copy of somebody's data, and what it deletes when they leave (R103)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Text
from payments.models import Payment


def export(user: User) -> list[dict[str, Any]]:
    payments = Payment.objects.filter(actor=user).prefetch_related("refunds").order_by("id")
    return [
        {
            "number": payment.out_trade_no,
            "subject": payment.subject,
            "amount": payment.amount,
            "tip": payment.tip,
            "channel": payment.channel,
            "status": payment.status,
            "client_ip": payment.client_ip,
            "created_at": payment.created_at.isoformat(),
            "paid_at": payment.paid_at.isoformat() if payment.paid_at else None,
            "refunds": [
                {"number": refund.refund_no, "amount": refund.amount, "status": refund.status}
                for refund in payment.refunds.all()
            ],
        }
        for payment in payments
    ]


def erase(user: User) -> list[Text]:
    """The address of the computer goes; the payment itself is an accounting voucher and stays, without a name."""
    payments = Payment.objects.filter(actor=user)
    payments.update(client_ip="")
    return [_("Payments and refunds, which the law on accounting asks to keep, without your name.")] if payments else []
