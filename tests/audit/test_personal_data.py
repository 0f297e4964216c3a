"""What the room gives to a person's own export, and what it forgets."""

from collections.abc import Callable
from typing import Any

import pytest

from audit import personal_data, services
from audit.models import Case, Report
from tests.audit.sample import Thing, verdicts


@pytest.fixture
def filed(cast: Any, thing: Thing) -> Report:
    return services.file_report(
        actor=cast.chen,
        subject_kind="sample",
        object_id=thing.pk,
        category="illness",
        text="I saw the real record.",
        contact="+8613800000000",
        good_faith=True,
        client_ip="10.0.0.1",
        form_key="k",
    )[0]


def test_people_get_the_decisions_about_them_and_their_own_reports(
    cast: Any, thing: Thing, filed: Report, judged: Callable[..., Case], decide: Callable[..., Case]
) -> None:
    decide(cast.zhao, judged(thing), "fix", facts=verdicts(diagnosis="refused:too_old"))
    lin, chen, zhao = (personal_data.export(person) for person in (cast.lin, cast.chen, cast.zhao))
    assert [(row["title"], row["outcome"]) for row in lin["decisions"]] == [("Thing 1", "fix")]
    assert (lin["reports"], lin["verdicts"]) == ([], [])
    assert [(row["text"], row["contact"]) for row in chen["reports"]] == [("I saw the real record.", "+8613800000000")]
    assert [row["outcome"] for row in zhao["verdicts"]] == ["fix"]


def test_an_erased_reporter_leaves_only_the_text(cast: Any, filed: Report) -> None:
    kept = personal_data.erase(cast.chen)
    filed.refresh_from_db()
    assert (filed.reporter, filed.contact, filed.text) == (None, "", "I saw the real record.")
    assert len(kept) == 1
    assert personal_data.erase(cast.sun) == []
