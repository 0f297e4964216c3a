"""What machines must not decide goes to finance."""

from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from core.errors import DomainError
from core.trail import record, subject_of
from notices.services import notify
from payments.models import Alarm, Attention


def raise_attention(*, key: str, code: Alarm, subject: models.Model | str, data: dict[str, Any] | None = None) -> None:
    """Put something before finance, once per `key`, in the caller's transaction, and tell everybody who has the role."""
    attention, created = Attention.objects.get_or_create(
        key=key, defaults={"code": code, "subject": subject_of(subject), "data": data or {}}
    )
    if not created:
        return
    record(actor=None, event="payments.attention", subject=subject, data={"code": code, **(data or {})})
    people = User.objects.filter(grants__role=Role.FINANCE, grants__revoked_at=None, is_active=True).distinct()
    for person in people:
        notify(
            user=person,
            code="payments.attention",
            params={"what": attention.subject},
            url="/staff/money/attention/",
            key=key,
        )


def settle_attention(*, actor: User, attention: Attention, note: str) -> Attention:
    """Finance writes what was done. A second time changes nothing. Raises DomainError `note_missing`."""
    if not note.strip():
        raise DomainError("note_missing", _("Write what was found and done."), field="note")
    with transaction.atomic():
        changed = Attention.objects.filter(pk=attention.pk, settled_at=None).update(
            settled_at=timezone.now(), settled_by=actor, note=note.strip()[:500]
        )
        if changed:
            record(
                actor=actor, event="payments.attention_settled", subject=attention.subject, data={"note": note[:500]}
            )
    attention.refresh_from_db()
    return attention
