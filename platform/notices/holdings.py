"""What this room gives to an export, and erases."""

from typing import Any

from accounts.models import User
from core.errors import Text
from notices.models import Delivery, Notice, Preference, WechatLink


def export(user: User) -> dict[str, Any]:
    notices = Notice.objects.filter(user=user).order_by("id")
    return {
        "notices": [
            {
                "title": notice.title,
                "body": notice.body,
                "created_at": notice.created_at,
                "read_at": notice.read_at,
            }
            for notice in notices
        ],
        "wechat_linked_at": list(WechatLink.objects.filter(user=user).values_list("linked_at", flat=True)),
        "switched_off": list(Preference.objects.filter(user=user).values("topic", "channel")),
    }


def erase(user: User) -> list[Text]:
    Delivery.objects.filter(notice__user=user).delete()
    Notice.objects.filter(user=user).delete()
    Preference.objects.filter(user=user).delete()
    WechatLink.objects.filter(user=user).delete()
    return []
