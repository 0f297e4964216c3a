"""People wish to know now."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.jobs import enqueue
from core.trail import record
from payments import channels
from payments.models import Payment, Refund, Transfer
from payments.services import statements

_JOBS = {
    Payment: ("payments.check_payment", "payment_id"),
    Refund: ("payments.pursue_refund", "refund_id"),
    Transfer: ("payments.pursue_transfer", "transfer_id"),
}


def request_check(*, payment: Payment) -> None:
    """The payer waits for the result: ask the channel soon, at most once in five seconds however often it is wished for."""
    if not payment.is_final:
        _ask(payment)


def ask_now(*, actor: User, thing: Payment | Refund | Transfer) -> None:
    """Finance asks the other party about a thing that is not final, out of turn."""
    with transaction.atomic():
        record(actor=actor, event="payments.ask_now", subject=thing)
        _ask(thing)


def ask_settlements_now(*, actor: User) -> None:
    """Finance asks the channels for new batches and the bank for the balance, out of turn."""
    with transaction.atomic():
        record(actor=actor, event="payments.ask_settlements", subject="payments.settlements")
        for kind in ("payments.settlements", "payments.custody_check"):
            enqueue(kind, f"wish:{_window()}")


def _ask(thing: Payment | Refund | Transfer) -> None:
    kind, name = _JOBS[type(thing)]
    enqueue(kind, f"{thing.pk}:wish:{_window()}", {name: thing.pk})


def _window() -> int:
    """Wishes within five seconds are one."""
    return int(timezone.now().timestamp() // 5)


def ask_statements_now(*, actor: User) -> None:
    """Finance wishes to compare now: what is due, and the day that is not over where a statement can be had at once."""
    now = timezone.now()
    today = timezone.localdate(now)
    at_once = [(channel.code, today) for channel in channels.live() if channel.at_once]
    with transaction.atomic():
        record(actor=actor, event="payments.ask_now", subject="statements")
        for source, day in {*statements.due(now), *at_once}:
            enqueue(
                "payments.reconcile", f"{source}:{day}:{now:%Y%m%d%H%M}", {"source": source, "day": day.isoformat()}
            )
