"""The private store: encrypted files under random names, outside the web root, readable by this process only (law 13)."""

import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from core.crypto import Unreadable, is_current, seal_bytes, unseal_bytes

SIZES = ("full", "thumb")


def root() -> Path:
    return Path(settings.PRIVATE_ROOT) / "documents"


def new_name() -> str:
    return secrets.token_hex(16)


def write(name: str, size: str, data: bytes) -> None:
    """Encrypt and store; when this returns the bytes are on the disk, so a row may refer to them."""
    path = _path(name, size)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(seal_bytes(data, context=path.name))
        file.flush()
        os.fsync(file.fileno())


def read(name: str, size: str) -> bytes:
    """Raises FileNotFoundError, or core.crypto.Unreadable for a file that was changed or renamed."""
    path = _path(name, size)
    return unseal_bytes(path.read_bytes(), context=path.name)


def remove(names: list[str]) -> None:
    """Remove all sizes of the files; a file that is already gone is fine."""
    for name in names:
        for size in SIZES:
            _path(name, size).unlink(missing_ok=True)


def older_than(seconds: int) -> Iterator[set[str]]:
    """The names of files at least so old, one folder (1/256 of the store) at a time."""
    limit = time.time() - seconds
    for folder in sorted(root().glob("??")):
        yield {path.stem for path in folder.iterdir() if path.stat().st_mtime <= limit}


def renew() -> Iterator[bool]:
    """For core.rotation: each file under an older key is written anew beside the store and put in place in one step."""
    for path in sorted(root().glob("??/*")):
        stored = path.read_bytes()
        if is_current(stored):
            continue
        try:
            data = unseal_bytes(stored, context=path.name)
        except Unreadable:
            yield False
            continue
        renewed = root() / "renewed"
        with open(os.open(renewed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(seal_bytes(data, context=path.name))
            file.flush()
            os.fsync(file.fileno())
        renewed.replace(path)
        yield True


def _path(name: str, size: str) -> Path:
    if size not in SIZES or not name.isalnum():
        raise ValueError("no such file")
    return root() / name[:2] / f"{name}.{size}"
