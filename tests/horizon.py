"""Waiting for the horizon: on PostgreSQL a neighbouring test's open transaction holds it back for a moment."""

import time

from django.db import models

from core.watermark import horizon, position

PATIENCE = 60  # seconds


def settle(model: type[models.Model]) -> None:
    """Return when every row of `model` that is there now is below the horizon."""
    last = model._default_manager.aggregate(last=models.Max(position()))["last"] or 0
    until = time.monotonic() + PATIENCE
    while horizon(model) <= last:
        assert time.monotonic() < until, "somebody's transaction never ends"
        time.sleep(0.02)
