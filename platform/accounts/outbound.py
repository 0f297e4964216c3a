"""How accounts reaches people without knowing who carries it: the notices room, above, registers itself here."""

from collections.abc import Mapping
from typing import Any, Protocol

from accounts.models import User
from core.errors import Text


class Sender(Protocol):
    def __call__(
        self, *, channel: str, address: str, subject: str, text: str, code: str, valid_seconds: int
    ) -> None: ...


class Notifier(Protocol):
    def __call__(self, *, user: User, code: str, params: Mapping[str, Any], url: str = "", key: str) -> object: ...


_senders: list[Sender] = []
_notifiers: list[Notifier] = []


def register_sender(sender: Sender) -> Sender:
    """`sender` writes the message down in the caller's transaction and does not wait for any network.

    `channel` is `sms` (address: E.164, no subject) or `email`. `text` holds `code`, if there is one. After `valid_seconds`
    the message is worthless and need not be tried again.
    """
    _senders[:] = [sender]
    return sender


def send_sms(*, phone: str, text: Text, code: str = "", valid_seconds: int) -> None:
    _senders[0](channel="sms", address=phone, subject="", text=str(text), code=code, valid_seconds=valid_seconds)


def send_email(*, address: str, subject: Text, text: Text, code: str = "", valid_seconds: int) -> None:
    _senders[0](
        channel="email",
        address=address,
        subject=str(subject),
        text=str(text),
        code=code,
        valid_seconds=valid_seconds,
    )


def register_notifier(notifier: Notifier) -> Notifier:
    """`notifier` writes a notice in the caller's transaction, once per code and key (notices.services.notify)."""
    _notifiers[:] = [notifier]
    return notifier


def tell(*, user: User, code: str, params: Mapping[str, Any] | None = None, url: str = "", key: str) -> None:
    _notifiers[0](user=user, code=code, params=params or {}, url=url, key=key)
