"""Strict readers of the environment: a value that is not understood stops the start with one clear sentence."""

import base64
import binascii
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable NAME, or the content of the file that NAME_FILE points at (for mounted secrets)."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        path = Path(file_name)
        if not path.is_file():
            raise ImproperlyConfigured(f"{name}_FILE points at {file_name}, which is not a file.")
        return path.read_text().strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    value = text(name)
    if not value:
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is not a boolean. Write one of: true, false.")


def number(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of: {', '.join(allowed)}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def keyring(name: str, default: str) -> dict[str, bytes]:
    """`k2:BASE64,k1:BASE64`: key id to 32-byte key, the first one is used for writing."""
    keys: dict[str, bytes] = {}
    for part in words(name, default):
        key_id, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured(f"{name}: {key_id or part!r} must be written ID:BASE64 of exactly 32 bytes.")
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured(f"{name} holds no key.")
    return keys


def key_files(name: str) -> dict[str, Path]:
    """`ID:FILE,ID:FILE`: key id to the file that holds the key, the first one is used for signing."""
    files: dict[str, Path] = {}
    for part in words(name):
        key_id, _, file_name = part.partition(":")
        if not key_id or not file_name or key_id in files:
            raise ImproperlyConfigured(f"{name}: {part!r} must be written ID:FILE, each ID once.")
        if not Path(file_name).is_file():
            raise ImproperlyConfigured(f"{name}: {file_name} is not a file.")
        files[key_id] = Path(file_name)
    return files
