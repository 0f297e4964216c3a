"""The laws of the house (DESIGN 3), held against all of its code at once. Each law that a room breaks names the place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import Error, connection, models, transaction
from django.urls import reverse

from audit import registry
from core import jobs, nav
from core.states import Table
from notices import kinds

ROOT = Path(__file__).resolve().parents[2]
ROOMS = [
    config.name for config in apps.get_app_configs() if ROOT in Path(config.path).parents and ".venv" not in config.path
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for room in ROOMS:
        for path in sorted(Path(apps.get_app_config(room).path).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def first_text(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def house_models() -> list[type[models.Model]]:
    return [model for room in ROOMS for model in apps.get_app_config(room).get_models()]


def test_there_is_a_house_to_look_at() -> None:
    assert len(ROOMS) >= 14
    assert len(house_models()) > 40


def test_every_state_column_has_its_check() -> None:
    """Law 3."""
    for model in house_models():
        table = getattr(model, "STATES", None)
        if not isinstance(table, Table):
            continue
        checks = [str(c.condition) for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
        assert any(all(f"'{state}'" in text for state in table.states) for text in checks), model._meta.label


def test_models_do_not_override_save() -> None:
    assert [model._meta.label for model in house_models() if "save" in vars(model) or "delete" in vars(model)] == []


def test_there_are_no_signals_of_our_own() -> None:
    found = []
    for path, tree in sources():
        for node in ast.walk(tree):
            text = ast.unparse(node) if isinstance(node, ast.Call | ast.Attribute) else ""
            if re.fullmatch(r"(django\.dispatch\.)?Signal\(.*\)|receiver\(.*\)", text):
                found.append(place(path, node))
    assert found == []


def test_views_and_rest_do_not_write() -> None:
    """What a page or an API view writes, it writes through a service."""
    found = []
    for path, tree in sources():
        if not (path.stem in ("api", "views") or "views" in path.parts or path.stem.endswith("_views")):
            continue
        for call in calls(tree):
            text = ast.unparse(call.func)
            if re.search(
                r"\.objects\..*\b(create|update|delete|bulk_create|get_or_create)$|^\w+\.(save|delete)$", text
            ):
                found.append(f"{place(path, call)} {text}")
    assert found == []


def test_nothing_goes_to_the_network_without_a_limit_of_time() -> None:
    """Law 10."""
    found = []
    for path, tree in sources():
        for call in calls(tree):
            asks = re.fullmatch(r"requests\.(get|post|put|request|delete)", ast.unparse(call.func))
            if asks and not any(keyword.arg == "timeout" for keyword in call.keywords):
                found.append(place(path, call))
    assert found == []


def test_every_job_that_is_asked_for_has_its_handler() -> None:
    """Law 2."""
    asked = {
        first_text(call): place(path, call)
        for path, tree in sources()
        for call in calls(tree)
        if ast.unparse(call.func).endswith("enqueue") and first_text(call)
    }
    assert asked
    assert {kind: where for kind, where in asked.items() if kind not in jobs._handlings} == {}


def test_every_notice_that_is_sent_has_its_words() -> None:
    sent = {}
    for path, tree in sources():
        for call in calls(tree):
            if ast.unparse(call.func).split(".")[-1] != "notify":
                continue
            for keyword in call.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    sent[keyword.value.value] = place(path, call)
    assert sent
    unknown = {}
    for code, where in sent.items():
        try:
            kinds.get(code)
        except KeyError:
            unknown[code] = where
    assert unknown == {}


def test_every_line_of_the_menus_leads_somewhere() -> None:
    assert [reverse(entry.url_name) for entry in nav._entries]


def test_every_check_speaks_of_a_subject_that_exists() -> None:
    kinds_known = set(registry.subjects())
    for kind in kinds_known:
        for check in registry.checks_for(kind):
            assert set(check.subjects) <= kinds_known, check.code


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert not re.search(r"\sstyle=\"|<style|\son\w+=\"|javascript:", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_faults_of_a_form_are_told_by_us_and_not_by_the_browser(template: Path) -> None:
    """Law 13: in the reader's language and beside the field. Without `novalidate` a browser stops the form in its own words."""
    forms = re.findall(r"<form\b([^>]*)>(.*?)</form>", template.read_text(), re.DOTALL)
    assert not [tag for tag, body in forms if "c-form-errors" in body and "novalidate" not in tag]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_page_forbids_itself_its_origin(template: Path) -> None:
    """With `no-referrer` a browser sends every form of the page from the origin "null", and it is refused as forged."""
    assert "no-referrer" not in template.read_text()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    ["core_trailevent", "core_statechange", "core_trailseal", "ledger_entry", "ledger_journal", "ledger_account"],
)
def test_the_database_refuses_to_forget(table: str) -> None:
    """Laws 1 and 6: the triggers are there, whatever the migrations say."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with pytest.raises(Error), transaction.atomic():
                cursor.execute(f"DELETE FROM {table}")
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        guards = " ".join(row[0] for row in cursor.fetchall())
    assert "UPDATE" in guards
    assert "DELETE" in guards
