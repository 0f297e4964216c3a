"""What holds the house together."""

import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_platform_is_pythons_own() -> None:
    assert platform.__file__ is not None
    assert platform.__file__.endswith("platform.py")
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert platform.python_version()
