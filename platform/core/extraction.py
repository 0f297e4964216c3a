"""Which strings a file marks for translation. Needs Babel, a tool of developers; nothing at run time imports this."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

from core.catalogue import Message

_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def messages(path: Path) -> Iterator[Message]:
    """The marked strings of a Python file or a Django template, cotton attributes included."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Read as Python from here on, so the indentation of the page must not count.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    for _line, found, _comments, context in extract("python", BytesIO(text.encode()), keywords=_KEYWORDS):
        singular, plural = found if isinstance(found, tuple) else (found, "")
        if singular:
            yield Message(singular, context or "", plural)
