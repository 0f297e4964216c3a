"""Cases in the states that tests begin with."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from audit import services
from audit.models import Case
from tests.audit import sample
from tests.audit.sample import Thing, make_thing, verdicts


@pytest.fixture(autouse=True)
def _no_things() -> Iterator[None]:
    sample.THINGS.clear()
    yield
    sample.THINGS.clear()


@pytest.fixture
def thing(cast: Any) -> Thing:
    """Lin's thing, about which the machine has nothing to say."""
    return make_thing(owner=cast.lin)


@pytest.fixture
def judged(cast: Any) -> Callable[..., Case]:
    """Open a case of kind submission about a thing and let the machine speak."""

    def make(thing: Thing, **values: Any) -> Case:
        case = services.open_case(
            **{"actor": cast.lin, "kind": "submission", "subject_kind": "sample", "object_id": thing.pk, **values}
        )
        services.judge_case(case_id=case.pk)
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def decide() -> Callable[..., Case]:
    """Claim and decide in one step: `decide(cast.zhao, case)` approves."""

    def run(actor: User, case: Case, outcome: str = "approve", **values: Any) -> Case:
        services.claim_case(actor=actor, case=case)
        return services.decide_case(
            **{
                "actor": actor,
                "case": case,
                "outcome": outcome,
                "facts": verdicts(),
                "seen_version": case.subject_version,
                "public_order_ok": True,
                **values,
            }
        )

    return run
