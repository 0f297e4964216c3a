"""Durable work of this room."""

from datetime import timedelta

from django.utils import timezone

from blacklist import services
from core.jobs import recurring


@recurring("blacklist.expire", every=timedelta(hours=1))
def expire() -> None:
    services.expire_due(today=timezone.localdate())
