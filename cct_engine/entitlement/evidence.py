"""Why a condition counted as met or not: verdicts of a run, and the facts they stand on.

A fact is addressed by the SHA-256 of the sealed file it lies in and its row there (from 0). The
address can be written into a letter or a judgment: as long as the snapshot is kept it leads to the
one row, and the hash proves that the row is the one that was used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from cct_engine.entitlement.errors import SealBroken, UnknownHousehold
from cct_engine.entitlement.manifest import shard_file
from cct_engine.entitlement.sealing import sha256_of

if TYPE_CHECKING:
    from cct_engine.entitlement.manifest import FileSeal, Shard
    from cct_engine.entitlement.run import Run
    from cct_engine.entitlement.snapshot import Snapshot

__all__ = ["Evidence", "Verdict", "evidence", "fact_at", "verdicts"]

_FACT = "fact"


class Verdict(NamedTuple):
    """One condition, one subject, one window. Months are year * 12 + month - 1, both inclusive.

    ``verdict`` is met, not_met, no_information or exempt; ``subject_id`` 0 is the household.
    """

    condition: str
    subject_id: int
    window_first_month: int
    window_last_month: int
    numerator: int | None
    denominator: int | None
    verdict: str
    reason: str


class Evidence(NamedTuple):
    """A fact as it was frozen, and its address ``<sha256>:<row>``. ``member_id`` 0: household."""

    address: str
    member_id: int
    kind: str
    month: int
    numerator: int | None
    denominator: int | None
    reason: str | None
    waived: int | None


def verdicts(run: Run, household_id: int) -> tuple[Verdict, ...]:
    """Return the verdicts of one household, by condition, subject and window.

    Raises UnknownHousehold when the run does not hold it.
    """
    shard = _shard(run.shards, household_id, run.cycle)
    rows = _rows(run.folder / shard_file("verdict", shard.range.number), household_id)
    return tuple(Verdict(*(row[name] for name in Verdict._fields)) for row in rows)


def evidence(snapshot: Snapshot, household_id: int) -> tuple[Evidence, ...]:
    """Return every fact that was frozen for one household, with its address."""
    seal = _fact_file(snapshot.shard_of(household_id))
    path = snapshot.folder / seal.name
    ids = pq.read_table(path, columns=["household_id"])["household_id"].to_pylist()
    first = ids.index(household_id) if household_id in ids else 0
    return tuple(
        _evidence(f"{seal.sha256}:{first + place}", row)
        for place, row in enumerate(_rows(path, household_id))
    )


def fact_at(snapshot: Snapshot, address: str) -> Evidence:
    """Return the fact at an address, after hashing its file again.

    Raises SealBroken when no file of the snapshot has that hash, or the file has changed since.
    """
    sha256, _, row = address.partition(":")
    for shard in snapshot.shards:
        seal = _fact_file(shard)
        if seal.sha256 == sha256:
            path = snapshot.folder / seal.name
            if sha256_of(path) != sha256:
                raise SealBroken(
                    f"{seal.name} is no longer what was sealed as {sha256}: the fact cannot be "
                    "shown as evidence. Bring the file back from a copy."
                )
            return _evidence(address, pq.read_table(path).slice(int(row), 1).to_pylist()[0])
    raise SealBroken(
        f"No fact file of the snapshot of {snapshot.cycle} was sealed as {sha256}. The address "
        "belongs to another cycle's snapshot."
    )


def _shard(shards: tuple[Shard, ...], household_id: int, cycle: str) -> Shard:
    for shard in shards:
        if shard.range.first <= household_id <= shard.range.last:
            return shard
    raise UnknownHousehold(
        f"Household {household_id} is not in the run of {cycle}: it was not enrolled or applying "
        "at the cut-off."
    )


def _fact_file(shard: Shard) -> FileSeal:
    return next(seal for seal in shard.files if seal.name.startswith(f"{_FACT}/"))


def _rows(path: Any, household_id: int) -> list[dict[str, Any]]:
    found = pq.read_table(path, filters=[("household_id", "=", household_id)])
    return list(found.to_pylist())


def _evidence(address: str, row: dict[str, Any]) -> Evidence:
    return Evidence(address, *(row[name] for name in Evidence._fields[1:]))
