"""What a person may see of their own data: the signed link to their copy, and who read what."""

import io
import json
import zipfile

from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import personal_data
from accounts.models import DataExport, User
from accounts.roles import Role
from core.masking import mask_name
from core.models import TrailEvent
from policy.enforce import enforces

LINK_SECONDS = 600
_SALT = "accounts.export"


def download_url(export: DataExport) -> str:
    """A path that works for ten minutes, for this person, while they are signed in."""
    token = signing.dumps([export.pk, export.user_id], salt=_SALT)
    return reverse("accounts:export_download", args=[token])


def open_link(user: User, token: str) -> DataExport | None:
    """The copy behind a link, or None: forged, too old, somebody else's, or already removed."""
    try:
        export_id, user_id = signing.loads(token, salt=_SALT, max_age=LINK_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if user_id != user.pk:
        return None
    return DataExport.objects.filter(pk=export_id, user=user, status="ready").first()


def as_zip(export: DataExport) -> bytes:
    """One JSON file per room."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for room, content in json.loads(export.content).items():
            archive.writestr(f"{room}.json", json.dumps(content, ensure_ascii=False, indent=2))
    return buffer.getvalue()


@enforces("R103")
def readings_of(user: User) -> QuerySet[TrailEvent]:
    """Each time somebody read this person's sensitive data, newest first. One query per page, after finding the person."""
    person_id = personal_data.person_id_of(user)
    if person_id is None:
        return TrailEvent.objects.none().order_by("-id")
    events = TrailEvent.objects.filter(person_id=person_id, event="read.sensitive")
    return events.exclude(actor=user).select_related("actor").prefetch_related("actor__grants").order_by("-id")


def reader_of(event: TrailEvent) -> str:
    """Who read it: the platform, or the masked name with the roles held at that time."""
    if event.actor is None:
        return _("The platform")
    held = [
        str(Role(grant.role).label)
        for grant in event.actor.grants.all()
        if grant.granted_at <= event.at and (grant.revoked_at is None or grant.revoked_at > event.at)
    ]
    return f"{mask_name(event.actor.name)} ({', '.join(held)})" if held else mask_name(event.actor.name)
