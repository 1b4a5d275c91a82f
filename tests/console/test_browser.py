"""The console in a real browser: nobody is shut out by eyes, hands, screen, language or script."""

from __future__ import annotations

import itertools
import os
import re
import socket
import threading
import time
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import browser
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from console_visits import WORDS
from openid_door import Door
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console_visits import Counter
    from openid_provider import Provider
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
        *("/activity", "/me", "/help", "/search?q=x", "/payments/1", "/nowhere-at-all"),
        *("/cycles/dilli_annashree-2026-11", "/programmes/dilli_annashree"),
        *("/notices?counted=1", f"/cycles/{CODE}/payments?state=withheld", "/exceptions"),
    ),
    "liaison": ("/answers", "/answers/1", "/suspense/1"),
    "administrator": ("/people", "/people/maker", "/tiers", "/notices", "/activity?refused=1"),
    "analyst": ("/jobs/1", "/programmes/bolsa_familia"),
    "auditor": ("/ledger/batches/62", "/households", "/people/maker"),
    "nobody": ("/sign-in", "/sign-in?next=/cycles&ended=1", "/sign-in/openid/answers"),
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
def address(closed: Counter, running: Provider) -> Iterator[str]:
    """The console over a finished demo, where officers may have an account of the ministry too."""
    with _served(Door(closed, running).office) as served:
        yield served


@pytest.fixture(scope="module")
def tried(closed: Counter) -> str:
    """The page of a law that was tried, by the first job of the house."""
    analyst = closed.officer("analyst")
    law = resources.files("cct_engine.programmes").joinpath("bolsa_familia.yaml").read_bytes()
    page = "/programmes/bolsa_familia"
    analyst.see(page)
    fields = analyst.form(f"{page}/trials") | {"cycle": CODE}
    handed = {"file": ("law.yaml", law, "text/yaml")}
    analyst.page = analyst.client.post(f"{page}/trials", data=fields, files=handed)
    path = analyst.patiently().url.path
    assert path.startswith("/whatif/")
    return path


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


def _faults(page: Page, *rules: str) -> list[str]:
    """Return what axe finds serious, of all its rules or of some."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    found = Axe().run(page, options=options | ({"runOnly": [*rules]} if rules else {}))
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found.response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def _by_day_and_night(page: Page, name: str) -> Iterator[tuple[str, Any]]:
    """Look at a page in both themes; by night only its colours are others."""
    for scheme, rules in (("light", ()), ("dark", ("color-contrast", "link-in-text-block"))):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if PICTURES:
            picture = re.sub(r"\W+", "_", f"{scheme}_{name}")
            page.screenshot(path=Path(PICTURES) / f"{picture}.png", full_page=True)
        yield scheme, _faults(page, *rules)


def _made_small(page: Page) -> Iterator[tuple[str, Any]]:
    page.set_viewport_size({"width": 1024, "height": 768})
    yield "broken", page.evaluate(_BROKEN)
    for width in WIDTHS:
        page.set_viewport_size({"width": int(width), "height": 384})
        yield width, page.evaluate(_OVER)
        if width == ZOOMED:
            yield "broken", page.evaluate(_BROKEN)


def _printed(page: Page) -> Iterator[tuple[str, Any]]:
    page.set_viewport_size(_A4)
    page.emulate_media(media="print", color_scheme="light")
    yield "paper", page.evaluate(_OVER)
    yield "frame", page.locator(_FRAME).locator("visible=true").count()
    page.emulate_media(media="screen")


@pytest.fixture(scope="module")
def looked(chromium: Browser, address: str, tried: str) -> dict[str, dict[str, Any]]:
    """What is wrong with each page: opened once, seen by day and night, made small, printed."""
    names = ("light", "dark", *WIDTHS, "broken", "paper", "frame")
    found: dict[str, dict[str, Any]] = {name: {} for name in names}
    for login, paths in (PAGES | {"analyst": (*PAGES["analyst"], tried)}).items():
        with _window(chromium) as context:
            known = login != "nobody"
            page = _signed_in(context, address, login) if known else context.new_page()
            for path in paths:
                page.set_viewport_size({"width": 1366, "height": 768})
                page.goto(address + path)
                where = f"{login} {path}"
                views = (_by_day_and_night(page, where), _made_small(page), _printed(page))
                for name, fault in itertools.chain(*views):
                    if fault:
                        found[name][where] = fault
    return found


WIDTHS: Final = ("683", "640", "320")
ZOOMED: Final = "640"
"""CSS pixels that a screen of 1280 has at 200 %."""
_A4: Final = {"width": 703, "height": 1016}
"""CSS pixels of a sheet within its margins."""
_FRAME: Final = ".top, .rail, .menu, form.act, main button:not(.plain)"
_BROKEN: Final = """() => {
  const broken = [];
  const cells = document.querySelectorAll("main .wide td, main .wide th, main .name");
  for (const cell of [...cells].slice(0, 300)) {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.parentElement.closest("code, .digest, .hidden")) continue;
      for (const word of node.textContent.matchAll(/\\p{L}{3,}/gu)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
        if (lines.size > 1) broken.push(word[0]);
      }
    }
  }
  return broken.slice(0, 3);
}"""
"""Words of tables and of a cycle's steps that stand on more than one line."""
_OVER: Final = (
    "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_out_who_cannot_see_well(
    looked: dict[str, dict[str, Any]], scheme: str
) -> None:
    assert looked[scheme] == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways_on_a_small_screen(
    looked: dict[str, dict[str, Any]], width: str
) -> None:
    assert looked[width] == {}


def test_no_word_is_broken_on_a_laptop_or_at_200_per_cent(
    looked: dict[str, dict[str, Any]],
) -> None:
    assert looked["broken"] == {}


def test_a_printed_page_loses_no_column_and_has_no_frame(looked: dict[str, dict[str, Any]]) -> None:
    assert looked["paper"] == {}
    assert looked["frame"] == {}


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


def _tab_to(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.outerHTML").split(">")[0] or name == (
            page.evaluate("document.activeElement.innerText")
        ):
            return
    raise AssertionError(f"no way to {name} by keys on {page.url}")


def test_an_account_is_bound_and_its_binding_ended_by_keys_alone(
    chromium: Browser, address: str
) -> None:
    with _window(chromium) as context:
        page = _signed_in(context, address, "administrator")
        page.goto(f"{address}/people/second")
        _tab_to(page, 'id="f-account"')
        page.keyboard.type("9f1c2b7e-by-keys")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=End the binding")
        assert "9f1c2b7e" not in page.content()
        _tab_to(page, "End the binding")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Bind the account")


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
