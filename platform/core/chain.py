"""A hash chain over closed ranges of an append-only table: a changed, removed or slipped-in line is found (law 6).

A seal covers the lines of `low <= position < high` (core.watermark) and carries their count and `root`; its digest is the
SHA-256 of the text `number|after_id|low|high|rows|root|previous`; `previous` is the digest of the seal before, or 64 zeros.
What a line says, and how lines become a root, is the business of the table's owner.

Whoever can lift the triggers can also write a new chain. The newest digest, published or written down elsewhere, is what
they cannot change.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from core.models import Seal
from core.watermark import horizon, position

FIRST = "0" * 64
LINES_PER_SEAL = 20_000


class OutOfStep(Exception):
    """The table ends before the last seal does: the database was moved to another server, or lines are gone."""


@dataclass(frozen=True)
class Verdict:
    """`fault` is empty when every seal holds; `unsealed` lines are younger than the last seal."""

    seals: int
    sealed: int
    unsealed: int
    head: str
    fault: str = ""


@dataclass(frozen=True)
class Chain:
    """The seals of one table. `lines` has `id` and `xid`; `write` gives the bytes of each line, in the order of the query;
    `root` folds them into (count, 64 hex characters)."""

    lines: type[models.Model]
    seals: type[Seal]
    write: Callable[[models.QuerySet[Any]], Iterator[bytes]]
    root: Callable[[Iterable[bytes]], tuple[int, str]]

    def seal(self) -> int:
        """Close the table up to the horizon, in seals of at most LINES_PER_SEAL lines. Returns the number of lines sealed.

        Safe to run twice at once: the number of a seal is its primary key. Raises OutOfStep after a move of the database
        (then begin a new segment once, docs/operator/backup-and-keys.md).
        """
        total, last = 0, self.latest()
        limit = horizon(self.lines)
        if last and limit < last.high:
            raise OutOfStep(f"{self.lines._meta.label} ends at {limit}, its last seal at {last.high}")
        while True:
            low = last.high if last else 0
            after_id = last.after_id if last else 0
            high = self._end_of_batch(after_id, low, limit)
            if high is None:
                return total
            made = self._add(last, after_id=after_id, low=low, high=high)
            if made is None:
                return total
            last, total = made, total + made.rows

    def start_segment(self) -> Seal | None:
        """After a move to a server whose transaction numbers begin anew: close what is there, and count from zero behind it.

        Nobody may write to the table meanwhile. None: somebody else is sealing.
        """
        last = self.latest()
        after_id = last.after_id if last else 0
        low = last.high if last else 0
        top = self.between(after_id, low, None).aggregate(top=models.Max(position()))["top"]
        if top is not None:
            last = self._add(last, after_id=after_id, low=low, high=top + 1)
        newest = self.lines._default_manager.aggregate(top=models.Max("id"))["top"] or 0
        return self._add(last, after_id=newest, low=0, high=0)

    def verify(self) -> Verdict:
        """Recompute every seal from the lines that stand in the database. Reads all of them once, in chunks."""
        previous, sealed, count = FIRST, 0, 0
        low = after_id = 0
        for found in self.seals._default_manager.order_by("number").iterator():
            count += 1
            new_segment = found.low == 0 and found.after_id >= after_id
            if found.number != count:
                return Verdict(count, sealed, 0, previous, f"seal {count} is missing")
            if found.previous != previous or not (new_segment or (found.low, found.after_id) == (low, after_id)):
                return Verdict(count, sealed, 0, previous, f"seal {count} does not follow the seal before")
            rows, root = self.root(self.write(self.sealed_by(found)))
            if (rows, root) != (found.rows, found.root):
                fault = f"seal {count}: its {found.rows} lines were changed (now {rows})"
                return Verdict(count, sealed, 0, previous, fault)
            if digest_of(found) != found.digest:
                return Verdict(count, sealed, 0, previous, f"seal {count} was changed")
            previous, sealed = found.digest, sealed + rows
            low, after_id = found.high, found.after_id
        unsealed = self.between(after_id, low, None).count()
        if self.lines._default_manager.count() != sealed + unsealed:
            return Verdict(count, sealed, unsealed, previous, "lines were slipped in that no seal covers")
        return Verdict(count, sealed, unsealed, previous)

    def latest(self) -> Seal | None:
        return self.seals._default_manager.order_by("-number").first()

    def knows(self, digest: str) -> bool:
        """The digest, written down at some time, is still that of a seal."""
        return self.seals._default_manager.filter(digest=digest).exists()

    def sealed_by(self, seal: Seal) -> models.QuerySet[Any]:
        """The lines that a seal covers, in their order."""
        segments = self.seals._default_manager.filter(after_id__gt=seal.after_id).order_by("after_id")
        upto_id = segments.values_list("after_id", flat=True).first()
        lines = self.between(seal.after_id, seal.low, seal.high)
        return lines if upto_id is None else lines.filter(id__lte=upto_id)

    def between(self, after_id: int, low: int, high: int | None) -> models.QuerySet[Any]:
        """Lines behind `after_id` from position `low` to before `high` (None: to the end), in their order."""
        column = position()
        lines = self.lines._default_manager.filter(id__gt=after_id, **{f"{column}__gte": low}).order_by(column, "id")
        return lines if high is None else lines.filter(**{f"{column}__lt": high})

    def _end_of_batch(self, after_id: int, low: int, limit: int) -> int | None:
        """Where the next seal ends: the horizon, or the position after LINES_PER_SEAL lines. None: nothing to seal."""
        waiting = self.between(after_id, low, limit).values_list(position(), flat=True)
        first = waiting.first()
        if first is None:
            return None
        beyond = waiting[LINES_PER_SEAL : LINES_PER_SEAL + 1].first()
        if beyond is None:
            return limit
        # One transaction that wrote more than a batch stays together.
        return int(beyond if beyond > first else first + 1)

    def _add(self, last: Seal | None, *, after_id: int, low: int, high: int) -> Seal | None:
        rows, root = self.root(self.write(self.between(after_id, low, high)))
        made = self.seals(
            number=last.number + 1 if last else 1,
            after_id=after_id,
            low=low,
            high=high,
            rows=rows,
            root=root,
            previous=last.digest if last else FIRST,
            at=timezone.now(),
        )
        made.digest = digest_of(made)
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            return None  # somebody else is sealing
        return made


def flat_root(lines: Iterable[bytes]) -> tuple[int, str]:
    """The SHA-256 of all lines, each ended by a line feed: enough where nobody has to prove a single line."""
    rows, root = 0, hashlib.sha256()
    for line in lines:
        root.update(line + b"\n")
        rows += 1
    return rows, root.hexdigest()


def digest_of(seal: Seal) -> str:
    """What a seal's digest has to be, 64 hex characters."""
    parts = (seal.number, seal.after_id, seal.low, seal.high, seal.rows, seal.root, seal.previous)
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()
