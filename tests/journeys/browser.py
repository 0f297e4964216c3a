"""Real Chromium, driven as a person would, and what every page of the house must satisfy in it.

`Tab.check()` is the judge: axe finds nothing, nothing is wider than the screen, the console is silent, no template syntax
and no English sentence slipped into a Chinese page.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polib
from axe_playwright_python.sync_playwright import Axe
from django.utils.translation import gettext, override
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

SIZES = {"phone": (375, 812), "desktop": (1440, 900)}
LANGUAGES = {"zh-hans": "zh-CN", "en": "en-GB"}

# Numbers and codes in an address: pages that differ only there are one page to look at.
_NUMBERED = re.compile(r"/(?:\d+|[a-z_]+\.[a-z_]+|[A-HJ-NP-Z2-9]{8}|[0-9a-f-]{32,36})(?=/|$)")
# What a walk must not press: it would sign out, download a file, or leave for a machine's page.
_NOT_WALKED = re.compile(
    r"^/(?:accounts/logout|api|admin|i18n|static|documents/file|hooks)|\.(?:csv|json|pdf|zip|txt|xlsx|py)$"
)

_TEXTS = """() => {
  const seen = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const foreign = (element) => (element.closest('[lang]')?.lang ?? '').startsWith('en');
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent || foreign(parent) || ['SCRIPT', 'STYLE', 'CODE', 'PRE'].includes(parent.tagName)) continue;
    const text = walker.currentNode.textContent.replace(/\\s+/g, ' ').trim();
    if (text) seen.push(text);
  }
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [alt], [title]')) {
    if (foreign(element)) continue;
    for (const name of ['aria-label', 'placeholder', 'alt', 'title']) {
      const text = element.getAttribute(name)?.replace(/\\s+/g, ' ').trim();
      if (text) seen.push(text);
    }
  }
  return seen;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Tab:
    """One tab of one person: a page, and what went wrong in it so far."""

    page: Page
    base_url: str
    language: str
    faults: list[str] = field(default_factory=list)
    expected: tuple[int, ...] = ()  # statuses of answers that this journey provokes on purpose

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status} at {response.url}")

    def open(self, path: str) -> bool:
        """Go there; whether what came is a page (and not a picture or a file)."""
        answer = self.page.goto(path if path.startswith("http") else self.base_url + path)
        return answer is not None and "text/html" in answer.headers.get("content-type", "")

    # --- what a person does: everything is found by the words that stand on the page, in the language of the tab ---------
    def words(self, text: Any, **values: Any) -> str:
        """An English source string, or a lazy one, as this tab's reader sees it."""
        with override(self.language):
            said = gettext(text) if isinstance(text, str) else str(text)
        return said % values if values else said

    def at(self, heading: Any, **values: Any) -> None:
        """The tab stands on the page with this first heading, and the page is sound."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words(heading, **values))
        self.check()

    def sees(self, text: Any, **values: Any) -> None:
        expect(self.page.get_by_text(self.words(text, **values)).first).to_be_visible()

    def sees_not(self, text: Any, **values: Any) -> None:
        expect(self.page.get_by_text(self.words(text, **values))).to_have_count(0)

    def button(self, text: Any, within: Locator | None = None) -> Locator:
        """A button, or a link that people take for one."""
        scope, name = within or self.page, self.words(text)
        return scope.get_by_role("button", name=name, exact=True).or_(scope.get_by_role("link", name=name, exact=True))

    def press(self, text: Any, within: Locator | None = None) -> None:
        """Press what leads to another page, and wait until it is there."""
        with self.page.expect_navigation():
            self.button(text, within).first.click()

    def field(self, label: Any, within: Locator | None = None) -> Locator:
        """The input below this label, whether it says that it is optional or not."""
        named = re.compile(rf"^\s*{re.escape(self.words(label))}(\s*{re.escape(self.words('(optional)'))})?\s*$")
        scope = within or self.page
        # A tick carries its hint inside the label.
        tick = scope.locator(".tick", has_text=self.words(label)).get_by_role("checkbox")
        return scope.get_by_label(named).or_(tick).first

    def write(self, label: Any, text: str, within: Locator | None = None) -> None:
        self.field(label, within).fill(text)

    def choose(self, label: Any, within: Locator | None = None) -> None:
        """One of several answers, or a tick."""
        self.field(label, within).check()

    def select(self, label: Any, option: Any, within: Locator | None = None) -> None:
        self.field(label, within).select_option(label=self.words(option))

    def card(self, heading: Any) -> Locator:
        """The card with this heading."""
        name = self.words(heading)
        return self.page.locator(".card").filter(has=self.page.get_by_role("heading", name=name, exact=True))

    def attach(self, label: Any, path: Path, within: Locator | None = None) -> None:
        """Choose a file for a field that sends it at once, and wait for its thumbnail."""
        zone = self.field(label, within).locator("xpath=ancestor::div[@class='papers']")
        newest = zone.locator("li input")
        before = newest.last.input_value() if newest.count() else ""
        self.field(label, within).set_input_files(path)
        expect(newest.last).not_to_have_value(before)

    def check(self) -> None:
        """Raises AssertionError with everything that is wrong with the page as it stands."""
        found = [*self.faults, *self._overflow(), *self._leaked(), *self._axe()]
        self.faults.clear()
        assert not found, f"{self.page.url} ({self.page.viewport_size}, {self.language}):\n  " + "\n  ".join(found)

    def _overflow(self) -> list[str]:
        wider = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return [f"{wider} px wider than the screen"] if wider > 0 else []

    def _leaked(self) -> list[str]:
        texts: list[str] = self.page.evaluate(_TEXTS)
        found = [f"template syntax: {text[:80]}" for text in texts if "{%" in text or "{{" in text or "<c-" in text]
        if self.language == "zh-hans":
            found += [f"not translated: {text[:80]}" for text in texts if text in _english()]
        return found

    def _axe(self) -> list[str]:
        # Axe measures colours: let what fades in be there.
        self.page.evaluate(
            "Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => 0)))"
        )
        violations = Axe().run(self.page).response["violations"]
        return [
            f"axe {violation['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
            for violation in violations
            for node in violation["nodes"]
        ]


@cache
def _english() -> frozenset[str]:
    """Source strings that have a Chinese of their own: none of them may stand on a Chinese page."""
    found = set()
    for path in [*ROOT.glob("*/locale/zh_Hans/LC_MESSAGES/*.po"), *ROOT.glob("*/*/locale/zh_Hans/LC_MESSAGES/*.po")]:
        for entry in polib.pofile(str(path)):
            if entry.msgstr and entry.msgstr != entry.msgid and "%(" not in entry.msgid:
                found.add(entry.msgid)
    return frozenset(found)


def tour(tab: Tab, *starts: str, within: str | tuple[str, ...] = "/", limit: int = 80) -> Iterator[str]:
    """Walk by links from `starts`, staying below `within`: yields the path of each page of a new kind, once, with the tab
    standing on it."""
    waiting, seen = list(starts), set()
    while waiting and len(seen) < limit:
        path = waiting.pop(0)
        kind = _NUMBERED.sub("/*", urlsplit(path).path)
        if kind in seen:
            continue
        seen.add(kind)
        if not tab.open(path):
            tab.faults.clear()
            continue
        yield path
        links: list[str] = tab.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        for link in links:
            parts = urlsplit(link)
            ours = f"{parts.scheme}://{parts.netloc}" == tab.base_url and parts.path.startswith(within)
            if ours and not _NOT_WALKED.search(parts.path):
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))


def check_all(tab: Tab, *starts: str, within: str | tuple[str, ...] = "/", limit: int = 80) -> list[str]:
    """Walk and check every page; raises AssertionError with the faults of all of them together. Returns what was seen."""
    seen, found = [], []
    for path in tour(tab, *starts, within=within, limit=limit):
        seen.append(path)
        try:
            tab.check()
        except AssertionError as error:
            found.append(str(error))
    assert not found, "\n".join(found)
    return seen
