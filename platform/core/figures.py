"""Numbers over everything, which no page should have to add up: a job computes them, pages read what it left.

    @figures.kept("campaigns.figures")
    def figures() -> Figures: ...

Whoever calls `figures()` gets the numbers of the last run, at most FRESH old while the job runs. Where it does not run (tests,
a worker that is down) they are computed when they are asked for and kept for the same time. A number that must be right to
the second, or that stands for one person's or one campaign's money, is no figure of this kind.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache

from core import jobs

FRESH = timedelta(minutes=5)
# Longer than the period of the job, so that a run that comes late leaves no page without numbers.
_KEEP = FRESH * 2

T = TypeVar("T")

_computed: dict[str, Callable[[], object]] = {}


def kept(name: str) -> Callable[[Callable[[], T]], Callable[[], T]]:
    """Register a function without arguments whose result can be pickled and is never None."""

    def register(compute: Callable[[], T]) -> Callable[[], T]:
        _computed[name] = compute

        @wraps(compute)
        def read() -> T:
            found: T | None = cache.get(_key(name))
            return _write(name, compute) if found is None else found

        return read

    return register


def refresh() -> None:
    """Compute all registered figures anew."""
    for name, compute in _computed.items():
        _write(name, compute)


@jobs.recurring("core.figures", every=FRESH)
def refresh_figures() -> None:
    refresh()


def _write(name: str, compute: Callable[[], T]) -> T:
    value = compute()
    cache.set(_key(name), value, _KEEP.total_seconds())
    return value


def _key(name: str) -> str:
    # What an older build left may lack a field of today.
    return f"figures:{settings.CODE_VERSION}:{name}"
