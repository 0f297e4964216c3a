"""What the rooms above contribute to an audit: their subjects, the checks of the machine, the reasons in plain words.

Filled in each room's `apps.ready()`. Nothing here touches the database.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from accounts.models import User
from core.errors import Text

if TYPE_CHECKING:
    from audit.models import Case

Json = dict[str, Any]


@dataclass(frozen=True)
class Fact:
    """One thing that is claimed, decided on its own (R24). `declared` is masked text; `documents` are Document ids.

    `valid_days`: how long a verification holds, None for as long as the claim does not change. `stamp`: anything that
    changes when the claim behind the masked text changes; without it the masked text and the documents stand for it.
    """

    code: str
    label: Text
    declared: str
    documents: tuple[int, ...] = ()
    required: bool = True
    valid_days: int | None = None
    stamp: str = ""

    @property
    def fingerprint(self) -> str:
        """64 hex characters that pin a verdict to the claim as it was seen."""
        content = json.dumps([self.code, self.declared, sorted(self.documents), self.stamp], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class Revealed:
    """What an auditor asked to see in clear, and whose it is (for the trail that the person can read)."""

    text: str
    person_id: int | None = None


class Subject:
    """A kind of thing that is audited. Its own room subclasses this and registers one instance.

    The methods take the id of the thing. What a room does not override is not offered for its things.
    """

    kind: str
    label: Text

    def snapshot(self, object_id: int) -> Json:
        """JSON of everything that is decided on, with its `version`, and no clear personal data."""
        raise NotImplementedError

    def facts(self, object_id: int) -> Sequence[Fact]:
        """What reviewers decide one by one. Of the same version as `snapshot`: a changed fact is a new version."""
        raise NotImplementedError

    def carry_out(self, object_id: int, outcome: str, *, case: "Case", actor: User) -> None:
        """Do what was decided: `approve`, `fix` or `refuse`, inside the deciding transaction. `case.kind` says of what."""
        raise NotImplementedError

    def title(self, object_id: int) -> str:
        """A line for the queue, without clear personal data."""
        raise NotImplementedError

    def url(self, object_id: int) -> str:
        """The thing's own page, for staff."""
        raise NotImplementedError

    def owner(self, object_id: int) -> User | None:
        """Who is told of the decision, answers questions and may appeal."""
        return None

    def excluded(self, object_id: int) -> set[int]:
        """Ids of users who may not decide, beside the owner: who typed it, who is in it (R70)."""
        return set()

    def second_reviewer(self, snapshot: Json) -> Sequence[Text]:
        """Why a second person has to decide as well, in plain words; empty when one is enough."""
        return ()

    def reveal(self, object_id: int, fact_code: str) -> Revealed | None:
        """The clear value behind the masked text of a fact."""
        return None

    def resolve(self, reference: str) -> int | None:
        """The id behind a public reference that anybody may report."""
        return None

    def freeze(self, object_id: int, *, actor: User | None, reason: str) -> None:
        """Hold a public thing while something is looked into. Idempotent; nothing to do for what is not public."""

    def unfreeze(self, object_id: int, *, actor: User | None, reason: str) -> None:
        """Undo `freeze`. Idempotent."""

    def police_data(self, object_id: int) -> Json:
        """Who the persons are and what they declared, in clear: for a package that two people release (R71)."""
        return {}

    def report_proved(self, object_id: int, *, actor: User, reason: str) -> None:
        """Two people found a public report true: stop the thing and refund the donors (R94). After `freeze`."""


class Severity(StrEnum):
    """How much a finding matters to the reader of the case. STOP is preliminary evidence of false material (bottom line 1)."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    STOP = "stop"


class Result(StrEnum):
    HIT = "hit"
    MISS = "miss"
    NOT_EVALUABLE = "not_evaluable"


@dataclass(frozen=True)
class Message:
    """What a finding says to the auditor and, if it concerns the raiser, to the raiser: lazy `%(name)s` sentences."""

    auditor: Text
    raiser: Text = ""


@dataclass(frozen=True)
class Finding:
    """What one check found. `message` names a Message of the check; `params` are its masked values.

    `data` is what rules see beside `hit` (whole numbers, text, booleans); `evidence` are references such as
    `documents.document:12`.
    """

    result: Result
    severity: Severity = Severity.INFO
    message: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    @classmethod
    def hit(
        cls,
        severity: Severity | str = Severity.MEDIUM,
        message: str = "hit",
        *,
        params: Mapping[str, Any] | None = None,
        evidence: Sequence[str] = (),
        data: Mapping[str, Any] | None = None,
    ) -> "Finding":
        """Something that people should look at. Rules turn it into points."""
        return cls(Result.HIT, Severity(severity), message, params or {}, tuple(evidence), data or {})

    @classmethod
    def miss(cls, *, data: Mapping[str, Any] | None = None, evidence: Sequence[str] = ()) -> "Finding":
        """The check was made and found nothing."""
        return cls(Result.MISS, evidence=tuple(evidence), data=data or {})

    @classmethod
    def not_evaluable(cls, why: str) -> "Finding":
        """The check could not be made; it never counts as a pass, people look instead. `why` is for the auditor."""
        return cls(Result.NOT_EVALUABLE, why=why)


CheckFunction = Callable[[Json, datetime], Finding]


@dataclass(frozen=True)
class Check:
    code: str
    subjects: tuple[str, ...]
    label: Text
    messages: Mapping[str, Message]
    run: CheckFunction


@dataclass(frozen=True)
class Reason:
    """Why a fact was refused: a sentence for the raiser that says what to do, in plain words.

    `refusal`: it may end the request; otherwise the raiser is asked to mend it.
    """

    code: str
    label: Text
    raiser: Text
    refusal: bool = False


_subjects: dict[str, Subject] = {}
_checks: dict[str, Check] = {}
_reasons: dict[str, Reason] = {}


def register_subject(subject: Subject) -> Subject:
    if subject.kind in _subjects:
        raise ValueError(f"two subjects of kind {subject.kind}")
    _subjects[subject.kind] = subject
    return subject


def subject(kind: str) -> Subject:
    """Raises KeyError for a kind that no room registered."""
    return _subjects[kind]


def subjects() -> dict[str, Subject]:
    return dict(_subjects)


def check(
    code: str,
    subjects: tuple[str, ...] = ("campaign",),
    *,
    label: Text,
    messages: Mapping[str, Message] | None = None,
) -> Callable[[CheckFunction], CheckFunction]:
    """Register `f(snapshot, now) -> Finding` for the given kinds of subject.

    In rules it is `f.<code>` with dots as underscores: `has(f.blacklist_person) && f.blacklist_person.hit`. A check reads
    what it needs by itself; it raises nothing that it can foresee, and whatever it does raise counts as not evaluable.
    """

    def register(function: CheckFunction) -> CheckFunction:
        if code in _checks:
            raise ValueError(f"two checks with code {code}")
        _checks[code] = Check(code, subjects, label, dict(messages or {}), function)
        return function

    return register


def checks_for(kind: str) -> list[Check]:
    return sorted((check for check in _checks.values() if kind in check.subjects), key=lambda check: check.code)


def all_checks() -> list[Check]:
    return [_checks[code] for code in sorted(_checks)]


def find_check(code: str) -> Check | None:
    """None for a check that an older verdict names and no room registers any more."""
    return _checks.get(code)


def register_reason(code: str, *, label: Text, raiser: Text, refusal: bool = False) -> None:
    if code in _reasons:
        raise ValueError(f"two reasons with code {code}")
    _reasons[code] = Reason(code, label, raiser, refusal)


def reasons() -> dict[str, Reason]:
    return dict(_reasons)
