"""Durable work of this room, and the sweep that asks about everything that is not final."""

from datetime import date, timedelta

from django.utils import timezone

from core.jobs import enqueue, handler, recurring
from payments import services
from payments.models import Payment, Refund, Transfer

SWEEP_BATCH = 500


@handler("payments.check_payment")
def check_payment(payment_id: int) -> None:
    services.check_payment(payment_id)


@handler("payments.pursue_refund")
def pursue_refund(refund_id: int) -> None:
    services.pursue_refund(refund_id)


@handler("payments.pursue_transfer")
def pursue_transfer(transfer_id: int) -> None:
    services.pursue_transfer(transfer_id)


@handler("payments.inbox")
def process_inbox(provider: str, event_id: str) -> None:
    services.process(provider=provider, event_id=event_id)


@recurring("payments.sweep", every=timedelta(seconds=30))
def sweep() -> None:
    """One job for each thing that is due to be asked about; the hour lets a job that gave up be tried again later."""
    now = timezone.now()
    hour = f"{now:%Y%m%d%H}"
    due = (
        (Payment, "payments.check_payment", "payment_id"),
        (Refund, "payments.pursue_refund", "refund_id"),
        (Transfer, "payments.pursue_transfer", "transfer_id"),
    )
    for model, kind, name in due:
        rows = model._default_manager.filter(next_check_at__lte=now).order_by("next_check_at")[:SWEEP_BATCH]
        for row in rows:
            enqueue(kind, f"{row.pk}:{row.checks}:{hour}", {name: row.pk})


@recurring("payments.settlements", every=timedelta(minutes=1))
def collect_settlements() -> None:
    services.collect_settlements()


@recurring("payments.custody_check", every=timedelta(minutes=5))
def check_custody() -> None:
    services.check_custody()


@handler("payments.reconcile")
def reconcile(source: str, day: str) -> None:
    services.reconcile(source, date.fromisoformat(day))


@recurring("payments.statements", every=timedelta(hours=1))
def fetch_statements() -> None:
    """One job a day for each statement that is due, or that may clear up a difference."""
    now = timezone.now()
    today = timezone.localdate(now)
    for source, day in services.due(now):
        enqueue("payments.reconcile", f"{source}:{day}:{today}", {"source": source, "day": day.isoformat()})
