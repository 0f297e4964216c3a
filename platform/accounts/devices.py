"""A browser's description of itself in words that people know."""

import re

from django.utils.translation import gettext as _

_APPS = (
    ("MicroMessenger", "WeChat"),
    ("QQBrowser", "QQ"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_name(agent: str) -> str:
    """`Mozilla/5.0 (iPhone; …) … MicroMessenger/8.0` → `WeChat, iPhone`. The first match counts: most claim to be Chrome."""
    app = next((name for mark, name in _APPS if re.search(rf"\b{mark}", agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (app, system) if part) or _("an app or another device")
