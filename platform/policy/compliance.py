"""Which rules are carried out where, and by which tests that is proved. Reads code, never the database."""

import ast
import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

from policy.enforce import places
from policy.parameter import Tag
from policy.register import RULES, Rule


@dataclass(frozen=True)
class Line:
    """One rule, the places `module:qualname` that carry it out, the tests `path::name` that prove it."""

    rule: Rule
    enforced: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def sources(self) -> list[str]:
        """How sure the source of the rule is, in words."""
        return [str(Tag(tag).label) for tag in self.rule.tags]

    @property
    def complete(self) -> bool:
        return bool(self.enforced and self.tests)


@lru_cache(maxsize=1)
def report() -> tuple[Line, ...]:
    """All rules in order. The first call imports every module of every room, so that each mark has been left."""
    import_rooms()
    proved = marked_tests(settings.ROOT / "tests")
    return tuple(Line(rule, tuple(places(rule.id)), tuple(sorted(proved.get(rule.id, ())))) for rule in RULES.values())


def import_rooms() -> None:
    """Import the modules of every installed room of ours, except migrations."""
    for config in apps.get_app_configs():
        path = Path(config.path)
        if not path.is_relative_to(settings.ROOT) or ".venv" in path.parts or config.name == "config":
            continue
        for found in pkgutil.walk_packages([str(path)], prefix=f"{config.name}."):
            if ".migrations" not in found.name:
                importlib.import_module(found.name)


def marked_tests(folder: Path) -> dict[str, set[str]]:
    """Rule id → tests marked with `@pytest.mark.rule(...)`, read from the source: pytest need not be installed.

    Empty where the tests are not shipped.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, rules in _marks(tree, ()):
            for rule in rules:
                found[rule].add(f"{path.relative_to(folder.parent).as_posix()}::{name}")
    return dict(found)


def _marks(tree: ast.Module | ast.ClassDef, inherited: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            inherited = (*inherited, *_rules_in(node.value))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            own = (*inherited, *(rule for mark in node.decorator_list for rule in _rules_in(mark)))
            yield from ((f"{node.name}::{name}", rules) for name, rules in _marks(node, own))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, (*inherited, *(rule for mark in node.decorator_list for rule in _rules_in(mark)))


def _rules_in(expression: ast.expr) -> list[str]:
    """The ids in every `….rule("R1", "R2")` inside an expression."""
    return [
        str(argument.value)
        for call in ast.walk(expression)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "rule"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]
