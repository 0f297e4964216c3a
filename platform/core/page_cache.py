"""Public pages that are the same for every stranger: made once, and given to all of them for a few seconds.

Only for visitors without a session: whoever is signed in, or is being told something, gets a page of their own. What differs
between two strangers is their language, which is part of the key, and the token against forged requests, which is put in
when the page is given out. A page is at most PAGE_CACHE_SECONDS old; where something has to be seen at once, the service that
changes it calls `forget`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

# Stands in a shared page where the visitor's token belongs: in no person's text, for it holds NUL.
MARK = "\x00token\x00"

View = Callable[..., HttpResponse]


def shared(view: View) -> View:
    """Decorate a view whose page depends on its address and the language alone. Nothing is shared when it answers but 200."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PAGE_CACHE_SECONDS or not _is_stranger(request):
            return view(request, *args, **kwargs)
        cache, key = caches["pages"], _key(request.get_full_path(), get_language() or "")
        page: bytes | None = cache.get(key)
        if page is None:
            request.is_shared_page = True  # type: ignore[attr-defined]
            response = view(request, *args, **kwargs)
            if response.status_code != 200:
                return response
            page = response.content
            cache.set(key, page, settings.PAGE_CACHE_SECONDS)
        return HttpResponse(page.replace(MARK.encode(), get_token(request).encode()))

    return answer


def forget(path: str) -> None:
    """Once the transaction is committed, nobody gets an older page of this address, in any language."""
    if settings.PAGE_CACHE_SECONDS:
        keys = [_key(path, language) for language, _name in settings.LANGUAGES]
        transaction.on_commit(lambda: caches["pages"].delete_many(keys))


def _is_stranger(request: HttpRequest) -> bool:
    return request.method == "GET" and not {settings.SESSION_COOKIE_NAME, "messages"} & request.COOKIES.keys()


def _key(path: str, language: str) -> str:
    return f"{settings.CODE_VERSION}:{language}:{path}"
