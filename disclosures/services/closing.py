"""Closing a campaign's books: what was not used goes back to the donors (R58, R61, R63)."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from campaigns.models import Campaign
from campaigns.selectors import money
from campaigns.services import close_campaign, start_settling
from core.errors import Conflict
from core.jobs import NotYet, enqueue
from core.states import apply
from core.trail import record
from disclosures import rules
from disclosures.models import Obligation, Payout, Settlement, SettlementShare
from disclosures.selectors import refundable_payments
from ledger import chart
from payments.models import Refund
from payments.services import request_refund
from policy.enforce import enforces

SHARES_PER_RUN = 200
ASK_AGAIN = timedelta(seconds=10)
FROZEN_SECONDS = 600


def obstacles(campaign: Campaign) -> list[str]:
    """What still stands in the way of closing, as codes: `not_ended`, `giving_back`, `open_withdrawal`, `open_payout`,
    `unproved`, `failed_refund` (its money is back in the account, still promised to a donor: finance decides first)."""
    found = []
    stopped = campaign.status == "frozen" and campaign.end_reason == "stopped"
    if campaign.status not in ("ended", "settling") and not stopped:
        found.append("not_ended")
    if campaign.shares.filter(requested=False).exists():
        found.append("giving_back")
    if campaign.withdrawals.filter(status__in=["requested", "fix_needed", "notice", "objected", "approved"]).exists():
        found.append("open_withdrawal")
    if Payout.objects.filter(
        withdrawal__campaign=campaign, status__in=["ready", "prepared", "sent", "returned"]
    ).exists():
        found.append("open_payout")
    if Obligation.objects.filter(campaign=campaign).exclude(status="proved").exists():
        found.append("unproved")
    if Refund.objects.filter(from_account=chart.available(campaign.pk), status="failed").exists():
        found.append("failed_refund")
    return found


def propose_settlement(*, actor: User, campaign: Campaign) -> Settlement:
    """Propose to close: nothing is open, every payment is proved. Raises Conflict `cannot_close` with what is in the way."""
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        live = Settlement.objects.filter(campaign=locked).exclude(status="rejected").first()
        if live:
            return live
        in_the_way = obstacles(locked)
        if in_the_way:
            raise Conflict(
                "cannot_close", _("The books cannot be closed yet: %(why)s.") % {"why": ", ".join(in_the_way)}
            )
        if locked.status != "settling":
            start_settling(actor=actor, campaign=locked)
        surplus = money([locked.pk])[locked.pk].available
        settlement = Settlement.objects.create(campaign=locked, surplus=surplus, proposed_by=actor)
        record(actor=actor, event="settlement.propose", subject=settlement, data={"surplus": surplus})
    return settlement


def reject_settlement(*, actor: User, settlement: Settlement, reason: str) -> Settlement:
    with transaction.atomic():
        _check_second_person(settlement, actor)
        Settlement.objects.filter(pk=settlement.pk).update(decided_by=actor, reason=reason)
        return apply(settlement, "reject", actor=actor, reason=reason)


@enforces("R61", "R63")
def approve_settlement(*, actor: User, settlement: Settlement) -> Settlement:
    """A second person agrees: each gift's share is fixed to the fen and starts on its way back by the route it came."""
    with transaction.atomic():
        locked = Settlement.objects.select_for_update(of=("self",)).get(pk=settlement.pk)
        _check_second_person(locked, actor)
        if locked.status != "proposed":
            raise Conflict("wrong_state", _("This closing is not waiting for approval."))
        campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=locked.campaign_id)
        in_the_way = obstacles(campaign)
        if in_the_way:
            raise Conflict(
                "cannot_close", _("The books cannot be closed yet: %(why)s.") % {"why": ", ".join(in_the_way)}
            )
        surplus = money([locked.campaign_id])[locked.campaign_id].available
        if surplus != locked.surplus:
            raise Conflict(
                "surplus_changed", _("The available money changed since the proposal. Propose it anew, please.")
            )
        _write_shares(locked)
        Settlement.objects.filter(pk=locked.pk).update(decided_by=actor)
        apply(locked, "approve", actor=actor)
        enqueue("disclosures.send_shares", str(locked.pk), {"settlement_id": locked.pk})
    return locked


def _check_second_person(settlement: Settlement, actor: User) -> None:
    if settlement.proposed_by_id == actor.pk:
        raise Conflict("same_person", _("Somebody else must decide what you proposed."))


def _write_shares(settlement: Settlement) -> None:
    payments = refundable_payments(settlement.campaign)
    parts = rules.surplus_shares(settlement.surplus, [kept for _payment_id, kept in payments])
    SettlementShare.objects.bulk_create(
        (
            SettlementShare(settlement=settlement, payment_id=payment_id, amount=part)
            for (payment_id, _kept), part in zip(payments, parts, strict=True)
            if part
        ),
        batch_size=1000,
    )


@enforces("R60", "R61")
def send_shares(*, settlement: Settlement) -> None:
    """Ask for the next refunds, a bounded number per run; raises NotYet until the last one is back and the books are at zero.

    Killed at any line, it goes on where it was: each share asks for its refund under a key of its own.
    """
    waiting = settlement.shares.filter(requested=False).order_by("id")[:SHARES_PER_RUN]
    for share in waiting.select_related("payment"):
        _send_share(settlement, share)
    if settlement.shares.filter(requested=False).exists():
        raise NotYet(1, "more shares to send")
    if Campaign.objects.filter(pk=settlement.campaign_id, status="frozen").exists():
        raise NotYet(FROZEN_SECONDS, "the campaign is on hold")
    state = money([settlement.campaign_id])[settlement.campaign_id]
    if state.available or state.held or state.refunding:
        raise NotYet(int(ASK_AGAIN.total_seconds()), "refunds are still on their way")
    finish_settlement(settlement=settlement)


def _send_share(settlement: Settlement, share: SettlementShare) -> None:
    with transaction.atomic():
        request_refund(
            actor=None,
            payment=share.payment,
            amount=share.amount,
            reason="surplus",
            key=f"surplus:{share.pk}",
            from_account=chart.available(settlement.campaign_id),
        )
        SettlementShare.objects.filter(pk=share.pk).update(requested=True)


def finish_settlement(*, settlement: Settlement) -> None:
    with transaction.atomic():
        apply(settlement, "finish", actor=None)
        Settlement.objects.filter(pk=settlement.pk).update(finished_at=timezone.now())
        close_campaign(actor=None, campaign=settlement.campaign)
