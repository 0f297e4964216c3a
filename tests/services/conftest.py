"""`world`: the platform beside each of the real channels' peers, one after the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from tests.payments.conftest import told  # noqa: F401
from tests.services.alipay_peer import AlipayGateway
from tests.services.peer import Peer, running
from tests.services.stripe_peer import Stripe
from tests.services.wechat_peer import Wechat
from tests.services.world import World

PEERS: dict[str, type[Peer]] = {"wechat": Wechat, "alipay": AlipayGateway, "stripe": Stripe}


def _world(kind: type[Peer], folder: Path, heard: list[tuple[str, Any]]) -> Iterator[World]:
    with running(kind()) as peer, override_settings(**peer.settings(folder)):
        yield World(peer, heard, folder)


@pytest.fixture(params=PEERS)
def world(request: pytest.FixtureRequest, tmp_path: Path, told: list[tuple[str, Any]]) -> Iterator[World]:  # noqa: F811
    yield from _world(PEERS[request.param], tmp_path, told)


@pytest.fixture
def wechat(tmp_path: Path, told: list[tuple[str, Any]]) -> Iterator[World]:  # noqa: F811
    yield from _world(Wechat, tmp_path, told)


@pytest.fixture
def alipay(tmp_path: Path, told: list[tuple[str, Any]]) -> Iterator[World]:  # noqa: F811
    yield from _world(AlipayGateway, tmp_path, told)


@pytest.fixture
def stripe(tmp_path: Path, told: list[tuple[str, Any]]) -> Iterator[World]:  # noqa: F811
    yield from _world(Stripe, tmp_path, told)
