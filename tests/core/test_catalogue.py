"""The catalogue tool finds what is marked, keeps what is translated, and says what is wrong."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core import catalogue
from core.catalogue import Message, Room
from core.extraction import messages

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
A = _("One thing")
B = ngettext("%(n)d person", "%(n)d people", n)
C = pgettext("month", "May")
D = _(
    "Long "
    "text"
)
E = _(name)
"""
TEMPLATE = """{% load i18n %}<c-card title="{% translate 'In an attribute' %}">
{% translate "Kept" as kept %}{% blocktranslate count n=n trimmed %}
   {{ n }} yuan of 100%
{% plural %}
   {{ n }} yuans of 100%
{% endblocktranslate %}{% translate "May" context "verb" %}{# {% translate "Not this" %} #}
{% include "x" with label=_("In a tag") %}
</c-card>"""


@pytest.fixture
def room(tmp_path: Path) -> Room:
    folder = tmp_path / "platform" / "shop"
    folder.mkdir(parents=True)
    return Room("shop", folder)


def _fill(room: Room, **words: str) -> None:
    po = catalogue.read(room)
    for entry in po:
        entry.msgstr = words.get(entry.msgid, entry.msgstr)
    po.save(str(room.po))


def test_marked_strings_of_python_are_found(tmp_path: Path) -> None:
    file = tmp_path / "views.py"
    file.write_text(PYTHON)
    assert set(messages(file)) == {
        Message("One thing"),
        Message("%(n)d person", plural="%(n)d people"),
        Message("May", context="month"),
        Message("Long text"),
    }


def test_marked_strings_of_templates_are_found_in_cotton_attributes_too(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(TEMPLATE)
    assert set(messages(file)) == {
        Message("In an attribute"),
        Message("Kept"),
        Message("%(n)s yuan of 100%%", plural="%(n)s yuans of 100%%"),
        Message("May", context="verb"),
        Message("In a tag"),
    }


def test_writing_keeps_translations_and_drops_what_nobody_says(room: Room) -> None:
    catalogue.rewrite(room, [Message("Old"), Message("Kept")], {})
    _fill(room, Old="旧", Kept="留")
    assert catalogue.rewrite(room, [Message("New"), Message("Kept"), Message("Known")], {("Known", ""): "知"})
    assert [(entry.msgid, entry.msgstr) for entry in catalogue.read(room)] == [
        ("Kept", "留"),
        ("Known", "知"),
        ("New", ""),
    ]
    assert not catalogue.rewrite(room, [Message("New"), Message("Kept"), Message("Known")], {})


def test_faults_are_named_one_by_one(room: Room) -> None:
    catalogue.rewrite(room, [Message("Unused"), Message("Empty"), Message("Hello %(name)s")], {})
    _fill(room, **{"Unused": "无用", "Hello %(name)s": "你好 %(nmae)s"})
    faults = catalogue.faults(room, [Message("Empty"), Message("Hello %(name)s"), Message("Missing")])
    assert [fault.split(":")[0] for fault in faults] == [
        "missing",
        "unused",
        "untranslated",
        "other placeholders than the source",
    ]


def test_two_rooms_must_agree_on_a_string(room: Room, tmp_path: Path) -> None:
    other = Room("other", tmp_path / "other")
    for place, words in ((room, "一"), (other, "二")):
        catalogue.rewrite(place, [Message("One")], {})
        _fill(place, One=words)
    assert catalogue.disagreements([room, other], [Room("third", tmp_path)]) == []
    assert catalogue.disagreements([room, other], [other]) == ["'One' is '一' in shop and '二' in other"]


def test_compiling_writes_only_what_is_older(room: Room, tmp_path: Path) -> None:
    catalogue.rewrite(room, [Message("One")], {("One", ""): "一"})
    assert catalogue.compile_all(tmp_path) == 1
    assert room.po.with_suffix(".mo").read_bytes()[:4] in {b"\xde\x12\x04\x95", b"\x95\x04\x12\xde"}
    assert catalogue.compile_all(tmp_path) == 0


@pytest.mark.parametrize("name", ["core"])
def test_every_string_of_the_room_has_its_chinese(name: str) -> None:
    call_command("catalogue", name, check=True, verbosity=0)


def test_an_unknown_room_is_refused() -> None:
    with pytest.raises(CommandError, match="No such room: kitchen"):
        call_command("catalogue", "kitchen", check=True)
