"""The payment channels that this installation has: one line each."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from payments.providers import alipay, stripe_cards, wechat
from payments.providers.alipay import Alipay
from payments.providers.base import PaymentProvider
from payments.providers.sandbox import SandboxChannel
from payments.providers.stripe_cards import StripeCards
from payments.providers.wechat import WechatPay

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Channel:
    """`scenes` are the places from which one can pay with it (PayIntent). `configured`: somebody has begun to set it up.
    `problems`: what is missing or wrong, then it is not offered. `url`: the address that it is asked at."""

    code: str
    label: Text
    make: Callable[[], PaymentProvider]
    scenes: Callable[[], frozenset[str]]
    configured: Callable[[], bool]
    url: Callable[[], str]
    problems: Callable[[], list[str]]
    test_hosts: frozenset[str] = frozenset()  # where no real money moves
    mode_in_keys: bool = (
        False  # one address for both; whether money moves stands in the keys, and `problems` looks there
    )
    batches: bool = False  # it says what it paid into custody; for the others that is booked from their statements
    at_once: bool = False  # its statement of a day is there as soon as the day is over


CHANNELS: dict[str, Channel] = {
    channel.code: channel
    for channel in (
        Channel(
            "sandbox",
            _("Sandbox channel (no real money)"),
            SandboxChannel,
            scenes=lambda: frozenset({"page", "app"}),
            configured=lambda: settings.SANDBOX,
            url=lambda: settings.SANDBOX_CHANNEL_URL,
            problems=list,
            batches=True,
            at_once=True,
        ),
        Channel(
            "wechat",
            _("WeChat Pay"),
            WechatPay,
            scenes=wechat.scenes,
            configured=wechat.configured,
            url=lambda: settings.WECHAT_PAY_API_URL,
            problems=wechat.problems,
        ),
        Channel(
            "alipay",
            _("Alipay"),
            Alipay,
            scenes=lambda: alipay.SCENES,
            configured=alipay.configured,
            url=lambda: settings.ALIPAY_GATEWAY_URL,
            problems=alipay.problems,
            test_hosts=alipay.TEST_HOSTS,
        ),
        Channel(
            "stripe",
            _("Card (Stripe)"),
            StripeCards,
            scenes=lambda: stripe_cards.SCENES,
            configured=stripe_cards.configured,
            url=lambda: settings.STRIPE_API_URL,
            problems=stripe_cards.problems,
            mode_in_keys=True,
        ),
    )
}


def problems(channel: Channel) -> list[str]:
    """Why a channel that somebody began to set up is not offered, one sentence each. No network."""
    return [*_wrong_place(channel), *channel.problems()]


def _wrong_place(channel: Channel) -> list[str]:
    """In the sandbox no real money moves; in production nothing goes over an open line or to this very machine."""
    parts = urlsplit(channel.url())
    here = parts.hostname in _LOOPBACK
    if settings.SANDBOX and not (here or channel.mode_in_keys or parts.hostname in channel.test_hosts):
        return [f"{channel.url()} is the live service: a sandbox moves no real money."]
    if not settings.SANDBOX and (parts.scheme != "https" or here or parts.hostname in channel.test_hosts):
        return [f"{channel.url()} is not a live service over https."]
    return []


def live() -> list[Channel]:
    """The channels that this installation may use: set up, complete, and in the right place."""
    return [channel for channel in CHANNELS.values() if channel.configured() and not problems(channel)]


def available(scene: str) -> list[Channel]:
    """The channels that can be offered in `scene`, in the order in which to show them."""
    return [channel for channel in live() if scene in channel.scenes()]


def label(code: str) -> Text:
    """How people call a channel, also one that is no longer set up."""
    return CHANNELS[code].label if code in CHANNELS else code


def provider(code: str) -> PaymentProvider:
    """Raises KeyError for a channel that this installation does not have."""
    return {channel.code: channel for channel in live()}[code].make()
