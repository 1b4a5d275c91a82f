"""The sealed inputs of one cycle: who was enrolled, what was reported, what earlier cycles left.

A shard is a range of household ids; each table of a shard is one Parquet file sorted by household.
The snapshot's digest is the SHA-256 of its manifest, which names the SHA-256 of every file: whoever
has the folder can calculate the cycle again years later and prove that nothing was changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.entitlement.errors import UnknownHousehold
from cct_engine.entitlement.manifest import shard_file
from cct_engine.entitlement.sealing import open_manifest, verified

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cct_engine.entitlement.manifest import FileFinding, Manifest, Shard
    from cct_engine.entitlement.pins import CyclePins

__all__ = ["Snapshot", "open_snapshot", "record_snapshot", "verify_snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A sealed snapshot on disk."""

    folder: Path
    manifest: Manifest

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest: it stands for every byte of the inputs."""
        return self.manifest.digest

    @property
    def cycle(self) -> str:
        """The code of the cycle it was frozen for."""
        return str(self.manifest.header["pins"]["cycle"])

    @property
    def first_month(self) -> int:
        """The first month paid for, as year * 12 + month - 1."""
        return int(self.manifest.header["pins"]["first_month"])

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the shard tables."""
        return tuple(self.manifest.header["columns"])

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The shards, in order of household ids."""
        return self.manifest.shards

    @property
    def household_count(self) -> int:
        """How many households were frozen."""
        return sum(shard.range.household_count for shard in self.shards)

    def paths(self, shard: Shard) -> dict[str, Path]:
        """Return where each table of a shard lies."""
        return {table: self.folder / shard_file(table, shard.range.number) for table in self.tables}

    def shard_of(self, household_id: int) -> Shard:
        """Return the shard a household is in. Raises UnknownHousehold."""
        for shard in self.shards:
            if shard.range.first <= household_id <= shard.range.last:
                return shard
        raise UnknownHousehold(
            f"Household {household_id} is not in the snapshot of {self.cycle}: it was not enrolled "
            "or applying at the cut-off. Ask for a later cycle."
        )


def open_snapshot(folder: Path) -> Snapshot:
    """Open a sealed snapshot. Raises SealBroken when the folder has no manifest."""
    return Snapshot(folder, open_manifest(folder))


def verify_snapshot(snapshot: Snapshot, folder: Path | None = None) -> tuple[FileFinding, ...]:
    """Hash every file again; return a finding for each that is missing or changed.

    ``folder`` is where the files lie now, if they have moved. The manifest itself is compared with
    the digest the snapshot was opened or recorded with.
    """
    return verified(folder or snapshot.folder, snapshot.manifest)


def record_snapshot(
    connection: sa.Connection, pins: CyclePins, snapshot: Snapshot, *, home: Path, at: datetime
) -> None:
    """Write the snapshot's digest and counts into the database, once.

    ``home`` is the data folder the stored path is relative to. The same snapshot again is a no-op;
    another one for the same cycle violates the primary key.
    """
    known = connection.execute(
        sa.text("SELECT digest FROM cycle.snapshot WHERE cycle_id = :cycle_id"),
        {"cycle_id": pins.cycle_id},
    ).scalar()
    if known == snapshot.digest:
        return
    connection.execute(
        sa.text(
            "INSERT INTO cycle.snapshot (cycle_id, folder, shard_count, household_count, "
            "row_counts, digest, sealed_at) VALUES (:cycle_id, :folder, :shard_count, "
            ":household_count, :row_counts, :digest, :at)"
        ).bindparams(sa.bindparam("row_counts", type_=sa.JSON)),
        {
            "cycle_id": pins.cycle_id,
            "folder": snapshot.folder.relative_to(home).as_posix(),
            "shard_count": len(snapshot.shards),
            "household_count": snapshot.household_count,
            "row_counts": snapshot.manifest.row_counts(),
            "digest": snapshot.digest,
            "at": at,
        },
    )
