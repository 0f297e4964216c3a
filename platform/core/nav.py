"""The staff menu. Each room registers its own lines in `apps.ready()`; a person sees those of the roles that are theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from core.errors import Text


@dataclass(frozen=True)
class Entry:
    section: Text
    label: Text
    url_name: str
    roles: frozenset[str]
    place: int = 50


_entries: list[Entry] = []


def staff_page(*, section: Text, label: Text, url_name: str, roles: Iterable[str], place: int = 50) -> None:
    """Put a line in the staff menu for people with any of `roles`; sections with a low `place` stand first."""
    _entries.append(Entry(section, label, url_name, frozenset(str(role) for role in roles), place))


def entries_for(user: Any) -> list[Entry]:
    """The lines that `user` may see, section by section: by place, then as first registered. Reads the user's roles once."""
    roles = user.roles() if getattr(user, "is_authenticated", False) else frozenset()
    mine = [entry for entry in _entries if entry.roles & roles]
    order = {str(entry.section): (entry.place, number) for number, entry in reversed(list(enumerate(mine)))}
    return sorted(mine, key=lambda entry: order[str(entry.section)])


@dataclass(frozen=True)
class OwnEntry:
    label: Text
    url_name: str
    icon: str = "chevron-right"
    place: int = 50


_own: list[OwnEntry] = []


def own_page(*, label: Text, url_name: str, icon: str = "chevron-right", place: int = 50) -> None:
    """Put a line in everybody's own menu (/me/): low places first; what is looked at most stands on top."""
    _own.append(OwnEntry(label, url_name, icon, place))


def own_pages() -> list[OwnEntry]:
    return sorted(_own, key=lambda entry: entry.place)


@dataclass(frozen=True)
class Line:
    """A line of a menu as it stands on a page."""

    section: Text
    label: Text
    url: str
    current: bool


def lines(entries: Iterable[Entry | OwnEntry], path: str) -> list[Line]:
    """The menu on the page at `path`: the one line whose address leads furthest towards it is the current one."""
    urls = [(entry, reverse(entry.url_name)) for entry in entries]
    nearest = max((url for _entry, url in urls if path.startswith(url)), key=len, default="")
    return [Line(getattr(entry, "section", ""), entry.label, url, url == nearest) for entry, url in urls]
