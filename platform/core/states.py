"""States move by table (law 3). A room declares one `Table`; `apply` is the only way a status column changes."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import BooleanField, F, Func
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Text
from core.models import StateChange
from core.trail import Actor, record

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Action:
    """One verb: the states that it may start from (always enumerated), where it leads, what it means in a sentence."""

    name: str
    sources: tuple[str, ...]
    target: str
    sentence: Text
    guard: Callable[[Any], Text | None] | None = None  # returns a refusal, or None


@dataclass(frozen=True)
class Table:
    """All states and actions of one kind of thing. `states` maps each state to its label in plain words."""

    kind: str
    initial: str
    states: Mapping[str, Text]
    actions: Mapping[str, Action] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = set(self.states)
        if self.initial not in known:
            raise ValueError(f"{self.kind}: unknown initial state {self.initial}")
        for action in self.actions.values():
            unknown = {*action.sources, action.target} - known
            if unknown or not action.sources:
                raise ValueError(f"{self.kind}.{action.name}: unknown or missing states {sorted(unknown)}")

    @property
    def choices(self) -> list[tuple[str, Text]]:
        return list(self.states.items())

    def constraint(self, name: str, column: str = "status") -> models.CheckConstraint:
        """The CHECK that every status column carries."""
        return models.CheckConstraint(condition=models.Q(**{f"{column}__in": sorted(self.states)}), name=name)

    def allowed(self, state: str) -> list[Action]:
        return [action for action in self.actions.values() if state in action.sources]


_tables: list[Table] = []


def table(kind: str, *, initial: str, states: Mapping[str, Text], actions: list[Action]) -> Table:
    """Declare the table of one kind of thing. Raises ValueError for a state or an action that is not well declared."""
    made = Table(kind, initial, states, {action.name: action for action in actions})
    if len(made.actions) != len(actions):
        raise ValueError(f"{kind}: two actions of one name")
    _tables.append(made)
    return made


def tables() -> list[Table]:
    """Every table declared so far, by kind: `manage.py states` prints them."""
    return sorted(_tables, key=lambda found: found.kind)


def apply(obj: M, action: str, *, actor: Actor, reason: str = "", data: Mapping[str, Any] | None = None) -> M:
    """Move `obj` by `action` of its `STATES` table, in the caller's transaction or one of its own.

    The row is locked, its stored status is checked against the table, the guard is asked, the status column is written
    by a conditional update, and a StateChange and a trail line are left. `obj.status` is refreshed. Raises Conflict
    `wrong_state` when the stored state is not a source of the action, `refused` when the guard says no.
    """
    states: Table = obj.STATES  # type: ignore[attr-defined]
    verb = states.actions[action]
    rows = type(obj)._default_manager
    with transaction.atomic():
        locked = rows.select_for_update(of=("self",)).get(pk=obj.pk)
        old: str = locked.status  # type: ignore[attr-defined]
        if old not in verb.sources:
            raise Conflict(
                "wrong_state", _("This is not possible now: the state is “%(state)s”.") % {"state": states.states[old]}
            )
        refusal = verb.guard(locked) if verb.guard else None
        if refusal:
            raise Conflict("refused", refusal)
        if not rows.filter(pk=obj.pk, status=old).update(status=verb.target):
            raise Conflict("wrong_state", _("Somebody else changed this a moment ago. Look again, please."))
        StateChange.objects.create(
            kind=states.kind,
            object_id=obj.pk,
            action=action,
            old=old,
            new=verb.target,
            actor_id=actor.pk if actor else None,
            reason=reason,
            at=timezone.now(),
        )
        record(
            actor=actor,
            event=f"{states.kind}.{action}",
            subject=obj,
            data={"old": old, "new": verb.target, **(data or {})},
        )
    obj.status = verb.target  # type: ignore[attr-defined]
    return obj


class Among(Func):
    """`Among(PUBLIC)`: a filter for rows whose status is one of `states`, written out in the SQL.

    A partial index on the same states serves it on both engines: SQLite does not look into bound values to see that the
    condition of the index is fulfilled.
    """

    output_field = BooleanField()

    def __init__(self, states: Collection[str], column: str = "status") -> None:
        super().__init__(F(column))
        if not states or not all(state.isidentifier() for state in states):
            raise ValueError(f"these are no states: {states}")
        self.states = tuple(states)

    def as_sql(self, compiler: Any, connection: Any, *_names: Any, **extra: Any) -> Any:
        column, params = compiler.compile(self.source_expressions[0])
        written = ", ".join(f"'{state}'" for state in self.states)
        return (f"{column} = {written}" if len(self.states) == 1 else f"{column} IN ({written})"), params
