"""A person with an app: signs in by phone code as anybody would, and speaks REST."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

TIMEOUT = (3, 20)


class Broken(Exception):
    """The story cannot go on: what was asked, what came back."""


@dataclass
class Person:
    """One signed-in person of the story against the Candor at `base_url`."""

    base_url: str
    name: str
    phone: str
    http: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, *, expect: tuple[int, ...] = (200, 201), **more: Any) -> Any:
        """One request; the decoded JSON of the answer. Raises Broken for any other status than `expect`."""
        answer = self.http.request(method, self.base_url + path, timeout=TIMEOUT, **more)
        if answer.status_code not in expect:
            raise Broken(f"{self.name}: {method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text

    def get(self, path: str, **more: Any) -> Any:
        return self.ask("GET", f"/api/v1{path}", **more)

    def post(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.ask("POST", f"/api/v1{path}", json=body or {}, **more)

    def upload(self, kind: str, data: bytes, name: str = "paper.jpg") -> int:
        """Upload one document; its id."""
        files = {"file": (name, data, "image/jpeg")}
        return int(self.ask("POST", "/api/v1/documents/", data={"kind": kind}, files=files)["id"])

    def sign_in(self) -> None:
        """By phone code, and by the second factor where the person works here. New people sign up first."""
        auth = "/_allauth/app/v1/auth"
        started = datetime.now(UTC)
        asked = self.ask("POST", f"{auth}/code/request", json={"phone": self.phone}, expect=(401,))
        self._keep_session(asked)
        given = self.ask("POST", f"{auth}/code/confirm", json={"code": self._code(started)}, expect=(200, 401))
        self._keep_session(given)
        waiting = {flow["id"] for flow in given.get("data", {}).get("flows", []) if flow.get("is_pending")}
        if "mfa_authenticate" in waiting:
            given = self.ask("POST", f"{auth}/2fa/authenticate", json={"code": self._authenticator_code()})
            self._keep_session(given)
        if not given.get("meta", {}).get("is_authenticated"):
            raise Broken(f"{self.name} could not sign in: {given}")

    def _keep_session(self, answer: dict[str, Any]) -> None:
        token = answer.get("meta", {}).get("session_token")
        if token:
            self.http.headers["X-Session-Token"] = token

    def _code(self, since: datetime) -> str:
        """The code from the sandbox's outbox of text messages; a worker sends it, so it may take a moment."""

        def newest() -> str:
            sent = self.ask("GET", "/sandbox/outbox.json", params={"phone": self.phone})["messages"]
            return next((row["code"] for row in sent if row["code"] and datetime.fromisoformat(row["at"]) >= since), "")

        return str(wait_for(f"a text message with a code for {self.name}", newest))

    def _authenticator_code(self) -> str:
        """What the authenticator app of a member of the demo's staff shows now."""
        people = self.ask("GET", "/sandbox/cast.json")["people"]
        return str(next(row["totp"] for row in people if row["phone"] == self.phone))


def wait_for(what: str, look: Any, *, seconds: float = 60) -> Any:
    """Ask until `look()` gives something true: the platform works in the background. Raises Broken when it never does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise Broken(f"waited {seconds:.0f} s in vain: {what}")
