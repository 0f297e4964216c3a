"""That one journal stands in the sealed books: its line, a path to the seal's root, and the seal. For anybody to check alone.

docs/verify/verify_receipt.py does it with nothing of ours.
"""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Q, QuerySet

from core import merkle
from core.watermark import position
from ledger.models import BooksSeal, Journal
from ledger.seals import BOOKS

_LEAF = 32
_KEEP_SECONDS = 3600


@dataclass(frozen=True)
class Proof:
    """`path` leads from the leaf of `line` to the root of the seal: (side of the neighbour, digest in hex)."""

    line: str
    path: list[tuple[str, str]]
    seal: dict[str, Any]


def published(seal: BooksSeal) -> dict[str, Any]:
    """A seal as it is published: all that its digest is made of, and when it was made (UTC)."""
    said = {name: getattr(seal, name) for name in ("number", "after_id", "low", "high", "rows", "root", "previous")}
    return {**said, "digest": seal.digest, "at": seal.at.isoformat()}


def prove(refs: list[str]) -> tuple[list[Proof], int]:
    """Proofs of the journals with one of `refs`, and how many are younger than the last seal. Six queries a journal."""
    found, unsealed = [], 0
    for journal in Journal.objects.filter(ref__in=refs).order_by("id"):
        seal = _seal_of(journal)
        if seal is None:
            unsealed += 1
        else:
            found.append(_prove(journal, seal))
    return found, unsealed


def _seal_of(journal: Journal) -> BooksSeal | None:
    place = getattr(journal, position())
    seals = BooksSeal.objects.filter(low__lte=place, high__gt=place, after_id__lt=journal.pk)
    return seals.order_by("-after_id").first()


def _prove(journal: Journal, seal: BooksSeal) -> Proof:
    column, place = position(), getattr(journal, position())
    before = Q(**{f"{column}__lt": place}) | Q(**{column: place}, id__lt=journal.pk)
    sealed = BOOKS.sealed_by(seal)
    steps = merkle.path(_leaves(seal, sealed), sealed.filter(before).count())
    (line,) = BOOKS.write(Journal.objects.filter(pk=journal.pk))
    return Proof(line.decode(), [(side, digest.hex()) for side, digest in steps], published(seal))


def _leaves(seal: BooksSeal, sealed: QuerySet[Journal]) -> list[merkle.Digest]:
    """A sealed range never changes, so its leaves are kept for a while."""
    packed: bytes | None = cache.get(f"ledger.leaves:{seal.digest}")
    if packed is None:
        packed = b"".join(merkle.leaf(line) for line in BOOKS.write(sealed))
        cache.set(f"ledger.leaves:{seal.digest}", packed, _KEEP_SECONDS)
    return [packed[at : at + _LEAF] for at in range(0, len(packed), _LEAF)]
