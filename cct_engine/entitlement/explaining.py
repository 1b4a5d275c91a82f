"""The explanation of one household: the cycle's own statement, run again for it alone.

There is no second implementation of the rules. The rulebook explains the household from its sealed
inputs; where today's compiler writes another statement and comes to other lines than were sealed,
the statement that was kept with the run is executed instead. What happened afterwards (a finding,
a hold, a payment) is read from the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import pyarrow.parquet as pq

from cct_engine import rulebook
from cct_engine.entitlement import grounds
from cct_engine.entitlement.aftermath import Aftermath, aftermath
from cct_engine.entitlement.correction.found import corrected
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.errors import SealBroken, UnknownHousehold
from cct_engine.entitlement.evidence import evidence, verdicts
from cct_engine.entitlement.explanation import Explanation, LawValue
from cct_engine.entitlement.kept import kept_cycle, recompiled, same
from cct_engine.entitlement.manifest import shard_file
from cct_engine.entitlement.run import Run, statement_file
from cct_engine.entitlement.sealing import changed_files, sha256_of
from cct_engine.rulebook import LocalWording, Month, PlainWording

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa
    import sqlalchemy as sa

    from cct_engine.entitlement.kept import KeptCycle
    from cct_engine.entitlement.manifest import Shard
    from cct_engine.entitlement.snapshot import Snapshot
    from cct_engine.rulebook import Compiled

__all__ = ["explain"]


def explain(
    connection: sa.Connection,
    home: Path,
    household_id: int,
    cycle_code: str,
    *,
    language: str | None = None,
    names: Mapping[int, str] | None = None,
) -> Explanation:
    """Explain one household's amount in one cycle.

    ``home`` is the data folder. ``language`` (en, hi, pt, es) writes sentences, amounts and months
    as a family reads them; without it they are plain English with ISO codes. ``names`` is what to
    call persons where the reader may know. Raises UnknownHousehold when the household, the cycle or
    its results are not there; SealBroken when the files are not the ones the database names.
    """
    kept = kept_cycle(connection, home, cycle_code)
    told = _told(home, kept, household_id, language=language, names=names)
    stored = aftermath(connection, cycle_id=kept.pins.cycle_id, household_id=household_id)
    if stored is None:
        raise UnknownHousehold(
            f"Household {household_id} has no result in {cycle_code}: the list that is stored was "
            "calculated without it."
        )
    judged = verdicts(kept.run, household_id)
    facts = evidence(kept.snapshot, household_id)
    found, law = told.found, kept.law
    return Explanation(
        household_id=household_id,
        cycle=kept.pins.code,
        state=kept.row.state,
        currency=kept.row.currency,
        as_of_valid=kept.pins.as_of_valid.isoformat(),
        as_of_known=kept.pins.as_of_known.isoformat(timespec="seconds"),
        snapshot_digest=kept.snapshot.digest,
        run_digest=kept.run.digest,
        compiled_digest=kept.run.compiled_digest,
        figures=stored.figures,
        calculated=told.calculated,
        workings=dict(found.workings) if found else {},
        lines=stored.lines,
        states=stored.states,
        verdicts=judged,
        evidence=facts,
        notices=stored.notices,
        law=told.law,
        sentences=_sentences(found, stored) if found else (),
        language=language or "en",
        title=found.telling.programme() if found else law.law.title,
        month=str(Month.of(kept.pins.period)),
        last_month=str(Month.of(kept.pins.period).plus(law.cycle_months - 1)),
        components=grounds.components_of(found, law) if found else (),
        bounds=found.telling.bounds() if found else (),
        earlier=grounds.earlier_of(found) if found else (),
        conditions=grounds.conditions_of(found, law, judged, facts) if found else (),
        ladders=grounds.ladders_of(found, law) if found else (),
        kept=grounds.kept_of(found, law, stored.lines) if found else (),
        corrections=corrected(connection, cycle=cycle_code, household_id=household_id),
        standing=found.telling.standing() if found else (),
        payee=found.telling.payee() if found else "",
        appeal=found.telling.appeal() if found else "",
    )


def _sentences(found: rulebook.Explanation, stored: Aftermath) -> tuple[str, ...]:
    """Say what the list pays and holds, also where a check set aside what was calculated."""
    names = ("pay_now", "held", "withheld", "forfeited")
    held: dict[str, int] = {}
    for line in stored.lines:
        if line.money_state == "held":
            held[line.reason_code] = held.get(line.reason_code, 0) + line.amount_minor
    sums = {name: stored.figures[f"{name}_minor"] for name in names}
    return found.telling.sentences(sums=sums, held=held)


class _Told(NamedTuple):
    """What the law says about the household; ``found`` is None where only the kept text can."""

    found: rulebook.Explanation | None
    calculated: dict[str, Any]
    law: tuple[LawValue, ...]


def _told(
    home: Path,
    kept: KeptCycle,
    household_id: int,
    *,
    language: str | None,
    names: Mapping[int, str] | None,
) -> _Told:
    shard = kept.snapshot.shard_of(household_id)
    for finding in changed_files(kept.snapshot.folder, [shard]):
        raise SealBroken(finding.text)
    compiled = recompiled(kept.row.rulebook, kept.pins.programme, Month.of(kept.pins.period))
    values = tuple(
        LawValue(read.name, read.value, read.from_on, read.law, read.unsure)
        for read in compiled.parameters_read
    )
    found = _explained(home, kept, shard, household_id, compiled, language=language, names=names)
    if found is None:
        return _Told(None, _kept_statement(kept.snapshot, kept.run, shard, household_id), values)
    return _Told(found, dict(found.decided), values)


def _explained(
    home: Path,
    kept: KeptCycle,
    shard: Shard,
    household_id: int,
    compiled: Compiled,
    *,
    language: str | None,
    names: Mapping[int, str] | None,
) -> rulebook.Explanation | None:
    """Let the rulebook explain; None where it would come to other lines than were sealed."""
    is_same = compiled.digest == kept.run.compiled_digest
    wording = LocalWording(language, kept.law.currency) if language else PlainWording()
    rows = {
        table: _rows_of(path, household_id) for table, path in kept.snapshot.paths(shard).items()
    }
    try:
        found = rulebook.explain(
            compiled,
            rows,
            household_id,
            rulebook=kept.law,
            texts=rulebook.family_texts(
                home / "programmes",
                kept.pins.programme,
                language=language or "en",
                month=Month.of(kept.pins.period),
            ),
            names=names,
            wording=wording,
        )
    except rulebook.UnknownHousehold as error:
        raise _not_there(kept.snapshot, household_id) from error
    except duckdb.Error:
        if is_same:
            raise
        return None  # the snapshot has not the columns that today's text reads
    if is_same or _amounts(found.lines) == _amounts(_sealed_lines(kept.run, shard, household_id)):
        return found
    return None


_OF_LINE = (
    "source",
    "component",
    "person_id",
    "pregnancy_id",
    "for_month",
    "due",
    "payable",
    "held",
)


def _amounts(lines: Any) -> list[tuple[Any, ...]]:
    return sorted(tuple(line[name] for name in _OF_LINE) for line in lines)


def _sealed_lines(run: Run, shard: Shard, household_id: int) -> list[dict[str, Any]]:
    path = run.folder / shard_file("line", shard.range.number)
    return list(_rows_of(path, household_id).to_pylist())


def _rows_of(path: Path, household_id: int) -> pa.Table:
    """Read one household's rows; the file is sorted, so that little of it is touched."""
    return pq.read_table(path, filters=[("household_id", "=", household_id)], use_threads=False)


def _kept_statement(
    snapshot: Snapshot, run: Run, shard: Shard, household_id: int
) -> dict[str, Any]:
    """Run the statement that was kept with the run, for one household."""
    path = run.folder / statement_file("explain")
    recorded = run.manifest.header["statements"]["explain"]
    same(sha256_of(path), recorded, f"The statement of {run.cycle}")
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
