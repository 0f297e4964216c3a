"""Durable work of this room."""

from datetime import timedelta

from django.utils import timezone

from core.jobs import handler, recurring
from disclosures.models import Settlement, Withdrawal
from disclosures.services import closing, identity, obligations, withdrawals


@handler("disclosures.end_notice")
def end_notice(withdrawal_id: int) -> None:
    withdrawals.end_notice(withdrawal=Withdrawal.objects.get(pk=withdrawal_id), now=timezone.now())


@recurring("disclosures.end_notices", every=timedelta(minutes=5))
def end_notices() -> None:
    """The sweep behind the timers: a notice that ended while the campaign was frozen is looked at again."""
    now = timezone.now()
    for withdrawal in Withdrawal.objects.filter(status="notice", notice_ends__lte=now).order_by("notice_ends")[:200]:
        withdrawals.end_notice(withdrawal=withdrawal, now=now)


@recurring("disclosures.remind", every=timedelta(hours=1))
def remind() -> None:
    obligations.remind_due(today=timezone.localdate())


@handler("disclosures.send_shares")
def send_shares(settlement_id: int) -> None:
    settlement = Settlement.objects.get(pk=settlement_id)
    if settlement.status == "refunding":
        closing.send_shares(settlement=settlement)


@recurring("disclosures.identity", every=timedelta(days=1))
def publish_identity() -> None:
    identity.publish_due(timezone.now())
