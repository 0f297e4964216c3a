"""The words that people agree to: `<purpose>/<version>.<language>.txt`, the first line is the title.

A published file is never edited: new words are a new version. A test pins the fingerprint of every file.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from accounts.purposes import Purpose

FOLDER = Path(__file__).parent
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class ConsentText:
    purpose: Purpose
    version: str
    language: str
    title: str
    paragraphs: tuple[str, ...]
    sha256: str


@cache
def versions(purpose: Purpose) -> tuple[str, ...]:
    """All versions, oldest first; a version is the month and a serial (`2026-11a`), so names sort by age."""
    return tuple(sorted({file.name.split(".")[0] for file in (FOLDER / purpose).glob("*.txt")}))


@cache
def text(purpose: Purpose, version: str, language: str) -> ConsentText:
    raw = (FOLDER / purpose / f"{version}.{language}.txt").read_text()
    title, *paragraphs = [part.strip() for part in raw.strip().split("\n\n")]
    return ConsentText(purpose, version, language, title, tuple(paragraphs), hashlib.sha256(raw.encode()).hexdigest())


def current(purpose: Purpose) -> ConsentText:
    """The newest words in the reader's language."""
    language = get_language() or LANGUAGES[0]
    return text(purpose, versions(purpose)[-1], language if language in LANGUAGES else LANGUAGES[0])
