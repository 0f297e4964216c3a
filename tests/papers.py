"""Invented papers for tests: drawn by a seed, so that another seed is clearly another paper."""

import io
import random
from collections.abc import Sequence
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

_CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)


def paper(seed: int, lines: Sequence[str] = (), size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A page of a form: a frame, a table and `lines` of text; another seed gives clearly another page."""
    dice = random.Random(seed)
    image = Image.new("RGB", size, (252, 252, 248))
    draw = ImageDraw.Draw(image)
    width, height = size
    for _block in range(14):
        left, top = dice.randrange(0, width * 3 // 4), dice.randrange(0, height * 3 // 4)
        right, bottom = left + dice.randrange(width // 8, width // 3), top + dice.randrange(height // 20, height // 5)
        shade = dice.randrange(60, 230)
        draw.rectangle((left, top, right, bottom), fill=(shade, shade, min(shade + 20, 255)), outline=(30, 30, 30))
    font = _font(width // 34)
    for number, line in enumerate(["SPECIMEN / 样张", *lines]):
        draw.text((width // 12, height // 14 + number * width // 20), line, fill=(20, 20, 20), font=font)
    return image


def jpeg(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **{"quality": 88, **options})
    return buffer.getvalue()


def upload(seed: int, lines: Sequence[str] = (), name: str = "paper.jpg") -> SimpleUploadedFile:
    """A drawn page as a browser would send it."""
    return SimpleUploadedFile(name, jpeg(paper(seed, lines)), content_type="image/jpeg")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for path in _CJK_FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)
