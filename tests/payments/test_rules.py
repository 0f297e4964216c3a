"""The pure rules of this room."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_FEN
from ledger import chart
from payments import rules
from payments.differences import CUSTODIAN, Difference
from payments.rules import Line, Own

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


# --- Reconciliation
NUMBERS = st.sampled_from([f"D{number}" for number in range(6)])
KINDS = st.sampled_from(["payment", "refund", "other"])
SIGNED = st.integers(-MAX_FEN, MAX_FEN).filter(bool)
LINES = st.lists(
    st.builds(
        lambda kind, number, gross, state: Line(kind, number, gross, 0, gross, state),
        KINDS, NUMBERS, SIGNED, st.sampled_from(["done", "processing", "failed"]),
    )
)  # fmt: skip
OWNS = st.dictionaries(
    st.tuples(st.sampled_from(["payment", "refund"]), NUMBERS),
    st.builds(Own, SIGNED, st.sampled_from(["done", "moving", "dead"])),
)


@given(OWNS)
def test_what_is_equal_has_no_differences(own):
    done = {key: Own(mine.amount, "done") for key, mine in own.items()}
    lines = [Line(kind, number, mine.amount, 0, mine.amount, "done") for (kind, number), mine in done.items()]
    assert rules.match(lines, done, {}) == []
    assert rules.match(lines, done, done) == []


@given(st.lists(st.tuples(KINDS, NUMBERS, SIGNED)), OWNS)
def test_the_differences_explain_to_the_fen_why_the_sums_differ(moved, own):
    lines = [Line(kind, number, gross, 0, gross, "done") for kind, number, gross in moved]
    there = {(line.kind, line.number) for line in lines}
    booked = {key: mine for key, mine in own.items() if mine.state == "done"}
    missing = {key: mine for key, mine in booked.items() if key not in there}
    found = rules.match(lines, own, missing)
    theirs, ours = sum(line.gross for line in lines), sum(mine.amount for mine in booked.values())
    assert sum(one.theirs - one.ours for one in found) == theirs - ours


@given(LINES, OWNS)
def test_a_difference_has_a_name_of_its_own_and_an_order_does_not_matter(lines, own):
    found = rules.match(lines, own, {})
    named = [(one.difference, one.kind, one.number) for one in found if one.difference != Difference.UNKNOWN_KIND]
    assert len(named) == len(set(named))
    backwards = rules.match(lines[::-1], own, {})
    if len({(line.kind, line.number) for line in lines}) == len(lines):
        assert sorted(found) == sorted(backwards)


@given(
    st.sampled_from(Difference.values), st.sampled_from(["net", "fee", "payment"]),
    st.sampled_from(["wechat", CUSTODIAN]), st.integers(-MAX_FEN, MAX_FEN),
)  # fmt: skip
def test_a_correction_is_balanced_and_touches_no_campaign(difference, kind, source, moved):
    legs = rules.correction(difference, kind, source, moved)
    assert sum(amount for _code, amount in legs) == 0
    assert not any(code.startswith("camp:") for code, _amount in legs)
    assert bool(legs) == (bool(moved) and difference not in rules.NOTHING_TO_BOOK)


@given(st.integers(0, 40))
def test_every_movement_is_judged_by_exactly_one_statement(hours):
    days = [NOW + timedelta(days=number) for number in range(-1, 4)]
    windows = [rules.judged(day, day + timedelta(hours=34)) for day in days]
    moment = NOW + timedelta(hours=hours)
    assert sum(low <= moment < high for low, high in windows) == 1
