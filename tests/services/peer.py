"""What the channels' peers share: a server on loopback that keeps orders and refunds, and misbehaves once when told to.

A peer is written from the channel's public documentation, shares no code with the platform, and checks what it is sent as the
real one would. Faults (`peer.fault(name, times)`), all of them for the next request or requests:

    timeout_before, timeout_after    no answer; before or after doing what was asked
    error_before, error_after        5xx; before or after doing what was asked
    garbage                          200 and a page that is no answer at all
    bad_signature, unknown_key, stale_answer    an answer that is not rightly signed (where answers are signed)
    wrong_amount, wrong_merchant, another_order, regress    a rightly signed answer to a query that must not be believed
"""

import datetime
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


@dataclass
class Order:
    number: str
    amount: int
    channel_id: str
    state: str = "open"
    received: int = 0
    paid_at: float = 0
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Refund:
    number: str
    order: str
    amount: int
    channel_id: str
    state: str = "processing"
    done_at: float = 0


@dataclass(frozen=True)
class Notice:
    headers: dict[str, str]
    body: bytes
    content_type: str = "application/json"


class Answer(Exception):
    """What a handler answers when it is not the ordinary thing."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Peer(ThreadingHTTPServer):
    daemon_threads = True
    code = ""
    scene = "page"  # the scene in which an order goes over the wire at once
    live_url = ""
    required: tuple[str, ...] = ()  # the settings without which the channel is not offered
    refusal = at_a_loss = ""  # codes: a definite no to a refund, and none at all
    fifty_first = ""  # what becomes of the refund after fifty parts

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.orders: dict[str, Order] = {}
        self.refunds: dict[str, Refund] = {}
        self.outbox: list[Notice] = []
        self.requests: list[str] = []  # "METHOD path" or the name of the method, in order
        self.queries: list[str] = []  # whatever stood behind the question mark of an address
        self.faults: Counter[str] = Counter()
        self.refuse_refunds = ""  # the code of the refusal
        self.fail_refunds = False  # accepted, and failed afterwards
        self.lock = threading.RLock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fault(self, name: str, times: int = 1) -> None:
        self.faults[name] = times

    def fires(self, name: str) -> bool:
        with self.lock:
            if self.faults[name] <= 0:
                return False
            self.faults[name] -= 1
            return True

    # --- what a peer brings
    def settings(self, folder: Path) -> dict[str, Any]:
        """The platform's settings for this peer, with fresh key files in `folder`."""
        raise NotImplementedError

    def answer(self, handler: "Handler", body: bytes) -> None:
        raise NotImplementedError

    def payment_notice(self, order: Order, *, age: float = 0, **changes: Any) -> Notice:
        """The channel's word on an order, signed `age` seconds ago, with some of its fields changed before signing."""
        raise NotImplementedError

    def refund_notice(self, refund: Refund) -> Notice | None:
        raise NotImplementedError

    # --- what people and time do
    def pay(self, number: str, amount: int | None = None) -> Notice:
        """The donor pays; the notification is in the outbox and returned."""
        order = self.orders[number]
        order.state, order.paid_at = "paid", datetime.datetime.now().timestamp()
        order.received = order.amount if amount is None else amount
        notice = self.payment_notice(order)
        self.outbox.append(notice)
        return notice

    def finish_refunds(self) -> None:
        """What was accepted is done, or has failed."""
        for refund in self.refunds.values():
            if refund.state == "processing":
                refund.state = "failed" if self.fail_refunds else "done"
                refund.done_at = datetime.datetime.now().timestamp()
                notice = self.refund_notice(refund)
                if notice:
                    self.outbox.append(notice)

    def refunded(self, number: str) -> int:
        return sum(one.amount for one in self.refunds.values() if one.order == number and one.state != "failed")

    def accept_refund(self, number: str, order: Order, amount: int) -> Refund:
        """The same number with the same content is the same refund. Raises Answer for what a channel refuses."""
        known = self.refunds.get(number)
        if known:
            if (known.order, known.amount) != (order.number, amount):
                raise Answer(400, "MISMATCH")
            return known
        if self.refuse_refunds:
            raise Answer(403, self.refuse_refunds)
        if order.state != "paid":
            raise Answer(400, "NOT_PAID")
        if self.refunded(order.number) + amount > order.received:
            raise Answer(400, "TOO_MUCH")
        if sum(one.order == order.number for one in self.refunds.values()) >= 50:
            raise Answer(400, "TOO_MANY")
        made = Refund(number, order.number, amount, secrets.token_hex(12))
        self.refunds[number] = made
        return made


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Peer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.queries.append(self.path.partition("?")[2])
        if self.server.fires("timeout_before"):
            self.hang_up()
        elif self.server.fires("error_before"):
            self.send(503, b"upstream", "text/plain")
        elif self.server.fires("garbage"):
            self.send(
                200, b"<html><body>Welcome to the hospital WLAN, please accept the terms</body></html>", "text/html"
            )
        else:
            with self.server.lock:
                self.server.answer(self, body)

    def hang_up(self) -> None:
        """The connection goes away without an answer, as at the end of a time limit."""
        self.close_connection = True

    def reply(
        self, status: int, body: bytes, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        """The answer, unless a fault loses it after what was asked is done."""
        if self.server.fires("timeout_after"):
            self.hang_up()
        elif self.server.fires("error_after"):
            self.send(500, b"upstream", "text/plain")
        else:
            self.send(status, body, kind, headers)

    def send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def running(peer: Peer) -> Iterator[Peer]:
    thread = threading.Thread(target=peer.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.shutdown()
        thread.join()
        peer.server_close()


# --- Keys --------------------------------------------------------------------------------------------------------------
_made: dict[str, RSAPrivateKey] = {}


def rsa_key(name: str) -> RSAPrivateKey:
    """One key per name and test run: making one is slow."""
    if name not in _made:
        _made[name] = generate_private_key(public_exponent=65537, key_size=2048)
    return _made[name]


def private_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate(key: RSAPrivateKey, serial: int) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def in_shanghai(stamp: float) -> str:
    return datetime.datetime.fromtimestamp(stamp, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
