"""The menus."""

from core.nav import OwnEntry, lines

ENTRIES = [
    OwnEntry("Mine", "accounts:me"),
    OwnEntry("Privacy", "accounts:privacy"),
    OwnEntry("Safety", "accounts:security"),
]


def test_the_line_that_leads_furthest_is_the_current_one() -> None:
    marked = [(line.label, line.url) for line in lines(ENTRIES, "/me/privacy/access/") if line.current]
    assert marked == [("Privacy", "/me/privacy/")]


def test_no_line_is_current_elsewhere() -> None:
    assert not any(line.current for line in lines(ENTRIES, "/help/"))
