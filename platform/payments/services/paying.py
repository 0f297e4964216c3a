"""Money coming in: prepared here, opened at the channel, and booked only when the channel itself confirms it (law 9)."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, DomainError
from core.money import MAX_FEN, Fen
from core.states import apply
from ledger import chart
from ledger.kinds import Kind
from ledger.services import post
from partners.outcomes import ABSENT, Outcome
from payments import channels, purposes, rules
from payments.models import Alarm, Payment
from payments.providers.base import PayAction, PayIntent, PaymentView
from payments.services.attention import raise_attention
from policy.enforce import enforces


@enforces("R91")
def start_payment(
    *,
    actor: User | None,
    purpose: str,
    ref: str,
    amount: Fen,
    tip: Fen = 0,
    subject: str,
    credit_account: str,
    channel: str,
    client_ip: str,
    return_url: str,
    key: str,
    scene: str = "page",
    payer_ref: str = "",
) -> Payment:
    """Prepare a payment of `amount` + `tip` fen; a row only, in the caller's transaction or one of its own.

    `credit_account` gets the amount when the payment is confirmed, TIPS the tip. `return_url` is a path on this site, where the
    payer finds the receipt. The same `key` gives the same payment (Conflict `key_reused` if it says something else).
    `payer_ref` is who pays as the channel knows them, for the scenes jsapi and mini.
    Raises DomainError `bad_amount` (field `amount`), `bad_tip` (`tip`), `no_such_channel` (`channel`), `payer_missing`
    (`payer_ref`).
    """
    purposes.get(purpose), chart.spec(credit_account)  # a purpose or an account that does not exist is a bug
    if not 0 < amount <= MAX_FEN:
        raise DomainError("bad_amount", _("The amount must be more than zero."), field="amount")
    if not 0 <= tip <= MAX_FEN:
        raise DomainError("bad_tip", _("The support for the platform cannot be negative."), field="tip")
    if channel not in {offered.code for offered in channels.available(scene)}:
        raise DomainError("no_such_channel", _("This way of paying is not available."), field="channel")
    if scene in rules.NEEDS_PAYER and not payer_ref:
        raise DomainError("payer_missing", _("The channel must know who pays before it can begin."), field="payer_ref")
    if not return_url.startswith("/") or return_url.startswith("//"):
        raise ValueError("return_url must be a path on this site")
    now = timezone.now()
    payment, created = Payment.objects.get_or_create(
        key=key,
        defaults={
            "actor": actor,
            "purpose": purpose,
            "ref": ref,
            "subject": subject[:120],
            "amount": amount,
            "tip": tip,
            "credit_account": credit_account,
            "channel": channel,
            "scene": scene,
            "payer_ref": payer_ref,
            "client_ip": client_ip,
            "return_url": return_url,
            "expires_at": now + rules.PAY_WITHIN,
            "next_check_at": now + rules.FIRST_CHECK,
        },
    )
    asked = (purpose, ref, amount, tip, credit_account, actor.pk if actor else None)
    if not created and asked != (
        payment.purpose, payment.ref, payment.amount, payment.tip, payment.credit_account, payment.actor_id
    ):  # fmt: skip
        raise Conflict("key_reused", _("This was already asked for, with another content."))
    return payment


def open_at_channel(payment_id: int, *, user_agent: str = "") -> PayAction:
    """Tell the channel of the order and return what the payer does next. Network: never inside a transaction.

    `user_agent` of the payer's browser: on a phone the way differs (rules.scene_on). Asking again returns the same action.
    Raises Conflict `payment_final`, `expired`, `channel_unreachable` (nothing is lost: ask again, the number stays the same) or
    `channel_refused` (the payment is closed).
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.is_final:
        raise Conflict("payment_final", _("This payment is finished."))
    if payment.expires_at <= timezone.now():
        raise Conflict("expired", _("The time for this payment is over. Please begin again."))
    if payment.action:
        return PayAction(**payment.action)
    scene = _mark_opened(payment, user_agent)
    result, action = channels.provider(payment.channel).create_payment(
        PayIntent(
            out_trade_no=payment.out_trade_no,
            amount=payment.total,
            subject=payment.subject,
            scene=scene,
            client_ip=payment.client_ip,
            expires_at=payment.expires_at,
            return_path=f"/pay/{payment.token}/",
            payer_ref=payment.payer_ref,
        )
    )
    if result.outcome is Outcome.REJECTED:
        _close(payment, "close", result.code)
        raise Conflict("channel_refused", _("The payment channel refused the order. Nothing was charged."))
    if action is None:
        raise Conflict(
            "channel_unreachable", _("The payment channel does not answer. Nothing was charged; please try again.")
        )
    with transaction.atomic():
        locked = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        if locked.status == "created":  # else the notification was quicker than the answer
            apply(locked, "open", actor=None)
        Payment.objects.filter(pk=payment.pk).update(
            action={"kind": action.kind, "payload": action.payload},
            channel_id=locked.channel_id or result.channel_id,
        )
    return action


def _mark_opened(payment: Payment, user_agent: str) -> str:
    """Written and committed before the channel hears of the order: what is not marked was never told to anybody. The scene."""
    scene = payment.scene
    if payment.opened_at is None:  # later tries are the same order, word for word
        scene = rules.scene_on(scene, user_agent, channels.CHANNELS[payment.channel].scenes())
    open_still = Payment.objects.filter(pk=payment.pk, status__in=["created", "pending"])
    if not open_still.update(opened_at=payment.opened_at or timezone.now(), scene=scene):
        raise Conflict("payment_final", _("This payment is finished."))
    return scene


def _expire_unopened(payment_id: int) -> Payment | None:
    """A payment that the channel cannot know of is not asked about; overdue it expires. None if it was opened meanwhile."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
        if payment.opened_at is not None or payment.status != "created":
            return None
        if payment.expires_at <= timezone.now():
            _close(payment, "expire", "")
        else:
            Payment.objects.filter(pk=payment.pk).update(next_check_at=payment.expires_at)
    payment.refresh_from_db()
    return payment


def check_payment(payment_id: int) -> Payment:
    """Ask the channel about a payment and do what its answer says. Network. Safe to call at any time and again."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status in ("paid", "suspended"):
        return payment
    unopened = _expire_unopened(payment_id) if payment.opened_at is None else None
    if unopened:
        return unopened
    provider = channels.provider(payment.channel)
    order = payment.out_trade_no, payment.channel_id
    view = provider.query_payment(*order)
    overdue = payment.expires_at <= timezone.now()
    if overdue and view.state == "open" and provider.close_payment(*order).outcome is Outcome.OK:
        # Closed by us. Asked once more: somebody may have paid in the moment between.
        view = provider.query_payment(*order)
    return _take_view(payment_id, view)


def _take_view(payment_id: int, view: PaymentView) -> Payment:
    """Carry out what the channel said about a payment: the only way to `paid`."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
        if payment.status in ("paid", "suspended"):
            return payment
        if view.state == "paid":
            _book(payment, view)
        elif payment.is_final:
            Payment.objects.filter(pk=payment.pk).update(next_check_at=None)
        elif view.state == "closed" or (view.result == ABSENT and payment.expires_at <= timezone.now()):
            _close(payment, "expire" if payment.expires_at <= timezone.now() else "close", view.result.code)
        else:
            Payment.objects.filter(pk=payment.pk).update(
                checks=F("checks") + 1, next_check_at=rules.next_check(timezone.now(), payment.checks)
            )
    payment.refresh_from_db()
    return payment


def _book(payment: Payment, view: PaymentView) -> None:
    """The channel confirms money. What fits is booked to where it belongs, what does not fit is set aside for people."""
    paid_at = view.paid_at or timezone.now()
    channel_id = view.result.channel_id or payment.channel_id
    Payment.objects.filter(pk=payment.pk).update(
        received=view.amount, paid_at=paid_at, channel_id=channel_id, next_check_at=None
    )
    clearing, ref = chart.clearing(payment.channel), f"payment:{payment.pk}"
    if view.amount != payment.total:
        post(
            key=f"suspense:{payment.out_trade_no}",
            kind=Kind.SUSPENSE,
            ref=ref,
            legs=[(clearing, view.amount), (chart.SUSPENSE, -view.amount)],
            actor=None,
            effective_at=paid_at,
        )
        apply(payment, "suspend", actor=None, data={"asked": payment.total, "received": view.amount})
        raise_attention(
            key=f"amount:{payment.out_trade_no}",
            code=Alarm.AMOUNT_MISMATCH,
            subject=payment,
            data={"asked": payment.total, "received": view.amount},
        )
        return
    for kind, legs in rules.payment_legs(
        clearing=clearing, credit_account=payment.credit_account, amount=payment.amount, tip=payment.tip
    ):
        post(key=f"{kind}:{payment.out_trade_no}", kind=kind, ref=ref, legs=legs, actor=None, effective_at=paid_at)
    apply(payment, "pay", actor=None)
    payment.refresh_from_db()
    purposes.get(payment.purpose).on_paid(payment)


def _close(payment: Payment, action: str, code: str) -> None:
    with transaction.atomic():
        apply(payment, action, actor=None, reason=code)
        Payment.objects.filter(pk=payment.pk).update(next_check_at=None)
