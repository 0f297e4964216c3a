"""Seals of the trail (law 6): a hash chain over closed ranges, so that a changed, removed or slipped-in line is found.

Canonical form. A line is the JSON array `[id, event, actor id, subject, person id, purpose, data, at]`, keys of `data` sorted,
no spaces, non-ASCII letters as they are, `at` in UTC with microseconds, in UTF-8. Lines of a range stand in the order of
(position, id), each ended by a line feed; `root` is their SHA-256. The digest is the SHA-256 of the text
`number|after_id|low|high|rows|root|previous`, where `previous` is the digest of the seal before, or 64 zeros.

Whoever can lift the triggers can also write a new chain. The newest digest, published or written down elsewhere, is what
they cannot change: `verify_trail --expect DIGEST`.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from core.models import TrailEvent, TrailSeal
from core.watermark import horizon, position

FIRST = "0" * 64
LINES_PER_SEAL = 20_000


class OutOfStep(Exception):
    """The trail ends before the last seal does: the database was moved to another server, or lines are gone."""


@dataclass(frozen=True)
class Verdict:
    """`fault` is empty when every seal holds; `unsealed` lines are younger than the last seal."""

    seals: int
    sealed: int
    unsealed: int
    head: str
    fault: str = ""


def seal() -> int:
    """Close the trail up to the horizon, in seals of at most LINES_PER_SEAL lines. Returns the number of lines sealed.

    Safe to run twice at once: the number of a seal is its primary key. Raises OutOfStep after a move of the database
    (then run `manage.py verify_trail --new-segment` once, docs/operator/backup-and-keys.md).
    """
    total, last = 0, latest()
    limit = horizon(TrailEvent)
    if last and limit < last.high:
        raise OutOfStep(f"the trail ends at {limit}, the last seal at {last.high}: run verify_trail")
    while True:
        low = last.high if last else 0
        after_id = last.after_id if last else 0
        high = _end_of_batch(after_id, low, limit)
        if high is None:
            return total
        made = _add(last, after_id=after_id, low=low, high=high)
        if made is None:
            return total
        last, total = made, total + made.rows


def start_segment() -> TrailSeal | None:
    """After a move to a server whose transaction numbers begin anew: close what is there, and count from zero behind it.

    Nobody may write to the trail meanwhile.
    """
    last = latest()
    after_id = last.after_id if last else 0
    low = last.high if last else 0
    top = _lines(after_id, low, None).aggregate(top=models.Max(position()))["top"]
    if top is not None:
        last = _add(last, after_id=after_id, low=low, high=top + 1)
    newest = TrailEvent.objects.aggregate(top=models.Max("id"))["top"] or 0
    return _add(last, after_id=newest, low=0, high=0)


def verify() -> Verdict:
    """Recompute every seal from the lines that stand in the database. Reads all of them once, in chunks."""
    previous, sealed, count = FIRST, 0, 0
    low = after_id = 0
    segments = sorted(TrailSeal.objects.values_list("after_id", flat=True).distinct())
    for found in TrailSeal.objects.order_by("number").iterator():
        count += 1
        new_segment = found.low == 0 and found.after_id >= after_id
        if found.number != count:
            return Verdict(count, sealed, 0, previous, f"seal {count} is missing")
        if found.previous != previous or not (new_segment or (found.low, found.after_id) == (low, after_id)):
            return Verdict(count, sealed, 0, previous, f"seal {count} does not follow the seal before")
        upto_id = next((start for start in segments if start > found.after_id), None)
        rows, root = _root(_lines(found.after_id, found.low, found.high, upto_id))
        if (rows, root) != (found.rows, found.root):
            return Verdict(
                count, sealed, 0, previous, f"seal {count}: its {found.rows} lines were changed (now {rows})"
            )
        if _digest(found) != found.digest:
            return Verdict(count, sealed, 0, previous, f"seal {count} was changed")
        previous, sealed = found.digest, sealed + rows
        low, after_id = found.high, found.after_id
    unsealed = _lines(after_id, low, None).count()
    if TrailEvent.objects.count() != sealed + unsealed:
        return Verdict(count, sealed, unsealed, previous, "lines were slipped in that no seal covers")
    return Verdict(count, sealed, unsealed, previous)


def latest() -> TrailSeal | None:
    return TrailSeal.objects.order_by("-number").first()


def knows(digest: str) -> bool:
    """The digest, written down at some time, is still that of a seal."""
    return TrailSeal.objects.filter(digest=digest).exists()


def _lines(after_id: int, low: int, high: int | None, upto_id: int | None = None) -> models.QuerySet[TrailEvent]:
    column = position()
    lines = TrailEvent.objects.filter(id__gt=after_id, **{f"{column}__gte": low}).order_by(column, "id")
    if high is not None:
        lines = lines.filter(**{f"{column}__lt": high})
    return lines if upto_id is None else lines.filter(id__lte=upto_id)


def _end_of_batch(after_id: int, low: int, limit: int) -> int | None:
    """Where the next seal ends: the horizon, or the position after LINES_PER_SEAL lines. None: nothing to seal."""
    column = position()
    waiting = _lines(after_id, low, limit).values_list(column, flat=True)
    first = waiting.first()
    if first is None:
        return None
    beyond = waiting[LINES_PER_SEAL : LINES_PER_SEAL + 1].first()
    if beyond is None:
        return limit
    # One transaction that wrote more than a batch stays together.
    return beyond if beyond > first else first + 1


def _add(last: TrailSeal | None, *, after_id: int, low: int, high: int) -> TrailSeal | None:
    rows, root = _root(_lines(after_id, low, high))
    made = TrailSeal(
        number=last.number + 1 if last else 1,
        after_id=after_id,
        low=low,
        high=high,
        rows=rows,
        root=root,
        previous=last.digest if last else FIRST,
        at=timezone.now(),
    )
    made.digest = _digest(made)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return None  # somebody else is sealing
    return made


def _root(lines: models.QuerySet[TrailEvent]) -> tuple[int, str]:
    rows, root = 0, hashlib.sha256()
    for line in _canonical(lines):
        root.update(line)
        rows += 1
    return rows, root.hexdigest()


def _canonical(lines: models.QuerySet[TrailEvent]) -> Iterator[bytes]:
    columns = ("id", "event", "actor_id", "subject", "person_id", "purpose", "data", "at")
    for *values, at in lines.values_list(*columns).iterator(chunk_size=2000):
        fields = [*values, at.astimezone(UTC).isoformat(timespec="microseconds")]
        yield json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _digest(seal: TrailSeal) -> str:
    text = "|".join(
        str(part) for part in (seal.number, seal.after_id, seal.low, seal.high, seal.rows, seal.root, seal.previous)
    )
    return hashlib.sha256(text.encode()).hexdigest()
