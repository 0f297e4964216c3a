"""What a journey needs: the site running on the test database, Chromium, and tabs of signed-in people."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from tests.journeys.browser import CHROMIUM, LANGUAGES, SIZES, Tab, chromium
from tests.outside import Outside
from tests.signin import sign_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM} (set CHROMIUM)")
    # Playwright's own event loop runs in this thread, and Django mistakes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium() as opened:
        yield opened
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_tab(browser: Browser, live_server: Any) -> Iterator[Callable[..., Tab]]:
    """`open_tab(user, size="phone", language="zh-hans", dark=False)`: a tab with its own cookies, signed in as `user`."""
    contexts = []

    def open_one(user: Any = None, *, size: str = "phone", language: str = "zh-hans", dark: bool = False) -> Tab:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=LANGUAGES[language],
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        if user is not None:
            client = sign_in(Client(), user)
            cookies = [
                {"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()
            ]
            context.add_cookies(cookies)  # type: ignore[arg-type]
        return Tab(context.new_page(), live_server.url, language)

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def world(outside: Outside, live_server: Any, settings: Any) -> Outside:
    """The sandbox's channel and custodian, which send the browser back to the site of this test."""
    settings.SITE_URL = live_server.url
    return outside
