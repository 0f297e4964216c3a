"""The SMS gateway: signed both ways, permanent and passing failures told apart, one message per number."""

import pytest

from notices.providers import GatewayProvider, Message, Refused, Unreachable
from tests.notices import gateway_peer

MESSAGE = Message("candor-7", "sms", "+8617000000001", "您的验证码是 123456")


@pytest.fixture
def gateway():
    with gateway_peer.running() as peer:
        yield peer


@pytest.fixture
def provider(gateway):
    return GatewayProvider(url=gateway.url, app=gateway_peer.APP, secret=gateway_peer.SECRET.decode(), sign="明筹")


def test_a_message_is_signed_and_taken(gateway, provider):
    assert provider.send(MESSAGE) == "gw-candor-7"
    assert gateway.taken == {
        "candor-7": {"message_id": "candor-7", "to": "+8617000000001", "text": MESSAGE.text, "sign": "明筹"}
    }


def test_a_wrong_secret_is_refused_by_the_gateway(gateway):
    stranger = GatewayProvider(url=gateway.url, app=gateway_peer.APP, secret="guessed", sign="明筹")
    # The refusal is signed with the real secret, which the stranger cannot check either: nothing is known.
    with pytest.raises(Unreachable):
        stranger.send(MESSAGE)
    assert gateway.taken == {}


@pytest.mark.parametrize("mode", ["400", "403", "404", "422"])
def test_what_will_never_be_taken_is_refused(gateway, provider, mode):
    gateway.mode = mode
    with pytest.raises(Refused):
        provider.send(MESSAGE)


@pytest.mark.parametrize(
    "mode",
    ["408", "425", "429", "500", "502", "302", "hang up", "garbage", "huge", "list", "forged", "took it but failed"],
)
def test_what_is_not_known_is_tried_again(gateway, provider, mode):
    gateway.mode = mode
    with pytest.raises(Unreachable):
        provider.send(MESSAGE)


def test_a_slow_gateway_does_not_hold_us(gateway, provider, monkeypatch):
    monkeypatch.setattr("notices.providers.TIMEOUT", (0.2, 0.2))
    gateway.mode = "slow"
    with pytest.raises(Unreachable):
        provider.send(MESSAGE)


def test_nobody_there(provider, gateway):
    gateway.mode = "good"
    away = GatewayProvider(url="http://127.0.0.1:9", app="a", secret="b", sign="c")
    with pytest.raises(Unreachable):
        away.send(MESSAGE)


def test_the_same_number_again_is_the_same_message(gateway, provider):
    gateway.mode = "took it but failed"
    with pytest.raises(Unreachable):
        provider.send(MESSAGE)
    gateway.mode = "good"
    provider.send(MESSAGE)
    assert list(gateway.taken) == ["candor-7"]
