"""Fingerprints of pages (R73). Pure: plain integers and strings, no database.

The 64-bit difference hash of a page survives resizing and strong compression: the same paper photographed into another
file stays within 6 bits, two different papers differ in about half. To find every stored hash within 6 bits by index
alone, the 64 bits are dealt into three bands of 22, 21 and 21. If two hashes differ in at most 6 bits, then at least one
of these holds: band 0 differs in at most 2 bits, or band 1 in at most 1, or band 2 in at most 1 (otherwise the distance
were at least 3 + 2 + 2 = 7). So 254 + 22 + 22 equality probes find them all, whatever the engine. The bits are dealt in
turn, so that white margins do not fill a whole band.
"""

from itertools import combinations

MAX_DISTANCE = 6
_BANDS = 3
_RADII = (2, 1, 1)
_WIDTHS = tuple(len(range(band, 64, _BANDS)) for band in range(_BANDS))
# A page with fewer edges than this (blank paper, a black frame) resembles every other such page: it has no fingerprint.
_FEWEST_BITS = 7


def is_telling(dhash: int) -> bool:
    """Whether the hash says anything: nearly blank pages all look alike."""
    return _FEWEST_BITS <= dhash.bit_count() <= 64 - _FEWEST_BITS


def bands(dhash: int) -> tuple[int, int, int]:
    """The three band values of a 64-bit hash."""
    first, second, third = (_deal(dhash, band) for band in range(_BANDS))
    return first, second, third


def probes(dhash: int) -> tuple[list[int], list[int], list[int]]:
    """For each band the values to look for: all that lie within the band's radius."""
    first, second, third = (
        _neighbours(value, width, radius) for value, width, radius in zip(bands(dhash), _WIDTHS, _RADII, strict=True)
    )
    return first, second, third


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two hashes differ."""
    return (one ^ other).bit_count()


def _deal(dhash: int, band: int) -> int:
    value = 0
    for place, bit in enumerate(range(band, 64, _BANDS)):
        value |= (dhash >> bit & 1) << place
    return value


def _neighbours(value: int, width: int, radius: int) -> list[int]:
    found = [value]
    for flips in range(1, radius + 1):
        for places in combinations(range(width), flips):
            changed = value
            for place in places:
                changed ^= 1 << place
            found.append(changed)
    return found
