"""Pictures and papers of the demonstration: drawn here, believable, and every one marked as a sample.

Nothing shows a real person, hospital or seal. Text is Chinese and English where the machine has a Chinese font, English alone
where it has none.
"""

import io
import math
import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from core.money import Fen, yuan_text

_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
_INK, _GREY, _RED, _PAPER = "#22303a", "#6b7a83", "#b3261e", "#fbfaf6"
Rows = Sequence[tuple[str, str, str]]


@lru_cache
def _font_file() -> str:
    return next((name for name in _FONTS if Path(name).is_file()), "")


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(_font_file(), size) if _font_file() else ImageFont.load_default(size)


def _say(chinese: str, english: str) -> str:
    return f"{chinese} {english}" if _font_file() else english


def _value(text: str) -> str:
    """A typed value; without a Chinese font, letters that cannot be drawn become dots rather than empty boxes."""
    return text if _font_file() else "".join(letter if letter.isascii() else "·" for letter in text)


def _background(width: int, height: int, base: str, mark: str) -> Image.Image:
    """A pale pattern of blocks, different for every `mark`: like real papers, no two samples look the same from afar."""
    dice = random.Random(mark)  # noqa: S311
    page = Image.new("RGB", (width, height), base)
    draw = ImageDraw.Draw(page)
    for column in range(9):
        for row in range(8):
            if dice.random() < 0.5:
                box = (column * width / 9, row * height / 8, (column + 1) * width / 9, (row + 1) * height / 8)
                draw.rectangle(box, fill=dice.choice(("#eef1ec", "#e6ecee", "#f3ece2", "#dfe8e6")))
    return page


def _paper(width: int, height: int, title: str, subtitle: str, mark: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    page = _background(width, height, _PAPER, mark)
    draw = ImageDraw.Draw(page)
    draw.rectangle((24, 24, width - 24, height - 24), outline="#c9d3d6", width=2)
    draw.text((width / 2, 84), title, font=_font(40), fill=_INK, anchor="mm")
    draw.text((width / 2, 132), subtitle, font=_font(24), fill=_GREY, anchor="mm")
    draw.line((60, 164, width - 60, 164), fill="#c9d3d6", width=2)
    return page, draw


def _rows(draw: ImageDraw.ImageDraw, rows: Rows, top: int, *, step: int = 56, left: int = 70) -> int:
    for chinese, english, value in rows:
        draw.text((left, top), _say(chinese, english), font=_font(22), fill=_GREY)
        draw.text((left + 330, top), _value(value), font=_font(26), fill=_INK)
        top += step
    return top


@lru_cache
def _stamp(size: tuple[int, int]) -> Image.Image:
    """SAMPLE across a page of `size`, drawn once."""
    stamp = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(stamp)
    text = _say("样本", "SAMPLE")
    for y in range(120, size[1], 300):
        for x in range(60, size[0], 460):
            draw.text((x, y), text, font=_font(46), fill=(179, 38, 30, 40))
    return stamp.rotate(18)


def _sample(page: Image.Image) -> bytes:
    """Stamp SAMPLE across and encode. The stamp is part of the picture, not of the file's metadata."""
    stamp = _stamp(page.size)
    page.paste(stamp, mask=stamp)
    page = page.resize((page.width * 2 // 3, page.height * 2 // 3), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _seal(draw: ImageDraw.ImageDraw, center: tuple[int, int], text: str) -> None:
    x, y = center
    draw.ellipse((x - 74, y - 74, x + 74, y + 74), outline=_RED, width=4)
    draw.regular_polygon((x, y, 18), 5, fill=_RED)
    draw.text((x, y + 44), text[:9], font=_font(15), fill=_RED, anchor="mm")


def id_card(*, name: str, number: str, sex: str, birth: str, back: bool = False, mark: str = "") -> bytes:
    """A resident identity card, sample. `number` comes from a range that is assigned to nobody."""
    page = _background(1010, 638, "#e9f0f2", f"{number}{back}{mark}")
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((12, 12, 998, 626), 28, outline="#9db4bb", width=3)
    if back:
        draw.text(
            (505, 170), _say("居民身份证样本", "Resident identity card, sample"), font=_font(38), fill=_INK, anchor="mm"
        )
        _rows(
            draw,
            [("签发机关", "Issued by", "云州市公安局（样本）"), ("有效期限", "Valid", "2020.01.01-2040.01.01")],
            380,
            left=150,
        )
        return _sample(page)
    rows = [
        ("姓名", "Name", name),
        ("性别", "Sex", sex),
        ("出生", "Born", birth),
        ("住址", "Address", "云州市清河区样本路 1 号"),
    ]
    _rows(draw, rows, 90, step=80, left=60)
    draw.rounded_rectangle((760, 90, 950, 330), 16, fill="#cfdde1")
    draw.ellipse((810, 120, 900, 210), fill="#9db4bb")
    draw.pieslice((780, 220, 930, 420), 180, 360, fill="#9db4bb")
    draw.text((60, 530), f"{_say('公民身份号码', 'ID number')}  {number}", font=_font(34), fill=_INK)
    return _sample(page)


def certificate(
    *, title: tuple[str, str], hospital: str, rows: Rows, body: str = "", day: str, mark: str = ""
) -> bytes:
    """A hospital paper: diagnosis certificate, admission record, deposit notice, letter."""
    page, draw = _paper(1000, 1300, _value(hospital), _say(*title), f"{title}{mark}")
    top = _rows(draw, rows, 210)
    for line in _wrap(body, 40):
        draw.text((70, top + 20), _value(line), font=_font(26), fill=_INK)
        top += 46
    draw.text((70, 1180), f"{_say('日期', 'Date')}  {day}", font=_font(24), fill=_INK)
    _seal(draw, (820, 1160), _value(hospital))
    return _sample(page)


def table_paper(
    *, title: tuple[str, str], hospital: str, rows: Rows, lines: Sequence[tuple[str, Fen]], day: str, mark: str = ""
) -> bytes:
    """A paper with amounts: a cost estimate or an itemised bill. Amounts in fen; the total is the sum of the lines."""
    page, draw = _paper(1000, 1300, _value(hospital), _say(*title), f"{title}{mark}")
    top = _rows(draw, rows, 210) + 30
    for name, amount in lines:
        draw.text((90, top), _value(name), font=_font(26), fill=_INK)
        draw.text((920, top), yuan_text(amount), font=_font(26), fill=_INK, anchor="ra")
        draw.line((70, top + 44, 940, top + 44), fill="#dde4e6")
        top += 60
    total = sum(amount for _name, amount in lines)
    draw.text((90, top + 16), _say("合计", "Total"), font=_font(30), fill=_INK)
    draw.text((920, top + 16), f"¥ {yuan_text(total)}", font=_font(30), fill=_INK, anchor="ra")
    draw.text((70, 1180), f"{_say('日期', 'Date')}  {day}", font=_font(24), fill=_INK)
    _seal(draw, (820, 1150), _value(hospital))
    return _sample(page)


def bank_card(*, holder: str, number: str, bank: str, mark: str = "") -> bytes:
    page = Image.blend(Image.new("RGB", (1010, 638), "#2f6f73"), _background(1010, 638, "#2f6f73", number + mark), 0.25)
    draw = ImageDraw.Draw(page)
    draw.text((70, 70), _value(bank), font=_font(40), fill="white")
    draw.rounded_rectangle((70, 220, 180, 300), 12, fill="#e6c98a")
    draw.text((70, 380), " ".join(number[i : i + 4] for i in range(0, len(number), 4)), font=_font(52), fill="white")
    draw.text((70, 520), _value(holder), font=_font(34), fill="white")
    return _sample(page)


def _wrap(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for paragraph in text.splitlines():
        while paragraph:
            cut = width if not paragraph.isascii() else width * 2
            lines.append(paragraph[:cut])
            paragraph = paragraph[cut:]
    return lines


_SKIES = (
    ("#f7d9c4", "#f9efe2"),
    ("#cfe5e8", "#f6f3ea"),
    ("#d9e3d0", "#f8f3e3"),
    ("#e9d5dd", "#faf1ec"),
    ("#cdd9ee", "#f5f1ea"),
)
_HILLS = (("#7fa99b", "#5d8a7d", "#416d63"), ("#a7b38a", "#84946a", "#64754f"), ("#9aa9b8", "#76879a", "#586a7e"))


def landscape(seed: int, *, width: int = 1200, height: int = 800) -> bytes:
    """A quiet picture for a campaign's cover: sky, sun, hills, a house with a lit window. The same seed, the same picture."""
    dice = random.Random(seed)  # noqa: S311
    top, bottom = dice.choice(_SKIES)
    page = _gradient(width, height, top, bottom)
    draw = ImageDraw.Draw(page)
    x, y, radius = dice.randint(200, width - 200), dice.randint(140, 320), dice.randint(60, 100)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill="#f6b26b")
    page = page.filter(ImageFilter.GaussianBlur(3))
    draw = ImageDraw.Draw(page)
    for depth, color in enumerate(dice.choice(_HILLS)):
        _hill(draw, dice, width, height, base=height * (0.52 + 0.14 * depth), color=color)
    house_x, house_y = dice.randint(180, width - 380), int(height * 0.72)
    draw.polygon([(house_x - 20, house_y), (house_x + 70, house_y - 70), (house_x + 160, house_y)], fill="#8c5a44")
    draw.rectangle((house_x, house_y, house_x + 140, house_y + 90), fill="#f3e7d7")
    draw.rectangle((house_x + 50, house_y + 26, house_x + 90, house_y + 60), fill="#f6b26b")
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=86)
    return buffer.getvalue()


def _gradient(width: int, height: int, top: str, bottom: str) -> Image.Image:
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), tuple(int(top[i : i + 2], 16) for i in (1, 3, 5)))
    strip.putpixel((0, 1), tuple(int(bottom[i : i + 2], 16) for i in (1, 3, 5)))
    return strip.resize((width, height), Image.Resampling.BILINEAR)


def _hill(draw: ImageDraw.ImageDraw, dice: random.Random, width: int, height: int, *, base: float, color: str) -> None:
    phase, swing, waves = dice.random() * 6.28, dice.randint(30, 90), dice.uniform(1.2, 2.6)
    crest = [(x, base + swing * math.sin(phase + waves * x / width * 3.14)) for x in range(0, width + 1, 12)]
    draw.polygon([(0, height), *crest, (width, height)], fill=color)
