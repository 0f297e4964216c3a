"""Money going out of the custody account to a payee."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, DomainError
from core.jobs import NotYet, enqueue
from core.money import MAX_FEN, Fen
from core.states import apply
from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import balances
from ledger.services import post
from partners import custodian
from partners.custody import TransferOrder, TransferView
from partners.outcomes import NOT_FOUND, Outcome
from payments import purposes, rules
from payments.models import Alarm, Transfer
from payments.payees import Payee
from payments.selectors import blocking
from payments.services.attention import raise_attention
from policy.enforce import enforces

WAIT_FOR_SETTLEMENT = timedelta(seconds=30)
WAIT_FOR_RECONCILIATION = timedelta(minutes=10)


@enforces("R42", "R56")
def request_transfer(
    *,
    actor: User | None,
    purpose: str,
    ref: str,
    amount: Fen,
    from_account: str,
    payee: Payee,
    remark: str,
    key: str,
) -> Transfer:
    """Order a transfer of `amount` fen to `payee`: it leaves `from_account` at once and is on its way until the bank's word.

    The same `key` gives the same transfer. Raises Conflict `insufficient_funds`. Joins the caller's transaction; the call
    to the bank is a job. What the bank sends back is in `from_account` again; a new try is a new transfer with a new key.
    """
    purposes.get_transfer(purpose)
    if not 0 < amount <= MAX_FEN:
        raise DomainError("bad_amount", _("The amount must be more than zero."), field="amount")
    with transaction.atomic():
        transfer, created = Transfer.objects.get_or_create(
            key=key,
            defaults={
                "purpose": purpose,
                "ref": ref,
                "amount": amount,
                "from_account": from_account,
                "payee_kind": payee.kind,
                "payee_name": payee.holder_name,
                "payee_bank": payee.bank,
                "payee_account": payee.account_number,
                "remark": remark[:120],
                "requested_by": actor,
                "next_check_at": rules.next_check(timezone.now(), 0),
            },
        )
        if not created:
            asked = (purpose, ref, amount, from_account, payee.account_number)
            if asked != (
                transfer.purpose, transfer.ref, transfer.amount, transfer.from_account, transfer.payee_account
            ):  # fmt: skip
                raise Conflict("key_reused", _("This was already asked for, with another content."))
            return transfer
        post(
            key=f"payout_send:{transfer.transfer_no}",
            kind=Kind.PAYOUT_SEND,
            ref=f"transfer:{transfer.pk}",
            legs=[(from_account, amount), (chart.PAYOUT_TRANSIT, -amount)],
            actor=actor,
        )
        enqueue("payments.pursue_transfer", transfer.transfer_no, {"transfer_id": transfer.pk})
    return transfer


def pursue_transfer(transfer_id: int) -> Transfer:
    """Send a transfer, or ask what became of it, and do what the answer says. Network. Safe to call at any time and again.

    Raises NotYet while the channels have not settled enough into the custody account, and while a difference between our
    books and a statement is older than `recon.block_after_days`.
    """
    transfer = Transfer.objects.get(pk=transfer_id)
    if transfer.status == "requested":
        _wait_for_reconciliation(transfer)
        _wait_for_settlement(transfer)
        with transaction.atomic():
            apply(transfer, "send", actor=None)
            purposes.get_transfer(transfer.purpose).on_sent(transfer)
    if transfer.status != "sent":
        return transfer
    view = _ask(transfer)
    with transaction.atomic():
        locked = Transfer.objects.select_for_update(of=("self",)).get(pk=transfer_id)
        if locked.status != "sent":
            return locked
        if view.state == "arrived" and view.amount == locked.amount:
            _arrive(locked)
        elif view.state in ("returned", "rejected") or view.result.outcome is Outcome.REJECTED:
            _return(locked, view.reason or view.result.code)
        else:
            if view.state == "arrived":
                raise_attention(
                    key=f"transfer_amount:{locked.transfer_no}",
                    code=Alarm.TRANSFER_AMOUNT_MISMATCH,
                    subject=locked,
                    data={"asked": locked.amount, "transferred": view.amount},
                )
            Transfer.objects.filter(pk=locked.pk).update(
                checks=F("checks") + 1,
                code=view.result.code,
                next_check_at=rules.next_check(timezone.now(), locked.checks),
            )
    locked.refresh_from_db()
    return locked


@enforces("R42")
def _wait_for_reconciliation(transfer: Transfer) -> None:
    """While nobody knows why a statement and the books differ, no money leaves: not to anybody, because all of it is in one
    account."""
    if blocking(timezone.now()).exists():
        Transfer.objects.filter(pk=transfer.pk).update(
            code="waits_for_reconciliation", next_check_at=timezone.now() + WAIT_FOR_RECONCILIATION
        )
        raise NotYet(int(WAIT_FOR_RECONCILIATION.total_seconds()), "an old difference is not cleared up yet")


def _wait_for_settlement(transfer: Transfer) -> None:
    """What donors have paid is at the channel until it settles; an order that the bank cannot cover is not sent."""
    with_bank = Transfer.objects.filter(status="sent").aggregate(total=Sum("amount"))["total"] or 0
    if balances([chart.CUSTODY])[chart.CUSTODY] - with_bank < transfer.amount:
        Transfer.objects.filter(pk=transfer.pk).update(
            code="waits_for_settlement", next_check_at=timezone.now() + WAIT_FOR_SETTLEMENT
        )
        raise NotYet(int(WAIT_FOR_SETTLEMENT.total_seconds()), "the channels have not settled enough yet")


def _ask(transfer: Transfer) -> TransferView:
    """What the bank knows of the transfer; if it knows nothing, send it (again, with the same number) and ask once more."""
    bank = custodian.provider()
    if transfer.checks:
        view = bank.query_transfer(transfer.transfer_no)
        if view.result.code != NOT_FOUND:
            return view
    result = bank.transfer(
        TransferOrder(
            transfer_no=transfer.transfer_no,
            amount=transfer.amount,
            payee_kind=transfer.payee_kind,
            holder_name=transfer.payee_name,
            bank=transfer.payee_bank,
            account_number=transfer.payee_account,
            remark=transfer.remark,
        )
    )
    if result.outcome is Outcome.UNKNOWN:
        return TransferView(result)
    view = bank.query_transfer(transfer.transfer_no)
    return TransferView(result) if view.result.code == NOT_FOUND else view


def _arrive(transfer: Transfer) -> None:
    post(
        key=f"payout_arrive:{transfer.transfer_no}",
        kind=Kind.PAYOUT_ARRIVE,
        ref=f"transfer:{transfer.pk}",
        legs=[(chart.PAYOUT_TRANSIT, transfer.amount), (chart.CUSTODY, -transfer.amount)],
        actor=None,
    )
    apply(transfer, "arrive", actor=None)
    _end(transfer, "")
    purposes.get_transfer(transfer.purpose).on_arrived(transfer)


def _return(transfer: Transfer, code: str) -> None:
    post(
        key=f"payout_return:{transfer.transfer_no}",
        kind=Kind.PAYOUT_RETURN,
        ref=f"transfer:{transfer.pk}",
        legs=[(chart.PAYOUT_TRANSIT, transfer.amount), (transfer.from_account, -transfer.amount)],
        actor=None,
    )
    apply(transfer, "return", actor=None, reason=code)
    _end(transfer, code)
    raise_attention(
        key=f"transfer_returned:{transfer.transfer_no}",
        code=Alarm.TRANSFER_RETURNED,
        subject=transfer,
        data={"code": code},
    )
    purposes.get_transfer(transfer.purpose).on_returned(transfer)


def _end(transfer: Transfer, code: str) -> None:
    Transfer.objects.filter(pk=transfer.pk).update(finished_at=timezone.now(), next_check_at=None, code=code)
    transfer.refresh_from_db()
