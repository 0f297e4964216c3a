"""The parameters of RULES D in force, typed: amounts in fen, rates in ppm, times in the unit that the key names."""

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from core.errors import DomainError
from policy.defaults import PARAMETERS
from policy.enforce import enforces
from policy.models import ParameterChange

log = logging.getLogger(__name__)

# How long a process may go on with what it knows: a change reaches other processes after this many seconds at most.
STALE_SECONDS = 5.0


@dataclass(frozen=True)
class Known:
    """Approved changes by key, oldest first, and when (monotonic seconds) they were read."""

    read_at: float
    changes: dict[str, list[tuple[datetime, Any]]] = field(default_factory=dict)

    def is_fresh(self) -> bool:
        # In a test nobody else writes, so nothing grows stale by itself and query counts are exact.
        return settings.TESTING or time.monotonic() - self.read_at < STALE_SECONDS


_known: Known | None = None


def value(key: str, at: datetime | None = None) -> Any:
    """The value of `key` in force at `at` (now). Raises KeyError for a key that is not registered.

    No query while the process knows the changes, one query every few seconds else.
    """
    parameter = PARAMETERS[key]
    changes = _changes().get(key)
    if not changes:
        return parameter.default
    moment = at or timezone.now()
    in_force = parameter.default
    for effective_from, changed in changes:
        if effective_from <= moment:
            in_force = changed
    return in_force


def forget() -> None:
    """Read the changes again at the next question: called when a change is approved."""
    global _known
    _known = None


def know_of_none() -> None:
    """Take it as known that nothing was changed: the start of every test, where the tables are empty."""
    global _known
    _known = Known(time.monotonic())


def _changes() -> dict[str, list[tuple[datetime, Any]]]:
    global _known
    known = _known
    if known is None or not known.is_fresh():
        known = _known = _read()
    return known.changes


@enforces("R90")
def _read() -> Known:
    """One query. A row outside the bounds of this mode does not count: no row, however written, raises a fee (R90)."""
    read_at = time.monotonic()
    found: dict[str, list[tuple[datetime, Any]]] = defaultdict(list)
    rows = ParameterChange.objects.filter(status="approved").order_by("effective_from", "id")
    for key, stored, effective_from in rows.values_list("key", "value", "effective_from"):
        parameter = PARAMETERS.get(key)
        if parameter is None:
            continue
        try:
            changed = parameter.kind.from_json(stored)
            parameter.check(changed, production=not settings.SANDBOX)
        except (DomainError, TypeError):
            log.warning("the change of %s to %r is out of bounds and does not count", key, stored)
            continue
        found[key].append((effective_from, changed))
    return Known(read_at, dict(found))
