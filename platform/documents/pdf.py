"""Reading untrusted PDF files: refuse what can act, then keep only pictures of the pages."""

import io
import logging
import math
import threading
from typing import Any

import pypdfium2
from django.utils.translation import gettext_lazy as _
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from core.errors import DomainError
from documents.images import Sheet, refuse, sheet
from documents.rules import MAX_PDF_PAGES, MAX_PIXELS, MAX_SIDE

log = logging.getLogger(__name__)

# PDFium is not safe to call from two threads of one process.
_pdfium = threading.Lock()

_DOTS_PER_POINT = 200 / 72
_MOST_OBJECTS = 50_000
# Jumping to a page or linking to an address is harmless and common; everything else runs, sends or opens something.
_HARMLESS_ACTIONS = {"/GoTo", "/URI", "/Named"}
_CONTAINERS = (IndirectObject, DictionaryObject, ArrayObject)
_ATTACHMENTS = {"/EmbeddedFiles", "/EF", "/RichMedia"}


def read_pages(data: bytes) -> tuple[list[Sheet], dict[str, Any]]:
    """The pages as pictures, at most MAX_SIDE long, and what the file said about its making.

    Raises DomainError `pdf_locked`, `pdf_active`, `pdf_attachment`, `too_many_pages`, `unreadable`.
    """
    try:
        facts = _inspect(data)
        return _render(data), facts
    except DomainError:
        raise
    except Exception as error:  # parsers of untrusted bytes raise nearly anything
        log.info("unreadable PDF: %s", type(error).__name__)
        raise refuse(
            "unreadable", _("This PDF cannot be opened. Please export it again, or send photos of it.")
        ) from error


def _inspect(data: bytes) -> dict[str, Any]:
    reader = PdfReader(io.BytesIO(data), strict=False)
    # Many hospitals forbid editing with an owner password; such a file opens for everybody with an empty one.
    restricted = reader.is_encrypted
    if restricted and not reader.decrypt(""):
        raise refuse("pdf_locked", _("This PDF is locked with a password. Please save it without one, or send photos."))
    pages = len(reader.pages)
    if pages > MAX_PDF_PAGES:
        raise refuse(
            "too_many_pages",
            _("This PDF has %(pages)d pages; at most %(most)d are possible. Please send it in parts.")
            % {"pages": pages, "most": MAX_PDF_PAGES},
        )
    _look_for_trouble(reader)
    return {"restricted": restricted, **_told(reader)}


def _told(reader: PdfReader) -> dict[str, str]:
    metadata: dict[str, Any] = dict(reader.metadata or {})
    keys = {"producer": "/Producer", "creator": "/Creator", "created": "/CreationDate", "changed": "/ModDate"}
    found = {name: str(metadata.get(key) or "") for name, key in keys.items()}
    return {
        name: "".join(char for char in text if char.isprintable())[:100].strip() for name, text in found.items() if text
    }


def _look_for_trouble(reader: PdfReader) -> None:
    """Walk every object that can be reached from the root, once."""
    queue: list[Any] = [reader.trailer["/Root"]]
    seen: set[tuple[int, int]] = set()
    steps = 0
    while queue:
        item = queue.pop()
        steps += 1
        if steps > _MOST_OBJECTS:
            raise refuse(
                "pdf_active", _("This PDF is built in a strange way. Please send photos of the paper instead.")
            )
        if isinstance(item, IndirectObject):
            if (item.idnum, item.generation) in seen:
                continue
            seen.add((item.idnum, item.generation))
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            _judge(item)
            queue.extend(value for value in item.values() if isinstance(value, _CONTAINERS))
        elif isinstance(item, ArrayObject):
            queue.extend(value for value in item if isinstance(value, _CONTAINERS))


def _judge(item: DictionaryObject) -> None:
    action = item.get("/S") if "/S" in item and item.get("/Type") in (None, "/Action") else None
    if "/JS" in item or "/JavaScript" in item or action in {"/JavaScript", "/Launch"} or _opens_badly(item):
        raise refuse(
            "pdf_active",
            _("This PDF contains a program that runs when it is opened. Please print it to a new PDF, or send photos."),
        )
    if item.get("/Subtype") == "/Image" and _pixels(item) > MAX_PIXELS:
        raise refuse(
            "too_many_pixels", _("A picture in this PDF is larger than 50 megapixels. Please send a smaller one.")
        )
    if _ATTACHMENTS & set(item):
        raise refuse(
            "pdf_attachment", _("This PDF has other files inside. Please print it to a new PDF, or send photos.")
        )


def _pixels(image: DictionaryObject) -> int:
    sides = [image.get(side) for side in ("/Width", "/Height")]
    return math.prod(int(side) for side in sides if isinstance(side, int | float))


def _opens_badly(item: DictionaryObject) -> bool:
    opening = item.get("/OpenAction")
    opening = opening.get_object() if opening is not None else None
    return isinstance(opening, DictionaryObject) and opening.get("/S") not in _HARMLESS_ACTIONS


def _render(data: bytes) -> list[Sheet]:
    with _pdfium:
        document = pypdfium2.PdfDocument(data)
        try:
            # One decoded page in memory at a time.
            return [sheet(_picture(document[number])) for number in range(len(document))]
        finally:
            document.close()


def _picture(page: Any) -> Image.Image:
    scale = min(_DOTS_PER_POINT, MAX_SIDE / max(page.get_width(), page.get_height(), 1))
    picture: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    # Copied: the bitmap's memory belongs to PDFium.
    return picture.copy()
