"""WeChat: linking an account by its own sign-in page, and template messages to it. Off unless WECHAT_PROVIDER says so."""

from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.core.cache import cache

from core.crypto import seal, unseal
from notices.providers import TIMEOUT, Message, Refused, Unreachable

_CACHED = "notices.wechat.access"
# Wrong open id, wrong template, not a follower, refused by the person, malformed: the same again will not help.
NEVER = frozenset({40003, 40037, 43004, 43101, 47003})
STALE_TOKEN = frozenset({40001, 40014, 42001})
TITLE_LENGTH = 20  # characters that a `thing` field of a template takes


def is_on() -> bool:
    return settings.WECHAT_PROVIDER == "template"


def authorize_url(*, state: str, redirect_uri: str) -> str:
    """WeChat's page that asks the person; it comes back to `redirect_uri` with `code` and `state`."""
    query = {
        "appid": settings.WECHAT_APP_ID,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    return f"{settings.WECHAT_OAUTH_URL}?{urlencode(query)}#wechat_redirect"


def openid_for(code: str) -> str:
    """Whose code this is. Raises Refused for a used or forged code, Unreachable when WeChat cannot be asked."""
    answer = _ask(
        "GET",
        "/sns/oauth2/access_token",
        params={
            "appid": settings.WECHAT_APP_ID,
            "secret": settings.WECHAT_SECRET,
            "code": code,
            "grant_type": "authorization_code",
        },
    )
    openid = answer.get("openid")
    if isinstance(openid, str) and openid:
        return openid
    raise Refused(f"errcode {answer.get('errcode')}")


class WechatProvider:
    """Template messages of a service account. `client_msg_id` makes a repeat within ten minutes the same message."""

    name = "wechat"

    def send(self, message: Message) -> str:
        payload = {
            "touser": message.address,
            "template_id": settings.WECHAT_TEMPLATE_ID,
            "url": message.text,
            "client_msg_id": message.message_id,
            "data": {"thing1": {"value": message.subject[:TITLE_LENGTH]}},
        }
        answer = _ask("POST", "/cgi-bin/message/template/send", params={"access_token": _token()}, json=payload)
        code = answer.get("errcode")
        if code == 0:
            return str(answer.get("msgid", ""))[:100]
        if code in STALE_TOKEN:
            cache.delete(_CACHED)
        if code in NEVER:
            raise Refused(f"errcode {code}")
        raise Unreachable(f"errcode {code}")


def _token() -> str:
    """The app's access token, shared by all workers until shortly before it ends."""
    sealed: str | None = cache.get(_CACHED)
    if sealed:
        return unseal(sealed, context=_CACHED)
    credentials = {
        "grant_type": "client_credential",
        "appid": settings.WECHAT_APP_ID,
        "secret": settings.WECHAT_SECRET,
    }
    answer = _ask("POST", "/cgi-bin/stable_token", json=credentials)
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not isinstance(seconds, int):
        raise Unreachable(f"no token: errcode {answer.get('errcode')}")
    cache.set(_CACHED, seal(token, context=_CACHED), max(seconds - 300, 1))
    return token


def _ask(method: str, path: str, **kwargs: Any) -> dict[str, Any]:
    try:
        answer = requests.request(
            method, f"{settings.WECHAT_API_URL}{path}", timeout=TIMEOUT, allow_redirects=False, **kwargs
        )
        # WeChat answers 200 with an errcode to almost everything, and calls its JSON text/plain.
        data = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError) as error:
        raise Unreachable(type(error).__name__) from error
    if not isinstance(data, dict):
        raise Unreachable(f"HTTP {answer.status_code}")
    return data
