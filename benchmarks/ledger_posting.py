"""Posting, verifying and reading the ledger, on a durable PostgreSQL of its own.

Floor: binary COPY of the same rows into a plain table with a primary key, and no other rule,
committed; of each posting just before and just after it, so that a busy machine slows both. Peers
stand in ``ledger_peers``.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

import ledger
from benchmarks import ledger_peers
from benchmarks.own_database import own_database
from cct_engine.database import Database, embedded
from cct_engine.measure import measured
from ledger import Event
from ledger.digest import leaves_of, merkle_root
from ledger.rows import copy_lines
from ledger.schema import journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
GROW_FROM = 1_000_000  # from this size on, reading is measured among at least so many lines:
LINES_STORED_MIN = 10_000_000
_STEPS = (
    ("post: entitle, balances opened", Event.ENTITLE, 1),
    ("post: instruct, balances moved", Event.INSTRUCT, 1),
    ("post: settle, each after its instruction", Event.SETTLE, 1),
    ("post: entitle, next cycle", Event.ENTITLE, 2),
)


def run(n: int) -> list[dict[str, Any]]:
    """Measure with ``n`` lines per batch."""
    with own_database("ledger") as (server, name):
        return list(_measure(server, name, n))


def _measure(server: embedded.Server, name: str, n: int) -> Iterator[dict[str, Any]]:
    app, owner = server.url(name, role="cct_app"), server.url(name, role="postgres")
    staged, direct = _floors(owner, n, times=3)

    def beside(work: Callable[[], float]) -> tuple[float, float]:
        """What a posting takes, and the floor at that moment: just before and just after it."""
        before = _floors(owner, n, times=1)[1]
        seconds = work()
        return seconds, (before + _floors(owner, n, times=1)[1]) / 2

    yield _row("floor: rows and primary key, COPY", n, direct, floor=direct)
    yield _row("floor: the same over a stage", n, staged, floor=direct)
    with Database(app) as database:
        with database.transaction() as connection:
            ledger.open_period(
                connection, opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31), by=7, at=AT
            )
        with tempfile.TemporaryDirectory() as folder:
            per_line = ledger_peers.per_line(server, database, Path(folder), n)
        for step, event, cycle in _STEPS:
            peak: list[float] = []
            seconds, floor = beside(partial(_posted, app, "post", event, cycle, n=n, peak=peak))
            peers = {name: peer * n / seconds for name, peer in per_line.items()}
            yield _row(step, n, seconds, floor=floor, peak_mb=peak[0], versus=peers)
        peak = []
        selected = partial(_posted, app, "post_selected", Event.INSTRUCT, 2, n=n, peak=peak)
        seconds, floor = beside(selected)
        step = "post: instruct, selected in the database"
        yield _row(step, n, seconds, floor=floor, peak_mb=peak[0])
        for step, event in (("entitle", Event.ENTITLE), ("instruct", Event.INSTRUCT)):
            seconds, floor = beside(partial(_two_connections, app, event, n))
            yield _row(f"post: {step}, two connections", n, seconds, floor=floor)
        lines_of_one = _lines(n)
        yield _row("hash lines of one batch", n, _seconds(lambda: _hash(lines_of_one)))
        lines = _grown(app, database, n) if n >= GROW_FROM else _count(database)
        seconds, peak_mb = _in_child(app, "verify", "", 0, n)
        yield _row("verify everything", lines, seconds, peak_mb=peak_mb)
        yield from _readings(database, lines)


def _posted(url: str, work: str, event: Event, cycle: int, *, n: int, peak: list[float]) -> float:
    seconds, peak_mb = _in_child(url, work, event.name, cycle, n)
    peak.append(peak_mb)
    return seconds


def _grown(url: str, database: Database, n: int) -> int:
    """Post cycle after cycle until enough is stored to read among; return how many lines."""
    cycle = 4
    while (lines := _count(database)) < LINES_STORED_MIN:
        for event in (Event.ENTITLE, Event.INSTRUCT):
            _in_child(url, "post", event.name, cycle, n)
        cycle += 1
    return lines


def _row(
    step: str,
    n: int,
    seconds: float,
    *,
    floor: float | None = None,
    peak_mb: float | None = None,
    versus: dict[str, float] | None = None,
) -> dict[str, Any]:
    return {
        "step": f"ledger {step}",
        "n": n,
        "seconds": round(seconds, 4),
        "per_second": round(n / seconds),
        "peak_mb": None if peak_mb is None else round(peak_mb),
        "floor_seconds": None if floor is None else round(floor, 4),
        "versus": {peer: round(times, 1) for peer, times in (versus or {}).items()},
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _lines(n: int, first: int = 1) -> ledger.Lines:
    numbers = np.arange(first, first + n, dtype=np.int64)
    return ledger.Lines.of(subject=numbers, amount_minor=numbers % 977 * 100 + 100)


def _hash(lines: ledger.Lines) -> str:
    return merkle_root(leaves_of(lines))


def _batch(event: Event, cycle: int, key: str) -> ledger.Batch:
    return ledger.Batch(
        event=event,
        programme_id=1,
        fund_id=1,
        cycle_id=cycle,
        value_on=date(2026, 3, 10),
        currency="INR",
        key=key,
        prepared_by=7,
        approved_by=8,
        recorded_at=AT,
    )


def _floors(url: str, n: int, *, times: int) -> tuple[float, float]:
    """Rows over a stage, and straight by COPY: seconds, the median of each."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    lines = _lines(n)
    staged: list[float] = []
    direct: list[float] = []
    for attempt in range(times):
        for seconds, over_stage in ((staged, True), (direct, False)):
            with engine.begin() as connection:
                connection.execute(sa.text("CREATE SCHEMA floor"))
                connection.execute(sa.text("CREATE TABLE floor.journal (LIKE ledger.journal)"))
                key = "ADD PRIMARY KEY (cycle_id, batch_id, subject_id, seq)"
                connection.execute(sa.text(f"ALTER TABLE floor.journal {key}"))
            seconds.append(_floor_once(engine, lines, attempt + 1, over_stage=over_stage))
            with engine.begin() as connection:
                connection.execute(sa.text("DROP SCHEMA floor CASCADE"))
    return statistics.median(staged), statistics.median(direct)


def _floor_once(
    engine: sa.Engine, lines: ledger.Lines, batch_id: int, *, over_stage: bool
) -> float:
    header = {"batch_id": batch_id, "cycle_id": 1, "event": 20, "slot": 20}
    start = time.perf_counter()
    with engine.begin() as connection:
        if over_stage:
            connection.execute(
                sa.text("CREATE TEMP TABLE stage (LIKE floor.journal) ON COMMIT DROP")
            )
            copy_lines(connection, lines, **header, table="stage")
            connection.execute(sa.text("INSERT INTO floor.journal SELECT * FROM stage"))
        else:
            copy_lines(connection, lines, **header, table="floor.journal")
    return time.perf_counter() - start


def _two_connections(url: str, event: Event, n: int) -> float:
    """A third cycle, half of the households on each connection: seconds to the later commit."""
    with Database(url) as database, database.transaction() as connection:
        ledger.open_cycle(connection, 3)
    middle = n // 128 * 64  # between two blocks of balances
    halves = [(1, middle - 1), (middle, n - middle + 1)]
    command = [sys.executable, "-m", __name__, url, "slice", event.name]
    children = [
        subprocess.Popen(
            [*command, str(first), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first, count in halves
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # it is connected and has its lines
    start = time.perf_counter()
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    ends = [child.wait() for child in children]
    assert ends == [0, 0]
    return time.perf_counter() - start


def _slice(url: str, event: str, first: int, count: int) -> None:
    """One half, in a process of its own: ready, wait for the word, post."""
    with Database(url) as database, database.transaction() as connection:
        lines = _lines(count, first)
        connection.execute(sa.text("SELECT 1"))
        print("ready", flush=True)
        sys.stdin.readline()
        ledger.post(connection, _batch(Event[event], 3, f"{event} {first}"), lines, as_slice=True)
        connection.commit()
        os._exit(0)  # the clock stands when it has committed, not when Python has tidied up


def _count(database: Database) -> int:
    with database.transaction() as connection:
        total = connection.execute(sa.text("SELECT sum(line_count)::bigint FROM ledger.seal"))
        return int(total.scalar_one())


def _readings(database: Database, lines: int) -> Iterator[dict[str, Any]]:
    with database.transaction() as connection:
        readings: tuple[tuple[str, Callable[[], object]], ...] = (
            ("read: trial balance", lambda: ledger.trial_balance(connection)),
            ("read: one household's statement", lambda: ledger.statement(connection, 77)),
            ("read: one household's balances", lambda: ledger.balances_of(connection, 77)),
        )
        for step, work in readings:
            work()
            seconds = statistics.median(_seconds(work) for _ in range(9))
            yield _row(f"{step} among {lines:,} lines", 1, seconds)


def _in_child(url: str, work: str, event: str, cycle: int, n: int) -> tuple[float, float]:
    """Run one step in a process of its own: seconds, and its peak memory in MB."""
    command = [sys.executable, "-m", __name__, url, work, event, str(cycle), str(n)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak_mb = json.loads(done.stdout)
    return seconds, peak_mb


def _child(url: str, work: str, event: str, cycle: int, n: int) -> None:
    with Database(url) as database, database.transaction() as connection, measured(work) as cost:
        start = time.perf_counter()
        if work == "verify":
            assert ledger.verify(connection) == ()
        elif work == "post":
            lines = _lines(n)
            start = time.perf_counter()
            ledger.post(connection, _batch(Event[event], cycle, f"{cycle} {event}"), lines)
        else:
            column = journal.c
            select = sa.select(
                column.subject_id, column.seq, column.amount_minor, column.reference
            ).where(column.cycle_id == cycle, column.slot == Event.ENTITLE)
            ledger.post_selected(
                connection, _batch(Event[event], cycle, f"{cycle} {event}"), select
            )
        connection.commit()
        seconds = time.perf_counter() - start
    print(json.dumps([seconds, cost.peak_mb]))


if __name__ == "__main__":
    if sys.argv[2] == "slice":
        _slice(sys.argv[1], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    _child(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
