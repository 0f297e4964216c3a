"""What this room gives to a copy of somebody's data, and what it deletes when they leave (R103)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Conflict, Text
from documents import services
from documents.models import Document


def export(user: User) -> list[dict[str, Any]]:
    return [
        {
            "id": document.pk,
            "kind": document.kind,
            "name": document.name,
            "pages": document.pages,
            "sha256": document.sha256,
            "facts": document.facts,
            "sent_at": document.created_at.isoformat(),
            "public": any(copy.withdrawn_at is None for copy in document.copies.all()),
        }
        for document in Document.objects.filter(owner=user).prefetch_related("copies").order_by("id")
    ]


def erase(user: User) -> list[Text]:
    """Delete every upload that no campaign, case or identity check refers to; take the copies of the rest off the net."""
    kept = False
    for document in Document.objects.filter(owner=user):
        for copy in document.copies.filter(withdrawn_at=None):
            services.withdraw_copy(actor=user, copy=copy)
        try:
            services.remove_document(actor=user, document=document)
        except Conflict:
            kept = True
    if not kept:
        return []
    return [_("Papers that were checked for a request for help, encrypted and not public, as long as the law asks.")]
