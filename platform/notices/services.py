"""The only writers of this room."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.crypto import blind_index
from core.errors import Conflict, DomainError
from core.jobs import enqueue
from core.trail import record
from notices import kinds, wechat
from notices.channels import Channel
from notices.models import Delivery, Notice, Preference, WechatLink

# How long we try to deliver a copy of a notice; the inbox has it for good.
TRY_FOR = timedelta(hours=24)


def notify(*, user: User, code: str, params: Mapping[str, Any], url: str = "", key: str) -> Notice:
    """Tell `user` something, once per `code` and `key`: an inbox row and, as jobs, a copy by each channel of the kind.

    In the caller's transaction: nothing is sent unless it commits. `url` is a path on this site. A parameter that the
    sentences ask for and `params` lacks is a KeyError here, not a broken page later.
    """
    kind = kinds.get(code)
    kind.render_title(params), kind.render_body(params), kind.render_sms(params)
    with transaction.atomic():
        notice, created = Notice.objects.get_or_create(
            user=user, code=code, key=key, defaults={"params": dict(params), "url": url}
        )
        if created:
            for channel in _channels(user, kind):
                _send_later(
                    Delivery(notice=notice, channel=channel, expires_at=notice.created_at + TRY_FOR),
                )
    return notice


def send_message(*, channel: str, address: str, subject: str, text: str, code: str, valid_seconds: int) -> None:
    """A message with no notice behind it: a sign-in code, or a hint to somebody without account. Does not wait.

    Registered with accounts.outbound. After `valid_seconds` it is dropped unsent.
    """
    with transaction.atomic():
        _send_later(
            Delivery(
                channel=channel,
                address=address,
                subject=subject[:200],
                text=text,
                code=code,
                expires_at=timezone.now() + timedelta(seconds=valid_seconds),
            )
        )


def mark_read(*, actor: User, notice: Notice) -> Notice:
    """The person has seen it. A second time changes nothing."""
    if notice.read_at is None:
        notice.read_at = timezone.now()
        Notice.objects.filter(pk=notice.pk, user=actor, read_at=None).update(read_at=notice.read_at)
    return notice


def mark_all_read(*, actor: User) -> int:
    return Notice.objects.filter(user=actor, read_at=None).update(read_at=timezone.now())


def set_preference(*, actor: User, topic: str, channel: str, on: bool) -> None:
    """Switch copies of one topic on one channel on or off; the inbox always has everything.

    Raises DomainError `bad_topic` or `bad_channel`, Conflict `always_on` for security and money.
    """
    if topic not in kinds.TOPICS:
        raise DomainError("bad_topic", _("There is no such topic."), field="topic")
    if channel not in {Channel.SMS, Channel.EMAIL, Channel.WECHAT}:
        raise DomainError("bad_channel", _("There is no such channel."), field="channel")
    if topic in kinds.ALWAYS_ON and not on:
        raise Conflict("always_on", _("Messages about money and safety cannot be switched off."), field="topic")
    if on:
        Preference.objects.filter(user=actor, topic=topic, channel=channel).delete()
    else:
        Preference.objects.get_or_create(user=actor, topic=topic, channel=channel)


def set_preferences(*, actor: User, chosen: Mapping[tuple[str, str], bool]) -> None:
    """Several at once: `(topic, channel)` → on. All or none; errors as for set_preference."""
    with transaction.atomic():
        for (topic, channel), on in chosen.items():
            set_preference(actor=actor, topic=topic, channel=channel, on=on)


def _send_later(delivery: Delivery) -> None:
    delivery.save(force_insert=True)
    enqueue("notices.deliver", str(delivery.pk), {"delivery_id": delivery.pk})


def link_wechat(*, actor: User, openid: str) -> WechatLink:
    """Messages go to this WeChat account as well; one account is linked to one person. Linking anew replaces the old link."""
    index = blind_index(openid, context="wechat-openid")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        if WechatLink.objects.filter(openid_index=index).exclude(user=actor).exists():
            raise Conflict("wechat_taken", _("This WeChat account is linked to another person."))
        link, _created = WechatLink.objects.update_or_create(
            user=actor, defaults={"openid": openid, "openid_index": index}
        )
        record(actor=actor, event="wechat.link", subject=link)
    return link


def unlink_wechat(*, actor: User) -> None:
    with transaction.atomic():
        removed, _rows = WechatLink.objects.filter(user=actor).delete()
        if removed:
            record(actor=actor, event="wechat.unlink", subject=actor)


def _channels(user: User, kind: kinds.Kind) -> list[str]:
    """Outside channels that reach this person and that they did not switch off. At most two queries.

    What goes to the phone goes to a linked WeChat account as well.
    """
    wanted = [channel for channel in kind.channels if channel != Channel.INBOX]
    if Channel.SMS in wanted and not user.phone_verified and Channel.EMAIL not in wanted:
        wanted.append(Channel.EMAIL)
    reachable = {Channel.SMS: bool(user.phone) and user.phone_verified, Channel.EMAIL: bool(user.email)}
    if Channel.SMS in wanted and wechat.is_on() and WechatLink.objects.filter(user=user).exists():
        wanted.append(Channel.WECHAT)
    reachable[Channel.WECHAT] = True
    wanted = [channel for channel in wanted if reachable[Channel(channel)]]
    if not wanted or kind.topic in kinds.ALWAYS_ON:
        return wanted
    off = set(Preference.objects.filter(user=user, topic=kind.topic).values_list("channel", flat=True))
    return [channel for channel in wanted if channel not in off]
