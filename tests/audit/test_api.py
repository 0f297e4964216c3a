"""The REST resources of the room."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Case, HumanVerdict, Report
from tests.audit.sample import Thing, make_thing
from tests.signin import api_client

Judged = Callable[..., Case]

CASES = "/api/v1/audit/cases/"
VERDICT = {
    "outcome": "approve",
    "seen_version": "1",
    "facts": [
        {"code": "identity", "result": "verified", "method": "document"},
        {"code": "diagnosis", "result": "verified", "method": "call_back"},
    ],
    "public_order_ok": True,
}
REPORT = {
    "subject_kind": "sample",
    "reference": "THING1",
    "category": "assets",
    "text": "The family rents out a shop in the old town.",
    "good_faith": True,
}


def test_a_reviewer_lists_takes_reads_and_decides(cast: Any, judged: Judged) -> None:
    case = judged(make_thing(owner=cast.lin, found="hit"))
    zhao = api_client(cast.zhao)
    listed = zhao.get(CASES).json()
    assert [row["id"] for row in listed["results"]] == [case.pk]
    taken = zhao.post(f"{CASES}next/", {"kind": "submission"}).json()
    assert taken["claimed_by_me"] is True
    facts = [(fact["code"], fact["required"], fact["status"]) for fact in taken["facts"]]
    assert facts == [("identity", True, "declared"), ("diagnosis", True, "declared"), ("car", False, "declared")]
    assert [row["text"] for row in taken["findings"]] == ["The sample check found a gap."]
    for _click in range(2):
        decided = zhao.post(f"{CASES}{case.pk}/decide/", VERDICT)
        assert (decided.status_code, decided.json()["status"]) == (200, "decided")
    assert HumanVerdict.objects.count() == 1
    assert zhao.post(f"{CASES}next/", {}).status_code == 204


def test_faults_are_named_by_field(cast: Any, thing: Thing, judged: Judged) -> None:
    case = judged(thing)
    zhao = api_client(cast.zhao)
    decide = f"{CASES}{case.pk}/decide/"
    lost = zhao.post(decide, VERDICT)
    assert (lost.status_code, lost.json()["code"]) == (409, "lease_lost")
    zhao.post(f"{CASES}{case.pk}/claim/")
    missing = zhao.post(decide, {**VERDICT, "facts": VERDICT["facts"][:1]})  # type: ignore[index]
    assert (missing.status_code, list(missing.json()["fields"])) == (400, ["outcome"])
    for wrong in ({}, {**VERDICT, "facts": "all"}, {**VERDICT, "facts": [{"code": "\x00", "result": 7}]}):
        assert zhao.post(decide, wrong).status_code == 400
    assert not HumanVerdict.objects.exists()
    assert zhao.post(f"{CASES}{case.pk}/release/").status_code == 204


@pytest.mark.parametrize("query", ["kind=gossip", "urgent=perhaps", "band=%00"])
def test_filters_that_are_not_understood_are_refused(cast: Any, query: str) -> None:
    assert api_client(cast.zhao).get(f"{CASES}?{query}").status_code == 400


def test_the_queue_is_the_reviewers_own(cast: Any, thing: Thing, judged: Judged) -> None:
    case = judged(thing)
    assert APIClient().get(CASES).status_code in (401, 403)
    assert api_client(cast.lin).get(CASES).status_code == 404
    assert api_client(cast.zhao, second_factor=False).get(CASES).status_code == 403
    own = judged(make_thing(2, owner=cast.zhao))
    zhao = api_client(cast.zhao)
    assert zhao.get(f"{CASES}{own.pk}/").status_code == 404
    assert zhao.get(f"{CASES}{case.pk}/").status_code == 200
    assert zhao.get(f"{CASES}{2**80}/").status_code == 404


def test_the_list_costs_the_same_with_more_cases(cast: Any, judged: Judged, django_assert_num_queries: Any) -> None:
    judged(make_thing(1, owner=cast.lin))
    zhao = api_client(cast.zhao)
    zhao.get(CASES)
    with django_assert_num_queries(5):
        zhao.get(CASES)
    for pk in range(2, 12):
        judged(make_thing(pk, owner=cast.lin))
    with django_assert_num_queries(5):
        assert len(zhao.get(CASES).json()["results"]) == 11


@pytest.mark.rule("R93")
def test_anybody_files_a_report_and_follows_it_with_the_secret(thing: Thing, db: None) -> None:
    client = APIClient()
    key = {"form_key": "11111111-1111-1111-1111-111111111111"}
    first, again = (client.post("/api/v1/reports/", {**REPORT, **key}) for _click in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert Report.objects.count() == 1
    number, secret = first.json()["number"], first.json()["secret"]
    shown = client.get(f"/api/v1/reports/{number}/{secret}/")
    assert (shown.status_code, shown.json()["status"]) == (200, "received")
    assert "text" not in shown.json() and "contact" not in shown.json()
    assert client.get(f"/api/v1/reports/{number}/{'0' * 32}/").status_code == 404


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"category": "gossip"}, 400),
        ({"good_faith": False}, 400),
        ({"text": "short"}, 400),
        ({"text": "a bad byte \x00 is in here"}, 400),
        ({"documents": [2**70]}, 400),
        ({"documents": [1]}, 400),
        ({"reference": "THING9"}, 404),
        ({"subject_kind": "boat"}, 404),
        ({"form_key": "x"}, 400),
    ],
)
def test_bad_reports_are_answered_and_not_written(thing: Thing, db: None, changed: dict[str, Any], status: int) -> None:
    assert APIClient().post("/api/v1/reports/", {**REPORT, **changed}).status_code == status
    assert not Report.objects.exists()


def test_the_figures_are_public(db: None) -> None:
    assert APIClient().get("/api/v1/audit/figures/").json()["decided"] == 0
