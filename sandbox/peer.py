"""What the sandbox's payment channel and custodian bank share: keys, signatures, a store, notifications, faults, pages.

They stand in for outside parties: processes of their own, with keys and stores of their own, reached over HTTP only, sharing
no code with the platform. They verify what they are sent as strictly as real ones, and misbehave on request (/faults).
"""

import base64
import hashlib
import html
import json
import secrets
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

WINDOW = 300
MAX_BODY = 100_000
RETRY_SECONDS = (2, 5, 15, 60, 300, 1800)

# What every stand-in can be told to do wrong: "once" or until it is switched off.
COMMON_FAULTS = {
    "duplicate_notify": "send every notification twice / 重复通知",
    "delayed_notify": "send notifications 30 seconds late / 延迟通知",
    "drop_notify": "send no notifications / 丢弃通知",
    "bad_signature": "sign notifications wrongly / 通知签名错误",
    "stale_notify": "sign notifications with yesterday's time / 通知时间过期",
    "bad_answer_signature": "sign answers wrongly / 响应签名错误",
    "timeout_after_commit": "do what is asked, then never answer / 已处理但不响应",
    "error_after_commit": "do what is asked, then answer 500 / 已处理但返回 500",
    "unavailable": "answer 503 and do nothing / 服务不可用",
    "slow": "answer after some seconds / 响应缓慢",
}


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def text_to_sign(first: str, second: str, stamp: str, nonce: str, body: bytes) -> bytes:
    return "\n".join([first, second, stamp, nonce, hashlib.sha256(body).hexdigest()]).encode()


class Keys:
    """Our private key in `data`, our public key in `folder`, where the others lay theirs."""

    def __init__(self, name: str, data: Path, folder: Path) -> None:
        self.name, self.folder = name, folder
        data.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        path = data / f"{name}.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(
                Ed25519PrivateKey.generate().private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)  # noqa: S101 - we made it
        self._private = key
        (folder / f"{name}.pub").write_bytes(
            key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )

    def sign(self, *text: Any) -> str:
        return base64.b64encode(self._private.sign(text_to_sign(*text))).decode()

    def verify(self, sender: str, signature: str, *text: Any) -> bool:
        path = self.folder / f"{sender}.pub"
        if not sender.isalnum() or not path.exists():
            return False
        key = serialization.load_pem_public_key(path.read_bytes())
        if not isinstance(key, Ed25519PublicKey):
            return False
        try:
            key.verify(base64.b64decode(signature), text_to_sign(*text))
        except (InvalidSignature, ValueError):
            return False
        return True


class Store:
    """One sqlite file and one lock, because this is a stand-in and not a bank."""

    def __init__(self, path: Path, schema: str) -> None:
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(
            schema
            + """
            CREATE TABLE IF NOT EXISTS notifications (
                event_id TEXT PRIMARY KEY, url TEXT, body TEXT, due_at REAL, tries INTEGER DEFAULT 0, done INTEGER DEFAULT 0);
            CREATE TABLE IF NOT EXISTS faults (name TEXT PRIMARY KEY, mode TEXT);
            """
        )

    @contextmanager
    def changes(self) -> Iterator[None]:
        """All or nothing, one at a time."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        with self.lock:
            row: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        with self.lock:
            return self.db.execute(sql, values).rowcount


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer; 0 when there is none."""
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class StandIn(ThreadingHTTPServer):
    """A stand-in of an outside party. A subclass brings its schema, its API and its pages."""

    daemon_threads = True
    name = ""
    title = ""
    schema = ""
    faults: dict[str, str] = COMMON_FAULTS
    commits: frozenset[str] = frozenset()  # the API paths that change something

    def __init__(self, port: int, data: Path, keys: Path, *, delay: float = 2, slow_seconds: float = 20) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.keys = Keys(self.name, data, keys)
        self.store = Store(data / f"{self.name}.sqlite3", self.schema)
        self.delay, self.slow_seconds = delay, slow_seconds
        self.deliver: Callable[[str, bytes, dict[str, str]], int] = post
        self._nonces: dict[str, float] = {}
        self._nonce_lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    # --- what a subclass brings
    def api(self) -> dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], frozenset[str]]]:
        """Path -> the function that answers, and who may ask."""
        raise NotImplementedError

    def advance(self, now: float) -> None:
        """What happens by itself as time passes."""

    def page(self, path: str) -> str | None:
        """The HTML of a page of its own, or None."""
        return None

    def act(self, path: str, form: dict[str, str]) -> str | None:
        """What a person did on a page: where to go next, or None if there is no such page."""
        return None

    # --- the wire
    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            endpoint = self.api().get(path)
            if endpoint is None:
                raise Refused(404, "NO_SUCH_PATH")
            function, senders = endpoint
            self._authenticate(path, headers, body, senders)
            if self.fires("unavailable"):
                raise Refused(503, "UNAVAILABLE")
            try:
                content = json.loads(body)
            except ValueError:
                content = None
            if not isinstance(content, dict):
                raise Refused(400, "NOT_JSON")
            return 200, function(content)
        except Refused as refusal:
            return refusal.status, {"code": refusal.code}

    def _authenticate(self, path: str, headers: Any, body: bytes, senders: frozenset[str]) -> None:
        sender, stamp = headers.get("X-Key", ""), headers.get("X-Timestamp", "")
        nonce, signature = headers.get("X-Nonce", ""), headers.get("X-Signature", "")
        if sender not in senders or not self.keys.verify(sender, signature, "POST", path, stamp, nonce, body):
            raise Refused(401, "BAD_SIGNATURE")
        now = time.time()
        if not stamp.isdigit() or abs(now - int(stamp)) > WINDOW:
            raise Refused(401, "STALE")
        with self._nonce_lock:
            self._nonces = {known: at for known, at in self._nonces.items() if now - at < 2 * WINDOW}
            if not nonce or nonce in self._nonces:
                raise Refused(401, "REPLAYED")
            self._nonces[nonce] = now

    # --- faults
    def fault(self, name: str, mode: str = "once") -> None:
        """Switch a fault: "once", "on" or "off"."""
        if name not in self.faults or mode not in ("once", "on", "off"):
            raise ValueError(f"no such fault: {name} {mode}")
        self.store.run("INSERT OR REPLACE INTO faults VALUES (?, ?)", name, mode)

    def fault_mode(self, name: str) -> str:
        row = self.store.one("SELECT mode FROM faults WHERE name = ?", name)
        return row["mode"] if row else "off"

    def fires(self, name: str) -> bool:
        mode = self.fault_mode(name)
        if mode == "once":
            self.fault(name, "off")
        return mode != "off"

    # --- notifications
    def notify(self, url: str, content: dict[str, Any]) -> None:
        """Will be sent until it is answered with 2xx."""
        if not url or self.fires("drop_notify"):
            return
        event_id = f"EV{secrets.token_hex(10)}"
        body = json.dumps({"event_id": event_id, "at": int(time.time()), **content}, ensure_ascii=False)
        due = time.time() + (30 if self.fires("delayed_notify") else 0)
        self.store.run(
            "INSERT INTO notifications (event_id, url, body, due_at) VALUES (?, ?, ?, ?)", event_id, url, body, due
        )

    def tick(self) -> None:
        """Do what is due: advance, then send notifications."""
        self.advance(time.time())
        rows = self.store.all("SELECT * FROM notifications WHERE done = 0 AND due_at <= ? ORDER BY due_at", time.time())
        for row in rows:
            times = 2 if self.fires("duplicate_notify") else 1
            statuses = [self._send(row["url"], row["body"].encode()) for _time in range(times)]
            if 200 <= statuses[0] < 300:
                self.store.run("UPDATE notifications SET done = 1 WHERE event_id = ?", row["event_id"])
                continue
            tries = row["tries"] + 1
            given_up = tries > len(RETRY_SECONDS)
            self.store.run(
                "UPDATE notifications SET tries = ?, due_at = ?, done = ? WHERE event_id = ?",
                tries, time.time() + RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1], given_up, row["event_id"],
            )  # fmt: skip

    def _send(self, url: str, body: bytes) -> int:
        path = "/" + url.split("://", 1)[1].partition("/")[2]
        stamp = str(int(time.time()) - (86_400 if self.fires("stale_notify") else 0))
        nonce = secrets.token_hex(16)
        signed = body + b" " if self.fires("bad_signature") else body
        headers = {
            "Content-Type": "application/json",
            "X-Key": self.name,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": self.keys.sign("NOTIFY", path, stamp, nonce, signed),
        }
        return self.deliver(url, body, headers)

    def work(self, stop: threading.Event) -> None:
        while not stop.wait(0.3):
            self.tick()

    def run_forever(self) -> None:
        threading.Thread(target=self.work, args=(threading.Event(),), daemon=True).start()
        print(f"{self.title} SANDBOX on {self.url}/", flush=True)
        self.serve_forever()

    # --- pages
    def render(self, heading: str, content: str) -> str:
        return LAYOUT.format(title=html.escape(self.title), heading=heading, content=content)

    def faults_page(self) -> str:
        rows = []
        for name, label in self.faults.items():
            now = self.fault_mode(name)
            buttons = "".join(
                f'<button name="{name}" value="{mode}"{" disabled" if mode == now else ""}>{word}</button> '
                for mode, word in (("off", "off / 关"), ("once", "once / 一次"), ("on", "on / 开"))
            )
            rows.append((html.escape(label), buttons))
        form = f'<form method="post" action="/faults">{table(("Fault / 故障", ""), rows, safe=True)}</form>'
        return self.render("Faults / 故障开关", form + '<p><a href="/">Back / 返回</a></p>')


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandIn

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            self._send(413, b"", "text/plain")
            return
        body = self.rfile.read(length)
        if self.path.startswith("/v1/"):
            self._answer(body)
            return
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        if self.path == "/faults":
            for name, mode in form.items():
                if name in self.server.faults and mode in ("once", "on", "off"):
                    self.server.fault(name, mode)
            target: str | None = "/faults"
        else:
            target = self.server.act(self.path, form)
        if target is None:
            self._send(404, b"", "text/plain")
        elif "application/json" in self.headers.get("Accept", ""):
            self._send(200, json.dumps({"next": target}).encode(), "application/json")
        else:
            self._send(303, b"", "text/plain", {"Location": target})

    def _answer(self, body: bytes) -> None:
        server = self.server
        if server.fires("slow"):
            time.sleep(server.slow_seconds / 4)
        status, content = server.answer(self.path, self.headers, body)
        if status == 200 and self.path in server.commits:
            if server.fires("timeout_after_commit"):
                time.sleep(server.slow_seconds)
                self.close_connection = True
                return
            if server.fires("error_after_commit"):
                status, content = 500, {"code": "SYSTEM_ERROR"}
        raw = json.dumps(content, ensure_ascii=False).encode()
        stamp, nonce = str(int(time.time())), self.headers.get("X-Nonce", "")
        signed = raw + b" " if server.fires("bad_answer_signature") else raw
        signature = server.keys.sign("ANSWER", str(status), stamp, nonce, signed)
        self._send(status, raw, "application/json", {"X-Timestamp": stamp, "X-Signature": signature})

    def do_GET(self) -> None:
        if self.path == "/health":
            self._send(200, b"ok", "text/plain")
            return
        page = self.server.faults_page() if self.path == "/faults" else self.server.page(self.path)
        if page is None:
            self._send(404, b"", "text/plain")
        else:
            self._send(200, page.encode(), "text/html; charset=utf-8")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller did not wait

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: names and account numbers do not belong in a log, not even invented ones."""


# --- Small helpers -----------------------------------------------------------------------------------------------------
def text(content: dict[str, Any], name: str, limit: int = 200, *, empty: bool = False) -> str:
    value = content.get(name, "" if empty else None)
    if not isinstance(value, str) or len(value) > limit or not (value or empty):
        raise Refused(400, f"BAD_{name.upper()}")
    return value


def fen(content: dict[str, Any], name: str = "amount") -> int:
    value = content.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 10**13:
        raise Refused(400, f"BAD_{name.upper()}")
    return value


def shanghai_day(stamp: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(stamp + 8 * 3600))


def yuan(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}¥{abs(amount) // 100:,}.{abs(amount) % 100:02d}"


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]], *, safe: bool = False) -> str:
    show: Callable[[str], str] = str if safe else html.escape
    top = "".join(f"<th>{html.escape(head)}</th>" for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{show(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


LAYOUT = """<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{title} SANDBOX</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; }}
body {{ font: 17px/1.6 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif; }}
body {{ max-width: 46rem; margin: 0 auto; padding: 1rem; }}
.line {{ background: #7a3b00; color: #fff; padding: .5rem 1rem; border-radius: .5rem; }}
.sum {{ font-size: 2.4rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }}
button {{ font: inherit; padding: .55rem 1.1rem; border-radius: .5rem; border: 1px solid #888; cursor: pointer; }}
.pay {{ background: #0b6e4f; color: #fff; border: 0; width: 100%; padding: .9rem; margin-bottom: .7rem; }}
.plain {{ width: 100%; background: none; }}
table {{ border-collapse: collapse; width: 100%; font-size: .85rem; }}
td, th {{ border-bottom: 1px solid #8886; padding: .3rem .5rem; text-align: left; overflow-wrap: anywhere; }}
</style></head><body><main>
<p class="line"><strong>SANDBOX 模拟环境</strong> · No real money moves here. 此处不发生任何真实资金往来。</p>
<h1>{heading}</h1>{content}</main></body></html>"""
