"""The shared parts in a real browser: every component, the help pages, the frame."""

from collections.abc import Callable

import pytest

from policy.help import PAGES
from tests.journeys.browser import LANGUAGES, SIZES, Tab, check_all

OpenTab = Callable[..., Tab]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_component_is_sound(open_tab: OpenTab, size: str, language: str, dark: bool) -> None:
    tab = open_tab(size=size, language=language, dark=dark)
    tab.open("/styleguide/")
    tab.check()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_the_help_pages_are_sound(open_tab: OpenTab, size: str, language: str) -> None:
    seen = check_all(open_tab(size=size, language=language), "/help/", within="/help/")
    assert len(seen) == len(PAGES)


def test_the_language_is_switched_on_any_page(open_tab: OpenTab) -> None:
    tab = open_tab()
    tab.open("/help/fees/")
    tab.page.get_by_role("button", name="English").click()
    assert tab.page.get_by_role("heading", level=1).inner_text() == "Fees"
    assert tab.page.url.endswith("/help/fees/")


def test_the_first_tab_key_leads_to_the_content(open_tab: OpenTab) -> None:
    tab = open_tab(language="en")
    tab.open("/help/")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab.page.keyboard.press("Enter")
    assert tab.page.evaluate("document.activeElement.id") == "main"


def test_small_helpers_of_the_script_work(open_tab: OpenTab) -> None:
    tab = open_tab(language="en")
    tab.open("/styleguide/")
    tab.page.get_by_role("button", name="¥50", exact=True).click()
    assert tab.page.get_by_role("textbox", name="Amount").first.input_value() == "50"
    assert tab.page.get_by_role("button", name="¥50", exact=True).get_attribute("aria-pressed") == "true"
    tab.page.get_by_role("button", name="Open a dialog").click()
    assert tab.page.get_by_role("dialog", name="A dialog").is_visible()
    tab.check()
    tab.page.get_by_role("button", name="Close").click()
    tab.page.get_by_text("Show it").click()
    assert tab.page.get_by_alt_text("The sign of Candor").last.is_visible()
    assert tab.page.locator("time[data-countdown]").nth(1).inner_text().startswith("28:")


def test_a_form_is_sent_once_however_often_it_is_pressed(open_tab: OpenTab) -> None:
    tab = open_tab(language="en")
    tab.open("/help/")
    sent: list[str] = []
    tab.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    tab.page.route("**/i18n/setlang/", lambda route: route.fulfill(status=204))
    button = tab.page.get_by_role("button", name="中文")
    with tab.page.expect_request("**/i18n/setlang/"):
        button.dblclick()
    tab.page.wait_for_timeout(200)
    assert len(sent) == 1
    assert button.is_disabled()
