"""Words that people sign or accept here: `<letter>/<version>.<language>.txt`, the first line is the title.

A published file is never edited: new words are a new version. A signature keeps the version and the SHA-256 of the file.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

FOLDER = Path(__file__).parent
LETTERS = ("promise", "attestation", "obligations")
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Letter:
    name: str
    version: str
    language: str
    title: str
    paragraphs: tuple[str, ...]
    sha256: str


@cache
def read(name: str, version: str, language: str) -> Letter:
    raw = (FOLDER / name / f"{version}.{language}.txt").read_text()
    title, *paragraphs = [part.strip() for part in raw.strip().split("\n\n")]
    return Letter(name, version, language, title, tuple(paragraphs), hashlib.sha256(raw.encode()).hexdigest())


@cache
def versions(name: str) -> tuple[str, ...]:
    return tuple(sorted({file.name.split(".")[0] for file in (FOLDER / name).glob("*.txt")}))


def current(name: str) -> Letter:
    """The newest words in the reader's language."""
    language = get_language() or LANGUAGES[0]
    return read(name, versions(name)[-1], language if language in LANGUAGES else LANGUAGES[0])
