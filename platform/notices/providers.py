"""Who carries a message outside: named providers behind one small interface."""

import base64
import hashlib
import hmac
import json
import smtplib
import time
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

import requests
from django.conf import settings
from django.core.mail import EmailMessage

from core.crypto import blind_index
from notices.channels import Channel
from notices.models import SandboxMessage

TIMEOUT = (3.05, 10)  # seconds to connect, seconds to answer
MAX_ANSWER = 64 * 1024


class Refused(Exception):
    """The provider will never take this message (bad number, forbidden words, blocked account): trying again is useless."""


class Unreachable(Exception):
    """No usable answer: down, slow, busy, or not signed by the provider. The message may have gone; the same number again."""


@dataclass(frozen=True)
class Message:
    """One message outside. `message_id` names it for good: a provider that sees it twice sends it once."""

    message_id: str
    channel: str
    address: str
    text: str
    subject: str = ""
    code: str = ""


class Provider(Protocol):
    name: str

    def send(self, message: Message) -> str:
        """The provider's own reference. Raises Refused or Unreachable. Waits for the network at most TIMEOUT."""
        ...


class SandboxProvider:
    """Sends nothing: writes the message where /sandbox/ shows it. Not available in production."""

    name = "sandbox"

    def send(self, message: Message) -> str:
        row, _created = SandboxMessage.objects.get_or_create(
            message_id=message.message_id,
            defaults={
                "channel": message.channel,
                "address": message.address,
                "address_index": address_index(message.address),
                "text": f"{message.subject}\n\n{message.text}".strip(),
                "code": message.code,
            },
        )
        return f"sandbox-{row.pk}"


class MailProvider:
    """E-mail through the server that Django's EMAIL_ settings name."""

    name = "smtp"

    def send(self, message: Message) -> str:
        mail = EmailMessage(
            subject=message.subject,
            body=message.text,
            to=[message.address],
            # The same number again lets the receiving side see a repeat for what it is.
            headers={"Message-ID": f"<{message.message_id}@{settings.SITE_URL.partition('://')[2]}>"},
        )
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            if all(500 <= code < 600 for code, _reason in error.recipients.values()):
                raise Refused("recipient refused") from error
            raise Unreachable("recipient deferred") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        return ""


class GatewayProvider:
    """An SMS gateway over HTTPS. Every request and every answer is signed with HMAC-SHA256 over the raw body.

    POST {url}/messages  {"message_id", "to", "text", "sign"}
    X-App, X-Time (unix seconds), X-Nonce, X-Signature = base64(HMAC(secret, "app\\ntime\\nnonce\\nbody"))
    200/202 {"ref"}: taken (or taken before). 4xx but 408, 425, 429: never. Everything else: not known, again later.
    """

    name = "gateway"

    def __init__(self, *, url: str, app: str, secret: str, sign: str) -> None:
        self._url = url.rstrip("/")
        self._app = app
        self._secret = secret.encode()
        self._sign = sign

    def send(self, message: Message) -> str:
        payload = {"message_id": message.message_id, "to": message.address, "text": message.text, "sign": self._sign}
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        moment, nonce = str(int(time.time())), uuid.uuid4().hex
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-App": self._app,
            "X-Time": moment,
            "X-Nonce": nonce,
            "X-Signature": self.signature(moment, nonce, body),
        }
        try:
            answer = requests.post(
                f"{self._url}/messages", data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            )
            with answer:
                raw = answer.raw.read(MAX_ANSWER + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        return self._read(answer.status_code, answer.headers, nonce, raw)

    def signature(self, moment: str, nonce: str, body: bytes) -> str:
        head = f"{self._app}\n{moment}\n{nonce}\n".encode()
        return base64.b64encode(hmac.new(self._secret, head + body, hashlib.sha256).digest()).decode()

    def _read(self, status: int, headers: Any, nonce: str, raw: bytes) -> str:
        expected = self.signature(headers.get("X-Time", ""), nonce, raw)
        if len(raw) > MAX_ANSWER or not hmac.compare_digest(expected, headers.get("X-Signature", "")):
            raise Unreachable(f"HTTP {status}, not signed by the gateway")
        try:
            answer = json.loads(raw)
        except ValueError as error:
            raise Unreachable(f"HTTP {status}, not JSON") from error
        if not isinstance(answer, dict):
            raise Unreachable(f"HTTP {status}, not an object")
        if status in {200, 202} and isinstance(answer.get("ref"), str) and answer["ref"]:
            return answer["ref"][:100]
        reason = f"HTTP {status} {str(answer.get('error', ''))[:100]}"
        if 400 <= status < 500 and status not in {408, 425, 429}:
            raise Refused(reason)
        raise Unreachable(reason)


def provider_for(channel: str) -> Provider:
    """The provider that this deployment names for the channel (SMS_PROVIDER, EMAIL_PROVIDER)."""
    name = settings.SMS_PROVIDER if channel == Channel.SMS else settings.EMAIL_PROVIDER
    if name == "gateway":
        return GatewayProvider(
            url=settings.SMS_GATEWAY_URL,
            app=settings.SMS_GATEWAY_APP,
            secret=settings.SMS_GATEWAY_SECRET,
            sign=settings.SMS_GATEWAY_SIGN,
        )
    if name == "smtp":
        return MailProvider()
    if not settings.SANDBOX:
        raise LookupError("production has no sandbox provider")
    return SandboxProvider()


def address_index(address: str) -> str:
    return blind_index(address, context="address")
