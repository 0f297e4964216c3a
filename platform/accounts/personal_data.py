"""What each room holds about a person: the room registers how to copy it, erase it, and what stands in the way (R103)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from core.errors import Text


@dataclass(frozen=True)
class Blocker:
    """Why an account cannot be erased now: a stable code and a sentence for the person."""

    code: str
    reason: Text


@dataclass(frozen=True)
class Holding:
    room: str
    export: Callable[[User], Any]
    erase: Callable[[User], list[Text]]
    blockers: Callable[[User], list[Blocker]]


_holdings: dict[str, Holding] = {}
_person_lookups: list[Callable[[User], int | None]] = []


def _none(_user: User) -> list[Any]:
    return []


def register(
    room: str,
    *,
    export: Callable[[User], Any],
    erase: Callable[[User], list[Text]] = _none,
    blockers: Callable[[User], list[Blocker]] = _none,
) -> None:
    """A room says what it holds about somebody who signs in. All three functions take the `User`.

    `export` returns JSON (dicts, lists, strings, numbers, None) of everything about that person, in clear.
    `erase` runs inside the erasing transaction: it removes or pseudonymises, and returns one sentence for each kind of
    thing that the law makes us keep. `blockers` returns what must be finished first (an open campaign, a payout on its way).
    """
    if room in _holdings:
        raise ValueError(f"{room} is registered twice")
    _holdings[room] = Holding(room, export, erase, blockers)


def register_person_lookup(lookup: Callable[[User], int | None]) -> None:
    """The identity room says which Person a user is, so that "who read my data" can be shown."""
    _person_lookups[:] = [lookup]


def person_id_of(user: User) -> int | None:
    return _person_lookups[0](user) if _person_lookups else None


def holdings() -> list[Holding]:
    """All rooms by name, this one last: while the others erase, the account is still whole."""
    return [_holdings[room] for room in sorted(_holdings, key=lambda room: (room == "accounts", room))]
