"""Hard stops in force (bottom line 1)."""

from collections.abc import Collection

from audit.models import HardStop
from audit.states import STOPPED


def is_stopped(subject_kind: str, object_id: int) -> bool:
    """Whether publishing, giving and paying are blocked. One query; ask inside the transaction that would do them."""
    return bool(stopped_ids(subject_kind, [object_id]))


def stopped_ids(subject_kind: str, object_ids: Collection[int]) -> set[int]:
    """Those of the ids that are under a hard stop. One query."""
    rows = HardStop.objects.filter(subject_kind=subject_kind, object_id__in=object_ids, status__in=STOPPED)
    return set(rows.values_list("object_id", flat=True))
