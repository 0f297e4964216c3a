"""The outside world in tests: the sandbox's channel and custodian as real HTTP servers in threads, on free ports.

Their notifications are delivered and their time passes only when the test says so:

    def test_something(outside):
        payment = outside.pay(payment)             # the donor pays at the channel; notification, query, booking
        outside.settle()                           # the channel settles to the custodian, and we book the batch
        outside.rest()                             # notifications and jobs until nothing is due
        outside.channel.fault("refuse_refunds")    # once, or ("...", "on")

Tests that need only one of the two may ask for `sandbox_channel` or `sandbox_custodian`.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from django.test import Client, override_settings
from django.utils import timezone

from core import jobs
from core.models import Job
from payments import services
from payments.models import Payment
from sandbox.channel import Channel
from sandbox.custodian import Custodian
from sandbox.peer import StandIn

Sent = tuple[str, bytes, dict[str, str]]


@dataclass
class Outside:
    channel: Channel
    custodian: Custodian
    sent: list[Sent] = field(default_factory=list)  # every notification that was delivered, to be replayed

    def pay(self, payment: Payment) -> Payment:
        """The donor opens the channel's page and pays; then everything takes its course. Returns the payment as it is now."""
        self.press(payment, "pay")
        self.rest()
        payment.refresh_from_db()
        return payment

    def press(self, payment: Payment, action: str) -> None:
        """Only the donor's part: `pay` or `cancel` on the channel's page, over HTTP."""
        url = services.open_at_channel(payment.pk).payload["url"]
        answer = requests.post(url, data={"action": action}, allow_redirects=False, timeout=10)
        assert answer.status_code == 303, answer.status_code

    def settle(self) -> None:
        """The channel settles what it has to the custodian; we ask for the batch and book it."""
        self.channel.settle()
        services.collect_settlements()

    def rest(self) -> None:
        """Deliver notifications and run jobs until nothing is due. A job that fails is an error of the test."""
        for _round in range(30):
            before = len(self.sent)
            self.channel.tick()
            self.custodian.tick()
            if not jobs.sweep(timezone.now()) and len(self.sent) == before:
                break
        else:
            raise AssertionError("the world never came to rest")
        failed = Job.objects.filter(last_error__contains="Error").exclude(status=Job.Status.DONE)
        assert not failed.exists(), list(failed.values_list("key", "last_error"))

    def deliver(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """A notification reaches the platform."""
        self.sent.append((url, body, headers))
        return self.post(url, body, headers)

    @staticmethod
    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        path = "/" + url.split("://", 1)[1].partition("/")[2]
        answer = Client().post(path, data=body, content_type="application/json", headers=headers)
        return answer.status_code


@pytest.fixture(scope="session")
def _stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Channel, Custodian]]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    keys = folder / "keys"
    custodian = Custodian(0, folder / "custodian", keys, delay=0, slow_seconds=0)
    channel = Channel(0, folder / "channel", keys, custodian=custodian.url, delay=0, slow_seconds=0)
    servers: tuple[StandIn, ...] = (channel, custodian)
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    with override_settings(
        SANDBOX_CHANNEL_URL=channel.url,
        SANDBOX_CUSTODIAN_URL=custodian.url,
        SANDBOX_KEYS=keys,
        SANDBOX_SIGNING_KEY=folder / "candor.pem",
    ):
        yield channel, custodian
    for server in servers:
        server.shutdown()
        server.server_close()
        server.store.db.close()


@pytest.fixture
def outside(_stand_ins: tuple[Channel, Custodian]) -> Outside:
    """A channel and a custodian that know nothing yet and do everything right. The test brings its own `db`."""
    channel, custodian = _stand_ins
    for server in (channel, custodian):
        for row in server.store.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
            server.store.run(f"DELETE FROM {row['name']}")
    world = Outside(channel, custodian)
    channel.deliver = custodian.deliver = world.deliver
    return world


@pytest.fixture
def sandbox_channel(outside: Outside) -> Channel:
    return outside.channel


@pytest.fixture
def sandbox_custodian(outside: Outside) -> Custodian:
    return outside.custodian
