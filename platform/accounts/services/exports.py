"""A copy of everything for the person themselves (R103)."""

import json
from datetime import datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from accounts import outbound, personal_data
from accounts.models import DataExport, User
from core.jobs import enqueue
from core.states import apply
from core.trail import record
from policy.enforce import enforces

KEPT_FOR = timedelta(days=7)
ONE_PER = timedelta(hours=24)


def request_export(*, actor: User) -> DataExport:
    """Ask for the copy; a job makes it. Asking again within a day gives the one that is there."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        present = DataExport.objects.filter(user=actor).exclude(status="expired").order_by("-id").first()
        if present and (present.status == "requested" or present.requested_at > timezone.now() - ONE_PER):
            return present
        export = DataExport.objects.create(user=actor)
        record(actor=actor, event="export.request", subject=export)
        enqueue("accounts.build_export", str(export.pk), {"export_id": export.pk})
    return export


@enforces("R103")
def build_export(*, export_id: int) -> None:
    """Collect what each room holds, seal it, tell the person. A second run changes nothing."""
    export = DataExport.objects.select_related("user").get(pk=export_id)
    if export.status != "requested":
        return
    content = {holding.room: holding.export(export.user) for holding in personal_data.holdings()}
    now = timezone.now()
    with transaction.atomic():
        apply(export, "finish", actor=None)
        export.content = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False)
        export.ready_at, export.expires_at = now, now + KEPT_FOR
        export.save(update_fields=["content", "ready_at", "expires_at"])
        outbound.tell(
            user=export.user,
            code="accounts.export_ready",
            params={"expires_at": export.expires_at.isoformat()},
            url="/me/privacy/",
            key=str(export.pk),
        )


def expire_exports(*, now: datetime) -> int:
    """Remove copies that were kept long enough. Returns how many."""
    due = list(DataExport.objects.defer("content").filter(status="ready", expires_at__lte=now).order_by("id"))
    for export in due:
        with transaction.atomic():
            apply(export, "expire", actor=None)
            DataExport.objects.filter(pk=export.pk).update(content="")
    return len(due)
