"""The comparison: the sealed results of a cycle against another law's, shard after shard.

The other law is compiled for the cycle's month and run over the very files the cycle was calculated
from. Only sums leave a shard, and the families that change most; so memory does not grow.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from cct_engine import rulebook
from cct_engine.entitlement import DuckEngine, Progress, SealBroken
from cct_engine.entitlement.kept import kept_cycle
from cct_engine.entitlement.run import results_of
from cct_engine.entitlement.sealing import changed_files
from cct_engine.rulebook import Month
from cct_engine.simulation.values import (
    KINDS,
    ComponentChange,
    DistrictChange,
    FamilyChange,
    KindOfChange,
    Simulation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import sqlalchemy as sa

    from cct_engine.entitlement.engine import Session
    from cct_engine.entitlement.kept import KeptCycle
    from cct_engine.entitlement.manifest import Shard
    from cct_engine.rulebook import Compiled, Rulebook

__all__ = ["simulate"]

_EXTREMES: Final = 10
_SQL: Final = {
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.date32(): "DATE",
    pa.string(): "VARCHAR",
}


class OtherProgramme(ValueError):  # noqa: N818 - the name says what happened
    """The law that was given is not of the programme whose cycle it should be tried against."""


def simulate(
    connection: sa.Connection,
    home: Path,
    code: str,
    law: Rulebook,
    *,
    families: Callable[[pa.Table], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Simulation:
    """Try a law against a calculated cycle; nothing but files is read, and nothing is written.

    ``families`` is handed every family's before and after, shard by shard, in order of households.
    Raises UnknownHousehold when the cycle was not calculated, SealBroken when its files changed,
    OtherProgramme when the law is another programme's, and what compiling raises when it has no
    value for the cycle's month.
    """
    kept = kept_cycle(connection, home, code)
    if (law.programme, law.currency) != (kept.pins.programme, kept.row.currency):
        raise OtherProgramme(
            f"{law.file} is the law of {law.programme} in {law.currency}; {code} is a cycle of "
            f"{kept.pins.programme} in {kept.row.currency}. Give a law of that programme."
        )
    compiled = rulebook.compile_cycle(law, month=Month.of(kept.pins.period))
    sums = _Sums()
    done = 0
    waiting = _waiting(kept, law, compiled)
    for shard in kept.snapshot.shards:
        found = _compared(kept, shard, (law, compiled, waiting), sums)
        done += shard.range.household_count
        if families is not None:
            families(found)
        if on_progress is not None:
            count = kept.snapshot.household_count
            shards = len(kept.snapshot.shards)
            on_progress(Progress(shard.range.number, shards, done, count))
    return _simulation(kept, law, compiled, sums)


class _Sums:
    """What is added up over the shards."""

    def __init__(self) -> None:
        self.kinds: dict[str, list[int]] = {}
        self.components: dict[str, list[int]] = {}
        self.districts: dict[str, list[int]] = {}
        self.missing: set[str] = set()
        self.entitled: dict[str, list[int]] = {"before": [0], "after": [0]}
        self.families: dict[str, list[FamilyChange]] = {"gains": [], "losses": []}

    def add(self, into: dict[str, list[int]], rows: Iterable[tuple[Any, ...]]) -> None:
        """Add rows of a name and numbers."""
        for name, *numbers in rows:
            known = into.setdefault(str(name), [0] * len(numbers))
            into[str(name)] = [a + int(b) for a, b in zip(known, numbers, strict=True)]

    def keep(self, side: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Keep the families that change most."""
        candidates = [*self.families[side], *(FamilyChange(*row) for row in rows)]
        self.families[side] = heapq.nlargest(
            _EXTREMES, candidates, key=lambda one: (abs(one.change_minor), -one.household_id)
        )


def _waiting(kept: KeptCycle, law: Rulebook, compiled: Compiled) -> pa.Table | None:
    """Return the events of those whom the law's budget would not reach; None without a budget."""
    if law.law.budget is None:
        return None
    costs = []
    for shard in kept.snapshot.shards:
        tables, added = _inputs(kept, shard, law)
        with DuckEngine().over(tables) as session:
            _prepare(session, compiled, added)
            costs.append(session.batches(compiled.outlets[rulebook.QUEUE]).read_all())
    month = Month.of(kept.pins.period)
    found = rulebook.queue(law, month, pa.concat_tables(costs) if costs else None)
    return rulebook.waiting_events(law, month, found.waiting)


def _inputs(
    kept: KeptCycle, shard: Shard, law: Rulebook
) -> tuple[dict[str, Path | pa.Table], dict[str, tuple[tuple[str, str], ...]]]:
    """Return a shard's sealed inputs by name, and what the law reads that was not frozen."""
    paths = kept.snapshot.paths(shard)
    added = _added_columns(paths, law)
    raw = {name for name in paths if name in added}
    raw |= {"event"} if law.law.budget is not None else set()
    return {f"raw_{n}" if n in raw else f"src_{n}": path for n, path in paths.items()}, added


def _prepare(
    session: Session,
    compiled: Compiled,
    added: dict[str, tuple[tuple[str, str], ...]],
    *,
    budget: str = "",
) -> None:
    """Bring the inputs into the form that the law reads, and run its layers."""
    for name, columns in added.items():
        nulls = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in columns)
        session.layer(f"src_{name}", f"SELECT *, {nulls} FROM raw_{name}")
    if rulebook.QUEUE in compiled.outlets:
        others = f"SELECT * FROM raw_event WHERE code <> '{rulebook.WAITING_LIST}'"
        session.layer("src_event", others + budget)
    for layer in compiled.layers:
        session.layer(layer.name, layer.sql)


def _compared(
    kept: KeptCycle,
    shard: Shard,
    after: tuple[Rulebook, Compiled, pa.Table | None],
    sums: _Sums,
) -> pa.Table:
    """Run the law over one shard and add up; return every family's before and after."""
    law, compiled, waiting = after
    results = kept.run.shards[shard.range.number - 1]
    for folder, sealed in ((kept.snapshot.folder, shard), (kept.run.folder, results)):
        for finding in changed_files(folder, [sealed]):
            raise SealBroken(finding.text)
    tables, added = _inputs(kept, shard, law)
    for name, path in results_of(kept.run.folder, results).items():
        tables[f"was_{name}"] = path
    here = ""
    if waiting is not None:
        tables["waiting"] = waiting
        here = " UNION ALL BY NAME SELECT * FROM waiting WHERE household_id IN (SELECT household_id"
        here += " FROM raw_household)" if "raw_household" in tables else " FROM src_household)"
    with DuckEngine().over(tables) as session:
        for name, columns in added.items():
            sums.missing.update(f"{name}.{column}" for column, _ in columns)
        _prepare(session, compiled, added, budget=here)
        session.layer("is_household", compiled.outlets["household"])
        session.layer("is_line", compiled.outlets["line"])
        session.layer("compared", _FAMILIES)
        _add_up(session, sums)
        return session.batches("SELECT * FROM compared ORDER BY household_id").read_all()


def _added_columns(paths: dict[str, Path], law: Rulebook) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return, per table, the columns that the law reads and the cycle did not freeze."""
    added = {}
    for name, schema in rulebook.shard_schemas(law).items():
        frozen = set(pq.read_schema(paths[name]).names)
        columns = tuple((f.name, _SQL[f.type]) for f in schema if f.name not in frozen)
        if columns:
            added[name] = columns
    return added


def _add_up(session: Session, sums: _Sums) -> None:
    sums.add(sums.kinds, session.rows(_KINDS))
    sums.add(sums.components, session.rows(_COMPONENTS))
    sums.add(sums.districts, session.rows(_DISTRICTS))
    sums.add(sums.entitled, session.rows(_ENTITLED))
    for side, sign in (("gains", ">"), ("losses", "<")):
        sums.keep(side, session.rows(_MOST.format(sign=sign, most=_EXTREMES)))


# Entitled: what is due less what a sanction takes. A family only one side knows is 0 on the other.
_FAMILIES: Final = """
SELECT COALESCE(w.household_id, i.household_id) AS household_id,
       COALESCE(NULLIF(h.municipality, ''), NULLIF(h.area, ''), 'not known') AS district,
       COALESCE(w.gross - w.forfeited, 0) AS before_minor,
       COALESCE(i.gross - i.forfeited, 0) AS after_minor
FROM was_household AS w FULL JOIN is_household AS i ON i.household_id = w.household_id
LEFT JOIN src_household AS h ON h.household_id = COALESCE(w.household_id, i.household_id)"""

_KINDS: Final = """
SELECT CASE WHEN before_minor = after_minor THEN 'same'
            WHEN before_minor <= 0 THEN 'starts' WHEN after_minor <= 0 THEN 'stops'
            WHEN after_minor * 2 < before_minor THEN 'loses_half'
            WHEN after_minor < before_minor THEN 'loses'
            WHEN after_minor * 2 > before_minor * 3 THEN 'gains_half' ELSE 'gains' END AS kind,
       COUNT(*), CAST(SUM(before_minor) AS BIGINT), CAST(SUM(after_minor) AS BIGINT)
FROM compared GROUP BY kind"""

_COMPONENTS: Final = """
SELECT component, CAST(COUNT(DISTINCT CASE WHEN NOT is_new THEN household_id END) AS BIGINT),
       CAST(COUNT(DISTINCT CASE WHEN is_new THEN household_id END) AS BIGINT),
       CAST(SUM(CASE WHEN is_new THEN 0 ELSE due - forfeited END) AS BIGINT),
       CAST(SUM(CASE WHEN is_new THEN due - forfeited ELSE 0 END) AS BIGINT)
FROM (SELECT household_id, component, due, forfeited, FALSE AS is_new FROM was_line
      WHERE source = 'due' AND due <> 0
      UNION ALL
      SELECT household_id, component, due, forfeited, TRUE FROM is_line
      WHERE source = 'due' AND due <> 0) AS every
GROUP BY component"""

_DISTRICTS: Final = """
SELECT district, COUNT(*), CAST(COUNT(*) FILTER (WHERE after_minor > before_minor) AS BIGINT),
       CAST(COUNT(*) FILTER (WHERE after_minor < before_minor) AS BIGINT),
       CAST(SUM(before_minor) AS BIGINT), CAST(SUM(after_minor) AS BIGINT)
FROM compared GROUP BY district"""

_ENTITLED: Final = """
SELECT 'before', COUNT(*) FROM compared WHERE before_minor > 0
UNION ALL SELECT 'after', COUNT(*) FROM compared WHERE after_minor > 0"""

_MOST: Final = """
SELECT household_id, district, before_minor, after_minor FROM compared
WHERE after_minor {sign} before_minor
ORDER BY ABS(after_minor - before_minor) DESC, household_id LIMIT {most}"""


def _simulation(kept: KeptCycle, law: Rulebook, compiled: Compiled, sums: _Sums) -> Simulation:
    order = {c.code: n for n, c in enumerate((*kept.law.law.components, *law.law.components))}
    titles = {c.code: c.title for c in (*kept.law.law.components, *law.law.components)}
    kinds = tuple(KindOfChange(k, *sums.kinds.get(k, (0, 0, 0))) for k in KINDS)
    families = sums.families
    return Simulation(
        cycle=kept.pins.code,
        programme=kept.pins.programme,
        title=law.law.title,
        currency=kept.row.currency,
        law_before=kept.pins.rulebook_digest,
        law_after=law.digest,
        statement_after=compiled.digest,
        snapshot_digest=kept.snapshot.digest,
        household_count=sum(one.family_count for one in kinds),
        before_minor=sum(one.before_minor for one in kinds),
        after_minor=sum(one.after_minor for one in kinds),
        before_count=sums.entitled["before"][0],
        after_count=sums.entitled["after"][0],
        kinds=kinds,
        components=tuple(
            ComponentChange(code, titles.get(code) or code, *numbers)
            for code, numbers in sorted(
                sums.components.items(), key=lambda item: (order.get(item[0], 999), item[0])
            )
        ),
        districts=tuple(
            sorted(
                (DistrictChange(name, *numbers) for name, numbers in sums.districts.items()),
                key=lambda one: (-abs(one.change_minor), one.district),
            )
        ),
        gains=tuple(families["gains"]),
        losses=tuple(families["losses"]),
        not_frozen=tuple(sorted(sums.missing)),
    )
