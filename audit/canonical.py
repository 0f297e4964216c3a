"""One way to write JSON down, so that the same content always has the same bytes and the same SHA-256."""

import hashlib
import json
from typing import Any


def dumps(content: Any) -> str:
    """Sorted keys, no spaces, no floats that JSON does not know. Raises TypeError or ValueError for anything but JSON."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
