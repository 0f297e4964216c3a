"""From the channel to the custody account, and the bank's word beside our books (R42)."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from ledger import chart
from ledger.kinds import Kind
from ledger.selectors import balances
from ledger.services import post
from partners import custodian
from partners.outcomes import Outcome
from payments import channels
from payments.models import Alarm, CustodyCheck, SettlementBatch
from payments.providers.base import Settlement
from payments.services.attention import raise_attention
from policy.enforce import enforces


def collect_settlements() -> int:
    """Ask the channels that speak of batches for those that we have not booked, and book them. Network. How many were new."""
    return sum(_collect(channel.code) for channel in channels.live() if channel.batches)


def _collect(channel: str) -> int:
    last = SettlementBatch.objects.filter(channel=channel).order_by("-id").values_list("batch_no", flat=True).first()
    result, batches = channels.provider(channel).settlements(last or "")
    if result.outcome is not Outcome.OK:
        return 0
    return sum(book_settlement(channel=channel, batch=batch) for batch in batches)


@enforces("R42", "R56")
def book_settlement(*, channel: str, batch: Settlement) -> bool:
    """Dr custody net, Dr channel fee / Cr clearing. Once per batch; False if it was booked before or does not add up."""
    with transaction.atomic():
        if batch.gross - batch.refunded - batch.fee != batch.net:
            raise_attention(
                key=f"settlement:{channel}:{batch.batch_no}",
                code=Alarm.SETTLEMENT_WRONG,
                subject=f"settlement:{channel}:{batch.batch_no}",
                data={"gross": batch.gross, "refunded": batch.refunded, "fee": batch.fee, "net": batch.net},
            )
            return False
        row, created = SettlementBatch.objects.get_or_create(
            channel=channel,
            batch_no=batch.batch_no,
            defaults={
                "day": date.fromisoformat(batch.day),
                "gross": batch.gross,
                "refunded": batch.refunded,
                "fee": batch.fee,
                "net": batch.net,
                "settled_at": batch.settled_at,
                "raw": batch.raw,
            },
        )
        if not created:
            return False
        cleared = batch.net + batch.fee
        legs = [(chart.CUSTODY, batch.net), (chart.FEE_CHANNEL, batch.fee), (chart.clearing(channel), -cleared)]
        legs = [(code, amount) for code, amount in legs if amount]
        if legs:
            post(
                key=f"settlement:{channel}:{batch.batch_no}",
                kind=Kind.SETTLEMENT,
                ref=f"settlement:{row.pk}",
                legs=legs,
                actor=None,
                effective_at=batch.settled_at,
            )
    return True


@enforces("R42")
def check_custody() -> CustodyCheck | None:
    """Write down what the bank says beside what the books say. Network. None when the bank does not answer, or there is none.

    The two may differ while a transfer or a settlement is known to one side only; a difference that stays goes to finance.
    """
    bank = custodian.provider().balance() if custodian.installed() else None
    if bank is None:
        return None
    books = balances([chart.CUSTODY])[chart.CUSTODY]
    with transaction.atomic():
        before = list(CustodyCheck.objects.order_by("-id")[:2])
        check = CustodyCheck.objects.create(bank=bank, books=books)
        stays = [check.difference, *(earlier.difference for earlier in before)]
        if len(stays) == 3 and stays[0] and len(set(stays)) == 1:
            raise_attention(
                key=f"custody:{timezone.localdate()}:{check.difference}",
                code=Alarm.CUSTODY_DIFFERENCE,
                subject=check,
                data={"bank": bank, "books": books},
            )
    return check
