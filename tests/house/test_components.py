"""How pages use the components: nothing is misspelt, and no text of people reaches an attribute unescaped."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_cotton.compiler_regex import CottonCompiler, Tag

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
COMPONENTS = {
    path.stem.replace("_", "-"): path.read_text(encoding="utf-8") for path in (TEMPLATES / "components").glob("*.html")
}
_VARS = re.compile(r"<c-vars\s(.*?)/?>", re.DOTALL)


def _declared(name: str) -> set[str]:
    found = _VARS.search(COMPONENTS[name])
    return {match.group(1).lstrip(":") for match in Tag.attr_pattern.finditer(found.group(1))} if found else set()


def _uses() -> Iterator[tuple[Path, str, list[str]]]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        html, _ignored = CottonCompiler().exclude_ignorables(path.read_text(encoding="utf-8"))
        for match in Tag.tag_pattern.finditer(html):
            tag = Tag(match)
            name = tag.tag_name.removeprefix("c-")
            if not tag.is_closing and name not in {"vars", "slot"}:
                yield (
                    path.relative_to(TEMPLATES),
                    name,
                    [attr.group(1) for attr in Tag.attr_pattern.finditer(tag.attrs)],
                )


def test_every_component_that_is_used_exists() -> None:
    assert [f"{path}: <c-{name}>" for path, name, _attributes in _uses() if name not in COMPONENTS] == []


def test_attributes_are_known_or_passed_through_on_purpose() -> None:
    """A component that does not print `attrs` drops what it does not declare: that would be a misspelling."""
    lost = [
        f"{path}: <c-{name} {attribute}>"
        for path, name, attributes in _uses()
        if name in COMPONENTS and "{{ attrs }}" not in COMPONENTS[name]
        for attribute in attributes
        if not attribute.startswith("__COTTON") and attribute.lstrip(":").replace("-", "_") not in _declared(name)
    ]
    assert lost == []


def test_values_of_python_go_only_into_declared_attributes() -> None:
    """A free attribute is printed as it is: `:data-x="story"` would let a story leave its quotes."""
    open_doors = [
        f"{path}: <c-{name} {attribute}>"
        for path, name, attributes in _uses()
        if name in COMPONENTS
        for attribute in attributes
        if attribute.startswith(":") and attribute.lstrip(":").replace("-", "_") not in _declared(name)
    ]
    assert open_doors == []


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_every_component_stands_in_the_style_guide_or_in_another_component(name: str) -> None:
    shown = (TEMPLATES / "core" / "styleguide.html").read_text(encoding="utf-8")
    inside = "".join(text for other, text in COMPONENTS.items() if other != name)
    assert f"<c-{name}" in shown or f"<c-{name}" in inside


@pytest.mark.parametrize("name", sorted(set(COMPONENTS) - {"field-errors", "icon"}))
def test_every_component_is_explained(name: str) -> None:
    assert f"<c-{name}" in (ROOT / "docs" / "developer" / "components.md").read_text(encoding="utf-8")


def test_no_template_carries_inline_script_or_style() -> None:
    found = [
        f"{path.relative_to(TEMPLATES)}: {match.group(0)[:60]}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for match in re.finditer(
            r"<style\b|\sstyle=|\son[a-z]+=|\shx-on|<script(?![^>]*\bsrc=)[^>]*>", path.read_text(encoding="utf-8")
        )
        if "nonce=" not in match.group(0) and "application/json" not in match.group(0)
    ]
    assert found == []
