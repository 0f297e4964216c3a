"""`Idempotency-Key` for REST requests that move money: the same request twice gives the same answer once carried out.

The answer is kept for core.housekeeping.KEEP_ANSWERS. What is underneath must still be safe on its own: a request that died
half-way may be sent again after IN_FLIGHT, and then runs again.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from core.errors import Conflict, DomainError
from core.models import IdempotentRequest

IN_FLIGHT = timedelta(minutes=2)
_IN_FLIGHT_TEXT = _("The same request is being worked on. Ask again in a moment.")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,100}")

V = TypeVar("V", bound=Callable[..., Response])


def idempotent(view: V) -> V:
    """For a DRF method `post(self, request, ...)`. The header is optional; who sends it may repeat without fear.

    The same key with the same body gets the stored answer. 409 `in_flight` while the first one runs, 409 `key_reused` for
    another body, 400 `bad_idempotency_key` for a key that is not 16 to 100 letters, digits, `-` or `_`. Only answers below
    400 are stored: a refusal changed nothing and may be mended under the same key.
    """

    @wraps(view)
    def guarded(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(self, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise DomainError(
                "bad_idempotency_key", _("An Idempotency-Key has 16 to 100 letters, digits, hyphens or underscores.")
            )
        held, answer = _take(request, key)
        if answer is not None:
            return answer
        try:
            response = view(self, request, *args, **kwargs)
        except BaseException:
            held.delete()
            raise
        if response.status_code >= 400:
            held.delete()
        else:
            answer_text = json.dumps(response.data, cls=JSONEncoder)
            IdempotentRequest.objects.filter(pk=held.pk).update(
                status=response.status_code, answer=json.loads(answer_text)
            )
        return response

    return guarded  # type: ignore[return-value]


def _take(request: Request, key: str) -> tuple[IdempotentRequest, Response | None]:
    owner = f"user:{request.user.pk}" if request.user.is_authenticated else "anonymous"
    identity = {"owner": owner, "key": key, "path": request.path[:200]}
    body = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    fingerprint = hashlib.sha256(body.encode()).hexdigest()
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(**identity, fingerprint=fingerprint), None
    except IntegrityError:
        found = IdempotentRequest.objects.filter(**identity).first()
    if found is None:
        raise Conflict("in_flight", _IN_FLIGHT_TEXT)
    if found.fingerprint != fingerprint:
        raise Conflict("key_reused", _("This Idempotency-Key was used for another request."))
    if found.status is not None:
        return found, Response(found.answer, status=found.status, headers={"Idempotent-Replay": "true"})
    now = timezone.now()
    abandoned = IdempotentRequest.objects.filter(pk=found.pk, status=None, started_at__lt=now - IN_FLIGHT)
    if not abandoned.update(started_at=now):
        raise Conflict("in_flight", _IN_FLIGHT_TEXT)
    return found, None
