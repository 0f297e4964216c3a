"""Durable work of this room."""

from datetime import timedelta

from django.utils import timezone

from accounts import services
from core.jobs import handler, recurring

handler("accounts.build_export")(services.build_export)
handler("accounts.delete_account")(services.delete_account)


@recurring("accounts.expire_exports", every=timedelta(hours=1))
def expire_exports() -> None:
    services.expire_exports(now=timezone.now())


@recurring("accounts.discard_unfinished_signups", every=timedelta(hours=6))
def discard_unfinished_signups() -> None:
    services.discard_unfinished_signups(now=timezone.now())
