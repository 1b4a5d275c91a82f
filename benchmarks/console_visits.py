"""Officers at the console, in a process of their own: signs in, walks, times, and tells as JSON.

Started by ``benchmarks.console``: a plan comes by standard input, what was measured goes to
standard output. Connections are kept alive and answers are not looked into, so that the client
takes little from the two processors it shares with the server.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import urlencode

__all__ = ["Answer"]

_HIDDEN = re.compile(rb'<input type="hidden" name="(\w+)" value="([^"]*)"')
_DURATION = re.compile(r"dur=([\d.]+)")


class Answer(NamedTuple):
    """One request: the page, what the server and the visitor measured, how much came.

    ``is_first``: nobody had asked this process for the page before.
    """

    page: str
    server_ms: float
    client_ms: float
    byte_count: int
    is_first: bool = False


class Officer:
    """A browser: one connection, its cookies."""

    def __init__(self, port: int) -> None:
        self.wire = http.client.HTTPConnection("127.0.0.1", port, timeout=1_800)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[Any, bytes]:
        """Return the answer and its body; redirections are answers."""
        headers = {"cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if form is not None:
            body, headers["content-type"] = urlencode(form), "application/x-www-form-urlencoded"
        try:
            self.wire.request(method, path, body=body, headers=headers)
            answer = self.wire.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError):  # kept alive for too long
            self.wire.close()
            self.wire.request(method, path, body=body, headers=headers)
            answer = self.wire.getresponse()
        text = answer.read()
        for said in answer.headers.get_all("set-cookie") or ():
            name, _, value = said.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer, text

    def form(self, path: str) -> dict[str, str]:
        """Return the hidden fields of the forms of a page."""
        _, text = self.ask("GET", path)
        return {name.decode(): value.decode() for name, value in _HIDDEN.findall(text)}

    def sign_in(self, login: str, password: str) -> None:
        """Sign in; raises ``RuntimeError`` where the password is not taken."""
        form = self.form("/sign-in") | {"login": login, "password": password}
        answer, _ = self.ask("POST", "/sign-in", form)
        if answer.status != 303 or "sign-in" in (answer.headers["location"] or ""):
            raise RuntimeError(f"{login} was not let in: {answer.status}")

    def visit(self, page: str, rng: random.Random, places: list[str]) -> Answer:
        """Open one of a page's addresses, or look a name up by the form that stands there."""
        path, form = rng.choice(places), None
        if page.startswith("POST "):
            asked, path = path, page.partition(" ")[2]
            form = self.form("/households") | {"asked": asked}
        started = time.perf_counter()
        answer, text = self.ask("GET" if form is None else "POST", path, form)
        seconds = time.perf_counter() - started
        if answer.status not in {200, 303}:
            raise RuntimeError(f"{path} answered {answer.status}")
        timing = _DURATION.search(answer.headers["server-timing"] or "")
        server_ms = float(timing.group(1)) if timing else 0.0
        return Answer(page, server_ms, seconds * 1000, len(text))


def walked(plan: dict[str, Any]) -> list[Answer]:
    """Let every officer walk through the pages at their own pace, each in another order."""
    officers = [_arrived(plan, number) for number in range(plan["officers"])]
    answers, known = [], set()
    for login, pages in plan["pages"].items():  # each page once, so that nothing starts cold
        first = next(one for one, of in officers if of is pages)
        for page, places in pages.items():
            warm = first.visit(page, random.Random(login), places[:1])
            if page not in known:
                answers.append(warm._replace(is_first=True))
                known.add(page)
    with ThreadPoolExecutor(len(officers)) as walking:
        walks = [
            walking.submit(_walk, plan, officer, pages, seed)
            for seed, (officer, pages) in enumerate(officers)
        ]
        return answers + [answer for walk in walks for answer in walk.result()]


def _arrived(plan: dict[str, Any], number: int) -> tuple[Officer, dict[str, list[str]]]:
    login = plan["logins"][number % len(plan["logins"])]
    officer = Officer(plan["port"])
    officer.sign_in(login, plan["password"])
    return officer, plan["pages"][login]


def _walk(
    plan: dict[str, Any], officer: Officer, pages: dict[str, list[str]], seed: int
) -> list[Answer]:
    rng = random.Random(seed)
    answers = []
    for _ in range(plan["rounds"]):
        for page in rng.sample(sorted(pages), len(pages)):
            time.sleep(rng.uniform(*plan["pause_seconds"]))
            answers.append(officer.visit(page, rng, pages[page]))
    return answers


if __name__ == "__main__":
    json.dump(walked(json.load(sys.stdin)), sys.stdout)
