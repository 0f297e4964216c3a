"""Seals of the books: core.chain over the journals, with a Merkle root: one journal can be proved from a published seal.

A line is the JSON array `[id, key, kind, ref, effective at, [[account, fen], …]]` with the legs in their order, no spaces,
times in UTC with microseconds, in UTF-8. Leaves and root are those of core.merkle; the digest chains the seals (core.chain).
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC
from itertools import islice
from typing import Any

from django.db import models

from core.chain import Chain
from core.merkle import root_of_lines
from ledger.models import BooksSeal, Entry, Journal

_CHUNK = 2000


def _written(journals: models.QuerySet[Journal]) -> Iterator[bytes]:
    rows = journals.values_list("id", "key", "kind", "ref", "effective_at").iterator(chunk_size=_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        legs = _legs([row[0] for row in chunk])
        for number, *said, at in chunk:
            yield line(number, said, at.astimezone(UTC).isoformat(timespec="microseconds"), legs[number])


def _legs(journals: list[int]) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    entries = Entry.objects.filter(journal_id__in=journals).order_by("id")
    for number, code, amount in entries.values_list("journal_id", "account__code", "amount"):
        found[number].append((code, amount))
    return found


def line(number: int, said: list[Any], at: str, legs: list[tuple[str, int]]) -> bytes:
    """One journal as the seal reads it."""
    return json.dumps([number, *said, at, legs], ensure_ascii=False, separators=(",", ":")).encode()


BOOKS = Chain(Journal, BooksSeal, _written, root_of_lines)
