"""A paid gateway to the authority's register, over signed HTTP (docs/developer/identity.md describes the wire).

Every request is signed with the app's secret over method, path, time, nonce and body hash; every response over status, time,
the request's nonce and body hash, so that an answer can neither be forged nor swapped for another question's.
"""

import hashlib
import hmac
import json
import logging
import secrets
import time
from typing import Any

import requests
from django.conf import settings

from identity.levels import Level, Verdict
from identity.providers.base import Answer, OrganisationQuestion, PersonQuestion, Question

log = logging.getLogger(__name__)

TIMEOUT = (3, 10)  # seconds to connect, seconds to wait for the answer
CLOCK_SKEW = 300

_RESULTS = {
    "match": Verdict.MATCH,
    "mismatch": Verdict.MISMATCH,
    "not_found": Verdict.NOT_FOUND,
    "invalid": Verdict.INVALID_INPUT,
}


class Untrusted(Exception):
    """The response is not provably the gateway's answer to this very request."""


class Gateway:
    code = "gateway"
    max_level = Level.AUTHORITY_MATCH

    def ask(self, question: Question, *, key: str) -> Answer:
        path, fields = _wire(question)
        try:
            status, answer = self._call(path, {"request_no": key, **fields})
        except requests.RequestException as error:
            return Answer(Verdict.SOURCE_DOWN, Level.NONE, detail=type(error).__name__)
        except Untrusted as error:
            log.error("identity gateway: %s", error)
            return Answer(Verdict.SOURCE_DOWN, Level.NONE, detail="untrusted_response")
        return _read(status, answer, key)

    def _call(self, path: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        body = json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/json",
            "X-App-Id": settings.IDENTITY_GATEWAY_APP_ID,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": _sign("POST", path, stamp, nonce, body),
        }
        response = requests.post(
            settings.IDENTITY_GATEWAY_URL + path, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
        _verify(response, nonce)
        return response.status_code, _object(response.content)


def _wire(question: Question) -> tuple[str, dict[str, str]]:
    if isinstance(question, PersonQuestion):
        return "/v1/person", {"name": question.name, "id_number": question.id_number}
    if isinstance(question, OrganisationQuestion):
        return "/v1/organisation", {
            "code": question.code,
            "name": question.name,
            "legal_representative": question.legal_representative,
        }
    if question.credit_code:
        return "/v1/corporate-account", {
            "name": question.holder_name,
            "account_number": question.number,
            "bank": question.bank,
            "code": question.credit_code,
        }
    return "/v1/bank-card", {
        "name": question.holder_name,
        "id_number": question.id_number,
        "card_number": question.number,
        "phone": question.phone,
    }


def _read(status: int, answer: dict[str, Any], key: str) -> Answer:
    code = str(answer.get("code", ""))[:60]
    if status == 429:
        return Answer(Verdict.RATE_LIMITED, Level.NONE, detail=code)
    if status == 400:
        return Answer(Verdict.INVALID_INPUT, Level.NONE, detail=code)
    result = _RESULTS.get(str(answer.get("result")))
    if status != 200 or result is None or answer.get("request_no") != key:
        # Also 401: a wrong secret or clock is our fault, and never the person's.
        log.error("identity gateway answered %s %s", status, code)
        return Answer(Verdict.SOURCE_DOWN, Level.NONE, detail=code or f"http_{status}")
    level = Level.AUTHORITY_MATCH if result == Verdict.MATCH else Level.NONE
    return Answer(result, level, reference=str(answer.get("reference", ""))[:80])


def _verify(response: requests.Response, nonce: str) -> None:
    headers = response.headers
    stamp = headers.get("X-Timestamp", "")
    expected = _sign("RESPONSE", str(response.status_code), stamp, nonce, response.content)
    if not hmac.compare_digest(expected, headers.get("X-Signature", "")):
        raise Untrusted(f"wrong signature on a {response.status_code}")
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp)) > CLOCK_SKEW:
        raise Untrusted("the response is too old")


def _sign(first: str, second: str, stamp: str, nonce: str, body: bytes) -> str:
    text = "\n".join([first, second, stamp, nonce, hashlib.sha256(body).hexdigest()])
    return hmac.new(settings.IDENTITY_GATEWAY_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise Untrusted("the response is not JSON") from error
    if not isinstance(value, dict):
        raise Untrusted("the response is not an object")
    return value
