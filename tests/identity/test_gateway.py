"""The paid gateway over real HTTP, against the sandbox that signs, verifies and misbehaves."""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connection

from config.demo.people import PEOPLE, population
from identity import selectors, services
from identity.levels import Level, Verdict
from identity.models import Outcome
from identity.providers import gateway as client
from identity.providers.base import AccountQuestion, OrganisationQuestion, PersonQuestion
from identity.providers.gateway import Gateway
from sandbox import identity_gateway as sandbox

LIN = PEOPLE["lin"]
ASK = PersonQuestion(LIN.name, LIN.id_number)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def peer(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[sandbox.Store]:
    store = sandbox.Store(tmp_path)
    organisations = [["91110000600037341L", "样例市第一医院", "何为", "1100101010102"]]
    (tmp_path / "people.json").write_text(json.dumps({**population(), "organisations": organisations}))
    sandbox.load(store, tmp_path / "people.json")
    server = sandbox.Server(0, store, slow_seconds=0.5)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.IDENTITY_PROVIDER = "gateway"
    settings.IDENTITY_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(client, "TIMEOUT", (3, 0.25))
    yield store
    server.shutdown()
    server.server_close()
    thread.join()
    store.db.close()


def test_match_mismatch_not_found_and_invalid(peer: sandbox.Store) -> None:
    gate = Gateway()
    found = gate.ask(ASK, key="k1")
    assert (found.verdict, found.level) == (Verdict.MATCH, Level.AUTHORITY_MATCH)
    assert found.reference.startswith("SBX")
    wrong = gate.ask(PersonQuestion("林小梅", LIN.id_number), key="k2")
    assert (wrong.verdict, wrong.level) == (Verdict.MISMATCH, Level.NONE)
    assert gate.ask(PersonQuestion("某人", "11010519491231002X"), key="k3").verdict == Verdict.NOT_FOUND
    assert gate.ask(PersonQuestion("某人", "110105194912310021"), key="k4").verdict == Verdict.INVALID_INPUT
    assert peer.billed() == 2


@pytest.mark.rule("R22")
def test_four_elements_of_a_card_must_belong_together(peer: sandbox.Store) -> None:
    gate = Gateway()
    card = AccountQuestion(LIN.name, LIN.card, "样例银行", id_number=LIN.id_number, phone=LIN.phone)
    assert gate.ask(card, key="c1").verdict == Verdict.MATCH
    other_phone = AccountQuestion(LIN.name, LIN.card, "样例银行", id_number=LIN.id_number, phone="17099999999")
    assert gate.ask(other_phone, key="c2").verdict == Verdict.MISMATCH
    other_card = AccountQuestion(LIN.name, PEOPLE["sun"].card, "样例银行", id_number=LIN.id_number, phone=LIN.phone)
    assert gate.ask(other_card, key="c3").verdict == Verdict.MISMATCH


def test_organisations_and_their_accounts(peer: sandbox.Store) -> None:
    gate, code, name = Gateway(), "91110000600037341L", "样例市第一医院"
    assert gate.ask(OrganisationQuestion(code, name, "何为"), key="o1").verdict == Verdict.MATCH
    assert gate.ask(OrganisationQuestion(code, name, "别人"), key="o2").verdict == Verdict.MISMATCH
    account = AccountQuestion(name, "1100101010102", "样例银行", credit_code=code)
    assert gate.ask(account, key="o3").verdict == Verdict.MATCH
    assert (
        gate.ask(AccountQuestion("别家", "1100101010102", "样例银行", credit_code=code), key="o4").verdict == "mismatch"
    )


@pytest.mark.parametrize(
    ("fault", "verdict", "detail"),
    [
        ("source_down", Verdict.SOURCE_DOWN, "source_down"),
        ("rate_limited", Verdict.RATE_LIMITED, "rate_limited"),
        ("not_found", Verdict.NOT_FOUND, ""),
        ("slow", Verdict.SOURCE_DOWN, "ReadTimeout"),
        ("bad_signature", Verdict.SOURCE_DOWN, "untrusted_response"),
        ("garbage", Verdict.SOURCE_DOWN, "untrusted_response"),
    ],
)
def test_a_misbehaving_gateway_never_speaks_against_anybody(
    peer: sandbox.Store, fault: str, verdict: Verdict, detail: str
) -> None:
    peer.fault = fault
    answer = Gateway().ask(ASK, key="k1")
    assert (answer.verdict, answer.level, answer.detail) == (verdict, Level.NONE, detail)
    peer.fault = "none"


def test_a_gateway_that_is_not_there(settings: Any) -> None:
    settings.IDENTITY_GATEWAY_URL = "http://127.0.0.1:9"
    assert Gateway().ask(ASK, key="k1").verdict == Verdict.SOURCE_DOWN


def test_a_wrong_secret_is_our_fault_and_not_the_persons(peer: sandbox.Store, settings: Any) -> None:
    settings.IDENTITY_GATEWAY_SECRET = "another"
    assert Gateway().ask(ASK, key="k1").verdict == Verdict.SOURCE_DOWN
    assert peer.billed() == 0


def test_the_same_key_twice_is_answered_once_and_billed_once(peer: sandbox.Store) -> None:
    assert Gateway().ask(ASK, key="k1") == Gateway().ask(ASK, key="k1")
    assert peer.billed() == 1
    other = Gateway().ask(PersonQuestion("别人", LIN.id_number), key="k1")
    assert (other.verdict, other.detail) == (Verdict.INVALID_INPUT, "request_no_used_for_another_question")


def test_a_lost_answer_is_asked_again_under_the_same_key_and_billed_once(peer: sandbox.Store) -> None:
    peer.fault = "slow"
    assert Gateway().ask(ASK, key="k1").verdict == Verdict.SOURCE_DOWN
    time.sleep(0.5)
    peer.fault = "none"
    assert Gateway().ask(ASK, key="k1").verdict == Verdict.MATCH
    assert peer.billed() == 1


def send(url: str, body: bytes, *, nonce: str, stamp: int | None = None, signature: str = "") -> requests.Response:
    moment = str(stamp if stamp is not None else int(time.time()))
    text = "\n".join(["POST", "/v1/person", moment, nonce, hashlib.sha256(body).hexdigest()])
    signed = hmac.new(b"sandbox-gateway-secret", text.encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-App-Id": "candor-sandbox", "X-Timestamp": moment, "X-Nonce": nonce, "X-Signature": signature or signed,
    }  # fmt: skip
    return requests.post(f"{url}/v1/person", data=body, headers=headers, timeout=3)


def test_the_sandbox_refuses_what_a_real_gateway_would(peer: sandbox.Store, settings: Any) -> None:
    url = settings.IDENTITY_GATEWAY_URL
    body = json.dumps({"request_no": "k1", "name": LIN.name, "id_number": LIN.id_number}).encode()
    assert send(url, body, nonce="n1").json()["result"] == "match"
    assert (send(url, body, nonce="n1").status_code, send(url, body, nonce="n1").json()) == (401, {"code": "replayed"})
    assert send(url, body, nonce="n2", signature="0" * 64).json() == {"code": "bad_signature"}
    assert send(url, body, nonce="n3", stamp=int(time.time()) - 400).json() == {"code": "stale"}
    assert send(url, b"[]", nonce="n4").json() == {"code": "not_json"}
    assert send(url, b'{"request_no": "k9", "name": 5}', nonce="n5").status_code == 400
    assert peer.billed() == 1


def test_the_answer_to_one_question_does_not_pass_for_another(
    peer: sandbox.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[requests.Response] = []
    real = requests.post
    monkeypatch.setattr(requests, "post", lambda *args, **kwargs: kept.append(real(*args, **kwargs)) or kept[-1])
    assert Gateway().ask(ASK, key="k1").verdict == Verdict.MATCH
    monkeypatch.setattr(requests, "post", lambda *args, **kwargs: kept[0])
    assert Gateway().ask(PersonQuestion("别人", LIN.id_number), key="k1").detail == "untrusted_response"


@pytest.mark.rule("R13", "R22")
@pytest.mark.django_db(transaction=True)
def test_a_person_and_their_card_through_the_gateway(peer: sandbox.Store, cast: Any, drain: Any) -> None:
    person = services.ensure_person(actor=cast.lin, name=LIN.name, id_number=LIN.id_number)
    services.request_check(actor=cast.lin, person=person, purpose="payee", client_ip="127.0.0.1")
    check = services.check_account(
        actor=cast.lin, holder=person, account_number=LIN.card, bank="样例银行", phone=LIN.phone
    )
    drain()
    assert selectors.level(person) == Level.AUTHORITY_MATCH
    assert selectors.may_be_paid(person)
    assert check.account is not None
    assert selectors.may_be_paid(check.account)
    assert all(outcome.reference.startswith("SBX") for outcome in Outcome.objects.all())
    assert peer.billed() == 2


@pytest.mark.rule("R22")
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_after_the_answer_asks_again_and_pays_once(
    peer: sandbox.Store, cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = services.ensure_person(actor=cast.lin, name=LIN.name, id_number=LIN.id_number)
    attempt = services.request_check(actor=cast.lin, person=person, purpose="raiser")
    asked: list[bool] = []
    real = Gateway.ask

    def ask(self: Gateway, question: Any, *, key: str) -> Any:
        asked.append(connection.in_atomic_block)
        return real(self, question, key=key)

    monkeypatch.setattr(Gateway, "ask", ask)
    with monkeypatch.context() as dying:
        dying.setattr(Outcome.objects, "get_or_create", lambda **kwargs: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError, match="killed"):
            services.complete_attempt(attempt.pk)
    assert not Outcome.objects.exists()
    assert services.complete_attempt(attempt.pk).verdict == Verdict.MATCH
    assert asked == [False, False]
    assert peer.billed() == 1


def test_the_sandbox_runs_as_a_process_of_its_own_and_says_what_it_is(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.identity_gateway", "--port", "0", "--data", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PATH": ""},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(address, timeout=5) as response:
            page = response.read().decode()
        assert "SANDBOX" in page
        assert "This is not an authority" in page
        with urllib.request.urlopen(f"{address}admin/fault", data=b"fault=source_down", timeout=5) as response:
            assert "the register is down" in response.read().decode()
    finally:
        process.terminate()
        process.wait(5)
        process.stdout.close()


def test_the_invented_population_is_well_formed_and_always_the_same() -> None:
    from datetime import date

    from identity import rules

    people = sandbox.population()
    assert people == sandbox.population()
    assert len({row[0] for row in people}) == len({row[3] for row in people}) == sandbox.POPULATION
    for number, name, phone, card in people:
        assert rules.id_fault(number, date(2026, 11, 23)) == ""
        assert rules.name_fault(name) == ""
        assert rules.phone_fault(phone) == ""
        assert rules.card_fault(card) == ""
        assert number.startswith("139999")


def test_the_sandbox_and_the_platform_share_no_code() -> None:
    source = (ROOT / "sandbox" / "identity_gateway.py").read_text()
    assert "django" not in source
    assert "from identity" not in source
