"""Generated shards of Bolsa Família 2023 for the benchmark; the same seed, the same rows.

About four members and four facts a household; one family in nine has a ladder running, one in
thirty a balance, a twentieth of the attendance rows is a breach.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cct_engine.entitlement.copy_out import write_parquet
from cct_engine.entitlement.manifest import FileSeal, ShardRange, shard_file
from cct_engine.entitlement.sealing import seal_file, seal_manifest, seal_shards
from cct_engine.entitlement.snapshot import Snapshot
from cct_engine.rulebook import Month, programme, shard_schemas

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CYCLE", "HOUSEHOLDS_PER_SHARD", "write_snapshot"]

CYCLE = "2025-09"
HOUSEHOLDS_PER_SHARD = 50_000
_CYCLE_DAY = 20332  # 2025-09-01
_MONTHS = range(2025 * 12 + 3, 2025 * 12 + 7)  # April to July
_BEFORE = 2025 * 12 + 7
_SIZES = [0.08, 0.16, 0.22, 0.20, 0.14, 0.09, 0.05, 0.03, 0.02, 0.01]
_YEAR = 365

Columns = dict[str, Any]


def write_snapshot(folder: Path, households: int) -> Snapshot:
    """Seal the shards in a folder as a freeze does."""
    law = programme("bolsa_familia")
    schemas = shard_schemas(law)
    ranges = [
        ShardRange(number + 1, first + 1, last, last - first)
        for number, first in enumerate(range(0, households, HOUSEHOLDS_PER_SHARD))
        for last in [min(households, first + HOUSEHOLDS_PER_SHARD)]
    ]

    def write(those: ShardRange) -> tuple[FileSeal, ...]:
        rng = np.random.default_rng([7, those.number - 1])
        made = _shard(rng, those.first, those.household_count)
        seals = []
        for name, columns in made.items():
            write_rows = partial(write_parquet, _table(schemas[name], columns))
            seals.append(seal_file(folder, shard_file(name, those.number), write_rows))
        return tuple(seals)

    pins = {"cycle": f"bolsa_familia-{CYCLE}", "first_month": Month.parse(CYCLE).number}
    header = {"pins": pins, "columns": {name: schema.names for name, schema in schemas.items()}}
    shards = seal_shards(folder, ranges, header, write=write, after=lambda _shard, _made: None)
    return Snapshot(folder, seal_manifest(folder, header, shards))


def _table(schema: pa.Schema, columns: Columns) -> pa.Table:
    rows = len(columns["household_id"]) if columns else 0
    arrays = []
    for field in schema:
        given = columns.get(field.name)
        array = pa.nulls(rows, field.type) if given is None else pa.array(given)
        arrays.append(array.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _dates(name: str, days: np.ndarray) -> Columns:
    """Return a date as a shard has it: the date, its day number, its month number."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype("int64") + 1970 * 12
    return {
        name: pa.array(days.astype("int32")).cast(pa.date32()),
        f"{name}_day": days.astype("int32"),
        f"{name}_month": months.astype("int32"),
    }


def _shard(rng: np.random.Generator, first: int, count: int) -> dict[str, Columns]:
    ids = np.arange(first, first + count)
    size = rng.choice(np.arange(1, 11), count, p=_SIZES)
    income = np.minimum(rng.exponential(9000, count), 60000).astype("int64") * size
    household = {
        "household_id": ids,
        "enrolment_id": ids,
        "enrolled": np.ones(count, "int64"),
        "income_total": income,
        **_dates("enrolled_on", rng.integers(19500, 20200, count)),
        **_dates("updated_on", rng.integers(19700, 20300, count)),
    }
    member, age, finished = _members(rng, ids, size, first)
    shard = {"household": household, "member": member}
    shard["pregnancy"] = _pregnancies(member)
    pupils = np.nonzero((age > 4 * _YEAR) & (age < 18 * _YEAR) & ~finished)[0]
    shard["fact"] = _facts(rng, member, pupils)
    shard["state"] = _states(rng, ids)
    shard["balance"] = _balances(rng, ids)
    return shard | {"event": {}, "history": {}, "enrolled_elsewhere": {}}


def _members(
    rng: np.random.Generator, ids: np.ndarray, size: np.ndarray, first: int
) -> tuple[Columns, np.ndarray, np.ndarray]:
    total = int(size.sum())
    place = np.arange(total) - np.repeat(np.cumsum(size) - size, size)
    grown = place < np.where(np.repeat(size, size) > 2, 2, 1)
    old, young = rng.integers(18 * _YEAR, 70 * _YEAR, total), rng.integers(0, 19 * _YEAR, total)
    age = np.where(grown, old, young)
    finished = rng.random(total) < 0.01
    pregnant = (age > 16 * _YEAR) & (age < 40 * _YEAR) & (rng.random(total) < 0.02)
    person = first * 10 + np.arange(total)
    columns = {
        "household_id": np.repeat(ids, size),
        "member_id": person,
        "sex": np.where(rng.random(total) < 0.5, "F", "M"),
        "responsible": (place == 0).astype("int64"),
        "pregnant": pregnant.astype("int64"),
        "finished_basic_education": finished.astype("int64"),
        "id_digit": (person % 10).astype("U1"),
        **_dates("birth_date", _CYCLE_DAY - age),
        **_dates("joined_on", np.full(total, 19000)),
    }
    return columns, age, finished


def _pregnancies(member: Columns) -> Columns:
    who = np.nonzero(member["pregnant"])[0]
    return {
        "household_id": member["household_id"][who],
        "pregnancy_id": member["member_id"][who],
        "member_id": member["member_id"][who],
        **_dates("registered_on", np.full(len(who), _CYCLE_DAY - 60)),
    }


def _facts(rng: np.random.Generator, member: Columns, pupils: np.ndarray) -> Columns:
    who, month = np.nonzero(rng.random((len(pupils), len(_MONTHS))) < 0.88)
    count = len(who)
    days = rng.integers(15, 24, count)
    good = days * (0.85 + 0.15 * rng.random(count))
    present = np.where(rng.random(count) < 0.045, days * 0.6 * rng.random(count), good)
    return {
        "household_id": member["household_id"][pupils[who]],
        "member_id": member["member_id"][pupils[who]],
        "kind": np.full(count, "attendance"),
        "month": np.array(list(_MONTHS))[month],
        "numerator": present.astype("int64"),
        "denominator": days,
        "reason": np.where(rng.random(count) < 0.02, "ILLNESS", ""),
        "waived": np.zeros(count, "int64"),
    }


def _states(rng: np.random.Generator, ids: np.ndarray) -> Columns:
    mine = ids[rng.random(len(ids)) < 0.11]
    count = len(mine)
    zero, last = np.zeros(count, "int64"), np.full(count, _BEFORE - 1)
    return {
        "household_id": mine,
        "ladder": np.full(count, "family"),
        "subject_id": zero,
        "cycle_month": np.full(count, _BEFORE),
        "state": rng.choice(["warned", "blocked", "suspended"], count),
        "since_month": last,
        "until_month": last,
        "last_effect_month": last,
        "counter_1": zero,
        "counter_2": zero,
        "counter_3": zero,
    }


def _balances(rng: np.random.Generator, ids: np.ndarray) -> Columns:
    mine = ids[rng.random(len(ids)) < 0.03]
    count = len(mine)
    month = np.full(count, _BEFORE)
    return {
        "household_id": mine,
        "kind": np.full(count, "held"),
        "component": np.full(count, "BRC"),
        "person_id": np.zeros(count, "int64"),
        "pregnancy_id": np.zeros(count, "int64"),
        "for_month": month,
        "origin_month": month,
        "amount": np.full(count, 60000),
        "reason_code": np.full(count, "ladder:family:blocked"),
    }
