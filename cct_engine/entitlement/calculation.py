"""One statement over one shard after another: from a sealed snapshot to sealed results.

A shard is the unit of memory, of retry and of progress. Each outlet of the compiled rulebook
becomes one Parquet file per shard; what was written is read back and added up before it counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from structlog import get_logger

from cct_engine import failpoints
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.errors import SealBroken
from cct_engine.entitlement.identities import IdentityFinding, broken_identities
from cct_engine.entitlement.manifest import FileSeal, Shard, ShardRange, shard_file
from cct_engine.entitlement.results import OUTLETS, check_columns, ordered
from cct_engine.entitlement.run import KEPT, Run, results_of, statement_file
from cct_engine.entitlement.sealing import changed_files, seal_file, seal_manifest, seal_shards
from cct_engine.rulebook import named_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cct_engine.entitlement.engine import Engine, Opens, Session
    from cct_engine.entitlement.snapshot import Snapshot
    from cct_engine.entitlement.statements import HasStatements

__all__ = ["Progress", "calculate"]

_FORMAT = 1
_MEMORY_MB = 320  # of DuckDB: two shards need half; near its limit it keeps returning memory
_WRITTEN = ("verdict", "state", "household", "line")
"""The outlet that sorts most comes last, when what only the others read is gone."""
_SIDE_BY_SIDE = 2  # a shard of 50,000 households keeps about one processor busy


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
    # Arrow's own allocator keeps for each thread what it freed: 100 MB beside DuckDB.
    pa.set_memory_pool(pa.system_memory_pool())
    side_by_side = min(_SIDE_BY_SIDE, len(snapshot.shards)) or 1
    runner = engine or DuckEngine(memory_mb=_MEMORY_MB, side_by_side=side_by_side)
    done = [0, 0]

    def after(shard: Shard, made: bool) -> None:  # noqa: FBT001 - the shape seal_shards calls
        done[0] += 1
        done[1] += shard.range.household_count
        if on_progress is not None:
            on_progress(Progress(done[0], len(snapshot.shards), done[1], snapshot.household_count))
        if made:
            hit("calculate.after_shard")

    with runner.started() as sessions:
        work = _Calculation(snapshot, compiled, folder, sessions, _last_read(compiled))
        header = work.begun(runner.name)
        shards = seal_shards(
            folder,
            [shard.range for shard in snapshot.shards],
            header,
            write=work.write,
            read_back=work.read_back,
            after=after,
            workers=runner.side_by_side,
        )
    findings = [list(finding) for shard in shards for finding in work.found[shard.range.number]]
    run = Run(folder, seal_manifest(folder, header | {"findings": findings}, shards))
    get_logger().info(
        "calculate.sealed",
        cycle=run.cycle,
        shards=len(shards),
        digest=run.digest,
        findings=len(findings),
        **run.row_counts(),
    )
    return run


@dataclass(frozen=True, slots=True)
class _Calculation:
    """What stays the same from shard to shard; ``found`` is by the shard's number."""

    snapshot: Snapshot
    compiled: HasStatements
    folder: Path
    sessions: Opens
    last_read: Mapping[str, Sequence[str]]
    agreed: set[str] = field(default_factory=set)
    found: dict[int, tuple[IdentityFinding, ...]] = field(default_factory=dict)

    def begun(self, engine: str) -> dict[str, Any]:
        """Seal the statements; return what stands for all that the results are made from."""
        texts = {outlet: self.compiled.statement(outlet).strip() + "\n" for outlet in KEPT}
        for outlet, text in texts.items():
            _seal_text(self.folder, statement_file(outlet), text)
        return {
            "format": _FORMAT,
            "cycle": self.snapshot.cycle,
            "first_month": self.snapshot.first_month,
            "snapshot": self.snapshot.digest,
            "engine": engine,
            "compiled_digest": self.compiled.digest,
            "statements": {
                outlet: hashlib.sha256(text.encode()).hexdigest() for outlet, text in texts.items()
            },
        }

    def write(self, households: ShardRange) -> tuple[FileSeal, ...]:
        """Calculate one shard and seal its outlets."""
        source = self.snapshot.shards[households.number - 1]
        for changed in changed_files(self.snapshot.folder, [source]):
            raise SealBroken(changed.text)
        paths = self.snapshot.paths(source)
        with self.sessions.over({f"src_{table}": path for table, path in paths.items()}) as session:
            for layer in self.compiled.layers:
                session.layer(layer.name, layer.sql)
                self._forget_after(layer.name, session)
            for outlet in OUTLETS.keys() - self.agreed:
                check_columns(session, outlet, self.compiled.outlets[outlet])
                self.agreed.add(outlet)
            seals = {}
            for outlet in _WRITTEN:
                seals[outlet] = self._write_outlet(session, outlet, households.number)
                self._forget_after(outlet, session)
        return tuple(seals[outlet] for outlet in OUTLETS)

    def _forget_after(self, read: str, session: Session) -> None:
        for layer in self.last_read.get(read, ()):
            session.forget(layer)

    def _write_outlet(self, session: Session, outlet: str, number: int) -> FileSeal:
        rows = ordered(outlet, self.compiled.outlets[outlet])
        return seal_file(
            self.folder, shard_file(outlet, number), lambda path: session.write(rows, path)
        )

    def read_back(self, shard: Shard) -> None:
        """Add up what one shard's files hold, and keep what does not hold."""
        source = self.snapshot.shards[shard.range.number - 1]
        frozen = self.snapshot.paths(source)["household"]
        self.found[shard.range.number] = broken_identities(results_of(self.folder, shard), frozen)


def _last_read(compiled: HasStatements) -> dict[str, list[str]]:
    """Return, by the layer or outlet that reads them last, the layers not needed after it."""
    texts = {layer.name: layer.sql for layer in compiled.layers}
    texts |= {outlet: compiled.outlets[outlet] for outlet in _WRITTEN}
    last = {layer.name: layer.name for layer in compiled.layers}
    for reader, text in texts.items():
        last |= dict.fromkeys(named_in(last, [text]), reader)
    found: dict[str, list[str]] = {}
    for layer, reader in last.items():
        found.setdefault(reader, []).append(layer)
    return found


def _seal_text(folder: Path, name: str, text: str) -> None:
    def write(path: Path) -> int:
        path.write_text(text)
        return text.count("\n")

    seal_file(folder, name, write)
