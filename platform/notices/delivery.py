"""Taking one message outside: compose, send without holding a transaction, write down what happened."""

from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation

from accounts.models import User
from core.jobs import NotYet
from notices import kinds
from notices.channels import Channel
from notices.models import Delivery, Notice, WechatLink
from notices.providers import Message, Provider, Refused, Unreachable, provider_for
from notices.wechat import WechatProvider

BACK_OFF_SECONDS = (5, 15, 60, 300, 900, 3600)


def deliver(*, delivery_id: int) -> None:
    """Send one delivery, once: sent or failed deliveries are left alone, expired ones are dropped.

    Raises core.jobs.NotYet while the provider cannot be reached and the message is still worth sending.
    """
    delivery = Delivery.objects.select_related("notice__user").filter(pk=delivery_id).first()
    if delivery is None or delivery.status != Delivery.Status.WAITING:
        return  # sent, or erased together with the account
    if delivery.expires_at <= timezone.now():
        _finish(delivery, Delivery.Status.DROPPED, error=delivery.error or "expired")
        return
    Delivery.objects.filter(pk=delivery.pk).update(attempts=F("attempts") + 1)
    try:
        provider = _provider(delivery.channel)
        reference = provider.send(_compose(delivery))
    except Refused as error:
        _finish(delivery, Delivery.Status.FAILED, error=str(error))
    except Unreachable as error:
        Delivery.objects.filter(pk=delivery.pk).update(error=str(error)[:200])
        raise NotYet(BACK_OFF_SECONDS[min(delivery.attempts, len(BACK_OFF_SECONDS) - 1)], str(error)) from error
    else:
        _finish(delivery, Delivery.Status.SENT, provider=provider.name, reference=reference)


def _finish(delivery: Delivery, status: str, *, provider: str = "", reference: str = "", error: str = "") -> None:
    Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.WAITING).update(
        status=status,
        provider=provider,
        provider_ref=reference,
        error=error[:200],
        address="",
        subject="",
        text="",
        code="",
        finished_at=timezone.now(),
    )


def _compose(delivery: Delivery) -> Message:
    number = f"candor-{delivery.pk}"
    notice = delivery.notice
    if notice is None:
        return Message(
            number, delivery.channel, delivery.address, delivery.text, subject=delivery.subject, code=delivery.code
        )
    user = notice.user
    address = _address(user, delivery.channel)
    if not address:
        raise Refused("no address any more")
    with translation.override(user.language):
        return Message(number, delivery.channel, address, *_words(notice, delivery.channel))


def _provider(channel: str) -> Provider:
    return WechatProvider() if channel == Channel.WECHAT else provider_for(channel)


def _address(user: User, channel: str) -> str:
    if channel == Channel.WECHAT:
        link = WechatLink.objects.filter(user=user).first()
        return link.openid if link else ""
    return user.phone if channel == Channel.SMS else user.email or ""


def _words(notice: Notice, channel: str) -> tuple[str, str]:
    """Text and subject. A text message says no more than it must; the rest waits behind the sign-in."""
    link = f"{settings.SITE_URL}{notice.url or '/me/inbox/'}"
    if channel == Channel.WECHAT:
        return link, notice.title
    if channel == Channel.SMS:
        return f"{kinds.get(notice.code).render_sms(notice.params)} {link}", ""
    return f"{notice.body}\n\n{link}\n", notice.title
