"""One catalogue of Chinese per room, kept honest without GNU gettext: what a room says, what is translated, what is compiled.

A catalogue is `<room>/locale/zh_Hans/LC_MESSAGES/django.po`. It holds exactly the strings that the room's Python and templates
mark, sorted, without line numbers and dates, so that two people adding strings rarely meet in a merge.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

LOCALE = "zh_Hans"
# Template folders that do not carry their room's name: the sign-in pages override a library's own.
_BORROWED_FOLDERS = {"account": "accounts", "mfa": "accounts", "usersessions": "accounts", "allauth": "accounts"}
_HOUSE_ROOM = "core"
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[#0\- +]*\d*(?:\.\d+)?([sdifr%])")
_HEADER = {
    "Language": LOCALE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


@dataclass(frozen=True, order=True)
class Message:
    """One marked string; `plural` and `context` are empty for most."""

    text: str
    context: str = ""
    plural: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return (self.text, self.context)


@dataclass(frozen=True)
class Room:
    name: str
    folder: Path

    @property
    def po(self) -> Path:
        return self.folder / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def rooms(root: Path, folders: Iterable[Path]) -> list[Room]:
    """The rooms among the installed apps: those whose folder is the house's own."""
    own = [folder for folder in folders if folder.is_relative_to(root) and ".venv" not in folder.parts]
    return [Room(folder.name, folder) for folder in own]


def sources(room: Room, templates: Path) -> Iterator[Path]:
    """The room's Python, and the templates that are its own; shared layouts and error pages belong to core."""
    yield from (path for path in sorted(room.folder.rglob("*.py")) if "migrations" not in path.parts)
    for path in sorted(templates.rglob("*")):
        if path.suffix in {".html", ".txt"} and _owner(path.relative_to(templates)) == room.name:
            yield path


def _owner(path: Path) -> str:
    folder = path.parts[0] if len(path.parts) > 1 else _HOUSE_ROOM
    if folder in {"layouts", "components"}:
        return _HOUSE_ROOM
    return _BORROWED_FOLDERS.get(folder, folder)


def read(room: Room) -> polib.POFile:
    return polib.pofile(str(room.po), wrapwidth=0) if room.po.exists() else polib.POFile(wrapwidth=0)


def rewrite(room: Room, said: Iterable[Message], elsewhere: dict[tuple[str, str], str]) -> bool:
    """Make the room's catalogue hold exactly `said`: translations stay, the unused goes, the new comes in empty, or with
    the words that another room already found for it. Returns whether the file changed."""
    old = {(entry.msgid, entry.msgctxt or ""): entry for entry in read(room)}
    new = polib.POFile(wrapwidth=0)
    new.metadata = dict(_HEADER)
    for message in sorted({message.key: message for message in sorted(said)}.values()):
        known = translation(old[message.key]) if message.key in old else ""
        known = known or elsewhere.get(message.key, "")
        entry = polib.POEntry(msgid=message.text, msgctxt=message.context or None)
        if message.plural:
            entry.msgid_plural = message.plural
            entry.msgstr_plural = {0: known}
        else:
            entry.msgstr = known
        new.append(entry)
    text = str(new)
    if not len(new):
        if room.po.exists():
            room.po.unlink()
        return bool(old)
    if room.po.exists() and room.po.read_text(encoding="utf-8") == text:
        return False
    room.po.parent.mkdir(parents=True, exist_ok=True)
    room.po.write_text(text, encoding="utf-8")
    return True


def translation(entry: polib.POEntry) -> str:
    """The one Chinese form: Chinese has no plural."""
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


def faults(room: Room, said: Iterable[Message]) -> list[str]:
    """What is wrong with the room's catalogue, one line each; empty when every string has its Chinese."""
    found = []
    entries = {(entry.msgid, entry.msgctxt or ""): entry for entry in read(room)}
    keys = {message.key for message in said}
    found += [f"missing: {text!r} (run: manage.py catalogue --write)" for text, _context in sorted(keys - set(entries))]
    found += [f"unused: {text!r} (run: manage.py catalogue --write)" for text, _context in sorted(set(entries) - keys)]
    for (text, _context), entry in sorted(entries.items()):
        chinese = translation(entry)
        if not chinese:
            found.append(f"untranslated: {text!r}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {text!r}")
        elif _placeholders(chinese) not in (_placeholders(text), _placeholders(entry.msgid_plural or text)):
            found.append(f"other placeholders than the source: {text!r} → {chinese!r}")
    return found


def _placeholders(text: str) -> list[tuple[str, str]]:
    return sorted((name, kind) for name, kind in _PLACEHOLDER.findall(text))


def disagreements(all_rooms: Iterable[Room], about: Iterable[Room]) -> list[str]:
    """Source strings that a room of `about` and another translate differently: a reader would only ever see one of the two."""
    names = {room.name for room in about}
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    found = []
    for room in all_rooms:
        for entry in read(room):
            key, chinese = (entry.msgid, entry.msgctxt or ""), translation(entry)
            first, words = seen.setdefault(key, (room.name, chinese))
            if chinese and words and chinese != words and names & {first, room.name}:
                found.append(f"{entry.msgid!r} is {words!r} in {first} and {chinese!r} in {room.name}")
    return found


def words_of(all_rooms: Iterable[Room]) -> dict[tuple[str, str], str]:
    """Every translation there is, for a room that says the same."""
    return {
        (entry.msgid, entry.msgctxt or ""): translation(entry)
        for room in all_rooms
        for entry in read(room)
        if translation(entry)
    }


def compile_all(root: Path) -> int:
    """Write the `.mo` beside each `.po` that is newer; returns how many. Safe while other processes do the same."""
    written = 0
    for po in [*root.glob(f"*/locale/{LOCALE}/LC_MESSAGES/*.po"), *root.glob(f"*/*/locale/{LOCALE}/LC_MESSAGES/*.po")]:
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        part = mo.with_suffix(f".{os.getpid()}.part")
        polib.pofile(str(po)).save_as_mofile(str(part))
        part.replace(mo)
        written += 1
    return written
