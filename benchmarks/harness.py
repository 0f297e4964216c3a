"""What every benchmark stands on: a database of its own, interleaved timing, a server under load from this machine.

Everything that is made here is taken away again, however the run ends: by `finally` after an error, Ctrl-C or SIGTERM, and what
a killed run left (its database carries the number of its process) by the next run.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_SERVER = "postgresql://postgres:postgres@127.0.0.1:5432/postgres"
_PREFIX = "candor_bench_"
_OWN = re.compile(rf"^{_PREFIX}[a-z_]+_(\d+)$")


class CannotRun(Exception):
    """One clear sentence for the person at the terminal."""


@dataclass(frozen=True)
class Run:
    """How a benchmark was asked to run."""

    seed: int
    quick: bool


# --- A database of its own ---------------------------------------------------------------------------------------------
@contextmanager
def own_platform(name: str) -> Iterator[None]:
    """A migrated empty database and an own folder; Django is set up with them. Once per process."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as after:
        url = after.enter_context(own_database(name))
        folder = tempfile.mkdtemp(prefix=_PREFIX)
        after.callback(shutil.rmtree, folder, ignore_errors=True)
        os.environ.update(DATABASE_URL=url, CANDOR_VAR=folder, DJANGO_SETTINGS_MODULE="config.settings")
        # The cache is this process's and its servers' own: nobody else's Redis is touched.
        os.environ.pop("REDIS_URL", None)
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        after.callback(connections.close_all)
        call_command("migrate", verbosity=0, interactive=False)
        from core.catalogue import compile_all

        compile_all(ROOT)
        yield


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """The URL of a new empty database on the server of DATABASE_URL, or on this machine; dropped in the end."""
    server = os.environ.get("DATABASE_URL") or DEFAULT_SERVER
    own = f"{_PREFIX}{name}_{os.getpid()}"
    _on_server(server, _drop_left_overs)
    _on_server(server, lambda cursor: cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE template0'))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{own}"))
    finally:
        _on_server(server, lambda cursor: cursor.execute(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)'))


def _on_server(url: str, act: Callable[[Any], None]) -> None:
    try:
        connection = psycopg2.connect(url)
    except psycopg2.OperationalError as error:
        raise CannotRun(f"PostgreSQL is needed (DATABASE_URL, or one on this machine): {error}".strip()) from None
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            act(cursor)
    finally:
        connection.close()


def _drop_left_overs(cursor: Any) -> None:
    cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}%"])
    for (name,) in cursor.fetchall():
        match = _OWN.match(name)
        if match and not _is_running(int(match.group(1))):
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# --- Timing ------------------------------------------------------------------------------------------------------------
def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def interleaved(acts: dict[str, Callable[[], float]], rounds: int = 5) -> dict[str, list[float]]:
    """Each of `acts` in turn, `rounds` times over, the order turned round every time; what each returned.

    Whatever else the machine does meets all of them alike, and none is always the one that warms up the caches.
    """
    if rounds < 5:
        raise ValueError("a median of fewer than 5 says nothing")
    found: dict[str, list[float]] = {name: [] for name in acts}
    names = list(acts)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(acts[name]())
    return found


def ratio(found: dict[str, list[float]], over: str, under: str) -> float:
    return round(median(found[over]) / median(found[under]), 3)


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


# --- A server under load ---------------------------------------------------------------------------------------------
@contextmanager
def server(wsgi: str, *, workers: int = 2, environment: dict[str, str] | None = None) -> Iterator[int]:
    """gunicorn with `wsgi` on a free port of this machine; yields the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{port}", "--workers", f"{workers}", "--threads", "2",
        "--log-level", "error", "--no-control-socket",
    ]  # fmt: skip
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path, **(environment or {})}, start_new_session=True
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise CannotRun("the server did not start; its last words stand above")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise CannotRun("the server did not start within a minute")


def throughput(port: int, path: str, *, clients: int = 4, for_seconds: float = 1.0) -> float:
    """Answers per second to `clients` that each ask for `path` again as soon as they are answered. All must answer 200."""
    until = time.perf_counter() + for_seconds

    def again() -> _Question | None:
        return ("GET", path, None, {}) if time.perf_counter() < until else None

    return _asked(port, again, clients)


def posted(port: int, path: str, messages: Sequence[tuple[bytes, dict[str, str]]], *, clients: int = 4) -> float:
    """Answers per second while `clients` post each message (body, headers) once between them. All must answer 200."""
    waiting = iter(messages)

    def following() -> _Question | None:
        with suppress(StopIteration):
            body, headers = next(waiting)
            return "POST", path, body, headers
        return None

    return _asked(port, following, clients)


_Question = tuple[str, str, bytes | None, dict[str, str]]


def _asked(port: int, question: Callable[[], _Question | None], clients: int) -> float:
    counts, faults = [0] * clients, []

    def ask(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            while asked := question():
                method, path, body, headers = asked
                connection.request(method, path, body, {"Host": "127.0.0.1", **headers})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    faults.append(f"{path}: {answer.status}")
                    return
                counts[number] += 1
        except OSError as error:
            faults.append(f"port {port}: {error}")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise CannotRun(faults[0])
    return sum(counts) / (time.perf_counter() - start)
