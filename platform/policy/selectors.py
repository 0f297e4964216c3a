"""The readers of parameters and of the register, as pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from core.errors import Text
from policy import compliance, parameters
from policy.defaults import GROUPS
from policy.models import ParameterChange
from policy.parameter import Parameter
from policy.register import Part


@dataclass(frozen=True)
class Row:
    """One parameter as it stands: the value in force, since when, and what is approved for later or waits."""

    parameter: Parameter
    value: Any
    since: datetime | None
    coming: ParameterChange | None
    waiting: ParameterChange | None

    @property
    def shown(self) -> str:
        return self.parameter.show(self.value)

    @property
    def is_default(self) -> bool:
        return bool(self.value == self.parameter.default)

    @property
    def default(self) -> str:
        return self.parameter.show(self.parameter.default)

    @property
    def typed(self) -> str:
        return self.parameter.kind.type_in(self.value)

    @property
    def limits(self) -> str:
        """How far it may be changed in this mode."""
        parameter = self.parameter
        if parameter.words:
            return ", ".join(map(str, parameter.words.values()))
        low, high = parameter.bounds(production=not settings.SANDBOX)
        return f"{parameter.kind.show_one(low)} – {parameter.kind.show_one(high)}"


def parameter_rows() -> list[tuple[Text, list[Row]]]:
    """All parameters by group, with the changes that matter now. Two queries at most."""
    live = ParameterChange.objects.exclude(status="withdrawn").select_related("proposed_by").order_by("id")
    changes: dict[str, list[ParameterChange]] = {}
    for change in live:
        changes.setdefault(change.key, []).append(change)
    return [(title, [_row(parameter, changes.get(parameter.key, ())) for parameter in rows]) for title, rows in GROUPS]


def parameter_row(parameter: Parameter) -> Row:
    """One parameter, as `parameter_rows`."""
    live = ParameterChange.objects.filter(key=parameter.key).exclude(status="withdrawn").select_related("proposed_by")
    return _row(parameter, live.order_by("id"))


def history(key: str = "") -> QuerySet[ParameterChange]:
    """Changes with their people, newest first, of one parameter or of all. One query."""
    rows = ParameterChange.objects.select_related("proposed_by", "approved_by").order_by("-id")
    return rows.filter(key=key) if key else rows


def waiting() -> list[ParameterChange]:
    """What waits for a second administrator, oldest first. One query."""
    return list(history().filter(status="proposed").order_by("id"))


def rules_by_part() -> list[tuple[Part, list[compliance.Line]]]:
    """The register with where each rule is carried out and proved. No query."""
    parts: dict[str, tuple[Part, list[compliance.Line]]] = {}
    for line in compliance.report():
        parts.setdefault(line.rule.part.code, (line.rule.part, []))[1].append(line)
    return list(parts.values())


def _row(parameter: Parameter, changes: Iterable[ParameterChange]) -> Row:
    now = timezone.now()
    in_force = parameters.value(parameter.key)
    approved = [change for change in changes if change.status == "approved"]
    began = [c for c in approved if c.effective_from <= now and parameter.kind.from_json(c.value) == in_force]
    later = sorted((c for c in approved if c.effective_from > now), key=lambda c: (c.effective_from, c.pk))
    proposed = [change for change in changes if change.status == "proposed"]
    return Row(
        parameter,
        in_force,
        max((change.effective_from for change in began), default=None),
        later[0] if later else None,
        proposed[0] if proposed else None,
    )
