"""The geometry of the small charts, as plain numbers: templates draw them as SVG, the table beside them says the same."""

from collections.abc import Mapping, Sequence
from typing import Any

SERIES = 5
_WIDTH, _HEIGHT, _TOP, _FOOT = 400, 180, 24, 26  # in units of about one pixel on a phone


def stacked(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Parts of one whole side by side on a line of 1000 units.

    Each part has `label`, `value` (a whole number, not negative) and `text` (the value as people read it), perhaps
    `series` (1 to 6: its colour). Widths are whole units and sum to 1000 unless everything is 0.
    """
    whole = sum(part["value"] for part in parts)
    drawn, passed = [], 0
    for number, part in enumerate(parts):
        start = 1000 * passed // whole if whole else 0
        passed += part["value"]
        end = 1000 * passed // whole if whole else 0
        drawn.append({"series": number % SERIES + 1, **part, "x": start, "width": end - start})
    return drawn


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Upright bars of `label`, `value`, `text`, the highest filling the height."""
    highest = max((row["value"] for row in rows), default=0)
    pitch = _WIDTH // max(len(rows), 1)
    width = min(pitch * 2 // 3, 56)
    base = _HEIGHT - _FOOT
    bars = []
    for number, row in enumerate(rows):
        height = (base - _TOP) * row["value"] // highest if highest else 0
        middle = pitch * number + pitch // 2
        bars.append(
            {
                "label": row["label"],
                "text": row["text"],
                "x": middle - width // 2,
                "y": base - height,
                "width": width,
                "height": height,
                "middle": middle,
                "value_y": base - height - 6,
            }
        )
    return {"width": _WIDTH, "height": _HEIGHT, "base": base, "label_y": _HEIGHT - 6, "bars": bars}


def polyline(values: Sequence[int]) -> str:
    """Points of a sparkline in a box of 100 by 24, oldest value first."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    rise = (high - low) or 1
    return " ".join(
        f"{100 * number // (len(values) - 1)},{22 - 20 * (value - low) // rise}" for number, value in enumerate(values)
    )
