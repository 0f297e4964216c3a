"""Merkle trees as RFC 6962 defines them: one number stands for many lines, and a short path proves a single one.

A leaf is SHA-256(0x00 ‖ line), a node SHA-256(0x01 ‖ left ‖ right). A tree of n leaves splits at the largest power of two below
n; the root of none is SHA-256 of nothing. docs/verify/ holds a script of its own that folds a path without this module.
"""

import hashlib
from collections.abc import Iterable, Sequence

Digest = bytes


def leaf(line: bytes) -> Digest:
    return hashlib.sha256(b"\x00" + line).digest()


def root(leaves: Sequence[Digest]) -> Digest:
    """The root over leaves that were hashed already."""
    if not leaves:
        return hashlib.sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def path(leaves: Sequence[Digest], index: int) -> list[tuple[str, Digest]]:
    """From the leaf at `index` to the root: on which side the neighbour stands ("left", "right"), and its digest.

    Raises IndexError for a leaf that is not there.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    steps, level = [], list(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            steps.append(("left" if neighbour < index else "right", level[neighbour]))
        level, index = _next_level(level), index // 2
    return steps


def fold(start: Digest, steps: Iterable[tuple[str, Digest]]) -> Digest:
    """The root that a leaf and its path lead to."""
    found = start
    for side, neighbour in steps:
        found = _node(neighbour, found) if side == "left" else _node(found, neighbour)
    return found


def root_of_lines(lines: Iterable[bytes]) -> tuple[int, str]:
    """(count, root in 64 hex characters): what core.chain wants of a table whose single lines have to be proved."""
    leaves = [leaf(line) for line in lines]
    return len(leaves), root(leaves).hex()


def _next_level(level: list[Digest]) -> list[Digest]:
    """Pairs become nodes; an odd one out goes up as it is, which gives the split of the standard."""
    paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return paired + level[-1:] if len(level) % 2 else paired


def _node(left: Digest, right: Digest) -> Digest:
    return hashlib.sha256(b"\x01" + left + right).digest()
