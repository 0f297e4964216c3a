"""What there is to tell. Each room registers its kinds in `apps.ready()`; the words are rendered when they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.money import yuan_text
from notices.channels import Channel

TOPICS: dict[str, Text] = {
    "security": _("Sign-in and safety of your account"),
    "money": _("Money: gifts, withdrawals, refunds"),
    "activity": _("News about what you raised, gave or take part in"),
    "reminder": _("Reminders of what is due"),
}
# A person cannot switch these off: they would be the first thing that a thief of the account switches off.
ALWAYS_ON = frozenset({"security", "money"})


@dataclass(frozen=True)
class Kind:
    code: str
    title: Text
    body: Text
    channels: tuple[str, ...]
    topic: str
    sms: Text | None

    def render_title(self, params: Mapping[str, Any]) -> str:
        return str(self.title) % _readable(params)

    def render_body(self, params: Mapping[str, Any]) -> str:
        return str(self.body) % _readable(params)

    def render_sms(self, params: Mapping[str, Any]) -> str:
        return str(self.sms or self.title) % _readable(params)


_kinds: dict[str, Kind] = {}


def register(
    code: str,
    *,
    title: Text,
    body: Text,
    channels: tuple[str, ...] = ("inbox", "sms"),
    topic: str = "activity",
    sms: Text | None = None,
) -> Kind:
    """A kind of notice, `room.event`. `title` and `body` are lazy `%(name)s` sentences.

    A text message holds `sms`, else only the title, and a link: nothing personal leaves the platform beyond need. Somebody
    without phone gets an e-mail instead. Parameters: `amount` and `…_amount` are fen, `…_at` ISO times, `…_on` ISO days;
    they are written out in the reader's language. `topic` is one of TOPICS; security and money cannot be switched off.
    """
    if code in _kinds:
        raise ValueError(f"notice kind {code} is registered twice")
    if topic not in TOPICS or not set(channels) <= set(Channel.values):
        raise ValueError(f"notice kind {code}: unknown topic or channel")
    _kinds[code] = Kind(code, title, body, channels, topic, sms)
    return _kinds[code]


def get(code: str) -> Kind:
    return _kinds[code]


def _readable(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _written(name, value) for name, value in params.items()}


def _written(name: str, value: Any) -> Any:
    if name.endswith("amount") and isinstance(value, int):
        return yuan_text(value)
    if name.endswith("_at") and isinstance(value, str):
        moment = parse_datetime(value)
        return _moment(moment) if moment else value
    if name.endswith("_on") and isinstance(value, str):
        day = parse_date(value)
        return _day(day) if day else value
    return value


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
