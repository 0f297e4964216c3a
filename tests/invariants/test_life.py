"""The whole life of a campaign under whatever Hypothesis thinks of, and every invariant after every step."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.builders import make_hospital
from tests.invariants.life import Life, fill_the_bench
from tests.invariants.words import spoken

BOUNDED = settings(
    max_examples=16,
    stateful_step_count=16,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # making a life shorter takes longer than living it: the failing one is told as it was
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.django_db
@pytest.mark.rule("R29", "R44", "R45", "R56", "R66")
def test_whatever_happens_to_a_campaign_nothing_is_broken_and_it_comes_to_an_end(cast: Any) -> None:
    make_hospital()
    fill_the_bench(cast)
    with spoken() as words:
        machine = type("ALife", (Life,), {"cast": cast, "words": words})
        run_state_machine_as_test(machine, settings=BOUNDED)
