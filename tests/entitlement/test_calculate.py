"""A run: every household once, every figure tied to its lines, the same however it is cut."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
import pytest

from cct_engine.entitlement import (
    DuckEngine,
    RunRefused,
    SchemaDrift,
    calculate,
    open_run,
    store,
)
from cct_engine.rulebook.compiler.plan import Layer

if TYPE_CHECKING:
    from conftest import Desk, Law


def test_each_outlet_of_each_shard_is_a_file_of_whole_numbers_and_codes(desk: Desk) -> None:
    run = desk.calculate(desk.freeze(desk.open()))
    assert run.row_counts() == {"line": 270, "household": 90, "verdict": 90, "state": 90}
    for path in run.folder.rglob("*.parquet"):
        types = {str(kind) for kind in pq.read_schema(path).types}
        assert types <= {"int64", "int32", "string"}


def test_the_same_snapshot_gives_the_same_run_on_any_number_of_threads(
    desk: Desk, law: Law
) -> None:
    snapshot = desk.freeze(desk.open(), shard=50)
    one = calculate(snapshot, law, desk.home / "one", engine=DuckEngine(threads=1))
    two = calculate(snapshot, law, desk.home / "two", engine=DuckEngine(threads=2))
    aside = calculate(snapshot, law, desk.home / "aside", engine=DuckEngine(side_by_side=2))
    assert one.digest == two.digest == aside.digest


def test_progress_is_told_after_every_shard(desk: Desk, law: Law) -> None:
    snapshot = desk.freeze(desk.open())
    told: list[tuple[int, int, int, int]] = []
    calculate(snapshot, law, desk.home / "run", on_progress=told.append)
    assert told == [(1, 3, 40, 90), (2, 3, 80, 90), (3, 3, 90, 90)]


def test_a_run_killed_after_a_shard_goes_on_to_the_same_digest(desk: Desk, law: Law) -> None:
    snapshot = desk.freeze(desk.open())
    whole = desk.calculate(snapshot, place="whole")

    class Killed(Exception):  # noqa: N818 - what a test raises at a failpoint
        pass

    def hit(_name: str) -> None:
        raise Killed

    folder = desk.home / "killed"
    for done in (1, 2, 3):
        with pytest.raises(Killed):
            calculate(snapshot, law, folder, hit=hit, engine=DuckEngine(side_by_side=1))
        assert len(list(folder.glob("household/*.parquet"))) == done
    assert calculate(snapshot, law, folder, hit=hit).digest == whole.digest


def test_a_run_that_stops_with_two_shards_under_way_finishes_both_and_begins_no_other(
    desk: Desk, law: Law
) -> None:
    snapshot = desk.freeze(desk.open(), shard=20)

    def full(_name: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = desk.home / "full"
    with pytest.raises(OSError, match="No space"):
        calculate(snapshot, law, folder, hit=full, engine=DuckEngine(side_by_side=2))
    assert len(list(folder.glob("shards/*.json"))) == 2
    assert not list(folder.rglob("*.part"))
    assert calculate(snapshot, law, folder).digest == desk.calculate(snapshot, place="a").digest


def test_a_process_killed_by_the_system_goes_on_to_the_same_digest(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    whole = desk.calculate(snapshot, place="whole")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "from conftest import Law\n"
        "from cct_engine.entitlement import calculate, open_snapshot\n"
        "print(calculate(open_snapshot(Path(sys.argv[2])), Law(), Path(sys.argv[3])).digest)"
    )
    command = [sys.executable, "-c", script, str(desk.tests), str(snapshot.folder)]
    command += [str(desk.home / "killed")]
    armed = os.environ | {"CCT_FAILPOINTS": "calculate.after_shard=kill@2"}
    killed = subprocess.run(command, env=armed, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    resumed = subprocess.run(command, check=True, capture_output=True, text=True)
    assert resumed.stdout.split()[-1] == whole.digest


def test_a_run_by_another_law_cannot_reuse_finished_shards(desk: Desk, law: Law) -> None:
    snapshot = desk.freeze(desk.open(), shard=50)
    dearer = law.with_fault("5000 *", "6000 *")

    def stop(_name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calculate(snapshot, law, desk.home / "run", hit=stop)
    resumed = calculate(snapshot, dearer, desk.home / "run")
    assert resumed.digest == calculate(snapshot, dearer, desk.home / "fresh").digest


WRONG_COLUMNS = (
    ("CAST(SUM(m.payable) AS BIGINT) AS pay_now", "SUM(m.payable) AS pay_now", "pay_now"),
    ("CAST(SUM(m.held) AS BIGINT) AS held", "SUM(m.held) / 1 AS held", "held"),
    ("'full' AS standing", "'full' AS stand", "standing"),
    ("CAST(0 AS BIGINT) AS withheld, forfeited", "0.0 AS withheld, forfeited", "withheld"),
)


@dataclass(frozen=True)
class Laid:
    """A law whose members are kept as a layer, and that one made from another."""

    law: Law
    layers: tuple[Layer, ...] = (
        Layer("made_from", "FROM src_member"),
        Layer("members", "FROM made_from"),
    )

    @property
    def digest(self) -> str:
        return self.law.digest

    @property
    def outlets(self) -> dict[str, str]:
        return self.law.outlets

    def statement(self, outlet: str) -> str:
        return self.law.statement(outlet)


def test_a_layer_is_freed_as_soon_as_nothing_that_comes_reads_it(desk: Desk, law: Law) -> None:
    there = "(SELECT string_agg(table_name, ' ') FROM duckdb_tables())"
    laid = Laid(law.with_fault("src_member", "members").with_fault("'full'", there))
    snapshot = desk.freeze(desk.open())
    run = calculate(snapshot, laid, desk.home / "laid")
    households = pq.read_table(run.folder / "household")
    assert set(households["standing"].to_pylist()) == {"members"}
    plain = desk.calculate(snapshot, place="plain")
    assert run.row_counts() == plain.row_counts()


def test_an_outlet_with_a_wrong_column_or_type_is_refused_by_its_name(desk: Desk, law: Law) -> None:
    snapshot = desk.freeze(desk.open(), shard=50)
    for right, wrong, column in WRONG_COLUMNS:
        with pytest.raises(SchemaDrift, match=column):
            desk.calculate(snapshot, law.with_fault(right, wrong))


CONTRADICTIONS = (
    ("CAST(SUM(m.payable) AS BIGINT)", "CAST(SUM(m.payable) AS BIGINT) + 1", "pay_now"),
    ("WHEN falls = 'held' THEN due", "WHEN falls = 'held' THEN due - 1", "line BRC: due"),
    ("FROM money", "FROM money WHERE household_id <> 7", "sum of lines = gross"),
)


def test_a_household_whose_figures_contradict_each_other_is_named_and_nothing_is_stored(
    desk: Desk, law: Law
) -> None:
    pins = desk.open()
    snapshot = desk.freeze(pins, households=8, shard=4)
    for number, (right, wrong, rule) in enumerate(CONTRADICTIONS):
        run = desk.calculate(snapshot, law.with_fault(right, wrong), place=f"run-{number}")
        assert 7 in {finding.household_id for finding in run.findings}
        assert any(rule in finding.text for finding in run.findings)
        assert open_run(run.folder).findings == run.findings
        with (
            pytest.raises(RunRefused, match="Household"),
            desk.database.transaction() as connection,
        ):
            store(connection, pins.cycle_id, run, home=desk.home, at=pins.as_of_known)


def test_a_household_that_the_statement_lost_is_named(desk: Desk, law: Law) -> None:
    snapshot = desk.freeze(desk.open(), households=8, shard=4)
    lost = law.with_fault(
        "ON m.household_id = h.household_id", "ON m.household_id = h.household_id AND size <> 2"
    )
    run = desk.calculate(snapshot, lost)
    assert [finding.household_id for finding in run.findings] == [1, 4, 7]
    assert all("one result for each household" in finding.rule for finding in run.findings)


def test_the_shards_of_a_run_may_be_read_by_any_reader_of_parquet(desk: Desk) -> None:
    run = desk.calculate(desk.freeze(desk.open()))
    with duckdb.connect() as connection:
        summed = connection.execute(
            f"SELECT SUM(pay_now) FROM '{run.folder}/household/*.parquet'"
        ).fetchall()
    assert summed == [(4_680_000,)]
