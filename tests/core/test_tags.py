"""Filters of templates."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils.translation import override

from core.templatetags import core_tags

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "chinese", "english"),
    [
        (timedelta(seconds=20), "刚刚", "just now"),
        (timedelta(hours=3, minutes=5), "3\xa0小时前", "3\xa0hours ago"),
        (timedelta(days=2), "2\xa0天前", "2\xa0days ago"),
        (timedelta(days=30), "2026年10月24日", "Oct. 24, 2026"),
    ],
)
def test_times_past_are_told_as_people_do(passed: timedelta, chinese: str, english: str) -> None:
    with time_machine.travel(NOW, tick=False):
        with override("zh-hans"):
            assert core_tags.ago(NOW - passed) == chinese
        with override("en"):
            assert core_tags.ago(NOW - passed) == english
    assert core_tags.ago(None) == ""


def test_time_left_ends_in_words() -> None:
    with time_machine.travel(NOW, tick=False), override("en"):
        assert core_tags.time_left(NOW + timedelta(days=3, hours=2)) == "3\xa0days left"
        assert core_tags.time_left(NOW + timedelta(hours=5, minutes=12)) == "5\xa0hours, 12\xa0minutes left"
        assert core_tags.time_left(NOW) == "time is up"
        assert core_tags.time_left(None) == ""


def test_a_day_is_a_day_in_shanghai() -> None:
    with override("en"):
        assert core_tags.day(datetime(2026, 11, 23, 20, 0, tzinfo=UTC)) == "Nov. 24, 2026"


def test_percent_never_rounds_up_to_the_target() -> None:
    assert [core_tags.percent_of(value, 1000) for value in (0, 999, 1000, 1500)] == [0, 99, 100, 150]
    assert core_tags.percent_of(5, 0) == 0


def test_rates_are_whole_or_short() -> None:
    assert [core_tags.rate(ppm) for ppm in (30_000, 6_000, 123_400, 0)] == ["3%", "0.6%", "12.34%", "0%"]
