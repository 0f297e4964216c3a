"""HTTP to a channel: time limits always, no redirects, a limit on size, never inside a transaction (law 10)."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from partners.wire import TIMEOUT, Unreachable, refuse_inside_transaction

MAX_ANSWER = 5_000_000
MAX_FILE = 200_000_000
_CHUNK = 65_536


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limit: int = MAX_ANSWER,
) -> Reply:
    """One exchange. Raises Unreachable when there is no whole answer: nobody knows whether the other party did it."""
    refuse_inside_transaction()
    try:
        with requests.request(
            method, url, data=body, headers=dict(headers or {}), timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as response:
            content = bytearray()
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if len(content) > limit:
                    raise Unreachable("the answer is too large")
            return Reply(response.status_code, response.headers, bytes(content))
    except (requests.RequestException, OSError) as error:
        raise Unreachable(type(error).__name__) from error
