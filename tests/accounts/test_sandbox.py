"""The sandbox's aid page shows codes; production has no such page and cannot be talked into it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine

from accounts.services import enrol_totp
from tests.accounts.codes import messages_to
from tests.accounts.test_signin import totp
from tests.signin import TOTP_SECRET

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
PAGES = ["/sandbox/", "/sandbox/cast.json", "/sandbox/outbox.json"]


@time_machine.travel("2026-11-23T10:00:00+08:00", tick=False)
def test_the_page_lists_the_cast_and_the_present_authenticator_code(client, cast, django_assert_num_queries):
    enrol_totp(actor=None, user=cast.zhao, secret=TOTP_SECRET)
    with django_assert_num_queries(1):
        people = {person["key"]: person for person in client.get("/sandbox/cast.json").json()["people"]}
    assert people["zhao"]["totp"] == totp()
    assert people["lin"] == {
        "key": "lin",
        "name": "林晓梅",
        "phone": "+8617000000001",
        "email": "lin@candor.invalid",
        "roles": [],
        "totp": "",
    }
    assert client.get("/sandbox/").status_code == 200


def test_the_code_that_was_sent_can_be_read_there(client, cast):
    client.post("/accounts/login/code/", {"phone": cast.lin.phone})
    sent = messages_to(cast.lin.phone)[0]
    found = client.get("/sandbox/outbox.json", {"phone": "170 0000 0001"}).json()["messages"]
    assert [(message["to"], message["code"]) for message in found] == [(cast.lin.phone, sent.code)]
    assert client.get("/sandbox/outbox.json", {"phone": cast.sun.phone}).json() == {"messages": []}
    assert client.get("/sandbox/outbox.json", {"phone": "1"}).json()["code"] == "bad_phone"
    assert sent.code in client.get("/sandbox/").content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_production_has_no_such_page(client, cast, settings, page):
    settings.SANDBOX = False
    assert client.get(page).status_code == 404


def production(**changes: str) -> subprocess.CompletedProcess[str]:
    """Load the settings of a production deployment in a process of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CANDOR_MODE": "production",
        "SECRET_KEY": "p" * 60,
        "FIELD_KEYS": "k9:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
        "BLIND_INDEX_KEYS": "i9:" + "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=",
        "ALLOWED_HOSTS": "candor.example",
        "DESIGNATION_NUMBER": "MCA-2026-001",
        "SITE_URL": "https://candor.example",
        "SMS_PROVIDER": "gateway",
        "SMS_GATEWAY_URL": "https://sms.example",
        "SMS_GATEWAY_APP": "candor",
        "SMS_GATEWAY_SECRET": "s" * 32,
        "EMAIL_PROVIDER": "smtp",
        "OPERATOR_NAME": "Candor Ltd",
        "DATABASE_URL": "postgresql://candor@127.0.0.1:5432/candor",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        **changes,
    }
    code = "from django.conf import settings; print(settings.SANDBOX)"
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT)


def test_no_variable_turns_the_sandbox_on_in_production():
    run = production(SANDBOX="true", DEBUG="false")
    assert (run.returncode, run.stdout.strip()) == (0, "False"), run.stderr


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [("SMS_PROVIDER", "SMS_PROVIDER is the sandbox"), ("EMAIL_PROVIDER", "EMAIL_PROVIDER is the sandbox")],
)
def test_production_refuses_to_start_with_a_sandbox_provider(variable, sentence):
    run = production(**{variable: "sandbox"})
    assert run.returncode == 1
    assert sentence in run.stderr
