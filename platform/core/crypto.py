"""Sealing of personal data at rest: AES-256-GCM with named keys, and keyed blind indexes for exact look-up (law 7)."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


class Unreadable(Exception):
    """The stored value was changed, belongs to another column, or its key is not in the ring. Never shown as data."""


def seal(value: str, *, context: str) -> str:
    """Encrypt under the first key of FIELD_KEYS. `context` (model.field) is bound in: a value cannot be moved elsewhere."""
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, value.encode(), context.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(stored: str, *, context: str) -> str:
    """Decrypt with the key that the value names. Raises Unreadable; never returns the ciphertext."""
    key_id, _, encoded = stored.partition(":")
    key = settings.FIELD_KEYS.get(key_id)
    if key is None:
        raise Unreadable(f"{context}: key {key_id!r} is not in FIELD_KEYS")
    try:
        raw = base64.b64decode(encoded, validate=True)
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"{context}: the stored value does not open") from error


def blind_index(value: str, *, context: str) -> str:
    """64 hex characters by which an encrypted value is found: HMAC-SHA256 under BLIND_INDEX_KEYS, apart from FIELD_KEYS.

    `context` names the kind of value ("resident-id", "phone", "bank-card"), so that equal digits of two kinds differ.
    The caller normalises first.
    """
    key = next(iter(settings.BLIND_INDEX_KEYS.values()))
    return hmac.new(key, f"{context}\0{value}".encode(), hashlib.sha256).hexdigest()


def seal_bytes(data: bytes, *, context: str) -> bytes:
    """Encrypt a file's bytes under the first key of FIELD_KEYS, bound to `context` (the file's own name)."""
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(_NONCE)
    return key_id.encode() + b":" + nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal_bytes(stored: bytes, *, context: str) -> bytes:
    """The opposite of seal_bytes. Raises Unreadable for a changed file, a moved file or a missing key."""
    key_id, _, raw = stored.partition(b":")
    key = settings.FIELD_KEYS.get(key_id.decode(errors="replace"))
    if key is None:
        raise Unreadable(f"{context}: its key is not in FIELD_KEYS")
    try:
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"{context}: the stored file does not open") from error


def is_current(stored: str | bytes) -> bool:
    """The stored text or file is under the first key of FIELD_KEYS: nothing to renew (core.rotation)."""
    prefix = f"{next(iter(settings.FIELD_KEYS))}:"
    return stored.startswith(prefix) if isinstance(stored, str) else stored.startswith(prefix.encode())
