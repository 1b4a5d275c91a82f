"""The console under twenty officers at once: real HTTP, a server process of its own, old books.

A demo of 3,000 families is played, its books are made large and old (``console_books``): n
families, 36 closed cycles of each programme and one in flight. One server process is asked by
twenty officers in another process, each with a second between two pages. Two times are told of
every page: the server's own, from the arrival of the request to its answer, waiting for the others
included, and what the visitor waited. The first visit of each is told apart: before it the sums of
the cycles closed last are forgotten, and added up as acts do. Beyond 333,000 families the 30 oldest
cycles keep every eighth family, or the books would need 90 GB. Run it alone:
``python -m benchmarks.console 10000``.

A million families take the better part of an hour to make: ``--books FOLDER`` keeps them there, and
the next run with the same number and folder only visits them.
"""

from __future__ import annotations

import argparse
import json
import os
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
from typing import TYPE_CHECKING, Any, Final

import httpx2
import psutil
import psycopg
import sqlalchemy as sa

from benchmarks.console_books import aged
from benchmarks.console_copies import CYCLES, EVERY, WHOLE, Shape
from benchmarks.console_visits import Answer
from cct_engine.console.keeper import keep, keep_after
from cct_engine.database import Database, embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["run"]

BASE: Final = 3_000
OFFICERS: Final = 20
ROUNDS: Final = 4
PAUSE_SECONDS: Final = (0.5, 1.5)
PAGE_MS: Final = 200
SEARCH_MS: Final = 300
PAGE_KB: Final = 150
_NOW: Final = "/cycles/bolsa_familia-2026-12"
_LAST: Final = "/cycles/bolsa_familia-2026-11"
_SIGN: Final = "/cycles/dilli_annashree-2026-12"
_CLOSED: Final = ("bolsa_familia-2026-11", "dilli_annashree-2026-11")
_FORGET: Final = sa.text("""
    DELETE FROM console.kept WHERE kind = 'bank account' OR subject IN (
        SELECT CAST(cycle_id AS text) FROM cycle.cycle WHERE code = ANY(:codes))
""")

# Each page's addresses: as they are, or made by a query of the books.
_PLACES: Final = {
    "household": "SELECT '/households/' || lpad(registry.number_of(household_id)::text, 11, '0')"
    " FROM cycle.household_result WHERE cycle_id = 71",
    "number": "SELECT lpad(registry.number_of(household_id)::text, 11, '0')"
    " FROM cycle.household_result WHERE cycle_id = 71",
    "payment": f"SELECT '{_LAST}/payments/' || household_id FROM cycle.household_result"
    " WHERE cycle_id = 71",
    "after": f"SELECT '{_LAST}/payments?after=' || household_id FROM cycle.household_result"
    " WHERE cycle_id = 71",
    "order": "SELECT '/payments/' || instruction_id FROM cycle.instruction"
    " WHERE value_on >= '2026-10-01'",
    "reference": "SELECT '/search?q=' || end_to_end_id FROM cycle.instruction"
    " WHERE value_on >= '2025-10-01' AND value_on < '2025-11-01'",
    "exception": "SELECT '/exceptions/' || finding_id FROM cycle.finding WHERE cycle_id = 73",
    "file": "SELECT '/files/' || message_id FROM bank.file",
    "answer": "SELECT '/answers/' || inbox_file_id FROM recon.inbox_file WHERE state = 'applied'",
    "item": "SELECT '/suspense/' || item_id FROM recon.suspense_item WHERE state = 'open'",
    "batch": "SELECT '/ledger/batches/' || batch_id FROM ledger.batch WHERE event > 19",
    "line": "SELECT '/ledger/batches/' || batch_id || '/lines/' || subject_id || '-' || seq"
    " FROM ledger.journal WHERE cycle_id = 71 AND subject_id > 0",
    "feed": "SELECT '/feeds/' || feed_file_id FROM registry.feed_file",
    "name": "SELECT given || ' ' || family FROM identity.person_name",
    "job": "SELECT '/jobs/' || job_id FROM console.job",
}
_LIST: Final = {
    "list": (f"{_LAST}/payments",),
    "list ?state=held": (f"{_LAST}/payments?state=held",),
    "list ?difference=new": (f"{_LAST}/payments?difference=new",),
    "list ?difference=dropped": (f"{_LAST}/payments?difference=dropped",),
    "list ?component=BRC": (f"{_LAST}/payments?component=BRC",),
    "list ?after=": "after",
    "list ?q=number": "number",
    "list in flight": (f"{_NOW}/payments",),
}
_CYCLE: Final = {
    "cycles": ("/cycles",),
    "cycle closed": (_LAST,),
    "cycle in flight": (_NOW,),
    "changes": (f"{_LAST}/changes", f"{_NOW}/changes"),
    "proof": (f"{_LAST}/proof",),
    "proofs": ("/proofs",),
    "approval sheet": (f"{_SIGN}/approval",),
    "payment": "payment",
    "payment by its order": "order",
    "search reference": "reference",
}
_OFFICE: Final = {
    "today": ("/",),
    "calendar": ("/calendar",),
    "controls": ("/controls",),
    "activity": ("/activity",),
    "me": ("/me",),
    "help": ("/help",),
}
_HOUSE: Final = {
    "households": ("/households",),
    "household": "household",
    "POST /households/lookups": "name",
    "exceptions": ("/exceptions",),
    "exceptions of a cycle": (f"/exceptions?cycle={_LAST[8:]}",),
    "exception": "exception",
}
_BANK: Final = {
    "files": ("/files",),
    "file": "file",
    "answers": ("/answers",),
    "answer": "answer",
    "returns": ("/returns",),
    "returns of a cycle": (f"/returns?cycle={_LAST[8:]}",),
    "suspense": ("/suspense",),
    "suspense item": "item",
}
_BOOKS: Final = {
    "ledger": ("/ledger",),
    "ledger of three years": ("/ledger?since=2024-01-01&until=2026-12-31",),
    "account": tuple(f"/ledger/accounts/{one}" for one in (1010, 2100, 2120, 5100)),
    "batch": "batch",
    "line": "line",
}
_RULES: Final = {
    "programmes": ("/programmes",),
    "programme": ("/programmes/bolsa_familia",),
    "feeds": ("/feeds",),
    "feed": "feed",
}
_PEOPLE: Final = {
    "people": ("/people",),
    "person": ("/people/maker",),
    "activity of a cycle": (f"/activity?subject=cycle/{_LAST[8:]}",),
    "activity of a verb": ("/activity?verb=cycle.approve",),
}
PAGES: Final = {
    "maker": _OFFICE | _LIST | _CYCLE | _HOUSE | _BANK,
    "checker": _OFFICE | _CYCLE | _LIST | _HOUSE,
    "liaison": {"today": ("/",)} | _BANK | _BOOKS,
    "auditor": _OFFICE | _BOOKS | _PEOPLE | _CYCLE,
    "analyst": {"today": ("/",)} | _RULES | _LIST | {"household": "household"},
}


def run(n: int, books: Path | None = None) -> list[dict[str, Any]]:
    """Play, age, serve and visit; one row for each page, the slowest first.

    ``books`` is a folder that keeps what was played and aged; without it all is thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="cct-console-") as folder:
        home = Path(folder) if books is None else books.resolve()
        environment = {**os.environ, "CCT_HOME": str(home), "CCT_LOG_LEVEL": "warning"}
        cct = str(Path(sys.executable).with_name("cct"))
        made = home / f"aged-to-{n}-families"
        if not made.exists():
            command = [cct, "demo", "--households", str(BASE)]
            subprocess.run(command, env=environment, check=True, capture_output=True)
        with embedded.running(home, throwaway=books is None) as server:
            url = server.url("demo", role="postgres").replace("+psycopg", "")
            if not made.exists():
                _age(url, n)
                made.touch()
            added_up = _added_up(server.url("demo", role="cct_app"))
            with _served(cct, environment) as (port, password, console):
                answers = _visited(url, port, password)
                held = console.memory_info().rss
    return _rows(answers, n, held // 2**20, added_up)


def _added_up(url: str) -> float:
    """Forget the sums of the two cycles that were closed last; return the seconds they take."""
    with Database(url) as database:
        keep(database)
        with database.transaction() as connection:
            connection.execute(_FORGET, {"codes": list(_CLOSED)})
    with Database(f"{url}&application_name=anew") as database:  # remembers nothing either
        started = time.monotonic()
        for code in _CLOSED:
            keep_after(database, f"cycle/{code}")
        return time.monotonic() - started


def _age(url: str, n: int) -> None:
    started = time.monotonic()
    for step in aged(url, n, BASE):
        print(f"{time.monotonic() - started:8.0f} s {step}", file=sys.stderr, flush=True)


@contextmanager
def _served(cct: str, environment: dict[str, str]) -> Iterator[tuple[int, str, psutil.Process]]:
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
    said = ""
    assert served.stdout is not None
    while "listens" not in said:
        line = served.stdout.readline()
        if not line:
            raise RuntimeError(f"The console did not start: {said}")
        said += line
    password = re.search(r"of this run is (\S+)", said)
    if password is None:
        raise RuntimeError(f"No password was said: {said}")
    rest = served.stdout  # what it complains of
    threading.Thread(target=lambda: sys.stderr.writelines(rest), daemon=True).start()
    try:
        _wait(f"http://127.0.0.1:{port}")
        yield port, password.group(1), psutil.Process(served.pid)
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


def _visited(url: str, port: int, password: str) -> list[Answer]:
    """Let another process play the officers."""
    with psycopg.connect(url) as connection:
        places = {name: _drawn(connection, query) for name, query in _PLACES.items()}
    places["number"] = [f"{_LAST}/payments?q={one}" for one in places["number"]]
    plan = {
        "port": port,
        "password": password,
        "officers": OFFICERS,
        "rounds": ROUNDS,
        "pause_seconds": PAUSE_SECONDS,
        "logins": list(PAGES),
        "pages": {
            login: {
                page: places[of] if isinstance(of, str) else list(of) for page, of in pages.items()
            }
            for login, pages in PAGES.items()
        },
    }
    walked = subprocess.run(
        [sys.executable, "-m", "benchmarks.console_visits"],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=1800,
    )
    return [Answer(*one) for one in json.loads(walked.stdout)]


def _drawn(connection: psycopg.Connection, query: str, most: int = 300) -> list[str]:
    """Return some of a query's rows, from everywhere among them."""
    rows = connection.execute(
        f"SELECT * FROM ({query}) q (place) ORDER BY md5(place) LIMIT {most}"
    ).fetchall()
    return [str(place) for (place,) in rows if place]


def _rows(
    answers: list[Answer], n: int, held_mb: int, added_up_seconds: float
) -> list[dict[str, Any]]:
    rows, thinned = [], Shape.of(n, BASE).thin
    first = {one.page: one.client_ms for one in answers if one.is_first}
    for page in sorted(first):
        of_page = [one for one in answers if one.page == page and not one.is_first]
        server = sorted(one.server_ms for one in of_page)
        client = sorted(one.client_ms for one in of_page)
        limit = SEARCH_MS if page.startswith("list") else PAGE_MS
        weight = max(one.byte_count for one in of_page) / 1024
        late = _at(server, 0.95)
        rows.append(
            {
                "step": f"console {page}",
                "n": n,
                "thinned": thinned,
                "console_mb": held_mb,
                "added_up_seconds": round(added_up_seconds, 1),
                "first_ms": round(first[page], 1),
                "seconds": late / 1000,
                "per_second": 1000 / late,
                "requests": len(of_page),
                "server_p50_ms": round(statistics.median(server), 1),
                "server_p95_ms": round(late, 1),
                "server_p99_ms": round(_at(server, 0.99), 1),
                "client_p50_ms": round(statistics.median(client), 1),
                "client_p95_ms": round(_at(client, 0.95), 1),
                "limit_ms": limit,
                "kilobytes": round(weight, 1),
                "holds": late < limit and weight < PAGE_KB,
            }
        )
    return sorted(rows, key=lambda row: -row["seconds"])


def _at(times: list[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)]


def main() -> None:
    """Print the load table for a number of households."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.console")
    asked.add_argument("families", type=int, nargs="?", default=10_000)
    asked.add_argument("--books", type=Path, help="keep the books in this folder, or use those")
    said = asked.parse_args()
    n = said.families
    rows = run(n, said.books)
    print("server p50    p95    p99   visitor p95    first       kB  page")
    for row in rows:
        mark = "" if row["holds"] else "  TOO SLOW OR HEAVY"
        print(
            f"{row['server_p50_ms']:>10.0f} {row['server_p95_ms']:>6.0f} "
            f"{row['server_p99_ms']:>6.0f} {row['client_p95_ms']:>13.0f} "
            f"{row['first_ms']:>8.0f} {row['kilobytes']:>8.1f}"
            f"  {row['step'].removeprefix('console ')}{mark}"
        )
    print(f"The console's process holds {rows[0]['console_mb']} MB after these visits.")
    added_up = rows[0]["added_up_seconds"]
    print(f"The sums of both cycles closed last were added up in {added_up:.1f} s before them.")
    if rows[0]["thinned"]:
        old = CYCLES - WHOLE
        print(f"Thinned: the {old} oldest cycles of each programme keep every {EVERY}th family.")
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / f"console-{n}.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
