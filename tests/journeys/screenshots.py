"""Pictures of every kind of page of a running demo, on a phone and a desktop, in both languages, as each role sees it.

    python -m tests.journeys.screenshots --base-url http://127.0.0.1:8000 --out var/screenshots [--role zhao] [--dark]

Signs in with the demo's password (and the authenticator code from the sandbox's aid page), walks by links, and names each
file by its address. Nothing is judged here: look at them.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, StorageState

from tests.journeys.browser import LANGUAGES, SIZES, Tab, chromium, tour

STRANGER = "stranger"
_STAFF = ("zhao", "qian", "zhou", "wu", "xu", "feng", "tang", "zheng", "cao", "jiang")
# Who looks, where the walk begins, and below which addresses it stays: the public pages are the stranger's.
WALKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    STRANGER: (("/", "/campaigns/", "/transparency/", "/help/", "/rules/", "/blacklist/", "/styleguide/"), ("/",)),
    "lin": (("/me/", "/raise/"), ("/me/", "/raise/", "/accounts/")),
    "chen": (("/me/",), ("/me/",)),
    **dict.fromkeys(_STAFF, (("/staff/",), ("/staff/",))),
}


def sign_in(browser: Browser, base_url: str, person: str) -> StorageState | None:
    """By e-mail and password, and by the second factor when it is asked for. Once per person: a code counts only once."""
    if person == STRANGER:
        return None
    with tab_of(browser, base_url, None) as tab:
        page = tab.page
        aid = page.request.get(f"{base_url}/sandbox/cast.json").json()
        known = next(row for row in aid["people"] if row["key"] == person)
        tab.open("/accounts/login/")
        page.locator("input[name=login]").fill(known["email"])
        page.locator("input[name=password]").fill(aid["password"])
        page.locator("main button[type=submit]").click()
        page.wait_for_load_state()
        if "/2fa/" in page.url:
            page.locator("input[name=code]").fill(known["totp"])
            page.locator("main button[type=submit]").first.click()
            page.wait_for_load_state()
        if "/accounts/" in page.url:
            raise SystemExit(f"{person} could not sign in: still at {page.url}")
        return page.context.storage_state()


@contextmanager
def tab_of(
    browser: Browser,
    base_url: str,
    state: StorageState | None,
    size: str = "desktop",
    language: str = "en",
    dark: bool = False,
) -> Iterator[Tab]:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=LANGUAGES[language],
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        storage_state=state,
    )
    yield Tab(context.new_page(), base_url, language)
    context.close()


def shoot(tab: Tab, person: str, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    starts, within = WALKS[person]
    for path in tour(tab, *starts, within=within):
        name = re.sub(r"[^\w-]+", "_", path.strip("/")) or "home"
        tab.page.screenshot(path=folder / f"{name[:80]}.png", full_page=True)
        count += 1
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=Path("var/screenshots"))
    parser.add_argument("--role", action="append", choices=list(WALKS), help="only this person (may be repeated)")
    parser.add_argument("--size", action="append", choices=list(SIZES))
    parser.add_argument("--language", action="append", choices=list(LANGUAGES))
    parser.add_argument("--dark", action="store_true")
    chosen = parser.parse_args()
    base_url = chosen.base_url.rstrip("/")
    with chromium() as browser:
        for person in chosen.role or WALKS:
            state = sign_in(browser, base_url, person)
            for size, language in product(chosen.size or SIZES, chosen.language or LANGUAGES):
                folder = chosen.out / f"{size}-{language}{'-dark' if chosen.dark else ''}" / person
                with tab_of(browser, base_url, state, size, language, chosen.dark) as tab:
                    sys.stdout.write(f"{folder}: {shoot(tab, person, folder)} pages\n")


if __name__ == "__main__":
    main()
