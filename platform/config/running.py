"""All processes of a platform on one machine: started together, watched, stopped together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config.demo.family import everybody

ROOT = Path(__file__).resolve().parents[2]
Say = Callable[[str], object]


class CannotStart(Exception):
    """One clear sentence for the person at the terminal."""


@dataclass
class Part:
    """One process by name. `port` is where it listens, if it does."""

    name: str
    command: list[str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None


def run(*, port: int, demo: bool, walkthrough: bool, say: Say) -> int:
    """Start everything, wait, stop everything. Returns the exit code; 1 when a process died or the start failed."""
    urls = _urls(port)
    os.environ.update({**urls, "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}", "IDENTITY_PROVIDER": "gateway"})
    for name, value in {**urls, "IDENTITY_PROVIDER": "gateway"}.items():
        setattr(settings, name, value)
    outside, inside = _outside(port), _inside(port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _check_ports([*outside, *inside])
        _prepare(say)
        _start(outside, say)
        _load_demo(say, families=demo and not walkthrough)
        _start(inside, say)
        say(_welcome(port))
        return _walk(port) if walkthrough else _watch([*outside, *inside])
    except CannotStart as refusal:
        say(f"start: {refusal}")
        return 1
    except KeyboardInterrupt:
        say("\nstart: stopping")
        return 0
    finally:
        _stop([*inside, *outside])


def _urls(port: int) -> dict[str, str]:
    return {
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SANDBOX_CHANNEL_URL": f"http://127.0.0.1:{port + 101}",
        "SANDBOX_CUSTODIAN_URL": f"http://127.0.0.1:{port + 102}",
        "IDENTITY_GATEWAY_URL": f"http://127.0.0.1:{port + 103}",
    }


def _outside(port: int) -> list[Part]:
    """The sandbox's outside world: each a process with its own keys and its own store."""
    data, keys = settings.VAR / "outside", settings.SANDBOX_KEYS
    custodian = f"http://127.0.0.1:{port + 102}"
    python = sys.executable
    return [
        Part(
            "payment channel",
            [python, "-m", "sandbox.channel", "--port", f"{port + 101}", "--data", f"{data / 'channel'}", "--keys", f"{keys}",
             "--custodian", custodian, "--settle-every", "5"],
            port + 101,
        ),
        Part(
            "custodian bank",
            [python, "-m", "sandbox.custodian", "--port", f"{port + 102}", "--data", f"{data / 'custodian'}",
             "--keys", f"{keys}"],
            port + 102,
        ),
        Part(
            "identity gateway",
            [python, "-m", "sandbox.identity_gateway", "--port", f"{port + 103}", "--data", f"{data / 'gateway'}",
             "--population", f"{_population()}"],
            port + 103,
        ),
    ]  # fmt: skip


def _population() -> Path:
    """The invented people of the demonstration, for the gateway that stands in for the register."""
    path = settings.VAR / "population.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(everybody(), ensure_ascii=False))
    return path


def _inside(port: int) -> list[Part]:
    python = sys.executable
    web = [python, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4",
           "--timeout", "60", "--log-level", "warning"]  # fmt: skip
    worker = [python, "-m", "celery", "-A", "config", "worker", "-B", "-P", "solo", "--loglevel", "WARNING",
              "--without-gossip", "--without-mingle"]  # fmt: skip
    return [Part("web", web, port), Part("worker", worker)]


def _check_ports(parts: list[Part]) -> None:
    for part in parts:
        if not part.port:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", part.port))
            except OSError:
                raise CannotStart(
                    f"port {part.port} ({part.name}) is in use. Choose another one: manage.py start --port 9000"
                ) from None


def _prepare(say: Say) -> None:
    settings.VAR.mkdir(parents=True, exist_ok=True)
    say("start: preparing the database")
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OSError as error:
        raise CannotStart(f"cannot write to {settings.VAR}: {error.strerror}") from error


def _load_demo(say: Say, *, families: bool) -> None:
    if families:
        say("start: loading the demonstration (a minute or two, only the first time)")
    call_command("demo", families=families)
    connection.close()


def _start(parts: list[Part], say: Say) -> None:
    for part in parts:
        say(f"start: {part.name}" + (f" on port {part.port}" if part.port else ""))
        # A session of its own, so that Ctrl-C reaches us alone and we stop the parts in order.
        part.process = subprocess.Popen(part.command, cwd=ROOT, start_new_session=True)  # noqa: S603
    for part in parts:
        _wait_for(part)


def _wait_for(part: Part) -> None:
    until = time.monotonic() + 60
    while part.port and time.monotonic() < until:
        if part.process is None or part.process.poll() is not None:
            raise CannotStart(f"the {part.name} did not start; its last words stand above.")
        try:
            requests.get(f"http://127.0.0.1:{part.port}/healthz", timeout=(1, 10))
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return


def _walk(port: int) -> int:
    command = [
        sys.executable,
        str(ROOT / "manage.py"),
        "walkthrough",
        "--json",
        "--base-url",
        f"http://127.0.0.1:{port}",
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603


def _watch(parts: list[Part]) -> int:
    while True:
        for part in parts:
            if part.process and part.process.poll() is not None:
                raise CannotStart(
                    f"the {part.name} has stopped by itself (code {part.process.returncode}); stopping the rest."
                )
        time.sleep(0.5)


def _stop(parts: list[Part]) -> None:
    running = [part for part in parts if part.process and part.process.poll() is None]
    for part in running:
        os.killpg(part.process.pid, signal.SIGTERM)  # type: ignore[union-attr]
    until = time.monotonic() + 8
    for part in running:
        try:
            part.process.wait(max(until - time.monotonic(), 0.1))  # type: ignore[union-attr]
        except subprocess.TimeoutExpired:
            os.killpg(part.process.pid, signal.SIGKILL)  # type: ignore[union-attr]


def _welcome(port: int) -> str:
    return (
        f"\n  Candor is running: http://127.0.0.1:{port}/\n"
        f"  Who is who, and how to sign in as each of them: http://127.0.0.1:{port}/sandbox/\n"
        f"  Faults of the sandbox channel: http://127.0.0.1:{port + 101}/faults\n"
        "  Ctrl-C stops everything.\n"
    )
