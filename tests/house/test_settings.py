"""The environment is read strictly, and production refuses to start unsafe (R2, R97). Each case is a process of its own."""

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "platform/config/settings.py").read_text()

PRODUCTION = {
    "CANDOR_MODE": "production",
    "SECRET_KEY": "a-very-long-and-random-secret-key-for-this-test-0123456789",
    "FIELD_KEYS": f"k7:{b64encode(b'f' * 32).decode()}",
    "BLIND_INDEX_KEYS": f"i7:{b64encode(b'i' * 32).decode()}",
    "ALLOWED_HOSTS": "candor.example.org",
    "SITE_URL": "https://candor.example.org",
    "DESIGNATION_NUMBER": "2026-001",
    "OPERATOR_NAME": "An operator",
    "DATABASE_URL": "postgresql://candor@127.0.0.1:5432/candor",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SMS_PROVIDER": "gateway",
    "SMS_GATEWAY_URL": "https://sms.example.org",
    "SMS_GATEWAY_SECRET": "s",
    "EMAIL_PROVIDER": "smtp",
}
SHOWN = (
    "MODE SANDBOX DEBUG ALLOWED_HOSTS DESIGNATION_NUMBER SESSION_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS "
    "_FORM_ACTION"
)


def _load(env: dict[str, str], tmp_path: Path) -> tuple[dict[str, object] | None, str]:
    """Import the settings in a new process with exactly `env`: the values, or None and the last line that it said."""
    code = (
        "import json; from config import settings as found; "
        f"print(json.dumps({{name: getattr(found, name, None) for name in {SHOWN.split()!r}}}))"
    )
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "PYTHONPATH": "platform:.", "CANDOR_VAR": str(tmp_path), **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        return None, done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout), ""


def test_with_nothing_set_it_is_the_sandbox(tmp_path: Path) -> None:
    values, _said = _load({}, tmp_path)
    assert values is not None
    assert (values["MODE"], values["SANDBOX"], values["DEBUG"]) == ("sandbox", True, False)


@pytest.mark.rule("R2")
def test_a_complete_production_starts_and_is_strict(tmp_path: Path) -> None:
    values, said = _load(PRODUCTION, tmp_path)
    assert values is not None, said
    assert values["DESIGNATION_NUMBER"] == "2026-001"
    assert (values["SANDBOX"], values["DEBUG"]) == (False, False)
    assert values["SESSION_COOKIE_SECURE"] is values["SECURE_SSL_REDIRECT"] is True
    assert values["SECURE_HSTS_SECONDS"] == 31536000


def test_a_form_may_lead_to_the_pay_pages_of_the_channels_that_are_set_up_and_nowhere_else(tmp_path: Path) -> None:
    values, _said = _load(PRODUCTION, tmp_path)
    assert values is not None
    assert values["_FORM_ACTION"] == ["'self'"]
    values, _said = _load({**PRODUCTION, "WECHAT_PAY_MCHID": "1", "STRIPE_SECRET_KEY": "sk"}, tmp_path)
    assert values is not None
    assert values["_FORM_ACTION"] == ["'self'", "https://wx.tenpay.com", "https://checkout.stripe.com"]


@pytest.mark.rule("R2")
def test_nobody_operates_without_a_designation(tmp_path: Path) -> None:
    env = {name: value for name, value in PRODUCTION.items() if name != "DESIGNATION_NUMBER"}
    values, said = _load(env, tmp_path)
    assert values is None
    assert "DESIGNATION_NUMBER is missing" in said


def test_production_names_every_fault_at_once(tmp_path: Path) -> None:
    """One process: whatever is absent is named in one sentence each, so that nobody mends them one restart at a time."""
    values, said = _load({"CANDOR_MODE": "production", "DEBUG": "true"}, tmp_path)
    assert values is None
    for fault in [
        "SECRET_KEY is the sandbox default",
        "FIELD_KEYS holds the sandbox default",
        "BLIND_INDEX_KEYS holds the sandbox default",
        "DEBUG is on",
        "ALLOWED_HOSTS is empty",
        "DESIGNATION_NUMBER is missing",
        "OPERATOR_NAME is missing",
        "SITE_URL is not https",
        "DATABASE_URL is missing",
        "REDIS_URL is missing",
        "SMS_PROVIDER is the sandbox",
        "EMAIL_PROVIDER is the sandbox",
    ]:
        assert fault in said, fault


UNSAFE = {
    "short key": ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter"),
    "any host": ({"ALLOWED_HOSTS": "candor.example.org,*"}, "ALLOWED_HOSTS is empty or allows every host"),
    "sandbox key behind a new one": (
        {"FIELD_KEYS": PRODUCTION["FIELD_KEYS"] + ",k1:c2FuZGJveC1vbmx5LWZpZWxkLWtleS0wMDAwMDAwMDE="},
        "FIELD_KEYS holds the sandbox default",
    ),
    "stand-in channel": ({"SANDBOX_CHANNEL_URL": "http://127.0.0.1:8101"}, "no stand-in may take money"),
    "plain http": ({"SITE_URL": "http://candor.example.org"}, "SITE_URL is not https"),
}


@pytest.mark.parametrize("change, fault", UNSAFE.values(), ids=UNSAFE.keys())
def test_production_refuses_what_is_unsafe(change: dict[str, str], fault: str, tmp_path: Path) -> None:
    values, said = _load({**PRODUCTION, **change}, tmp_path)
    assert values is None
    assert fault in said


MISUNDERSTOOD = {
    "boolean": ({"DEBUG": "ture"}, "DEBUG='ture' is not a boolean"),
    "number": ({"CANDOR_TICK_SECONDS": "5s"}, "CANDOR_TICK_SECONDS='5s' is not a whole number"),
    "choice": ({"CANDOR_MODE": "prod"}, "CANDOR_MODE='prod' is not one of: sandbox, production"),
    "level": ({"LOG_LEVEL": "loud"}, "LOG_LEVEL='loud' is not one of"),
    "key of another length": (
        {"FIELD_KEYS": "k1:c2hvcnQ="},
        "FIELD_KEYS: 'k1' must be written ID:BASE64 of exactly 32 bytes",
    ),
    "no key": ({"FIELD_KEYS": ","}, "FIELD_KEYS holds no key"),
    "database": ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must look like"),
    "key file without an id": ({"WECHAT_PAY_PUBLIC_KEYS": "/nowhere/key"}, "must be written ID:FILE"),
    "missing key file": ({"WECHAT_PAY_PUBLIC_KEYS": "K1:/nowhere/key"}, "/nowhere/key is not a file"),
    "missing secret file": ({"SECRET_KEY_FILE": "/nowhere/secret"}, "SECRET_KEY_FILE points at /nowhere/secret"),
}


@pytest.mark.parametrize("env, said_so", MISUNDERSTOOD.values(), ids=MISUNDERSTOOD.keys())
def test_a_value_that_is_not_understood_stops_the_start(env: dict[str, str], said_so: str, tmp_path: Path) -> None:
    values, said = _load(env, tmp_path)
    assert values is None
    assert said_so in said


@pytest.mark.rule("R97")
def test_logs_cannot_be_kept_for_less_than_six_months(tmp_path: Path) -> None:
    values, said = _load({"LOG_KEEP_DAYS": "183"}, tmp_path)
    assert values is None
    assert "R97" in said
    assert _load({"LOG_KEEP_DAYS": "184"}, tmp_path)[0] is not None


def test_secrets_are_read_from_mounted_files(tmp_path: Path) -> None:
    secret = tmp_path / "designation"
    secret.write_text("2026-777\n")
    values, _said = _load({"DESIGNATION_NUMBER_FILE": str(secret)}, tmp_path)
    assert values is not None
    assert values["DESIGNATION_NUMBER"] == "2026-777"


def test_every_variable_is_explained_to_operators() -> None:
    names = set(re.findall(r'env\.(?:text|flag|number|choice|words|keyring|key_files)\(\s*"([A-Z_]+)"', SETTINGS))
    explained = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/operator/settings.md").read_text(), re.MULTILINE))
    assert names == explained
