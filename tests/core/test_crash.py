"""Killing a process at any line loses nothing and does nothing twice: with real processes and a real SIGKILL (law 2)."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.test import override_settings

from accounts.models import User
from core.models import Job, TrailEvent

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = b"o" * 32, b"n" * 32


def _crash(what: str, folder: Path, **env: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.crash", what, str(connection.settings_dict["NAME"])],
        cwd=ROOT,
        env={**os.environ, "CANDOR_VAR": str(folder), "REDIS_URL": "", "PYTHONPATH": "platform:.", **env},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return int(json.loads(done.stdout)["rounds"])


@pytest.mark.django_db(transaction=True)
def test_kill_9_at_any_line_of_jobs_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    rounds = _crash("jobs", tmp_path)
    asked = sorted(TrailEvent.objects.filter(event="crash.asked").values_list("subject", flat=True))
    carried_out = sorted(TrailEvent.objects.filter(event="crash.done").values_list("subject", flat=True))
    assert rounds > 35
    assert len(asked) > rounds / 2
    assert carried_out == asked
    assert set(Job.objects.filter(kind="crash.once").values_list("status", flat=True)) == {Job.Status.DONE}
    assert Job.objects.filter(kind="crash.once").count() == len(asked)


@pytest.mark.django_db(transaction=True)
def test_a_rotation_that_is_killed_again_and_again_leaves_every_value_readable(tmp_path: Path) -> None:
    with override_settings(FIELD_KEYS={"old": OLD}):
        for number in range(300):
            User.objects.create_user(phone=f"+8617{number:09d}")
    ring = f"new:{b64encode(NEW).decode()},old:{b64encode(OLD).decode()}"
    assert _crash("rotation", tmp_path, FIELD_KEYS=ring) > 5
    assert _prefixes() == {"new"}
    with override_settings(FIELD_KEYS={"new": NEW}):
        assert {user.phone for user in User.objects.all()} == {f"+8617{number:09d}" for number in range(300)}


def _prefixes() -> set[str]:
    stored: Any = User.objects.annotate(raw=Cast(F("phone"), TextField())).values_list("raw", flat=True)
    return {text.partition(":")[0] for text in stored}
