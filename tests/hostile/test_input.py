"""Huge and broken input in every field of every form, and in every query: a clear answer, never a 500.

The forms are found by walking the pages as the people who may see them, so that a new form is tested without being named here.
"""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from tests.hostile.routes import routes, things
from tests.hostile.test_access import LET_IN, address
from tests.hostile.world import World
from tests.invariants import broken
from tests.invariants.sentences import BOOKS, EVERYWHERE
from tests.invariants.words import spoken
from tests.signin import sign_in

POISON = {
    "nothing": "",
    "long": "长" * 20_000,
    "nul": "a\x00b",
    "emoji": "🎗️👩‍👩‍👧‍👦\u202e\ufeff\u0301" * 5,
    "negative": "-5",
    "huge": "1" + "0" * 20,
    "digits of elsewhere": "²३٤",
    "no date": "2026-02-31",
    "markup": "<script>alert(1)</script>'\"; DROP TABLE",
}
QUERIES = (
    "page",
    "page_size",
    "q",
    "status",
    "kind",
    "next",
    "n",
    "sort",
    "disease",
    "province",
    "phone",
    "ref",
    "chosen",
    "state",
    "band",
)


class Forms(HTMLParser):
    """The forms of one page: action, method and the names of their fields, with what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "form":
            self.found.append(
                {"action": values.get("action") or "", "method": (values.get("method") or "get"), "fields": {}}
            )
        elif tag in ("input", "textarea", "select", "button") and values.get("name") and self.found:
            self.found[-1]["fields"][values["name"]] = values.get("value") or ""


def pages(cast: Any, world: World) -> dict[str, list[str]]:
    """Who opens which pages: every address that the URLconf has, for somebody who is let in."""
    known = things(cast, world)
    found: dict[str, list[str]] = {}
    for route in routes():
        who = LET_IN.get(route.name, ["lin"])[0]
        found.setdefault(who, []).append(address(route, known[route.name]))
    for step in (
        "relation",
        "you",
        "patient",
        "illness",
        "hospital",
        "costs",
        "cover",
        "title",
        "story-who",
        "means-houses",
        "payee",
    ):
        found["lin"].append(f"/raise/{world.draft.code}/{step}/")
    return found


def plain_pages() -> list[str]:
    """Addresses that take nothing: lists, searches, settings, sign-in."""
    from tests.hostile.routes import _walk

    skipped = ("admin/", "_allauth/", "api/", "accounts/logout")
    patterns = [route.pattern for route in _walk(get_resolver(), "", "") if not route.converters]
    return ["/" + pattern.replace("^", "").replace("$", "") for pattern in patterns if not pattern.startswith(skipped)]


class Asker:
    def __init__(self, cast: Any) -> None:
        self.cast, self.clients, self.faults = cast, {"": Client(raise_request_exception=False)}, set()

    def client(self, who: str) -> Client:
        if who not in self.clients:
            self.clients[who] = sign_in(Client(raise_request_exception=False), getattr(self.cast, who))
        return self.clients[who]

    def ask(self, who: str, method: str, url: str, data: dict[str, Any], what: str) -> Any:
        """Ask, undo whatever it did, and remember what must not be."""
        cache.clear()
        client = self.client(who)  # signs in before, so that the session stays
        with transaction.atomic():
            answer = getattr(client, method)(url, data)
            if method == "post" and answer.status_code in (201, 302):
                self.faults |= {f"{url} {what}: {sentence}" for sentence in broken(*EVERYWHERE, *BOOKS[:4])}
            transaction.set_rollback(True)
        b"".join(answer.streaming_content if answer.streaming else ())  # so that a file that is sent is closed
        if answer.status_code >= 500:
            self.faults.add(f"{method} {url} as {who or 'nobody'} with {what}: {answer.status_code}")
        return answer


@pytest.mark.django_db
def test_no_form_answers_500_to_anything(cast: Any) -> None:
    with spoken() as words:
        world = World.build(cast, words)
        asker, tried = Asker(cast), set()
        everything = pages(cast, world)
        for who in ("lin", "zhao", "zhou", "wu", "feng"):
            everything.setdefault(who, []).extend(plain_pages())
        opened = set()
        for who, urls in everything.items():
            for url in urls:
                if url in opened:
                    continue
                page = asker.ask(who, "get", url, {}, "nothing")
                if page.status_code != 200 or "text/html" not in page.headers.get("Content-Type", ""):
                    continue
                opened.add(url)
                forms = Forms()
                forms.feed(page.content.decode())
                for form in forms.found:
                    target = form["action"].partition("?")[0] or url
                    key = (target, tuple(sorted(form["fields"])))
                    if key in tried or not target.startswith("/") or "logout" in target:
                        continue
                    tried.add(key)
                    for what, poison in POISON.items():
                        data = {name: poison for name in form["fields"] if not name.startswith("csrf")}
                        data |= {name: "3" for name in data if name.endswith("-TOTAL_FORMS")}
                        asker.ask(who, form["method"].lower(), target, data, what)
    assert len(tried) > 60
    assert "\n".join(sorted(asker.faults)) == ""


@pytest.mark.django_db
def test_one_broken_field_among_good_ones_is_answered_too(cast: Any) -> None:
    """What passes the first look of a form reaches the services: money, reports, objections, withdrawals."""
    with spoken() as words:
        world = World.build(cast, words)
        asker = Asker(cast)
        code = world.campaign.code
        bill = str(world.notice.bills.get().pk)
        forms: list[tuple[str, str, dict[str, Any]]] = [
            ("chen", f"/c/{code}/donate/", {
                "amount": "50", "tip": "", "channel": "sandbox", "key": "k" * 32, "message": "加油",
            }),
            ("lin", f"/me/campaigns/{code}/withdraw/", {
                "amount": "10", "purpose": "surgery", "explanation": "押金", "bills": bill, "key": "k" * 32,
            }),
            ("", f"/c/{code}/notice/{world.notice.pk}/object/", {"text": "我在别处见过这张单据。", "contact": ""}),
            ("", f"/report/campaign/{code}/", {
                "category": "assets", "text": "他家在老城还有一间铺面出租。", "good_faith": "on", "form_key": "k" * 32,
            }),
            ("lin", f"/me/obligations/{world.duty.pk}/", {
                "note": "", "key": "k" * 32, "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
                "lines-0-code": "13990126", "lines-0-number": "00000007", "lines-0-issued_on": "2026-11-01",
                "lines-0-amount": "10", "lines-0-issuer": "医院", "lines-0-document": bill,
            }),
            ("lin", f"/me/campaigns/{code}/update/", {"text": "今天化疗。", "kind": "progress", "key": "k" * 32}),
            ("lin", f"/raise/{world.draft.code}/you/", {
                "name": "林晓梅", "id_number": "11010519491231002X", "agreed": "on",
            }),
        ]  # fmt: skip
        for who, url, good in forms:
            for name in good:
                for what, poison in POISON.items():
                    asker.ask(who, "post", url, {**good, name: poison}, f"{what} in {name}")
    assert "\n".join(sorted(asker.faults)) == ""


@pytest.mark.django_db
def test_no_query_answers_500(cast: Any) -> None:
    with spoken() as words:
        world = World.build(cast, words)
        asker = Asker(cast)
        lists = [
            *plain_pages(),
            f"/c/{world.campaign.code}/gifts/",
            "/api/v1/hospitals/",
            "/api/v1/campaigns/",
            "/api/v1/blacklist/",
        ]
        tried, bad = set(), ("nul", "huge", "digits of elsewhere", "long", "negative")
        for who in ("", "lin", "zhao", "zhou", "wu", "feng"):
            for url in lists:
                if url in tried or asker.ask(who, "get", url, {}, "nothing").status_code != 200:
                    continue
                tried.add(url)
                for turn in range(2):
                    given = {name: POISON[bad[(place + turn) % len(bad)]][:3000] for place, name in enumerate(QUERIES)}
                    asker.ask(who, "get", url, given, f"turn {turn}")
        for what, poison in POISON.items():
            for name in QUERIES:
                asker.ask("lin", "get", f"/me/obligations/{world.duty.pk}/", {name: poison[:3000]}, what)
    assert "\n".join(sorted(asker.faults)) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["nul", "long", "emoji"])
def test_buttons_with_one_field_are_answered_too(cast: Any, what: str) -> None:
    """Forms so small that no Form class reads them, and that a page shows in one state only."""
    with spoken() as words:
        known = things(cast, World.build(cast, words))
        asker = Asker(cast)
        for route in routes():
            who = LET_IN.get(route.name, [""])[0]
            url = address(route, known[route.name])
            if not url.startswith("/api/"):
                fields = ("text", "reason", "q", "note", "expression", "purpose", "answer", "finding", "back", "next")
                asker.ask(who, "post", url, dict.fromkeys(fields, POISON[what]), what)
    assert "\n".join(sorted(asker.faults)) == ""
