"""The register of rules, the marks that code and tests leave, and the report that brings them together."""

import importlib
import json
import re
from functools import reduce
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.management import call_command
from django.utils.translation import override

from policy import compliance
from policy.defaults import PARAMETERS
from policy.enforce import enforces
from policy.parameter import Tag
from policy.register import ACTORS, BOTTOM_LINES, RULES


def test_the_register_holds_109_rules_in_order_and_in_both_languages() -> None:
    assert list(RULES) == [f"R{number}" for number in range(1, 110)]
    for rule in RULES.values():
        for words in (rule.title, rule.text):
            assert words.en.isascii(), rule.id
            assert re.search(r"[\u4e00-\u9fff]", words.zh), rule.id
        assert set(rule.tags) <= set(Tag), rule.id
        assert set(rule.actors) <= set(ACTORS), rule.id


def test_a_rule_speaks_the_readers_language() -> None:
    with override("en"):
        assert str(RULES["R29"].title) == "At the target it stops"
    with override("zh-hans"):
        assert str(RULES["R29"].title) == "筹满即止"


def test_the_last_three_bottom_lines_are_not_claimed_as_confirmed() -> None:
    assert [line.number for line in BOTTOM_LINES] == [1, 2, 3, 4, 5, 6, 7]
    assert [line.confirmed for line in BOTTOM_LINES] == [True, True, True, True, False, False, False]


def test_every_rule_that_a_parameter_serves_exists() -> None:
    assert {parameter.rule for parameter in PARAMETERS.values()} - {""} <= set(RULES)


@pytest.mark.parametrize("rule", ["R0", "R110", "r29", "R029", ""])
def test_a_rule_that_does_not_exist_cannot_be_enforced(rule: str) -> None:
    with pytest.raises(ValueError, match="unknown rule"):
        enforces("R1", rule)


def test_every_place_that_enforces_a_rule_can_be_imported() -> None:
    lines = compliance.report()
    assert any(line.enforced for line in lines)
    for line in lines:
        for place in line.enforced:
            module, _colon, name = place.partition(":")
            assert callable(reduce(getattr, name.split("."), importlib.import_module(module))), place


def test_every_rule_that_a_test_claims_to_prove_exists() -> None:
    marked = compliance.marked_tests(Path(__file__).parents[1])
    assert set(marked) <= set(RULES)
    assert "tests/policy/test_parameters.py::test_no_fee_can_be_raised_above_what_is_published" in marked["R90"]


def test_marks_are_found_on_functions_classes_and_modules(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_some.py").write_text(
        dedent(
            """
            import pytest
            pytestmark = [pytest.mark.django_db, pytest.mark.rule("R1")]

            @pytest.mark.rule("R2", "R3")
            def test_one(): ...

            @pytest.mark.rule("R4")
            class TestMany:
                @pytest.mark.rule("R5")
                def test_two(self): ...

            def helper(): ...
            """
        )
    )
    one, two = "tests/test_some.py::test_one", "tests/test_some.py::TestMany::test_two"
    assert compliance.marked_tests(folder) == {"R1": {one, two}, "R2": {one}, "R3": {one}, "R4": {two}, "R5": {two}}


def test_where_no_tests_are_shipped_nothing_is_claimed(tmp_path: Path) -> None:
    assert compliance.marked_tests(tmp_path / "absent") == {}


def test_the_command_prints_all_rules_for_people_and_for_machines() -> None:
    out = StringIO()
    call_command("compliance", "--json", stdout=out)
    printed = json.loads(out.getvalue())
    assert [row["id"] for row in printed["rules"]] == list(RULES)
    assert set(printed["rules"][0]) == {"id", "title", "enforced", "tests"}
    whole = [row for row in printed["rules"] if row["enforced"] and row["tests"]]
    assert printed["enforced_and_tested"] == len(whole) > 0
    out = StringIO()
    call_command("compliance", stdout=out)
    assert out.getvalue().endswith(f"{len(whole)} of 109 rules are enforced and tested\n")
