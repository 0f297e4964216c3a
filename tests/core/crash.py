"""Kills a process with SIGKILL at every single line of a module, one child after another, and lets the next one go on.

Run as a process of its own by tests/core/test_crash.py: `python -m tests.core.crash jobs|rotation DATABASE_NAME`; prints the
number of rounds. The parent itself never opens the database, so that a child inherits no connection.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

sys.path[:0] = ["platform", "."]
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


def _child(body: Callable[[], None], *, kill_at: int = 0, where: str = "") -> bool:
    """Run `body` in a child; with `kill_at`, SIGKILL at that many executed lines of `where`. True when it ended by itself."""
    child = os.fork()
    if child == 0:
        try:
            if kill_at:
                _die_at(kill_at, where)
            body()
            sys.settrace(None)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(2)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a child failed")
    return os.WIFEXITED(status)


def _die_at(line: int, where: str) -> None:
    left = line

    def trace(frame: Any, event: str, _arg: Any) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.endswith(where):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def _set_up(database: str) -> None:
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    import django

    django.setup()


def crash_jobs() -> int:
    """Write jobs and work them off, dying at each line of core.jobs in turn; after each death a healthy worker goes on."""
    from django.db import transaction
    from django.utils import timezone

    from core import jobs, trail
    from core.models import Job

    @jobs.handler("crash.once", atomic=True)
    def once(number: int) -> None:
        trail.record(actor=None, event="crash.done", subject=f"round:{number}")

    def write(number: int) -> None:
        with transaction.atomic():
            trail.record(actor=None, event="crash.asked", subject=f"round:{number}")
            jobs.enqueue("crash.once", str(number), {"number": number})

    def work() -> None:
        jobs.sweep(timezone.now())

    def recover() -> None:
        Job.objects.filter(status=Job.Status.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
        jobs.sweep(timezone.now())

    rounds = 0
    for phase in ("write", "work"):
        line, finished = 0, False
        while not finished:
            line += 1
            rounds += 1
            if phase == "work":
                _child(partial(write, rounds))
            finished = _child(partial(write, rounds) if phase == "write" else work, kill_at=line, where="core/jobs.py")
            _child(recover)
    return rounds


def crash_rotation() -> int:
    """Renew everything, dying ever later inside core.rotation, until one run comes to its end."""
    from core.rotation import renew_all

    rounds, finished = 0, False
    while not finished:
        rounds += 1
        finished = _child(lambda: list(renew_all()), kill_at=rounds * 40, where="core/rotation.py")
    return rounds


if __name__ == "__main__":
    _set_up(sys.argv[2])
    sys.stdout.write(json.dumps({"rounds": {"jobs": crash_jobs, "rotation": crash_rotation}[sys.argv[1]]()}))
