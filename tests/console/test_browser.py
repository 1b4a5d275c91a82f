"""The console in a real browser: nobody is shut out by eyes, hands, screen, language or script."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import browser
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from console_visits import WORDS
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console_visits import Counter
    from playwright.sync_api import Browser, BrowserContext, Page

CODE: Final = "bolsa_familia-2026-11"
PAGES: Final = {
    "maker": (
        *("/", "/cycles", f"/cycles/{CODE}", f"/cycles/{CODE}/payments", "/households"),
        *(f"/cycles/{CODE}/payments/1?explained=1", f"/cycles/{CODE}/changes"),
        *(f"/cycles/{CODE}/approval", f"/cycles/{CODE}/proof", "/households/00000000018"),
        *(f"/exceptions?cycle={CODE}", "/exceptions/1", "/files", "/returns", "/suspense"),
        *("/files/PIXBANKBRL-20261109-0001", "/proofs", "/ledger/batches/62?account=2120"),
        *("/suspense?view=closed", "/ledger/batches/62/lines/1-1?account=2120"),
        *("/tiers", "/notices"),
        *("/suspense/1", "/ledger", "/ledger/accounts/2120", "/ledger/batches/3", "/programmes"),
        *("/programmes/bolsa_familia", "/feeds", "/feeds/5", "/calendar", "/controls"),
        *("/activity", "/me", "/help", "/search?q=x"),
    ),
    "liaison": ("/answers", "/answers/1"),
    "administrator": ("/people", "/people/maker", "/tiers", "/notices"),
}
PICTURES: Final = os.environ.get("CCT_PICTURES")
"""A folder for a picture of every page; unset: none are kept."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A Chromium, wherever it came from; closed with the module, for its event loop runs on."""
    which = browser.found()
    if which is None:
        pytest.skip("no Chromium: none is installed and `make browser` could not fetch one")
    with sync_playwright() as play:
        opened = play.chromium.launch(
            executable_path=which.path,
            args=[*which.arguments],
            env={**os.environ, **which.environment},
        )
        yield opened
        opened.close()


@contextmanager
def _served(counter: Counter) -> Iterator[str]:
    """Serve the console over real HTTP."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(counter.app, port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://localhost:{port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def address(closed: Counter) -> Iterator[str]:
    with _served(closed) as served:
        yield served


def _signed_in(context: BrowserContext, address: str, login: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#f-login", login)
    page.fill("#f-password", WORDS)
    page.click("main button")
    page.wait_for_url(f"{address}/")
    return page


@contextmanager
def _window(chromium: Browser, **how: Any) -> Iterator[BrowserContext]:
    context = chromium.new_context(**how)
    context.set_default_timeout(60_000)
    yield context
    context.close()


def _faults(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found.response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.fixture(scope="module")
def looked(chromium: Browser, address: str) -> dict[str, dict[str, Any]]:
    """What is wrong with each page: opened once, looked at by day and night, and made small."""
    found: dict[str, dict[str, Any]] = {"light": {}, "dark": {}, "683": {}, "320": {}}
    for login, paths in PAGES.items():
        with _window(chromium) as context:
            page = _signed_in(context, address, login)
            for path in paths:
                page.set_viewport_size({"width": 1366, "height": 768})
                page.goto(address + path)
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    if PICTURES:
                        name = re.sub(r"\W+", "_", f"{scheme}_{login}_{path}")
                        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
                    if faults := _faults(page):
                        found[scheme][f"{login} {path}"] = faults
                for width in (683, 320):
                    page.set_viewport_size({"width": width, "height": 384})
                    if (over := page.evaluate(_OVER)) > 0:
                        found[str(width)][f"{login} {path}"] = over
    return found


_OVER: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_out_who_cannot_see_well(
    looked: dict[str, dict[str, Any]], scheme: str
) -> None:
    assert looked[scheme] == {}


@pytest.mark.parametrize("width", ["683", "320"])
def test_no_page_scrolls_sideways_on_a_small_screen(
    looked: dict[str, dict[str, Any]], width: str
) -> None:
    assert looked[width] == {}


def _patiently(page: Page, wanted: str) -> None:
    """Wait until an act is done; work that takes longer than a moment has a page of its own."""
    for _ in range(60):
        page.wait_for_load_state()
        if page.locator(wanted).count():
            return
        if "/jobs/" in page.url and page.locator("text=Go on from here").count():
            page.click("text=Go on from here")
        else:
            page.wait_for_timeout(500)
            if "/jobs/" in page.url:
                page.reload()
    raise AssertionError(f"{wanted} did not come: {page.url}")


def _sign_the_list(page: Page, address: str, *, by_keys: bool) -> None:
    page.goto(f"{address}/cycles/{CODE}/approval")
    page.fill("#f-password", WORDS)
    if by_keys:
        page.keyboard.press("Enter")
    else:
        page.click("text=Approve R$ >> nth=-1")
    _patiently(page, "text=The money is not released yet.")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_list_is_submitted_and_signed(
    chromium: Browser, checked: Counter, *, script: bool
) -> None:
    with (
        _served(checked) as address,
        _window(chromium, java_script_enabled=script) as first,
        _window(chromium, java_script_enabled=script) as second,
    ):
        maker = _signed_in(first, address, "maker")
        maker.goto(f"{address}/cycles/{CODE}")
        maker.click("text=Submit R$")
        _patiently(maker, "text=is submitted")
        checker = _signed_in(second, address, "checker")
        _sign_the_list(checker, address, by_keys=script)
    assert checked.state(CODE) == "approved"


def test_everything_on_the_way_to_a_signature_is_reached_by_keys(
    chromium: Browser, address: str
) -> None:
    with _window(chromium) as context:
        page = _signed_in(context, address, "maker")
        page.goto(address + "/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("g")
        page.keyboard.press("c")
        page.wait_for_url(f"{address}/cycles")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/cycles/[a-z_]+-2026"))
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"


@pytest.mark.parametrize(
    ("language", "words"),
    [("hi", "आज"), ("pt", "Hoje"), ("es", "Hoy")],
)
def test_the_pages_speak_the_officers_language_and_the_moneys_country(
    chromium: Browser, address: str, language: str, words: str
) -> None:
    with _window(chromium) as context:
        page = _signed_in(context, address, "checker")
        page.goto(f"{address}/me")
        page.select_option("#f-language", language)
        page.click("form[action='/me/preferences'] button")
        page.goto(f"{address}/")
        assert words in page.inner_text("h1")
        assert page.get_attribute("html", "lang") == language
        page.goto(f"{address}/cycles/dilli_annashree-2026-11")
        sums = page.inner_text(".equation")
        assert re.search(r"\d,\d\d,\d\d\d\.\d\d|\d\d,\d\d\d\.\d\d", sums)
        page.goto(f"{address}/cycles/{CODE}")
        assert re.search(r"\d\.\d{3},\d\d", page.inner_text(".equation"))
        assert not _faults(page)
        page.goto(f"{address}/me")
        page.select_option("#f-language", "en")
        page.click("form[action='/me/preferences'] button")
