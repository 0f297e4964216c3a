"""Stopping a campaign for good and giving back what is still there (R59, R60, R94)."""

from django.db import transaction

from accounts.models import User
from campaigns import rules
from campaigns.models import Campaign, Share
from campaigns.selectors.giving import refundable_donations
from campaigns.selectors.money import money
from campaigns.services.lifecycle import end_campaign, freeze_campaign, lock
from core import jobs, trail
from ledger import chart
from payments.services import request_refund
from policy.enforce import enforces

SHARES_PER_RUN = 200


@enforces("R59", "R94")
def stop_and_refund(*, actor: User | None, campaign: Campaign, reason: str) -> Campaign:
    """No more gifts, no more payments; what has not left goes back to the donors in proportion. Idempotent.

    What a withdrawal still holds comes back when finance calls it off, and follows at the closing of the books.
    """
    with transaction.atomic():
        locked = lock(campaign)
        over = locked.status in ("settling", "closed") or locked.frozen_from == "settling"
        if locked.is_public and not over:
            end_campaign(actor=actor, campaign=locked, why="stopped", note=reason)
            _say_stopped(actor, locked)
            freeze_campaign(actor=actor, campaign=locked, reason=reason)
            jobs.enqueue("campaigns.give_back", str(locked.pk), {"campaign_id": locked.pk})
    campaign.refresh_from_db()
    return campaign


def _say_stopped(actor: User | None, campaign: Campaign) -> None:
    """A request that had ended before was stopped all the same: donors read that, and its books close as of a stopped one."""
    ended = Campaign.objects.filter(pk=campaign.pk).exclude(end_reason="stopped")
    before = ended.values_list("end_reason", flat=True).first()
    if before is not None:
        ended.update(end_reason="stopped")
        trail.record(actor=actor, event="campaign.stop_after_end", subject=campaign, data={"ended": before})


@enforces("R60", "R63")
def give_back(*, campaign_id: int) -> None:
    """Fix each donor's share of what is available, then ask for the refunds, a bounded number per run (else NotYet).

    Killed at any line it goes on where it was: shares are written once, every refund has a key of its own.
    """
    _fix_shares(campaign_id)
    waiting = Share.objects.filter(campaign_id=campaign_id, requested=False).select_related("donation__payment")
    for share in waiting.order_by("id")[:SHARES_PER_RUN]:
        _ask(share)
    if Share.objects.filter(campaign_id=campaign_id, requested=False).exists():
        raise jobs.NotYet(1, "more gifts to send back")


def _fix_shares(campaign_id: int) -> None:
    with transaction.atomic():
        locked = lock(Campaign(pk=campaign_id))
        # Once the books are being closed, what is left goes back by the closing.
        if locked.shares.exists() or locked.status in ("settling", "closed"):
            return
        gifts = refundable_donations(locked)
        available = money([campaign_id])[campaign_id].available
        parts = rules.give_back(available, [kept for _donation_id, kept in gifts])
        Share.objects.bulk_create(
            (
                Share(campaign=locked, donation_id=donation_id, amount=part)
                for (donation_id, _kept), part in zip(gifts, parts, strict=True)
                if part
            ),
            batch_size=1000,
        )


def _ask(share: Share) -> None:
    payment = share.donation.payment
    if payment is None:
        raise ValueError(f"gift {share.donation_id} was never paid")
    with transaction.atomic():
        request_refund(
            actor=None,
            payment=payment,
            amount=share.amount,
            reason="stopped",
            key=f"stopped:{share.pk}",
            from_account=chart.available(share.campaign_id),
        )
        Share.objects.filter(pk=share.pk).update(requested=True)
