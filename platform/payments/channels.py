"""The payment channels that this installation has: one line each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from payments.providers.base import PaymentProvider
from payments.providers.sandbox import SandboxChannel


@dataclass(frozen=True)
class Channel:
    """`scenes` are the places from which one can pay with it: page (a browser), app. Simulated: in sandbox mode only."""

    code: str
    label: Text
    scenes: frozenset[str]
    make: Callable[[], PaymentProvider]
    simulated: bool = False


CHANNELS: dict[str, Channel] = {
    channel.code: channel
    for channel in (
        Channel(
            "sandbox", _("Sandbox channel (no real money)"), frozenset({"page", "app"}), SandboxChannel, simulated=True
        ),
    )
}


def live() -> list[Channel]:
    """The channels that this installation may use."""
    return [channel for channel in CHANNELS.values() if settings.SANDBOX or not channel.simulated]


def available(scene: str) -> list[Channel]:
    """The channels that can be offered in `scene`, in the order in which to show them."""
    return [channel for channel in live() if scene in channel.scenes]


def provider(code: str) -> PaymentProvider:
    """Raises KeyError for a channel that this installation does not have."""
    return {channel.code: channel for channel in live()}[code].make()
