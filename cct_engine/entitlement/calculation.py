"""One statement over one shard after another: from a sealed snapshot to sealed results.

A shard is the unit of memory, of retry and of progress. Each outlet of the compiled rulebook
becomes one Parquet file per shard; what was written is read back and added up before it counts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from structlog import get_logger

from cct_engine import failpoints
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.errors import SealBroken
from cct_engine.entitlement.identities import IdentityFinding, broken_identities
from cct_engine.entitlement.manifest import FileSeal, Shard, ShardRange, shard_file
from cct_engine.entitlement.results import OUTLETS, check_columns, ordered
from cct_engine.entitlement.run import KEPT, Run, results_of, statement_file
from cct_engine.entitlement.sealing import changed_files, seal_file, seal_manifest, seal_shards

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cct_engine.entitlement.engine import Engine, Session
    from cct_engine.entitlement.snapshot import Snapshot

__all__ = ["HasLayer", "HasStatements", "Progress", "calculate"]

_FORMAT = 1


class HasLayer(Protocol):
    """One named select of a compiled rulebook."""

    @property
    def name(self) -> str:
        """Return the name later layers and the outlets read it by."""
        ...

    @property
    def sql(self) -> str:
        """Return the select over ``src_<table>`` and earlier layers."""
        ...


class HasStatements(Protocol):
    """A compiled rulebook, as far as a run needs it."""

    @property
    def digest(self) -> str:
        """Return the SHA-256 that stands for the law and the month it was compiled for."""
        ...

    @property
    def layers(self) -> Sequence[HasLayer]:
        """Return the chain that all outlets read, in order; each is run once per shard."""
        ...

    @property
    def outlets(self) -> Mapping[str, str]:
        """Return each outlet's select over the layers."""
        ...

    def statement(self, outlet: str) -> str:
        """Return chain and outlet as one statement: what is kept with the run."""
        ...


class Progress(NamedTuple):
    """How far a run is, after each shard."""

    shards_done: int
    shard_count: int
    households_done: int
    household_count: int


def calculate(
    snapshot: Snapshot,
    compiled: HasStatements,
    folder: Path,
    *,
    engine: Engine | None = None,
    hit: Callable[[str], None] = failpoints.hit,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Calculate a snapshot into ``folder``; a killed run goes on with the next missing shard.

    Every input file is hashed before it is read. Raises SealBroken when one has changed,
    SchemaDrift when an outlet gives other columns or types, FolderTaken. Contradictions inside the
    results are findings of the run, naming the household; such a run cannot be stored.
    """
    runner = engine or DuckEngine()
    statements = {outlet: compiled.statement(outlet).strip() + "\n" for outlet in KEPT}
    for outlet, statement in statements.items():
        _seal_text(folder, statement_file(outlet), statement)
    header = {
        "format": _FORMAT,
        "cycle": snapshot.cycle,
        "first_month": snapshot.first_month,
        "snapshot": snapshot.digest,
        "engine": runner.name,
        "compiled_digest": compiled.digest,
        "statements": {
            outlet: hashlib.sha256(text.encode()).hexdigest() for outlet, text in statements.items()
        },
    }
    agreed: set[str] = set()
    findings: list[IdentityFinding] = []
    done = [0, 0]

    def write(households: ShardRange) -> tuple[FileSeal, ...]:
        source = snapshot.shards[households.number - 1]
        tables = {f"src_{table}": path for table, path in snapshot.paths(source).items()}
        for changed in changed_files(snapshot.folder, [source]):
            raise SealBroken(changed.text)
        with runner.over(tables) as session:
            for layer in compiled.layers:
                session.layer(layer.name, layer.sql)
            for outlet in OUTLETS.keys() - agreed:
                check_columns(session, outlet, compiled.outlets[outlet])
                agreed.add(outlet)
            return _write_outlets(session, compiled, folder, households.number)

    def after(shard: Shard, made: bool) -> None:  # noqa: FBT001 - the shape seal_shards calls
        findings.extend(_broken(runner, snapshot, shard, folder))
        done[0] += 1
        done[1] += shard.range.household_count
        if on_progress is not None:
            on_progress(Progress(done[0], len(snapshot.shards), done[1], snapshot.household_count))
        if made:
            hit("calculate.after_shard")

    ranges = [shard.range for shard in snapshot.shards]
    shards = seal_shards(folder, ranges, header, write=write, after=after)
    found = {"findings": [list(finding) for finding in findings]}
    run = Run(folder, seal_manifest(folder, header | found, shards))
    get_logger().info(
        "calculate.sealed",
        cycle=run.cycle,
        shards=len(shards),
        digest=run.digest,
        findings=len(findings),
        **run.row_counts(),
    )
    return run


def _write_outlets(
    session: Session, compiled: HasStatements, folder: Path, number: int
) -> tuple[FileSeal, ...]:
    seals = []
    for outlet in OUTLETS:
        rows = ordered(outlet, compiled.outlets[outlet])

        def write(path: Path, rows: str = rows) -> int:
            return session.write(rows, path)

        seals.append(seal_file(folder, shard_file(outlet, number), write))
    return tuple(seals)


def _broken(
    engine: Engine, snapshot: Snapshot, shard: Shard, folder: Path
) -> tuple[IdentityFinding, ...]:
    tables: dict[str, Any] = results_of(folder, shard)
    source = snapshot.shards[shard.range.number - 1]
    tables["src_household"] = snapshot.paths(source)["household"]
    with engine.over(tables) as session:
        return broken_identities(session)


def _seal_text(folder: Path, name: str, text: str) -> None:
    def write(path: Path) -> int:
        path.write_text(text)
        return text.count("\n")

    seal_file(folder, name, write)
