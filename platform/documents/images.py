"""Reading untrusted pictures and writing our own: sniffed type, pixel limit, re-encoded, nothing of the old file kept."""

import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pi_heif
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageDraw, ImageOps

from core.errors import DomainError, Text
from documents import fingerprints
from documents.rules import MAX_PIXELS, MAX_SIDE, PUBLIC_SIDE, THUMB_SIDE, Box

log = logging.getLogger(__name__)

pi_heif.register_heif_opener()

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
    "image/heif": "HEIF",
}
_QUALITY = 90
# Modes that Pillow makes smaller smoothly; the others are made RGB first.
_SHRINKABLE = frozenset({"RGB", "RGBA", "L", "LA", "CMYK"})
_DEEP = frozenset({"I", "I;16", "I;16L", "I;16B", "F"})
_FACTS = {
    "make": ExifTags.Base.Make,
    "model": ExifTags.Base.Model,
    "software": ExifTags.Base.Software,
    "changed": ExifTags.Base.DateTime,
}


@dataclass(frozen=True)
class Sheet:
    """One page as it is stored: JPEG bytes, its thumbnail, and the fingerprint (0 when nearly blank)."""

    full: bytes
    thumb: bytes
    width: int
    height: int
    dhash: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.full).hexdigest()


def refuse(code: str, message: Text) -> DomainError:
    """What is wrong with an upload always belongs to the field `file`."""
    return DomainError(code, message, field="file")


def read_photo(data: bytes, mime: str) -> tuple[list[Sheet], dict[str, Any]]:
    """Decode one picture upright, at most MAX_SIDE long, as one sheet; and say what its metadata told.

    Raises DomainError `too_many_pixels` before anything is decoded, `unreadable` for a broken file.
    """
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[mime]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels()
            facts = {"width": image.width, "height": image.height, **_exif_facts(image)}
            smaller = image if image.mode in _SHRINKABLE else _flat(image)
            smaller.thumbnail((MAX_SIDE, MAX_SIDE))
            return [sheet(_flat(ImageOps.exif_transpose(smaller)))], facts
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_many_pixels() from bomb
    except DomainError:
        raise
    except Exception as error:  # decoders of untrusted bytes raise nearly anything
        log.info("unreadable picture: %s", type(error).__name__)
        raise refuse(
            "unreadable", _("This picture cannot be opened. It may be damaged; please take it again or choose another.")
        ) from error


def sheet(image: Image.Image) -> Sheet:
    """Encode a page for the store. The image is RGB and upright."""
    value = dhash(image)
    return Sheet(
        full=_jpeg(image),
        thumb=_jpeg(_within(image, THUMB_SIDE)),
        width=image.width,
        height=image.height,
        dhash=value if fingerprints.is_telling(value) else 0,
    )


def burn(full: bytes, boxes: Sequence[Box]) -> Sheet:
    """A public derivative of a stored page: smaller, and what lies under the boxes is gone from the pixels (R41)."""
    with Image.open(io.BytesIO(full), formats=["JPEG"]) as stored:
        image = _within(stored.convert("RGB"), PUBLIC_SIDE)
    draw = ImageDraw.Draw(image)
    for box in boxes:
        draw.rectangle(box.pixels(image.width, image.height), fill=(0, 0, 0))
    return sheet(image)


def dhash(image: Image.Image) -> int:
    """The 64-bit difference hash: is each pixel of a 9 by 8 grey miniature darker than its right neighbour?"""
    grey = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    value = 0
    for row in range(8):
        for column in range(8):
            left = row * 9 + column
            value = value << 1 | (grey[left + 1] > grey[left])
    return value


def _too_many_pixels() -> DomainError:
    return refuse("too_many_pixels", _("This picture is larger than 50 megapixels. Please send a smaller one."))


def _exif_facts(image: Image.Image) -> dict[str, Any]:
    exif = image.getexif()
    facts: dict[str, Any] = {name: text for name, tag in _FACTS.items() if (text := _plain(exif.get(tag)))}
    taken = _plain(exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal))
    if taken:
        facts["taken"] = taken
    # Whether the picture knew its place, never the place itself.
    facts["had_location"] = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return facts


def _plain(value: object) -> str:
    return "".join(char for char in str(value or "") if char.isprintable())[:100].strip()


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white, without palette, transparency or metadata."""
    if image.mode in _DEEP:
        # More than 256 greys: spread what is there over what a JPEG can hold.
        extrema: Any = image.convert("F").getextrema()
        low, high = extrema
        scale = 255 / max(high - low, 1)
        image = image.convert("F").point(lambda grey: grey * scale - low * scale).convert("L")
    if image.mode == "RGB":
        plain = Image.new("RGB", image.size)
        plain.paste(image)
        return plain
    rgba = image.convert("RGBA")
    white = Image.new("RGB", rgba.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def _within(image: Image.Image, side: int) -> Image.Image:
    smaller = image.copy()
    smaller.thumbnail((side, side))
    return smaller


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return buffer.getvalue()
