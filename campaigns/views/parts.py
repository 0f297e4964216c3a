"""What the room above contributes to pages of this room, as HTML."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from campaigns.panels import panels_for


def panels(request: HttpRequest, place: str, thing: Any) -> list[SafeString]:
    """Each panel rendered with its own context and nothing else of the page."""
    return [render_to_string(panel.template, panel.context, request) for panel in panels_for(place, thing)]
