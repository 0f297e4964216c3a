"""Durable work of this room."""

from core.jobs import handler
from notices.delivery import deliver

handler("notices.deliver")(deliver)
