"""Seals of the trail (law 6): core.chain over TrailEvent.

A line is the JSON array `[id, event, actor id, subject, person id, purpose, data, at]`, keys of `data` sorted, no spaces,
non-ASCII letters as they are, `at` in UTC with microseconds, in UTF-8. The root is the SHA-256 of all lines of the range, each
ended by a line feed. Check with `manage.py verify_trail --expect DIGEST`.
"""

import json
from collections.abc import Iterator
from datetime import UTC

from django.db import models

from core.chain import Chain, flat_root
from core.models import TrailEvent, TrailSeal


def _written(lines: models.QuerySet[TrailEvent]) -> Iterator[bytes]:
    columns = ("id", "event", "actor_id", "subject", "person_id", "purpose", "data", "at")
    for *values, at in lines.values_list(*columns).iterator(chunk_size=2000):
        fields = [*values, at.astimezone(UTC).isoformat(timespec="microseconds")]
        yield json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


TRAIL = Chain(TrailEvent, TrailSeal, _written, flat_root)
