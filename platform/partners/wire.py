"""Signed HTTP with an outside party: Ed25519 over method, path, time, nonce and body; answers and notifications likewise.

Who sends signs; who receives verifies over the raw bytes before reading them. The public keys are exchanged as files
(settings.SANDBOX_KEYS); the platform's own private key is made on first use and stays with it.
"""

import base64
import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import connection

TIMEOUT = (3, 10)  # seconds to connect, seconds to wait for the answer
WINDOW = 300  # seconds between the sender's clock and ours
MAX_ANSWER = 5_000_000
OUR_NAME = "candor"


class Untrusted(Exception):
    """Not provably from the other party, or not now: `code` is bad_signature, stale or malformed."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class Unreachable(Exception):
    """No answer, or none that can be trusted: nobody knows whether the other party did it."""


@dataclass(frozen=True)
class Answer:
    status: int
    content: Any
    raw: bytes


def text_to_sign(first: str, second: str, stamp: str, nonce: str, body: bytes) -> bytes:
    return "\n".join([first, second, stamp, nonce, hashlib.sha256(body).hexdigest()]).encode()


class Peer:
    """One outside party, by the name of its key file."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url.rstrip("/")

    def call(self, path: str, content: Mapping[str, Any]) -> Answer:
        """POST `content` as JSON. Raises Unreachable for everything that is not a verified answer."""
        refuse_inside_transaction()
        body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = _our_key().sign(text_to_sign("POST", path, stamp, nonce, body))
        headers = {
            "Content-Type": "application/json",
            "X-Key": OUR_NAME,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": base64.b64encode(signature).decode(),
        }
        try:
            response = requests.post(
                self.url + path, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
            signed = text_to_sign(
                "ANSWER", str(response.status_code), response.headers.get("X-Timestamp", ""), nonce, response.content
            )
            self._verify(response.headers, signed, time.time())
            return Answer(response.status_code, json.loads(response.content), response.content)
        except (requests.RequestException, Untrusted, ValueError, OSError) as error:
            raise Unreachable(f"{self.name}: {type(error).__name__}: {error}") from error

    def read_notification(self, path: str, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, Any]:
        """The content of a notification that the other party posted to our `path`. Raises Untrusted. No network."""
        stamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
        self._verify(headers, text_to_sign("NOTIFY", path, stamp, nonce, body), now.timestamp())
        try:
            content = json.loads(body)
        except ValueError as error:
            raise Untrusted("malformed") from error
        if not isinstance(content, dict):
            raise Untrusted("malformed")
        return content

    def _verify(self, headers: Mapping[str, str], signed: bytes, now: float) -> None:
        try:
            self._their_key().verify(base64.b64decode(headers.get("X-Signature", ""), validate=True), signed)
        except (InvalidSignature, ValueError) as error:
            raise Untrusted("bad_signature") from error
        stamp = headers.get("X-Timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12) or abs(now - int(stamp)) > WINDOW:
            raise Untrusted("stale")

    def _their_key(self) -> Ed25519PublicKey:
        try:
            key = serialization.load_pem_public_key((settings.SANDBOX_KEYS / f"{self.name}.pub").read_bytes())
        except OSError as error:
            raise Untrusted("bad_signature", f"no public key of {self.name}") from error
        if not isinstance(key, Ed25519PublicKey):
            raise Untrusted("bad_signature", f"the key of {self.name} is of another kind")
        return key


def refuse_inside_transaction() -> None:
    """Law 10: no lock and no transaction waits for somebody else's computer."""
    blocks = connection.atomic_blocks
    if blocks and not blocks[-1]._from_testcase:  # type: ignore[attr-defined]
        raise RuntimeError("a call to an outside party inside a transaction")


def _our_key() -> Ed25519PrivateKey:
    path: Path = settings.SANDBOX_SIGNING_KEY
    if not path.exists():
        _make_key(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    _publish(key)
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(pem)
    try:
        os.link(draft, path)  # fails if another process was first: theirs is the key
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _publish(key: Ed25519PrivateKey) -> None:
    """Our public key, where the other party looks for it."""
    path: Path = settings.SANDBOX_KEYS / f"{OUR_NAME}.pub"
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not path.exists() or path.read_bytes() != pem:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(pem)
        draft.replace(path)
