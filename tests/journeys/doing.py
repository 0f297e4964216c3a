"""What people do in more than one journey."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from documents import files
from documents.models import Page
from tests import papers
from tests.accounts.codes import code_for
from tests.journeys.browser import Tab

OpenTab = Callable[..., Tab]
_seed = count(1000)


def draw_papers() -> None:
    """Builders make papers as rows only; a browser wants to see them."""
    picture = papers.jpeg(papers.paper(1, size=(310, 438)))
    for page in Page.objects.all():
        for size in files.SIZES:
            with suppress(FileExistsError):
                files.write(page.file, size, picture)


def drawn(folder: Path) -> Path:
    """A photo of a paper on somebody's phone: each one another paper."""
    number = next(_seed)
    path = folder / f"paper-{number}.jpg"
    path.write_bytes(papers.jpeg(papers.paper(number, size=(620, 877))))
    return path


def come_in(tab: Tab, phone: str) -> None:
    """Sign in by the code that comes by text message, from the page that asks for the number."""
    tab.at("Sign in")
    tab.write("Mobile phone number", phone.removeprefix("+86"))
    tab.press("Send me the code")
    tab.at("Enter the code")
    tab.page.locator("input[name=code]").fill(code_for(phone))
    tab.press("Continue")


def read_message(tab: Tab, title: Any, **values: Any) -> None:
    """From the inbox to what the message is about."""
    tab.open("/me/inbox/")
    tab.at("Messages")
    message = tab.page.locator(".notice-list li").filter(has_text=tab.words(title, **values)).first
    with tab.page.expect_navigation():
        message.get_by_role("button").click()


def take_case(tab: Tab) -> None:
    """From the staff's first page to the papers of the next case."""
    tab.open("/staff/")
    tab.at("Work")
    tab.press("Queue", tab.page.locator("main .grid"))
    tab.at("Review queue")
    tab.press("Take the next case")
    expect(tab.page.locator("form[data-audit]")).to_be_visible()
    tab.check()


def judge(tab: Tab, outcome: str, refused: dict[str, tuple[str, str]] | None = None) -> None:
    """Every fact verified but those in `refused` (code: reason and a word to the raiser); then the decision."""
    for name in tab.page.locator("input[name$=__result][value=verified]").evaluate_all(
        "all => all.map(one => one.name)"
    ):
        code = name.removesuffix("__result")
        field = lambda part, code=code: tab.page.locator(f"[name={code}__{part}]")  # noqa: E731
        if code in (refused or {}):
            reason, words = (refused or {})[code]
            tab.page.locator(f"input[name={name}][value=refused]").check()
            field("reason").select_option(reason)
            field("note").fill(words)
        else:
            tab.page.locator(f"input[name={name}][value=verified]").check()
            field("method").select_option("document")
    if tab.page.locator("input[name=public_order]").count():
        tab.page.locator("input[name=public_order][value=yes]").check()
    tab.page.locator(f"input[name=outcome][value={outcome}]").check()
    tab.press("Record my decision")
    tab.at("Review queue")
