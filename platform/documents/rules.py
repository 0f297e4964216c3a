"""Limits of uploads and the arithmetic of redaction boxes. Pure."""

import math
from dataclasses import dataclass

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 3000
MAX_PDF_PAGES = 20
MAX_PER_DAY = 200
THUMB_SIDE = 480
PUBLIC_SIDE = 1600
MAX_BOXES = 200
_SMALLEST = 0.002


@dataclass(frozen=True)
class Box:
    """A black box on one page, in parts of the page's width and height (0 to 1) from its upper left corner."""

    page: int
    x: float
    y: float
    width: float
    height: float

    def fault(self, pages: int) -> str:
        """A stable code of what is wrong with the box on a document of so many pages, or an empty string."""
        if not all(math.isfinite(value) for value in (self.x, self.y, self.width, self.height)):
            return "not_a_number"
        if not 1 <= self.page <= pages:
            return "no_such_page"
        if self.width < _SMALLEST or self.height < _SMALLEST:
            return "too_small"
        slack = 1e-6
        inside = self.x >= -slack and self.y >= -slack
        return "" if inside and self.x + self.width <= 1 + slack and self.y + self.height <= 1 + slack else "outside"

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels (both ends included), widened to whole pixels and kept on the page."""
        left, top = max(math.floor(self.x * width), 0), max(math.floor(self.y * height), 0)
        right = min(math.ceil((self.x + self.width) * width), width) - 1
        bottom = min(math.ceil((self.y + self.height) * height), height) - 1
        return left, top, max(right, left), max(bottom, top)

    def as_json(self) -> list[float]:
        return [self.page, *(round(value, 6) for value in (self.x, self.y, self.width, self.height))]
