"""Gifts and attestations of a campaign."""

from datetime import datetime

from django.db.models import Count, F, QuerySet, Sum

from accounts.models import User
from campaigns.models import Attestation, Campaign, Donation
from core.money import Fen

RECEIVED = ("paid", "refunding", "refunded")


def donations_of(campaign: Campaign) -> QuerySet[Donation]:
    """Gifts that arrived, the newest first, those given back included. One query a page."""
    return Donation.objects.filter(campaign=campaign, status__in=RECEIVED).order_by("-paid_at", "-id")


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


def gifts_of(user: User) -> QuerySet[Donation]:
    """A donor's own gifts, the newest first; those never paid are left out. One query a page."""
    mine = Donation.objects.filter(donor=user).exclude(status="intended")
    return mine.select_related("campaign", "payment").order_by("-id")
