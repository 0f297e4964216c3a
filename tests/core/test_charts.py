"""Charts: numbers in, whole units out."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.charts import columns, polyline, stacked

amounts = st.lists(st.integers(0, 10**13), max_size=8)


@given(amounts)
def test_parts_fill_the_line_without_gap_or_overlap(values: list[int]) -> None:
    drawn = stacked([{"label": "", "value": value, "text": ""} for value in values])
    assert sum(part["width"] for part in drawn) == (1000 if sum(values) else 0)
    for left, right in pairwise(drawn):
        assert left["x"] + left["width"] == right["x"]


@given(amounts)
def test_columns_stay_inside_the_picture(values: list[int]) -> None:
    chart = columns([{"label": "", "value": value, "text": ""} for value in values])
    for bar in chart["bars"]:
        assert bar["x"] >= 0 and bar["x"] + bar["width"] <= chart["width"]
        assert bar["y"] >= 0 and bar["y"] + bar["height"] == chart["base"]
    if values and max(values):
        assert max(bar["height"] for bar in chart["bars"]) == chart["base"] - 24


def test_a_trend_needs_two_values() -> None:
    assert polyline([5]) == ""
    assert polyline([3, 3]) == "0,22 100,22"
    assert polyline([0, 10]) == "0,22 100,2"
