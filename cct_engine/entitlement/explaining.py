"""The explanation of one household: the cycle's own statement, run again for it alone.

There is no second implementation of the rules. The rulebook explains the household from its sealed
inputs; where the engine's compiler has changed since the run, the statement that was kept with the
run is executed instead. What happened afterwards (a finding, a hold, a payment) is read from the
database.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq
import sqlalchemy as sa

from cct_engine import rulebook
from cct_engine.entitlement.aftermath import aftermath
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.errors import SealBroken, UnknownHousehold
from cct_engine.entitlement.evidence import evidence, verdicts
from cct_engine.entitlement.explanation import Explanation, LawValue
from cct_engine.entitlement.run import Run, open_run, statement_file
from cct_engine.entitlement.sealing import changed_files, sha256_of
from cct_engine.entitlement.snapshot import Snapshot, open_snapshot
from cct_engine.rulebook import Month

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from cct_engine.entitlement.manifest import Shard
    from cct_engine.rulebook import Compiled, Rulebook, Texts

__all__ = ["explain"]


def explain(
    connection: sa.Connection, home: Path, household_id: int, cycle_code: str
) -> Explanation:
    """Explain one household's amount in one cycle.

    ``home`` is the data folder. Raises UnknownHousehold when the household, the cycle or its
    results are not there; SealBroken when the files are not the ones the database names.
    """
    cycle = _cycle(connection, cycle_code)
    snapshot = _sealed_snapshot(home, cycle)
    run = _sealed_run(home, cycle)
    told = _told(home, cycle, snapshot, run, household_id)
    stored = aftermath(connection, cycle_id=cycle.cycle_id, household_id=household_id)
    if stored is None:
        raise UnknownHousehold(
            f"Household {household_id} has no result in {cycle_code}: the list that is stored was "
            "calculated without it."
        )
    return Explanation(
        household_id=household_id,
        cycle=cycle.code,
        state=cycle.state,
        currency=cycle.currency,
        as_of_valid=cycle.as_of_valid.isoformat(),
        as_of_known=cycle.as_of_known.isoformat(timespec="seconds"),
        snapshot_digest=snapshot.digest,
        run_digest=run.digest,
        compiled_digest=run.compiled_digest,
        figures=stored.figures,
        calculated=told.calculated,
        workings=told.workings,
        lines=stored.lines,
        states=stored.states,
        verdicts=verdicts(run, household_id),
        evidence=evidence(snapshot, household_id),
        notices=stored.notices,
        law=told.law,
        sentences=told.sentences,
    )


def _cycle(connection: sa.Connection, code: str) -> sa.Row[Any]:
    found = connection.execute(sa.text(_CYCLE), {"code": code}).one_or_none()
    if found is None:
        raise UnknownHousehold(
            f"Cycle {code} has no results to explain: it does not exist, or was not calculated "
            "yet. `cct cycle list` shows the cycles and their states."
        )
    return found


def _sealed_snapshot(home: Path, cycle: sa.Row[Any]) -> Snapshot:
    snapshot = open_snapshot(home / cycle.snapshot_folder)
    _same(snapshot.digest, cycle.snapshot_digest, f"The snapshot of {cycle.code}")
    return snapshot


def _sealed_run(home: Path, cycle: sa.Row[Any]) -> Run:
    run = open_run(home / cycle.run_folder)
    _same(run.digest, cycle.run_digest, f"The run of {cycle.code}")
    return run


def _same(found: str, recorded: str, what: str) -> None:
    if found != recorded:
        raise SealBroken(
            f"{what} was recorded as {recorded} and the folder holds {found}. An explanation from "
            "other inputs would be false. Bring the folder back from a copy."
        )


class _Told(NamedTuple):
    """What the law says about the household."""

    calculated: dict[str, Any]
    workings: dict[str, str]
    sentences: tuple[str, ...]
    law: tuple[LawValue, ...]


def _told(home: Path, cycle: sa.Row[Any], snapshot: Snapshot, run: Run, household_id: int) -> _Told:
    shard = snapshot.shard_of(household_id)
    for finding in changed_files(snapshot.folder, [shard]):
        raise SealBroken(finding.text)
    law, compiled = _compiled(cycle.rulebook, cycle.programme, Month.of(cycle.period))
    values = tuple(
        LawValue(read.name, read.value, read.from_on, read.law, read.unsure)
        for read in compiled.parameters_read
    )
    if compiled.digest != run.compiled_digest:
        return _Told(_kept_statement(snapshot, run, shard, household_id), {}, (), values)
    try:
        found = rulebook.explain(
            compiled,
            {table: _rows_of(path, household_id) for table, path in snapshot.paths(shard).items()},
            household_id,
            rulebook=law,
            texts=_texts(home, cycle.programme),
        )
    except rulebook.UnknownHousehold as error:
        raise _not_there(snapshot, household_id) from error
    return _Told(dict(found.decided), dict(found.workings), found.sentences, values)


def _rows_of(path: Path, household_id: int) -> pa.Table:
    """Read one household's rows; the file is sorted, so that little of it is touched."""
    return pq.read_table(path, filters=[("household_id", "=", household_id)], use_threads=False)


def _kept_statement(
    snapshot: Snapshot, run: Run, shard: Shard, household_id: int
) -> dict[str, Any]:
    """Run the statement that was kept with the run, for one household."""
    path = run.folder / statement_file("explain")
    recorded = run.manifest.header["statements"]["explain"]
    _same(sha256_of(path), recorded, f"The statement of {run.cycle}")
    tables = {f"src_{table}": file for table, file in snapshot.paths(shard).items()}
    with DuckEngine(threads=1).over(tables, household_id=household_id) as session:
        rows = session.batches(path.read_text()).read_all().to_pylist()
    if not rows:
        raise _not_there(snapshot, household_id)
    return dict(rows[0])


def _not_there(snapshot: Snapshot, household_id: int) -> UnknownHousehold:
    return UnknownHousehold(
        f"Household {household_id} is not in the snapshot of {snapshot.cycle}: it was not "
        "enrolled or applying at the cut-off."
    )


def _texts(home: Path, programme: str) -> Texts:
    """Return the installation's own sentences, else those shipped, else none."""
    own = home / "programmes" / f"{programme}.texts.en.yaml"
    return rulebook.read_texts(own) if own.is_file() else _shipped_texts(programme)


@lru_cache(maxsize=32)
def _shipped_texts(programme: str) -> Texts:
    if programme in rulebook.programmes():
        return rulebook.programme_texts(programme)
    return rulebook.Texts("en", {})


@lru_cache(maxsize=32)
def _compiled(text: str, programme: str, month: Month) -> tuple[Rulebook, Compiled]:
    law = rulebook.parse(text, file=f"{programme}.yaml")
    return law, rulebook.compile_cycle(law, month=month)


_CYCLE = """
SELECT c.cycle_id, c.code, c.state, c.currency, c.period, c.as_of_valid, c.as_of_known,
       split_part(c.code, '-', 1) AS programme, v.rulebook,
       s.folder AS snapshot_folder, s.digest AS snapshot_digest,
       r.folder AS run_folder, r.digest AS run_digest
FROM cycle.cycle AS c
JOIN cycle.snapshot AS s USING (cycle_id)
JOIN cycle.programme_version AS v ON v.digest = c.rulebook_digest
JOIN LATERAL (
    SELECT folder, digest FROM cycle.run WHERE run.cycle_id = c.cycle_id
    ORDER BY number DESC LIMIT 1
) AS r ON true
WHERE c.code = :code"""
