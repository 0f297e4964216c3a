"""A tiny subject, so that this room is tested without the rooms above it: things in a dict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from accounts.models import User
from audit import registry
from audit.registry import Fact, Finding, Json, Message, Revealed, Severity, Subject, check
from audit.services import FactDecision


@dataclass
class Thing:
    """What the audit looks at. `found` is what the sample check says: `miss`, `hit`, `stop`, `broken` or `unknown`."""

    pk: int
    owner: User | None = None
    version: int = 1
    amount: int = 1000
    found: str = "miss"
    facts: list[Fact] = field(default_factory=list)
    excluded: set[int] = field(default_factory=set)
    second: list[str] = field(default_factory=list)
    carried_out: list[tuple[str, str, int]] = field(default_factory=list)
    frozen: bool = False
    proved: int = 0
    fail: Exception | None = None


THINGS: dict[int, Thing] = {}


def make_thing(pk: int = 1, **values: Any) -> Thing:
    facts = [Fact("identity", "Identity", "林**"), Fact("diagnosis", "Diagnosis", "Leukaemia", (), valid_days=180)]
    THINGS[pk] = Thing(pk, **{"facts": [*facts, Fact("car", "Car", "none", (), required=False)], **values})
    return THINGS[pk]


class SampleSubject(Subject):
    kind = "sample"
    label = "Sample"

    def snapshot(self, object_id: int) -> Json:
        thing = THINGS[object_id]
        return {"version": thing.version, "id": object_id, "amount": thing.amount, "found": thing.found, "name": "林**"}

    def facts(self, object_id: int) -> Sequence[Fact]:
        return THINGS[object_id].facts

    def carry_out(self, object_id: int, outcome: str, *, case: Any, actor: User) -> None:
        thing = THINGS[object_id]
        if thing.fail:
            raise thing.fail
        thing.carried_out.append((case.kind, outcome, actor.pk))

    def title(self, object_id: int) -> str:
        if object_id not in THINGS:
            raise ObjectDoesNotExist
        return f"Thing {object_id}"

    def url(self, object_id: int) -> str:
        return f"/things/{object_id}/"

    def owner(self, object_id: int) -> User | None:
        return THINGS[object_id].owner

    def excluded(self, object_id: int) -> set[int]:
        return THINGS[object_id].excluded

    def second_reviewer(self, snapshot: Json) -> list[str]:
        return THINGS[snapshot["id"]].second

    def reveal(self, object_id: int, fact_code: str) -> Revealed | None:
        return Revealed("林晓梅") if fact_code == "identity" else None

    def resolve(self, reference: str) -> int | None:
        number = reference.removeprefix("THING")
        return int(number) if number.isdigit() and int(number) in THINGS else None

    def freeze(self, object_id: int, *, actor: User | None, reason: str) -> None:
        THINGS[object_id].frozen = True

    def unfreeze(self, object_id: int, *, actor: User | None, reason: str) -> None:
        THINGS[object_id].frozen = False

    def report_proved(self, object_id: int, *, actor: User, reason: str) -> None:
        THINGS[object_id].proved += 1


if "sample" not in registry.subjects():
    registry.register_subject(SampleSubject())

    @check(
        "sample.found",
        subjects=("sample",),
        label="Sample check",
        messages={
            "hit": Message(auditor="The sample check found %(what)s.", raiser="Please explain %(what)s."),
            "stop": Message(auditor="Preliminary evidence: %(what)s."),
        },
    )
    def sample_found(snapshot: Json, now: datetime) -> Finding:
        match snapshot["found"]:
            case "hit":
                return Finding.hit(Severity.MEDIUM, params={"what": "a gap"}, data={"count": 3}, evidence=["sample:1"])
            case "stop":
                return Finding.hit(Severity.STOP, "stop", params={"what": "a copy"})
            case "broken":
                raise RuntimeError("the disk of 林晓梅 is broken")
            case "unknown":
                return Finding.not_evaluable("no document")
        return Finding.miss(data={"count": 0})


def verdicts(**results: str) -> list[FactDecision]:
    """Every required fact verified, unless said otherwise: `verdicts(diagnosis="refused:too_old")`."""
    decided = {"identity": "verified", "diagnosis": "verified", **results}
    rows = []
    for code, result in decided.items():
        name, _colon, reason = result.partition(":")
        if name:
            rows.append(FactDecision(code, name, "document" if name == "verified" else "", reason))
    return rows
