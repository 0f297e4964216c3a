"""The arithmetic and the calendar of the time after the raise."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disclosures import rules

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2060, 1, 1))
FEN = st.integers(min_value=0, max_value=10**11)


@pytest.mark.rule("R90")
def test_the_fee_is_three_percent_plus_the_channel_until_the_cap_is_used_up() -> None:
    fee = rules.fee_for(1_000_000, service_ppm=30_000, channel_ppm=6_000, cap=500_000, charged=0)
    assert (fee.service, fee.channel) == (30_000, 6_000)
    fee = rules.fee_for(100_000_000, service_ppm=30_000, channel_ppm=6_000, cap=500_000, charged=480_000)
    assert (fee.service, fee.channel) == (20_000, 600_000)


@given(amounts=st.lists(FEN, min_size=1, max_size=20))
@pytest.mark.rule("R90")
def test_the_service_fee_of_a_campaign_never_exceeds_the_cap(amounts: list[int]) -> None:
    charged = 0
    for amount in amounts:
        charged += rules.fee_for(amount, service_ppm=30_000, channel_ppm=0, cap=500_000, charged=charged).service
    assert 0 <= charged <= 500_000


@given(amount=st.integers(min_value=1, max_value=10**11))
@pytest.mark.rule("R49")
def test_batches_sum_to_the_withdrawal_and_none_is_empty(amount: int) -> None:
    parts = rules.plan_batches(amount, split=True, ratios=(400_000, 300_000, 300_000))
    assert sum(parts) == amount
    assert all(parts)
    assert rules.plan_batches(amount, split=False, ratios=(1, 1)) == [amount]


@pytest.mark.rule("R48")
def test_high_amounts_and_incomplete_disclosure_are_split() -> None:
    limits = {"threshold": 10_000_000, "required_ppm": 900_000}
    assert not rules.must_split(raised=10_000_000, completeness_ppm=900_000, **limits)
    assert rules.must_split(raised=10_000_001, completeness_ppm=1_000_000, **limits)
    assert rules.must_split(raised=1, completeness_ppm=899_999, **limits)


@given(due=DAYS)
def test_reminders_come_seven_and_two_days_before_on_the_day_and_three_days_after(due: date) -> None:
    offsets = [(day - due).days for day in rules.reminder_days(due)]
    assert offsets == [-7, -2, 0, 3]


@given(due=DAYS, start=DAYS)
def test_walking_through_the_days_gives_each_coming_reminder_once(due: date, start: date) -> None:
    seen = []
    day = rules.next_reminder(due, start)
    while day is not None:
        seen.append(day)
        day = rules.next_reminder(due, day)
    assert seen == [day for day in rules.reminder_days(due) if day > start]


def test_the_last_day_itself_is_still_in_time() -> None:
    due = date(2026, 11, 30)
    assert not rules.is_overdue(due, due)
    assert rules.is_overdue(due, due + timedelta(days=1))
    assert rules.days_overdue(due, due + timedelta(days=4)) == 4
    assert rules.days_overdue(due, due - timedelta(days=4)) == 0


@given(kept=st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=50), data=st.data())
@pytest.mark.rule("R63")
def test_surplus_goes_back_whole_and_nobody_gets_more_than_was_given(kept: list[int], data: st.DataObject) -> None:
    surplus = data.draw(st.integers(min_value=0, max_value=sum(kept)))
    shares = rules.surplus_shares(surplus, kept)
    assert sum(shares) == surplus
    assert all(0 <= part <= given for part, given in zip(shares, kept, strict=True))


def test_a_surplus_larger_than_the_gifts_is_refused() -> None:
    with pytest.raises(ValueError, match="larger"):
        rules.surplus_shares(11, [5, 5])


def test_bills_must_cover_the_agreed_share_of_a_payment() -> None:
    assert rules.covered(amount=10_000, proved=7_000, ratio_ppm=700_000)
    assert not rules.covered(amount=10_000, proved=6_999, ratio_ppm=700_000)
