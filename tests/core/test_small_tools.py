"""Amounts, masks, the staff menu."""

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core import masking, nav, trail
from core.errors import DomainError
from core.money import MAX_FEN, allocate, parse_yuan, share, yuan_plain, yuan_text

fen = st.integers(min_value=0, max_value=MAX_FEN)


@given(fen)
def test_what_is_printed_is_read_back(amount: int) -> None:
    assert parse_yuan(yuan_text(amount)) == amount
    assert parse_yuan(yuan_plain(amount)) == amount
    assert parse_yuan(f"￥ {yuan_text(amount)}") == amount


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1e5", "٣", "abc", "1.2.3", "9" * 12, "NaN", "∞", "1\x00"])
def test_what_is_no_amount_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse_yuan(text, field="target")
    assert refusal.value.code == "bad_amount"
    assert set(refusal.value.fields) == {"target"}


@given(total=fen, weights=st.lists(st.integers(min_value=0, max_value=MAX_FEN), min_size=1, max_size=30).filter(any))
def test_a_split_loses_no_fen_and_is_fair(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - total * weight) < whole
    assert allocate(total, weights) == parts


def test_there_must_be_somebody_to_split_to() -> None:
    assert allocate(0, [0, 0]) == [0, 0]
    for total, weights in [(1, [0]), (1, []), (-1, [1]), (1, [-1, 2])]:
        with pytest.raises(ValueError):
            allocate(total, weights)


@given(amount=fen, rate=st.integers(min_value=0, max_value=1_000_000))
def test_a_share_is_rounded_half_up(amount: int, rate: int) -> None:
    assert share(amount, rate) == (2 * amount * rate + 1_000_000) // 2_000_000
    assert 0 <= share(amount, rate) <= amount


@pytest.mark.parametrize(
    "mask, clear, masked",
    [
        (masking.mask_name, "张小明", "张**"),
        (masking.mask_name, "欧阳修", "欧**"),
        (masking.mask_name, " 李 ", "李*"),
        (masking.mask_name, "Alice Brown", "A**** B****"),
        (masking.mask_name, "", ""),
        (masking.mask_id, "11010519491231002X", "1****************X"),
        (masking.mask_id_staff, "11010519491231002X", "110***********002X"),
        (masking.mask_phone, "+8613812341234", "138****1234"),
        (masking.mask_card, "6222021234567890123", "622202*********0123"),
        (masking.mask_card, "622202", "******"),
        (masking.mask_email, "lin@example.org", "l***@example.org"),
        (masking.mask_email, "not an address", "**************"),
    ],
)
def test_masks(mask: Any, clear: str, masked: str) -> None:
    assert mask(clear) == masked


@pytest.mark.django_db
def test_people_see_the_lines_of_their_roles_section_by_section(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nav, "_entries", [])
    for section, label, roles in [
        ("Audit", "Queue", ["auditor"]),
        ("Money", "Refunds", ["finance"]),
        ("Audit", "Rules", ["auditor", "finance"]),
        ("Money", "Books", ["finance", "admin"]),
    ]:
        nav.staff_page(section=section, label=label, url_name="x", roles=roles)
    assert [entry.label for entry in nav.entries_for(cast.zhao)] == ["Queue", "Rules"]
    assert [entry.label for entry in nav.entries_for(cast.zhou)] == ["Refunds", "Books", "Rules"]
    assert nav.entries_for(cast.lin) == []
    assert nav.entries_for(None) == []


def test_why_somebody_read_is_told_in_words() -> None:
    with translation.override("zh-hans"):
        assert trail.purpose_in_words("audit:compare:patient_id") == "与材料比对"
        assert trail.purpose_in_words("audit case 7") == "审核时查看了一份材料"
        assert trail.purpose_in_words("给医院回电话") == "给医院回电话"
