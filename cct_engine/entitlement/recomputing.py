"""A closed cycle calculated again from what was sealed: the proof that it can be repeated.

Sealed inputs, the statement kept word for word with the run, another folder: every row of every
result has to be the one that was sealed. The bytes of a file may differ (another release of the
engine packs them otherwise); a row may not.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from cct_engine.entitlement.calculation import calculate
from cct_engine.entitlement.errors import SealBroken
from cct_engine.entitlement.kept import kept_cycle
from cct_engine.entitlement.run import verify_run
from cct_engine.entitlement.snapshot import verify_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    import sqlalchemy as sa

    from cct_engine.entitlement.calculation import Progress
    from cct_engine.entitlement.run import Run

__all__ = ["Recomputed", "recompute"]


class Recomputed(NamedTuple):
    """What a repetition gave. ``compiler_is_same``: the law compiles to the same text today.

    ``changed_files`` are results with other rows than were sealed; a run that ``repeats`` has none.
    """

    cycle: str
    as_of_valid: str
    as_of_known: str
    rulebook_digest: str
    statement_digest: str
    snapshot_digest: str
    recorded_digest: str
    household_count: int
    row_counts: dict[str, int]
    compiler_is_same: bool
    changed_files: tuple[str, ...]

    @property
    def repeats(self) -> bool:
        """Whether every amount is the sealed one."""
        return not self.changed_files

    def as_dict(self) -> dict[str, Any]:
        """Return the repetition as plain values."""
        return self._asdict() | {"repeats": self.repeats}


def recompute(
    connection: sa.Connection,
    home: Path,
    code: str,
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> Recomputed:
    """Calculate a cycle again from its sealed inputs and compare every result file.

    Nothing of the cycle is touched; the repetition is thrown away. Raises SealBroken when an input
    or a result is no longer what was sealed, UnknownHousehold when the cycle was not calculated.
    """
    kept = kept_cycle(connection, home, code)
    for finding in (*verify_snapshot(kept.snapshot), *verify_run(kept.run)):
        raise SealBroken(finding.text)
    with tempfile.TemporaryDirectory(prefix="cct-recompute-") as folder:
        again = calculate(
            kept.snapshot, kept.kept_statements(), Path(folder), on_progress=on_progress
        )
        changed = tuple(_changed(kept.run, again))
        counts = again.row_counts()
    return Recomputed(
        cycle=code,
        as_of_valid=kept.pins.as_of_valid.isoformat(),
        as_of_known=kept.pins.as_of_known.isoformat(),
        rulebook_digest=kept.pins.rulebook_digest,
        statement_digest=kept.run.compiled_digest,
        snapshot_digest=kept.snapshot.digest,
        recorded_digest=kept.run.digest,
        household_count=kept.snapshot.household_count,
        row_counts=counts,
        compiler_is_same=kept.compiled is not None,
        changed_files=changed,
    )


def _changed(sealed: Run, again: Run) -> Iterator[str]:
    """Compare row by row what is not the same byte by byte."""
    given = {file.name: file.sha256 for shard in again.shards for file in shard.files}
    for shard in sealed.shards:
        for file in shard.files:
            if given.get(file.name) != file.sha256 and (
                file.name not in given
                or _rows(sealed.folder / file.name) != _rows(again.folder / file.name)
            ):
                yield file.name


def _rows(path: Path) -> dict[str, pa.ChunkedArray]:
    """Return the columns of a result, sorted by all of them: what is compared is values."""
    rows = pq.read_table(path)
    ordered = rows.sort_by([(name, "ascending") for name in rows.column_names])
    return dict(zip(ordered.column_names, ordered.columns, strict=True))
