"""Places on this room's pages that the room above fills: what becomes of the money, what the raiser still has to do."""

from collections.abc import Callable
from typing import Any, NamedTuple

PLACES = ("page.money", "page.use", "dashboard", "receipt")


class Panel(NamedTuple):
    template: str
    context: dict[str, Any]


# Takes what the page is about, a campaign or (`receipt`) a donation; the number of its queries does not grow with the data.
PanelFunction = Callable[[Any], tuple[str, dict[str, Any]]]

_panels: dict[str, list[PanelFunction]] = {place: [] for place in PLACES}


def register(place: str, function: PanelFunction) -> None:
    """Show what `function` returns at `place`, after those that are there. Raises KeyError for an unknown place."""
    _panels[place].append(function)


def panels_for(place: str, thing: Any) -> list[Panel]:
    return [Panel(*function(thing)) for function in _panels[place]]
