"""Money going back to where it came from (R60)."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, DomainError
from core.jobs import enqueue
from core.money import Fen
from core.states import apply
from ledger import chart
from ledger.kinds import Kind
from ledger.services import post
from partners.outcomes import ABSENT, NOT_FOUND, Outcome
from payments import channels, purposes, rules
from payments.models import Alarm, Payment, Refund, refund_number
from payments.providers.base import RefundView
from payments.services.attention import raise_attention
from policy.enforce import enforces


@enforces("R60", "R65")
def request_refund(
    *, actor: User | None, payment: Payment, amount: Fen, reason: str, key: str, from_account: str
) -> Refund:
    """Send `amount` fen of a payment back by the way it came; it leaves `from_account` at once.

    The same `key` gives the same refund. All refunds of a payment together never exceed what came in: DomainError
    `too_much` (field `amount`). Conflict `not_paid`, or `insufficient_funds` when the account does not hold that much.
    Joins the caller's transaction; the call to the channel is a job.
    """
    if amount <= 0:
        raise DomainError("bad_amount", _("The amount must be more than zero."), field="amount")
    with transaction.atomic():
        locked = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        known = Refund.objects.filter(key=key).first()
        if known:
            if (known.payment_id, known.amount, known.from_account) != (locked.pk, amount, from_account):
                raise Conflict("key_reused", _("This was already asked for, with another content."))
            return known
        if locked.status not in ("paid", "suspended") or locked.received is None:
            raise Conflict("not_paid", _("Only a confirmed payment can be refunded."))
        if amount > rules.refundable(received=locked.received, reserved=locked.refund_reserved):
            raise DomainError("too_much", _("More than was paid cannot go back."), field="amount")
        Payment.objects.filter(pk=locked.pk).update(refund_reserved=F("refund_reserved") + amount)
        refund = Refund.objects.create(
            payment=locked,
            key=key,
            amount=amount,
            from_account=from_account,
            reason=reason[:120],
            requested_by=actor,
            next_check_at=rules.next_check(timezone.now(), 0),
        )
        _hold(refund, actor)
    return refund


def _hold(refund: Refund, actor: User | None) -> None:
    transit = chart.refund_transit(refund.payment.channel)
    post(
        key=f"refund_hold:{refund.refund_no}",
        kind=Kind.REFUND_HOLD,
        ref=f"refund:{refund.pk}",
        legs=[(refund.from_account, refund.amount), (transit, -refund.amount)],
        actor=actor,
    )
    enqueue("payments.pursue_refund", refund.refund_no, {"refund_id": refund.pk})


def pursue_refund(refund_id: int) -> Refund:
    """Send a refund, or ask what became of it, and do what the answer says. Network. Safe to call at any time and again.

    The number changes only when people retry a refund that the channel has refused for good.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status == "requested":
        apply(refund, "send", actor=None)
    if refund.status != "sent":
        return refund
    view = _ask(refund)
    with transaction.atomic():
        locked = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(pk=refund_id)
        if locked.status != "sent" or locked.refund_no != refund.refund_no:
            return locked
        if view.state == "done" and view.amount == locked.amount:
            _finish(locked)
        elif view.state == "failed" or view.result.outcome is Outcome.REJECTED:
            _fail(locked, view.reason or view.result.code)
        else:
            if view.state == "done":
                raise_attention(
                    key=f"refund_amount:{locked.refund_no}",
                    code=Alarm.REFUND_AMOUNT_MISMATCH,
                    subject=locked,
                    data={"asked": locked.amount, "refunded": view.amount},
                )
            elif locked.checks + 1 == rules.STUCK_AFTER:
                raise_attention(
                    key=f"refund_stuck:{locked.refund_no}",
                    code=Alarm.REFUND_STUCK,
                    subject=locked,
                    data={"code": view.result.code},
                )
            Refund.objects.filter(pk=locked.pk).update(
                checks=F("checks") + 1,
                code=view.result.code,
                next_check_at=rules.next_check(timezone.now(), locked.checks),
            )
    locked.refresh_from_db()
    return locked


def _ask(refund: Refund) -> RefundView:
    """What the channel knows of the refund; if it knows nothing, send it (again, with the same number) and ask once more."""
    provider = channels.provider(refund.payment.channel)
    order = {"out_trade_no": refund.payment.out_trade_no, "channel_id": refund.payment.channel_id}
    if refund.checks:
        view = provider.query_refund(refund.refund_no, **order)
        if view.result.code != NOT_FOUND:
            return view
    result = provider.refund(
        refund_no=refund.refund_no,
        amount=refund.amount,
        total=refund.payment.received or 0,
        reason=refund.reason,
        **order,
    )
    if result.outcome is Outcome.UNKNOWN:
        return RefundView(result)
    view = provider.query_refund(refund.refund_no, **order)
    # A refusal counts when the channel, asked, says for certain that there is no such refund.
    return RefundView(result) if view.result == ABSENT else view


def _finish(refund: Refund) -> None:
    channel = refund.payment.channel
    post(
        key=f"refund_done:{refund.refund_no}",
        kind=Kind.REFUND_DONE,
        ref=f"refund:{refund.pk}",
        legs=[(chart.refund_transit(channel), refund.amount), (chart.clearing(channel), -refund.amount)],
        actor=None,
    )
    apply(refund, "finish", actor=None)
    Refund.objects.filter(pk=refund.pk).update(done_at=timezone.now(), next_check_at=None, code="")
    refund.refresh_from_db()
    _purpose_of(refund).on_refunded(refund)


def _fail(refund: Refund, code: str) -> None:
    """The channel refuses for good: the money goes back to where it was taken, and people decide."""
    post(
        key=f"refund_fail:{refund.refund_no}",
        kind=Kind.REFUND_FAIL,
        ref=f"refund:{refund.pk}",
        legs=[(chart.refund_transit(refund.payment.channel), refund.amount), (refund.from_account, -refund.amount)],
        actor=None,
    )
    apply(refund, "fail", actor=None, reason=code)
    Refund.objects.filter(pk=refund.pk).update(next_check_at=None, code=code)
    refund.refresh_from_db()
    raise_attention(
        key=f"refund_failed:{refund.refund_no}", code=Alarm.REFUND_FAILED, subject=refund, data={"code": code}
    )
    _purpose_of(refund).on_refund_failed(refund)


def _purpose_of(refund: Refund) -> purposes.Purpose:
    return purposes.get(refund.payment.purpose)


def retry_refund(*, actor: User, refund: Refund) -> Refund:
    """Finance sends a refused refund again, under a new number. Conflict `wrong_state` or `insufficient_funds`."""
    with transaction.atomic():
        apply(refund, "retry", actor=actor)
        Refund.objects.filter(pk=refund.pk).update(
            refund_no=refund_number(),
            attempt=F("attempt") + 1,
            checks=0,
            code="",
            next_check_at=rules.next_check(timezone.now(), 0),
        )
        refund.refresh_from_db()
        _hold(refund, actor)
    return refund


def drop_refund(*, actor: User, refund: Refund, reason: str) -> Refund:
    """Finance gives a refused refund up; what it had reserved of the payment is free again. Needs a reason."""
    if not reason.strip():
        raise DomainError("reason_missing", _("Write why."), field="reason")
    with transaction.atomic():
        apply(refund, "drop", actor=actor, reason=reason.strip())
        Payment.objects.filter(pk=refund.payment_id).update(refund_reserved=F("refund_reserved") - refund.amount)
    refund.refresh_from_db()
    return refund


def return_suspended(*, actor: User, payment: Payment) -> Refund:
    """Finance sends money that did not fit its order back to the payer, all of it."""
    if payment.status != "suspended" or payment.received is None:
        raise Conflict("wrong_state", _("Only money that was set aside is sent back this way."))
    return request_refund(
        actor=actor,
        payment=payment,
        amount=payment.received,
        reason="amount_mismatch",
        key=f"suspended:{payment.out_trade_no}",
        from_account=chart.SUSPENSE,
    )
