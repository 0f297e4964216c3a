"""The sandbox as `make run` starts it: processes of their own, notifying a running platform over real HTTP."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.utils import timezone

from core import jobs
from ledger import chart, selectors
from payments import services
from payments.models import Inbox
from tests.payments.conftest import start

ROOT = Path(__file__).resolve().parents[2]


def launch(module: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """The process, and the address that it prints when it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},  # nothing of the platform's own settings
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return process, found.group()


@pytest.fixture
def sandbox(tmp_path: Path, settings, live_server) -> Iterator[tuple[str, str]]:
    keys = ["--keys", str(tmp_path / "keys"), "--delay", "0"]
    bank, bank_url = launch("sandbox.custodian", "--data", str(tmp_path / "bank"), *keys)
    channel, channel_url = launch(
        "sandbox.channel", "--data", str(tmp_path / "channel"), "--custodian", bank_url, "--settle-every", "0", *keys
    )
    settings.SANDBOX_CHANNEL_URL, settings.SANDBOX_CUSTODIAN_URL = channel_url, bank_url
    settings.SANDBOX_KEYS, settings.SANDBOX_SIGNING_KEY = tmp_path / "keys", tmp_path / "candor.pem"
    settings.SITE_URL = live_server.url
    yield channel_url, bank_url
    for process in (channel, bank):
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout
        process.stdout.close()


def until(true) -> None:
    """Wait for what the other processes do, running our jobs meanwhile."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        jobs.sweep(timezone.now())
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_a_gift_goes_from_the_donors_press_to_the_custody_account(sandbox) -> None:
    channel_url, bank_url = sandbox
    payment = start()
    action = services.open_at_channel(payment.pk)
    shown = requests.get(action.payload["url"], timeout=10)
    assert "SANDBOX" in shown.text
    pressed = requests.post(action.payload["url"], data={"action": "pay"}, allow_redirects=False, timeout=10)
    assert pressed.headers["Location"].endswith(f"/pay/{payment.token}/")
    until(lambda: Inbox.objects.filter(outcome="paid").exists())
    assert selectors.balances([chart.available(1)]) == {chart.available(1): 10_000}
    told = requests.post(channel_url + "/settle", headers={"Accept": "application/json"}, timeout=10)
    assert told.json() == {"next": "/"}
    assert services.collect_settlements() == 1
    check = services.check_custody()
    assert check is not None
    assert (check.bank, check.books) == (9_940, 9_940)
    assert "99.40" in requests.get(bank_url + "/", timeout=10).text
    assert "故障" in requests.get(bank_url + "/faults", timeout=10).text
