"""WeChat's API on loopback: tokens that must be the present one, template messages, sign-in codes that work once."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

APP, SECRET = "wx-test", "wechat-secret"


class Wechat(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.errcode = 0
        self.token = "token-1"
        self.tokens_given = 0
        self.codes = {"good-code": "openid-lin"}
        self.sent: dict[str, dict[str, Any]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Wechat

    def do_GET(self) -> None:
        path, query = self._request()
        if path != "/sns/oauth2/access_token" or (query["appid"], query["secret"]) != (APP, SECRET):
            self._answer({"errcode": 40013})
            return
        openid = self.server.codes.pop(query["code"], None)
        self._answer({"openid": openid, "access_token": "x"} if openid else {"errcode": 40029})

    def do_POST(self) -> None:
        path, query = self._request()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if path == "/cgi-bin/stable_token":
            known = (body["appid"], body["secret"]) == (APP, SECRET)
            self.server.tokens_given += known
            self._answer({"access_token": self.server.token, "expires_in": 7200} if known else {"errcode": 40125})
        elif query["access_token"] != self.server.token:
            self._answer({"errcode": 40001})
        elif self.server.errcode:
            self._answer({"errcode": self.server.errcode})
        else:
            self.server.sent.setdefault(body["client_msg_id"], body)
            self._answer({"errcode": 0, "errmsg": "ok", "msgid": 4711})

    def _request(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, dict(parse_qsl(parts.query))

    def _answer(self, data: dict[str, Any]) -> None:
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def running() -> Iterator[Wechat]:
    peer = Wechat()
    thread = threading.Thread(target=peer.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield peer
    finally:
        peer.shutdown()
        thread.join()
        peer.server_close()
