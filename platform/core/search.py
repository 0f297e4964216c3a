"""Search tokens that work for Chinese on any engine: Han runs become characters and bigrams, other letters lower words."""

import re
import unicodedata
from collections.abc import Iterator

_HAN = "\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_RUNS = re.compile(f"[{_HAN}]+|(?:(?![{_HAN}])[^\\W_])+")
_IS_HAN = re.compile(f"[{_HAN}]")
# An index entry has a size limit on PostgreSQL; nobody looks for a word by its fortieth letter.
_LONGEST_WORD = 40


def tokens(text: str) -> list[str]:
    """The tokens to store for `text`, in order, without repeats."""
    found: dict[str, None] = {}
    for run in _runs(text):
        if _IS_HAN.match(run):
            found.update(dict.fromkeys(run))
            found.update(_bigrams(run))
        else:
            found[run[:_LONGEST_WORD]] = None
    return list(found)


def query_tokens(text: str) -> list[str]:
    """The tokens that must all be present: bigrams where a Han run has two or more characters, else the single one."""
    found: dict[str, None] = {}
    for run in _runs(text):
        if _IS_HAN.match(run) and len(run) > 1:
            found.update(_bigrams(run))
        else:
            found[run[:_LONGEST_WORD]] = None
    return list(found)


def _runs(text: str) -> Iterator[str]:
    # Full-width letters and compatibility ideographs are the same letters to whoever types them.
    for match in _RUNS.finditer(unicodedata.normalize("NFKC", text).casefold()):
        yield match.group()


def _bigrams(run: str) -> dict[str, None]:
    return dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1))
