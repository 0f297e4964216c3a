"""A stand-in for the paid gateway to the identity register: `python -m sandbox.identity_gateway --port 8103 --data DIR`.

THIS IS NOT AN AUTHORITY. It knows invented people only and checks nobody. It is a process of its own with its own secret and
its own store, shares no code with the platform, verifies what it is sent as strictly as the real one, and misbehaves on
request: open its address in a browser to see the invented people, the calls it was billed for, and the switches for faults.
"""

import argparse
import hashlib
import hmac
import html
import json
import os
import random
import re
import secrets
import sqlite3
import sys
import threading
import time
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

APP_ID = os.environ.get("SANDBOX_IDENTITY_APP_ID", "candor-sandbox")
SECRET = os.environ.get("SANDBOX_IDENTITY_SECRET", "sandbox-gateway-secret")
CLOCK_SKEW = 300
CALLS_PER_MINUTE = 600
MAX_BODY = 10_000
SLOW_SECONDS = 30
POPULATION = 120
# Never given to any county, and to no bank: nobody real can have these numbers.
AREA, CARD_PREFIX = "139999", "699999"

FAULTS = {
    "none": "works / 正常",
    "source_down": "the register is down (503) / 数据源不可用",
    "rate_limited": "too many questions (429) / 限流",
    "not_found": "nobody is in the register / 查无记录",
    "slow": f"answers after {SLOW_SECONDS} seconds / 响应缓慢",
    "bad_signature": "signs its answers wrongly / 响应签名错误",
    "garbage": "answers with something that is not JSON / 响应损坏",
}

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (id_number TEXT PRIMARY KEY, name TEXT, phone TEXT, card TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS organisations (code TEXT PRIMARY KEY, name TEXT, legal_representative TEXT, account TEXT);
CREATE TABLE IF NOT EXISTS calls (request_no TEXT PRIMARY KEY, path TEXT, body_hash TEXT, answer TEXT, billed INTEGER, at REAL);
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, at REAL);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT);
"""

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安平宁远清和静文思敏慧明达志成家乐春夏秋冬晨曦雨桐若水子轩一诺嘉怡"


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


# --- The invented population -------------------------------------------------------------------------------------------
def id_check_digit(first17: str) -> str:
    return "10X98765432"[sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(first17)) % 11]


def luhn_check_digit(first: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(first)):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def population() -> list[tuple[str, str, str, str]]:
    """The same invented people every time: ID number, name, phone, card."""
    dice = random.Random("candor identity sandbox")  # noqa: S311
    people = []
    for number in range(POPULATION):
        born = date(1940, 1, 1) + timedelta(days=dice.randrange(80 * 365))
        first17 = f"{AREA}{born:%Y%m%d}{500 + number:03d}"
        name = dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN, k=dice.choice((1, 2, 2))))
        card = f"{CARD_PREFIX}{900_000_000_000 + number}"
        people.append((first17 + id_check_digit(first17), name, f"1709{number:07d}", card + luhn_check_digit(card)))
    return people


# --- The store ---------------------------------------------------------------------------------------------------------
class Store:
    """One sqlite file; one lock, because this is a stand-in and not a bank."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()
        self.db = sqlite3.connect(folder / "identity_gateway.sqlite3", check_same_thread=False, isolation_level=None)
        self.db.executescript(SCHEMA)
        self.add_people(population())

    def add_people(self, people: list[tuple[str, str, str, str]]) -> None:
        with self.lock:
            self.db.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?)", people)

    def add_organisations(self, rows: list[tuple[str, str, str, str]]) -> None:
        with self.lock:
            self.db.executemany("INSERT OR REPLACE INTO organisations VALUES (?, ?, ?, ?)", rows)

    def one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        with self.lock:
            row: tuple[Any, ...] | None = self.db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        with self.lock:
            return self.db.execute(sql, values).rowcount

    @property
    def fault(self) -> str:
        row = self.one("SELECT value FROM switches WHERE name = 'fault'")
        return row[0] if row else "none"

    @fault.setter
    def fault(self, value: str) -> None:
        self.run("INSERT OR REPLACE INTO switches VALUES ('fault', ?)", value)

    def billed(self) -> int:
        row = self.one("SELECT coalesce(sum(billed), 0) FROM calls")
        return int(row[0]) if row else 0


# --- The questions -----------------------------------------------------------------------------------------------------
def person(store: Store, body: dict[str, str]) -> str:
    number = _id(body)
    row = store.one("SELECT name FROM people WHERE id_number = ?", number)
    return "not_found" if row is None else _match(row[0] == _text(body, "name"))


def bank_card(store: Store, body: dict[str, str]) -> str:
    """Four elements: all must belong together."""
    number, card = _id(body), _text(body, "card_number")
    if not re.fullmatch(r"[0-9]{12,19}", card) or luhn_check_digit(card[:-1]) != card[-1]:
        raise Refused(400, "bad_card_number")
    row = store.one("SELECT name, id_number, phone FROM people WHERE card = ?", card)
    return "not_found" if row is None else _match(row == (_text(body, "name"), number, _text(body, "phone")))


def organisation(store: Store, body: dict[str, str]) -> str:
    row = store.one("SELECT name, legal_representative FROM organisations WHERE code = ?", _text(body, "code"))
    if row is None:
        return "not_found"
    representative = str(body.get("legal_representative", ""))
    return _match(row[0] == _text(body, "name") and representative in ("", row[1]))


def corporate_account(store: Store, body: dict[str, str]) -> str:
    row = store.one("SELECT name, code FROM organisations WHERE account = ?", _text(body, "account_number"))
    return "not_found" if row is None else _match(row == (_text(body, "name"), _text(body, "code")))


QUESTIONS = {
    "/v1/person": person,
    "/v1/bank-card": bank_card,
    "/v1/organisation": organisation,
    "/v1/corporate-account": corporate_account,
}


def _match(equal: bool) -> str:
    return "match" if equal else "mismatch"


def _text(body: dict[str, str], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise Refused(400, f"bad_{name}")
    return value


def _id(body: dict[str, str]) -> str:
    number = _text(body, "id_number")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or id_check_digit(number[:17]) != number[17]:
        raise Refused(400, "bad_id_number")
    return number


# --- The wire ----------------------------------------------------------------------------------------------------------
def sign(first: str, second: str, stamp: str, nonce: str, body: bytes) -> str:
    text = "\n".join([first, second, stamp, nonce, hashlib.sha256(body).hexdigest()])
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def answer(store: Store, path: str, headers: Any, body: bytes) -> dict[str, Any]:
    """What a real gateway does, in its order: who asks, is it fresh, was it asked before, what is the answer."""
    _authenticate(store, path, headers, body)
    fault = store.fault
    if fault == "source_down":
        raise Refused(503, "source_down")
    calls = store.one("SELECT count(*) FROM calls WHERE at > ?", time.time() - 60)
    if fault == "rate_limited" or (calls and calls[0] >= CALLS_PER_MINUTE):
        raise Refused(429, "rate_limited")
    question = QUESTIONS.get(path)
    if question is None:
        raise Refused(404, "no_such_question")
    fields = _fields(body)
    request_no = _text(fields, "request_no")
    body_hash = hashlib.sha256(body).hexdigest()
    earlier = store.one("SELECT path, body_hash, answer FROM calls WHERE request_no = ?", request_no)
    if earlier:
        if earlier[:2] != (path, body_hash):
            raise Refused(400, "request_no_used_for_another_question")
        found: dict[str, Any] = json.loads(earlier[2])
        return found
    result = "not_found" if fault == "not_found" else question(store, fields)
    # As the real ones do: agreement and disagreement cost money, an empty register does not.
    billed = result in ("match", "mismatch")
    made = {"request_no": request_no, "result": result, "reference": f"SBX{secrets.token_hex(8)}", "billed": billed}
    if not store.run(
        "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?, ?)",
        request_no, path, body_hash, json.dumps(made), billed, time.time(),
    ):  # fmt: skip
        return answer_again(store, request_no)
    return made


def answer_again(store: Store, request_no: str) -> dict[str, Any]:
    """Two equal questions at once: the one that came second gets the answer of the first."""
    row = store.one("SELECT answer FROM calls WHERE request_no = ?", request_no)
    found: dict[str, Any] = json.loads(row[0]) if row else {}
    return found


def _authenticate(store: Store, path: str, headers: Any, body: bytes) -> None:
    stamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
    if headers.get("X-App-Id") != APP_ID:
        raise Refused(401, "unknown_app")
    if not hmac.compare_digest(sign("POST", path, stamp, nonce, body), headers.get("X-Signature", "")):
        raise Refused(401, "bad_signature")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > CLOCK_SKEW:
        raise Refused(401, "stale")
    store.run("DELETE FROM nonces WHERE at < ?", time.time() - 2 * CLOCK_SKEW)
    if not nonce or not store.run("INSERT OR IGNORE INTO nonces VALUES (?, ?)", nonce, time.time()):
        raise Refused(401, "replayed")


def _fields(body: bytes) -> dict[str, str]:
    try:
        fields = json.loads(body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise Refused(400, "not_json")
    return fields


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            self._send(413, b"", "text/plain")
            return
        body = self.rfile.read(length)
        if self.path == "/admin/fault":
            self._switch(body)
            return
        store = self.server.store
        if store.fault == "slow":
            time.sleep(self.server.slow_seconds)
        try:
            status, content = 200, answer(store, self.path, self.headers, body)
        except Refused as refusal:
            status, content = refusal.status, {"code": refusal.code}
        raw = b"<html>" if store.fault == "garbage" else json.dumps(content).encode()
        stamp = str(int(time.time()))
        signature = sign("RESPONSE", str(status), stamp, self.headers.get("X-Nonce", ""), raw)
        if store.fault == "bad_signature":
            signature = signature[::-1]
        self._send(status, raw, "application/json", {"X-Timestamp": stamp, "X-Signature": signature})

    def do_GET(self) -> None:
        if self.path == "/health":
            self._send(200, b"ok", "text/plain")
        elif self.path == "/":
            self._send(200, page(self.server.store).encode(), "text/html; charset=utf-8")
        else:
            self._send(404, b"", "text/plain")

    def _switch(self, body: bytes) -> None:
        fault = parse_qs(body.decode(errors="replace")).get("fault", ["none"])[0]
        if fault in FAULTS:
            self.server.store.fault = fault
        self._send(303, b"", "text/plain", {"Location": "/"})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller did not wait, which is what the fault "slow" is for

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: nobody wants ID numbers in a log, not even invented ones."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, store: Store, slow_seconds: float = SLOW_SECONDS) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.store, self.slow_seconds = store, slow_seconds

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no error; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


# --- The page ----------------------------------------------------------------------------------------------------------
def page(store: Store) -> str:
    people = store.all("SELECT name, id_number, phone, card FROM people ORDER BY id_number LIMIT 40")
    calls = store.all("SELECT path, answer, billed FROM calls ORDER BY at DESC LIMIT 40")
    now = store.fault
    buttons = "".join(
        f'<button name="fault" value="{code}"{" disabled" if code == now else ""}>{html.escape(label)}</button> '
        for code, label in FAULTS.items()
    )
    asked = [(path, json.loads(answer)["result"], "yes" if billed else "no") for path, answer, billed in calls]
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Identity gateway SANDBOX</title>
<meta name="viewport" content="width=device-width">
<h1>SANDBOX / 模拟环境</h1>
<p><strong>This is not an authority. All people here are invented, and nobody's identity is checked.<br>
这不是权威机构。此处所有人员均为虚构，不核验任何人的身份。</strong></p>
<h2>Faults / 故障</h2><p>Now / 当前：{html.escape(FAULTS[now])}</p>
<form method="post" action="/admin/fault">{buttons}</form>
<h2>Calls / 调用</h2><p>Billed / 计费：{store.billed()}</p>{_table(("Question", "Answer", "Billed"), asked)}
<h2>People / 人员</h2>{_table(("Name", "ID number", "Phone", "Card"), people)}</html>"""


def _table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    top = "".join(f"<th>{html.escape(head)}</th>" for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def load(store: Store, path: Path) -> None:
    """People and organisations of a demonstration: `{"people": [[id, name, phone, card]], "organisations": [[code, ...]]}`."""
    content = json.loads(path.read_text())
    store.add_people([tuple(row) for row in content.get("people", [])])
    store.add_organisations([tuple(row) for row in content.get("organisations", [])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8103)
    parser.add_argument("--data", type=Path, required=True, help="a folder of its own for its store")
    parser.add_argument("--population", type=Path, help="a JSON file with more invented people and organisations")
    arguments = parser.parse_args()
    store = Store(arguments.data)
    if arguments.population:
        load(store, arguments.population)
    server = Server(arguments.port, store)
    print(f"identity gateway SANDBOX on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
