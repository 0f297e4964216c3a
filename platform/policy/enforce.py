"""Where each rule is carried out: a decorator leaves the place in a register that `compliance` prints."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from policy.register import RULES

_places: dict[str, set[str]] = defaultdict(set)

F = TypeVar("F", bound=Callable[..., Any])


def enforces(*rules: str) -> Callable[[F], F]:
    """Mark a function or class as carrying out rules: `@enforces("R29")`. Raises ValueError for an unknown id."""
    for rule in rules:
        if rule not in RULES:
            raise ValueError(f"unknown rule {rule!r}")

    def mark(thing: F) -> F:
        for rule in rules:
            _places[rule].add(f"{thing.__module__}:{thing.__qualname__}")
        return thing

    return mark


def places(rule: str) -> list[str]:
    """`module:qualname` of everything marked with the rule so far, sorted."""
    return sorted(_places[rule])
