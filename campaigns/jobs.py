"""Durable jobs of this room: ids in, one service each."""

from datetime import timedelta

from django.utils import timezone

from audit.services import open_case
from campaigns.services import lifecycle, payees, pictures, stopping, submission, updates
from core.jobs import handler, recurring


@recurring("campaigns.end_expired", every=timedelta(minutes=5))
def end_expired() -> None:
    lifecycle.end_expired(now=timezone.now())


@recurring("campaigns.verify_payees", every=timedelta(minutes=15))
def verify_payees() -> None:
    payees.verify_waiting()


@recurring("campaigns.remind_stale", every=timedelta(days=1))
def remind_stale() -> None:
    updates.remind_stale(now=timezone.now())


@handler("campaigns.open_review")
def open_review(campaign_id: int) -> None:
    submission.open_review(campaign_id=campaign_id)


@handler("campaigns.open_alarm", atomic=True)
def open_alarm(campaign_id: int, occasion: str) -> None:
    open_case(actor=None, kind="alarm", subject_kind="campaign", object_id=campaign_id, urgent=True, occasion=occasion)


@handler("campaigns.publish_photos")
def publish_photos(campaign_id: int) -> None:
    pictures.publish_photos(campaign_id=campaign_id)


@handler("campaigns.give_back")
def give_back(campaign_id: int) -> None:
    stopping.give_back(campaign_id=campaign_id)
