"""Readers of this room."""

import hashlib
import hmac

from django.db.models import QuerySet

from blacklist.models import Entry
from blacklist.states import IN_FORCE, WAITING
from core.states import Among
from identity.models import Person
from policy.enforce import enforces


@enforces("R79")
def matches(person: Person) -> list[Entry]:
    """The listings of a person that are in force: one indexed query. A person is one ID number, so a new name does not help."""
    return list(Entry.objects.filter(person=person, status__in=IN_FORCE).order_by("id"))


@enforces("R77")
def public_entries() -> QuerySet[Entry]:
    """What everybody may see, newest first; one query a page. Names are masked when shown."""
    return Entry.objects.filter(Among(IN_FORCE)).select_related("person").order_by("-entered_at", "-id")


def queue(status: str = "") -> QuerySet[Entry]:
    """What waits for people, oldest first; one query a page."""
    rows = Entry.objects.select_related("person", "proposed_by", "approved_by")
    return (rows.filter(status=status) if status else rows.filter(Among(WAITING))).order_by("id")


def entries_of(person: Person) -> QuerySet[Entry]:
    """Everything about a person that the person may see: from the notice on."""
    return Entry.objects.filter(person=person).exclude(status="proposed").order_by("-id")


@enforces("R80")
def feed(salt: bytes) -> list[dict[str, str]]:
    """The listings in force for a partner platform: keyed hash of the ID number, ground and date, never the number or name."""
    rows = Entry.objects.filter(status__in=IN_FORCE).select_related("person").order_by("id")
    return [
        {
            "id_hash": hmac.new(salt, entry.person.id_number.encode(), hashlib.sha256).hexdigest(),
            "ground": entry.ground,
            "severity": entry.severity,
            "since": entry.entered_at.date().isoformat() if entry.entered_at else "",
        }
        for entry in rows.iterator(chunk_size=1000)
    ]
