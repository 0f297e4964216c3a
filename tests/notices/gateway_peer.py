"""An SMS gateway on loopback that verifies every signature, signs its answers, and misbehaves on demand."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

APP, SECRET = "candor-test", b"a-secret-shared-with-the-gateway"


def sign(head: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(SECRET, head.encode() + body, hashlib.sha256).digest()).decode()


class Gateway(ThreadingHTTPServer):
    """`mode` says how it answers; `taken` is what it would have sent, by message number."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mode = "good"
        self.taken: dict[str, dict[str, str]] = {}
        self.requests = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """The other side hung up, as it should on a gateway that is too slow."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        self.server.requests += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mode = self.server.mode
        if not self._authentic(body):
            self._answer(401, {"error": "bad signature"})
            return
        if mode == "hang up":
            self.close_connection = True
            return
        if mode == "slow":
            time.sleep(1.5)
        if mode.isdigit():
            self._answer(int(mode), {"error": f"mode {mode}"})
            return
        message = json.loads(body)
        self.server.taken.setdefault(message["message_id"], message)
        if mode == "took it but failed":
            self._answer(500, {"error": "after taking it"})
            return
        if mode == "garbage":
            self._raw(200, b"<html>captive portal</html>")
            return
        if mode == "huge":
            self._raw(200, b"x" * 200_000)
            return
        if mode == "list":
            self._raw(200, b"[1, 2]")
            return
        self._answer(200, {"ref": f"gw-{message['message_id']}"}, forged=mode == "forged")

    def _authentic(self, body: bytes) -> bool:
        head = f"{self.headers['X-App']}\n{self.headers['X-Time']}\n{self.headers['X-Nonce']}\n"
        fresh = abs(time.time() - int(self.headers["X-Time"])) < 300
        return fresh and hmac.compare_digest(sign(head, body), self.headers["X-Signature"])

    def _answer(self, status: int, data: dict[str, str], *, forged: bool = False) -> None:
        self._raw(status, json.dumps(data).encode(), forged=forged)

    def _raw(self, status: int, body: bytes, *, forged: bool = False) -> None:
        moment = str(int(time.time()))
        signature = sign(f"{APP}\n{moment}\n{self.headers['X-Nonce']}\n", body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Time", moment)
        self.send_header("X-Signature", "Zm9yZ2Vk" if forged else signature)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def running() -> Iterator[Gateway]:
    gateway = Gateway()
    thread = threading.Thread(target=gateway.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        thread.join()
        gateway.server_close()
