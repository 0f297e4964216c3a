"""Merkle trees: against the standard's own recursive definition, and every path leads to the root."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import merkle


def by_definition(lines: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not lines:
        return hashlib.sha256().digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\x00" + lines[0]).digest()
    split = 1
    while split * 2 < len(lines):
        split *= 2
    return hashlib.sha256(b"\x01" + by_definition(lines[:split]) + by_definition(lines[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_that_of_the_standard(lines: list[bytes]) -> None:
    assert merkle.root_of_lines(lines) == (len(lines), by_definition(lines).hex())


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_every_path_leads_to_the_root_and_no_other_line_does(lines: list[bytes], data: st.DataObject) -> None:
    leaves = [merkle.leaf(line) for line in lines]
    index = data.draw(st.integers(0, len(lines) - 1))
    steps = merkle.path(leaves, index)
    assert merkle.fold(leaves[index], steps) == merkle.root(leaves)
    assert merkle.fold(merkle.leaf(lines[index] + b"x"), steps) != merkle.root(leaves)
    assert len(steps) <= 7


def test_a_leaf_that_is_not_there_has_no_path() -> None:
    with pytest.raises(IndexError):
        merkle.path([merkle.leaf(b"a")], 1)
