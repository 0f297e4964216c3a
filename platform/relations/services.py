"""The only writers of the relation graph."""

import re
from collections.abc import Iterable

from django.db import transaction

from policy.enforce import enforces
from relations.models import Identifier, Kind, Link
from relations.selectors import is_subject

_INDEX = re.compile(r"[0-9a-f]{8,64}")


def link(*, subject: str, identifier_kind: str, identifier_index: str) -> None:
    """Remember that `subject` ("user:12", "person:3", "campaign:9") uses an identifier. Again is the same as once.

    `identifier_index` is a blind index or a fingerprint, 8 to 64 hex characters. Raises ValueError for anything else.
    """
    link_many(subject=subject, identifiers=[(identifier_kind, identifier_index)])


@enforces("R72")
def link_many(*, subject: str, identifiers: Iterable[tuple[str, str]]) -> None:
    """As `link`, for several `(kind, index)` at once: three statements however many (R72)."""
    if not is_subject(subject):
        raise ValueError(f"not a subject: {subject!r}")
    wanted = {(Kind(kind).value, index.lower()) for kind, index in identifiers}
    if any(not _INDEX.fullmatch(index) for _kind, index in wanted):
        raise ValueError("an identifier is a blind index or fingerprint in hex, never clear text")
    if not wanted:
        return
    with transaction.atomic():
        Identifier.objects.bulk_create(
            (Identifier(kind=kind, index=index) for kind, index in sorted(wanted)), ignore_conflicts=True
        )
        rows = Identifier.objects.filter(
            kind__in={kind for kind, _index in wanted}, index__in={index for _kind, index in wanted}
        ).values_list("id", "kind", "index")
        ids = sorted(pk for pk, kind, index in rows if (kind, index) in wanted)
        Link.objects.bulk_create((Link(subject=subject, identifier_id=pk) for pk in ids), ignore_conflicts=True)


def unlink_all(*, subject: str) -> int:
    """Forget a subject whose data are erased; identifiers that nobody else uses go with it. Returns the links removed."""
    with transaction.atomic():
        ids = list(Link.objects.filter(subject=subject).values_list("identifier_id", flat=True))
        removed, _by_model = Link.objects.filter(subject=subject).delete()
        Identifier.objects.filter(pk__in=ids, links=None).delete()
    return removed
