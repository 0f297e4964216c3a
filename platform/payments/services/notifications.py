"""Notifications of channels and of the custodian: verified, stored once, answered at once, believed never (law 9)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from core.jobs import NotYet, enqueue
from partners import custodian
from partners.wire import Untrusted
from payments import channels
from payments.models import Alarm, Inbox, Payment, Refund, Transfer
from payments.providers.base import BadNotification
from payments.services.attention import raise_attention
from payments.services.paying import check_payment
from payments.services.refunding import pursue_refund
from payments.services.transferring import pursue_transfer

CUSTODIAN = "custodian"
ASK_AGAIN_SECONDS = 15


def receive(*, provider: str, headers: Mapping[str, str], body: bytes) -> None:
    """Verify a notification over its raw bytes and keep it; the rest is a job. The same event twice is one.

    Raises BadNotification, and then nothing was kept. KeyError for a provider that this installation does not have.
    """
    now = timezone.now()
    if provider == CUSTODIAN:
        try:
            told = custodian.provider().parse_notification(headers, body, now)
        except Untrusted as error:
            raise BadNotification(error.code) from error
        event_id, kind, number = told.event_id, "transfer", told.transfer_no
    else:
        event = channels.provider(provider).parse_notification(headers, body, now)
        if not event.type:
            return
        event_id, kind, number = event.event_id, event.type, event.merchant_no
    told_us = Inbox(provider=provider, event_id=event_id, type=kind, merchant_no=number, raw=body)
    with transaction.atomic():
        Inbox.objects.bulk_create([told_us], ignore_conflicts=True)
        enqueue("payments.inbox", f"{provider}:{event_id}", {"provider": provider, "event_id": event_id})


def process(*, provider: str, event_id: str) -> None:
    """Ask the other party about what it told us of. Network. Raises NotYet while it does not answer."""
    inbox = Inbox.objects.get(provider=provider, event_id=event_id)
    if inbox.processed_at:
        return
    outcome = _pursue(inbox)
    with transaction.atomic():
        if outcome == "unknown_number":
            raise_attention(
                key=f"inbox:{inbox.pk}",
                code=Alarm.UNKNOWN_NUMBER,
                subject=inbox,
                data={"provider": inbox.provider, "number": inbox.merchant_no},
            )
        Inbox.objects.filter(pk=inbox.pk).update(processed_at=timezone.now(), outcome=outcome)


def _pursue(inbox: Inbox) -> str:
    """The state in which the thing is now."""
    if inbox.type == "payment":
        payment = Payment.objects.filter(channel=inbox.provider, out_trade_no=inbox.merchant_no).first()
        if payment is None:
            return "unknown_number"
        before = payment.checks
        payment = check_payment(payment.pk)
        if not payment.is_final and payment.checks != before:
            raise NotYet(ASK_AGAIN_SECONDS, "the channel does not confirm it yet")
        return payment.status
    if inbox.type == "refund":
        refund = Refund.objects.filter(payment__channel=inbox.provider, refund_no=inbox.merchant_no).first()
        return pursue_refund(refund.pk).status if refund else "unknown_number"
    transfer = Transfer.objects.filter(transfer_no=inbox.merchant_no).first()
    return pursue_transfer(transfer.pk).status if transfer else "unknown_number"
