"""Pure rules, expressions and state tables."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import expressions, rules, states
from audit.founding import RULES
from audit.registry import Finding, Severity
from core.errors import DomainError

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
BANDS = ["fast", "standard", "enhanced", "hard_stop"]


def test_working_time_skips_nights_and_weekends() -> None:
    friday = datetime(2026, 3, 6, 17, 0, tzinfo=rules.CHINA)
    assert rules.working_deadline(friday, timedelta(hours=2)) == datetime(2026, 3, 9, 10, 0, tzinfo=rules.CHINA)
    early = datetime(2026, 3, 3, 3, 0, tzinfo=rules.CHINA)
    assert rules.working_deadline(early, timedelta(hours=9)) == datetime(2026, 3, 3, 18, 0, tzinfo=rules.CHINA)


@given(MOMENTS, st.integers(0, 100))
def test_a_working_deadline_is_in_working_time_and_never_early(start: datetime, hours: int) -> None:
    due = rules.working_deadline(start, timedelta(hours=hours))
    assert due >= start + timedelta(hours=hours) or hours == 0
    assert due.weekday() < 5
    assert rules.WORK_OPENS <= due.time() <= rules.WORK_CLOSES


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_whoever_waited_longer_than_the_head_start_goes_before_a_new_urgent_case(
    opened: datetime, waited: timedelta
) -> None:
    urgent = rules.rank_at(opened + waited, urgent=True)
    assert (rules.rank_at(opened, urgent=False) < urgent) == (waited > rules.URGENT_HEAD_START)


@given(st.integers(0, 500), st.booleans(), st.booleans())
def test_bands_only_rise_with_points_doubt_and_evidence(score: int, stop: bool, doubtful: bool) -> None:
    def rank(points: int, *, stop: bool, doubtful: bool) -> int:
        return BANDS.index(rules.band(points, stop=stop, doubtful=doubtful, standard_from=20, enhanced_from=60))

    here = rank(score, stop=stop, doubtful=doubtful)
    assert rank(score + 1, stop=stop, doubtful=doubtful) >= here
    assert rank(score, stop=True, doubtful=doubtful) == 3
    assert rank(score, stop=stop, doubtful=True) >= max(here, 1)


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("outcome", ["approve", "fix", "refuse"])
def test_contradicting_the_machine_always_takes_two(band: str, outcome: str) -> None:
    if rules.disagree(band, outcome):
        assert rules.needs_second(band, outcome, [])
    assert rules.needs_second(band, outcome, ["a minor"])
    assert rules.needs_second(band, outcome, []) == (
        band in ("enhanced", "hard_stop") or (band == "fast" and outcome == "refuse")
    )


@pytest.mark.rule("R95")
def test_one_report_with_evidence_or_three_independent_ones_freeze() -> None:
    assert rules.is_frozen_by([("a", True)], threshold=3)
    assert not rules.is_frozen_by([("a", False), ("a", False), ("a", False), ("b", False)], threshold=3)
    assert rules.is_frozen_by([("a", False), ("b", False), ("c", False)], threshold=3)
    assert not rules.is_frozen_by([], threshold=3)


BAD = ["", " ", "f.x >", "(", "s.a" + " " * 400, "s.l.map(a, s.l.map(b, s.l.exists(c, a == c))).size() > 0"]


@pytest.mark.parametrize("text", BAD)
def test_an_expression_that_cannot_be_a_rule_is_refused(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        expressions.check_expression(text)
    assert list(refused.value.fields) == ["expression"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_founding_rule_compiles_fires_on_a_hit_and_is_silent_where_the_check_is_unknown(rule: object) -> None:
    expression = rule.expression  # type: ignore[attr-defined]
    expressions.check_expression(expression)
    check = expression.split("has(f.")[1].split(")")[0]

    def result(**findings: Finding) -> str:
        judged = expressions.judge([rule], findings, {}, standard_from=20, enhanced_from=60)  # type: ignore[list-item]
        return judged.outcomes[0].result

    assert result() == "silent"
    assert result(**{check: Finding.miss()}) == "silent"
    assert result(**{check: Finding.hit("high")}) == "fired"
    assert result(**{check: Finding.not_evaluable("no paper")}) == "not_evaluable"


def test_a_grave_finding_without_any_rule_is_still_looked_at_closely() -> None:
    judged = expressions.judge([], {"x": Finding.hit(Severity.HIGH)}, {}, standard_from=20, enhanced_from=60)
    assert (judged.score, judged.band) == (0, "standard")


@pytest.mark.parametrize(
    "table", [states.CASE, states.RULESET, states.STOP, states.REPORT], ids=lambda table: table.kind
)
def test_every_state_can_be_reached_and_speaks(table: object) -> None:
    reached = {table.initial}  # type: ignore[attr-defined]
    for _round in table.states:  # type: ignore[attr-defined]
        reached |= {a.target for a in table.actions.values() if reached & set(a.sources)}  # type: ignore[attr-defined]
    assert reached == set(table.states)  # type: ignore[attr-defined]
    assert all(action.sentence for action in table.actions.values())  # type: ignore[attr-defined]
