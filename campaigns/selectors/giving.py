"""Gifts and attestations of a campaign."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from accounts.models import User
from campaigns.models import Attestation, Campaign, Donation
from core.money import Fen
from core.states import Among
from ledger.proofs import prove
from payments.selectors import journal_refs

RECEIVED = ("paid", "refunding", "refunded")


def donations_of(campaign: Campaign) -> QuerySet[Donation]:
    """Gifts that arrived, the newest first, those given back included. One query a page."""
    return Donation.objects.filter(Among(RECEIVED), campaign=campaign).order_by("-paid_at", "-id")


def refundable_donations(campaign: Campaign) -> list[tuple[int, Fen]]:
    """(donation id, fen of it that were not sent back) of every gift with something left in it, in id order. One query."""
    rows = Donation.objects.filter(campaign=campaign, status__in=("paid", "refunding"), payment__status="paid")
    kept = rows.annotate(kept=F("amount") - F("payment__refund_reserved")).filter(kept__gt=0)
    return list(kept.order_by("id").values_list("id", "kept"))


def attestation_count(campaign: Campaign) -> int:
    """How many people attest to the campaign now. One query."""
    return Attestation.objects.filter(campaign=campaign, withdrawn_at=None).count()


def speed(campaign: Campaign, *, since: datetime) -> tuple[Fen, int]:
    """Fen and number of gifts that arrived since then (R30). One query."""
    rows = Donation.objects.filter(campaign=campaign, status="paid", paid_at__gte=since)
    found = rows.aggregate(amount=Sum("amount"), gifts=Count("id"))
    return found["amount"] or 0, found["gifts"]


def proof_of(donation: Donation) -> dict[str, Any]:
    """That a gift stands in the sealed books, for anybody to check (docs/verify/). Ten queries and a few for each refund.

    `unsealed` counts journals that are younger than the last seal; ask again in a quarter of an hour.
    """
    refs = journal_refs(donation.payment) if donation.payment else []
    proofs, unsealed = prove(refs)
    return {
        "format": "candor-proof-1",
        "receipt": donation.number,
        "campaign": donation.campaign.code,
        "payment": donation.payment.out_trade_no if donation.payment else "",
        "gift_fen": donation.amount,
        "tip_fen": donation.tip,
        "refs": refs,
        "journals": [asdict(proof) for proof in proofs],
        "unsealed": unsealed,
    }


def gifts_of(user: User) -> QuerySet[Donation]:
    """A donor's own gifts, the newest first; those never paid are left out. One query a page."""
    mine = Donation.objects.filter(donor=user).exclude(status="intended")
    return mine.select_related("campaign", "payment").order_by("-id")
