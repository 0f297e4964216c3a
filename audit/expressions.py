"""Rules are CEL expressions over `f` (what the checks found) and `s` (the snapshot). No loops without bound, no I/O."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import cel
from django.utils.translation import gettext_lazy as _

from audit import rules
from audit.registry import Finding, Json, Result, Severity
from core.errors import DomainError

EXPRESSION_MAX = 400
# Three loops inside each other over sixty items take more than a second; two over what a snapshot holds take nothing.
LOOPS_MAX = 2
_LOOP = re.compile(r"\.\s*(?:map|filter|all|exists|exists_one)\s*\(")


class RuleLike(Protocol):
    code: str
    expression: str
    points: int
    severity: str


@dataclass(frozen=True)
class Outcome:
    """What one rule said: `fired`, `silent` or `not_evaluable`."""

    code: str
    result: str
    points: int = 0
    error: str = ""


@dataclass(frozen=True)
class Judgement:
    score: int
    band: str
    outcomes: tuple[Outcome, ...]


def check_expression(text: str, *, field: str = "expression") -> None:
    """Raises DomainError on `field` when the expression is empty, too long, loops too often or does not compile."""
    if not text.strip() or len(text) > EXPRESSION_MAX:
        raise DomainError(
            "expression_length",
            _("Write an expression of at most %(max)d characters.") % {"max": EXPRESSION_MAX},
            field=field,
        )
    if len(_LOOP.findall(text)) > LOOPS_MAX:
        raise DomainError(
            "expression_loops", _("A rule may go through at most %(max)d lists.") % {"max": LOOPS_MAX}, field=field
        )
    try:
        _compile(text)
    except ValueError as error:
        raise DomainError(
            "expression_syntax",
            _("This does not read as a rule: %(error)s") % {"error": _first_line(error)},
            field=field,
        ) from error


@lru_cache(maxsize=500)
def _compile(text: str) -> Any:
    return cel.compile(text)


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line]
    return lines[0].split("expecting {")[0].strip()[:200] if lines else type(error).__name__


def context(findings: Mapping[str, Finding], snapshot: Json) -> dict[str, Any]:
    """`f.<check>` has `hit` and the data of the finding; a check that could not be made has neither, so that a rule over
    it is not evaluable instead of silent. A check that does not exist here is absent: `has(f.x)` is false."""
    return {"f": {code.replace(".", "_"): _seen(finding) for code, finding in findings.items()}, "s": snapshot}


def _seen(finding: Finding) -> dict[str, Any]:
    if finding.result == Result.NOT_EVALUABLE:
        return {"evaluable": False}
    return {**finding.data, "evaluable": True, "hit": finding.result == Result.HIT, "severity": finding.severity.value}


def judge(
    rule_list: Iterable[RuleLike],
    findings: Mapping[str, Finding],
    snapshot: Json,
    *,
    standard_from: int,
    enhanced_from: int,
) -> Judgement:
    """Evaluate every rule; deterministic, so that the same input gives the same judgement years later."""
    seen = context(findings, snapshot)
    pairs = [(rule, _evaluate(rule, seen)) for rule in rule_list]
    fired = [(rule, outcome) for rule, outcome in pairs if outcome.result == "fired"]
    score = max(sum(outcome.points for _rule, outcome in fired), 0)
    hits = [finding.severity for finding in findings.values() if finding.result == Result.HIT]
    doubtful = (
        any(outcome.result == "not_evaluable" for _rule, outcome in pairs)
        or any(finding.result == Result.NOT_EVALUABLE for finding in findings.values())
        or Severity.HIGH in hits
    )
    stop = Severity.STOP in hits or any(rule.severity == Severity.STOP for rule, _outcome in fired)
    where = rules.band(score, stop=stop, doubtful=doubtful, standard_from=standard_from, enhanced_from=enhanced_from)
    return Judgement(score, where, tuple(outcome for _rule, outcome in pairs))


def _evaluate(rule: RuleLike, seen: dict[str, Any]) -> Outcome:
    try:
        value = _compile(rule.expression).execute(seen)
    except (LookupError, TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        return Outcome(rule.code, "not_evaluable", error=f"{type(error).__name__}: {error}"[:300])
    if not isinstance(value, bool):
        return Outcome(rule.code, "not_evaluable", error=f"answers {type(value).__name__}, not true or false")
    return Outcome(rule.code, "fired", rule.points) if value else Outcome(rule.code, "silent")
