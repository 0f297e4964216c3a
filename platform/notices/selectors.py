"""What a person may read of their notices."""

from django.db.models import QuerySet

from accounts.models import User
from notices import kinds, wechat
from notices.channels import Channel
from notices.models import Notice, Preference, SandboxMessage, WechatLink
from notices.providers import address_index

# Nobody counts further: a menu that says 99 says "many".
UNREAD_SHOWN = 99


def inbox(user: User) -> QuerySet[Notice]:
    """Newest first. One query."""
    return Notice.objects.filter(user=user).order_by("-id")


def unread_count(user: User) -> int:
    """At most UNREAD_SHOWN. One query on a partial index that holds only unread rows."""
    return Notice.objects.filter(user=user, read_at=None)[:UNREAD_SHOWN].count()


def preferences(user: User) -> dict[str, dict[str, bool]]:
    """Topic → channel → on. One query."""
    off = set(Preference.objects.filter(user=user).values_list("topic", "channel"))
    outside = outside_channels()
    return {topic: {channel: (topic, channel) not in off for channel in outside} for topic in kinds.TOPICS}


def outside_channels() -> list[str]:
    """The channels beside the inbox that this deployment has."""
    return [Channel.SMS.value, Channel.EMAIL.value, *([Channel.WECHAT.value] if wechat.is_on() else [])]


def has_wechat(user: User) -> bool:
    return WechatLink.objects.filter(user=user).exists()


def sandbox_messages(address: str = "", *, limit: int = 20) -> list[SandboxMessage]:
    """The newest messages of the sandbox providers, to one address if it is given. One query."""
    found = SandboxMessage.objects.order_by("-id")
    if address:
        found = found.filter(address_index=address_index(address))
    return list(found[:limit])
