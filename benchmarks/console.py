"""The console under twenty officers at once: real HTTP, a server process of its own, old books.

The demo plays three months of two programmes over n households; the lists of its months are then
copied backwards, set by set, until each programme has 36 cycles. Twenty officers sign in and walk
through the pages with a second between two of them; what is timed is the whole request, queueing
included. A page's row says the 95th percentile; ``console.json`` beside the results has all. Run it
alone: ``python -m benchmarks.console 10000``; the demo before it takes a minute for 3,000 families.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx2
import psycopg

from cct_engine.database import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["run"]

CYCLES: Final = 36
OFFICERS: Final = 20
ROUNDS: Final = 4
PAUSE_SECONDS: Final = (0.5, 1.5)
PAGE_MS: Final = 200
SEARCH_MS: Final = 300
PAGE_KB: Final = 150
_LOGINS: Final = ("maker", "checker", "liaison", "auditor", "analyst")
_LIST: Final = "/cycles/bolsa_familia-2026-11/payments"
PAGES: Final = {
    "maker": (
        *("/", "/cycles", "/cycles/bolsa_familia-2026-11", _LIST, f"{_LIST}?state=held"),
        *(f"{_LIST}?difference=new", f"{_LIST}?q=00000000018", f"{_LIST}?component=BRC"),
        *("/households", "/households/00000000018", "/exceptions", "/files", "/returns"),
        *("/suspense", "/feeds", "/calendar", "/controls", "/programmes/bolsa_familia"),
    ),
    "checker": (
        *("/", "/cycles/bolsa_familia-2026-11/approval", "/cycles/bolsa_familia-2026-11/changes"),
        *("/cycles/bolsa_familia-2026-11/proof", "/proofs", f"{_LIST}/1"),
    ),
    "liaison": ("/", "/answers", "/answers/1", "/suspense", "/files/PIXBANKBRL-20261109-0001"),
    "auditor": (
        *("/", "/ledger", "/ledger/accounts/2120", "/ledger/accounts/1010", "/ledger/batches/4"),
        *("/activity", "/people", "/controls"),
    ),
    "analyst": ("/", "/programmes", "/programmes/dilli_annashree", "/feeds", "/help"),
}


class Answer(NamedTuple):
    """One request: the page, how long it took, how much came."""

    page: str
    seconds: float
    byte_count: int


def run(n: int) -> list[dict[str, Any]]:
    """Play, age, serve and visit; one row for each page, the slowest first."""
    with tempfile.TemporaryDirectory(prefix="cct-console-") as folder:
        home = Path(folder)
        environment = {**os.environ, "CCT_HOME": str(home), "CCT_LOG_LEVEL": "warning"}
        cct = str(Path(sys.executable).with_name("cct"))
        subprocess.run(
            [cct, "demo", "--households", str(n)], env=environment, check=True, capture_output=True
        )
        with embedded.running(home) as server:
            _age(server.url("demo", role="postgres").replace("+psycopg", ""))
            with _served(cct, environment) as (address, password):
                answers = _visited(address, password)
    return _rows(answers, n)


def _age(url: str) -> None:
    """Copy the demo's cycles backwards, three months at a time, with their lists."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        known = connection.execute(
            "SELECT cycle_id, code, period FROM cycle.cycle ORDER BY period DESC, cycle_id"
        ).fetchall()
        newest = max(cycle_id for cycle_id, _, _ in known)
        for times in range(1, CYCLES // 3):
            for cycle_id, code, period in known:
                newest += 1
                months = period.year * 12 + period.month - 1 - 3 * times
                first = period.replace(year=months // 12, month=months % 12 + 1)
                said = {
                    "cycle_id": newest,
                    "code": f"{code[:-7]}{first:%Y-%m}",
                    "period": str(first),
                }
                connection.execute("SELECT cycle.open_partitions(%s)", (newest,))
                for table, of in (
                    ("cycle", said),
                    ("household_result", {"cycle_id": newest}),
                    ("entitlement_line", {"cycle_id": newest}),
                ):
                    connection.execute(
                        f"INSERT INTO cycle.{table} SELECT (jsonb_populate_record(t, %s)).* "
                        f"FROM cycle.{table} t WHERE cycle_id = %s",
                        (json.dumps(of), cycle_id),
                    )
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")


@contextmanager
def _served(cct: str, environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = subprocess.Popen(
        [cct, "--demo", "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address, said = f"http://127.0.0.1:{port}", ""
    assert served.stdout is not None
    while "listens" not in said:
        line = served.stdout.readline()
        if not line:
            raise RuntimeError(f"The console did not start: {said}")
        said += line
    password = re.search(r"of this run is (\S+)", said)
    if password is None:
        raise RuntimeError(f"No password was said: {said}")
    threading.Thread(target=served.stdout.read, daemon=True).start()
    try:
        _wait(address)
        yield address, password.group(1)
    finally:
        served.terminate()
        served.wait(timeout=30)


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            if httpx2.get(f"{address}/health", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    raise RuntimeError("The console does not answer.")


def _visited(address: str, password: str) -> list[Answer]:
    """Let every officer walk through the pages at their own pace, each in another order."""
    answers: list[Answer] = []
    clients = [_signed_in(address, _LOGINS[n % len(_LOGINS)], password) for n in range(OFFICERS)]
    for login, client in dict(clients).items():  # each page once, so that nothing starts cold
        for page in PAGES[login]:
            client.get(page)
    threads = [
        threading.Thread(target=_walk, args=(client, PAGES[login], answers, number))
        for number, (login, client) in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _walk(client: httpx2.Client, pages: tuple[str, ...], answers: list[Answer], seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(ROUNDS):
        for page in rng.sample(pages, len(pages)):
            time.sleep(rng.uniform(*PAUSE_SECONDS))
            started = time.perf_counter()
            answer = client.get(page)
            seconds = time.perf_counter() - started
            if answer.status_code != 200:
                raise RuntimeError(f"{page} answered {answer.status_code}")
            answers.append(Answer(page, seconds, len(answer.content)))


def _signed_in(address: str, login: str, password: str) -> tuple[str, httpx2.Client]:
    client = httpx2.Client(base_url=address, follow_redirects=True, timeout=60)
    form = dict(
        re.findall(
            r'<input type="hidden" name="(\w+)" value="([^"]*)"', client.get("/sign-in").text
        )
    )
    client.post("/sign-in", data=form | {"login": login, "password": password})
    return login, client


def _rows(answers: list[Answer], n: int) -> list[dict[str, Any]]:
    rows = []
    for page in sorted({one.page for one in answers}):
        times = sorted(one.seconds for one in answers if one.page == page)
        late = times[min(int(len(times) * 0.95), len(times) - 1)]
        limit = SEARCH_MS if page.startswith(_LIST) else PAGE_MS
        weight = max(one.byte_count for one in answers if one.page == page) / 1024
        rows.append(
            {
                "step": f"console {page}",
                "n": n,
                "seconds": late,
                "per_second": 1 / late,
                "requests": len(times),
                "median_ms": round(statistics.median(times) * 1000, 1),
                "p95_ms": round(late * 1000, 1),
                "limit_ms": limit,
                "kilobytes": round(weight, 1),
                "holds": late * 1000 < limit and weight < PAGE_KB,
            }
        )
    return sorted(rows, key=lambda row: -row["seconds"])


def main() -> None:
    """Print the load table for a number of households."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows = run(n)
    for row in rows:
        mark = "holds" if row["holds"] else "TOO SLOW OR HEAVY"
        print(
            f"{row['p95_ms']:>8} ms p95 {row['median_ms']:>8} ms median {row['kilobytes']:>6} kB"
            f"  {row['step']}  {mark}"
        )
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "console.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
