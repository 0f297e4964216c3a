"""The production shape: it parses, it names only what exists, and with the secrets that are made for it the settings load."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.house.test_settings import SETTINGS, _load

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("setup", "web", "worker", "beat")
NGINX = (ROOT / "deploy/nginx.conf").read_text()
# What an operator writes into .env; everything else has a default or a secret file.
DOT_ENV = {
    "DOMAIN": "candor.example.org",
    "DESIGNATION_NUMBER": "2026-001",
    "OPERATOR_NAME": "An operator",
    "SMS_GATEWAY_URL": "https://sms.example.org",
    "SMS_GATEWAY_APP": "candor",
    "SMS_GATEWAY_SECRET": "s",
    "EMAIL_HOST": "mail.example.org",
    "DEFAULT_FROM_EMAIL": "no-reply@candor.example.org",
}


def _filled(text: str) -> str:
    """`${NAME:?why}` and `${NAME:-default}` as Compose fills them from .env."""

    def one(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        return DOT_ENV[name] if kind == ":?" else DOT_ENV.get(name, rest)

    return re.sub(r"\$\{([A-Z_]+)(:\?|:-)([^}]*)\}", one, text)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "secrets"
    subprocess.run([sys.executable, str(ROOT / "deploy/make_secrets.py"), str(folder)], check=True, capture_output=True)
    return folder


def test_the_shape_is_the_one_that_is_promised() -> None:
    assert set(SERVICES) == {*OURS, "nginx", "db", "redis"}
    assert all("healthcheck" in service for name, service in SERVICES.items() if name != "setup")
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert COMPOSE["networks"]["back"] == {"internal": True}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_only_the_rights_that_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name == "db" or service["read_only"] is True
    assert not service.get("privileged")


def test_commands_are_those_that_exist() -> None:
    said = " ".join(str(SERVICES[name].get("command", "")) for name in OURS) + (ROOT / "Dockerfile").read_text()
    for command in set(re.findall(r"manage\.py (\w+)", said)):
        assert command in get_commands(), command
    assert '"gunicorn", "config.wsgi"' in said
    assert {name for name in ("worker", "beat") if f"'config', '{name}'" in said} == {"worker", "beat"}
    for copied in re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        assert (ROOT / copied).exists(), copied


def test_every_secret_is_made_and_is_for_few(secrets: Path) -> None:
    wanted = {Path(entry["file"]).name for entry in COMPOSE["secrets"].values()}
    assert wanted == {path.name for path in secrets.iterdir()}
    assert secrets.stat().st_mode & 0o777 == 0o700
    for name in ("web", "worker", "beat", "nginx", "redis"):
        assert not {"database_url_owner", "db_owner_password", "postgres_password"} & set(
            SERVICES[name].get("secrets", [])
        )


def test_secrets_are_never_overwritten(secrets: Path) -> None:
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    done = subprocess.run(
        [sys.executable, str(ROOT / "deploy/make_secrets.py"), str(secrets)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "nothing was written" in done.stderr
    assert before == {path.name: path.read_text() for path in secrets.iterdir()}


@pytest.mark.rule("R2")
@pytest.mark.parametrize("name", OURS)
def test_the_settings_load_with_what_the_containers_are_given(name: str, secrets: Path, tmp_path: Path) -> None:
    given = {key: _filled(str(value)) for key, value in SERVICES[name]["environment"].items() if key != "<<"}
    given = {key: value.replace("/run/secrets", str(secrets)) for key, value in given.items()}
    for key in given:
        assert f'"{key.removesuffix("_FILE")}"' in SETTINGS, f"{key} is no setting"
    values, said = _load(given, tmp_path)
    assert values is not None, said
    assert (values["MODE"], values["DESIGNATION_NUMBER"]) == ("production", "2026-001")


@pytest.mark.rule("R97")
def test_the_access_log_has_one_file_a_day_on_a_volume_and_no_query() -> None:
    assert "access_log /var/log/candor/access-$day.log kept;" in NGINX
    assert "access-logs:/var/log/candor" in SERVICES["nginx"]["volumes"]
    (kept,) = re.findall(r"log_format kept (.*?);", NGINX, re.DOTALL)
    assert "$remote_addr" in kept
    assert not re.search(
        r"\$(request|args|query_string|request_uri|http_referer|http_cookie|http_authorization)\b", kept
    )


def test_a_caller_cannot_choose_its_own_address() -> None:
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
    assert "$proxy_add_x_forwarded_for" not in NGINX
