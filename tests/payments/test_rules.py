"""The pure rules of this room."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_FEN
from ledger import chart
from payments import rules

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AMOUNT = st.integers(1, MAX_FEN)


@pytest.mark.rule("R91")
@given(AMOUNT, st.integers(0, MAX_FEN))
def test_a_payment_is_booked_in_balanced_journals_and_the_tip_never_mixes_with_the_gift(amount, tip):
    journals = rules.payment_legs(
        clearing=chart.clearing("sandbox"), credit_account=chart.available(1), amount=amount, tip=tip
    )
    assert [kind for kind, _legs in journals] == (["donation", "tip"] if tip else ["donation"])
    assert all(sum(value for _code, value in legs) == 0 for _kind, legs in journals)
    credited = {code: -value for _kind, legs in journals for code, value in legs if value < 0}
    assert credited == {chart.available(1): amount, **({chart.TIPS: tip} if tip else {})}


@given(st.integers(0, 10_000))
def test_we_ask_ever_later_but_at_least_every_hour(checks):
    gap = rules.next_check(NOW, checks) - NOW
    assert timedelta(seconds=15) <= gap <= timedelta(hours=1)
    assert rules.next_check(NOW, checks + 1) - NOW >= gap


@pytest.mark.parametrize(
    ("scene", "user_agent", "expected"),
    [
        ("page", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148 Safari/604.1", "h5"),
        ("page", "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537.36", "h5"),
        ("page", "Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.50", "page"),
        ("page", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140 Safari/537.36", "page"),
        ("page", "", "page"),
        ("app", "Mozilla/5.0 (Linux; Android 15) Mobile", "app"),
    ],
)
def test_a_phone_is_sent_to_the_page_for_phones_where_there_is_one(scene, user_agent, expected):
    assert rules.scene_on(scene, user_agent, {"page", "h5"}) == expected
    assert rules.scene_on(scene, user_agent, {"page"}) == scene
