"""The replay: a past cycle's own statement, over its inputs as they are known now.

Only the households of ``pg_temp.corrected`` are read and calculated. What a month gives goes into
temporary tables, so that the next month finds the states and the paid months it would have found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from cct_engine.entitlement import recorded
from cct_engine.entitlement import recorded_sql as written
from cct_engine.entitlement.copy_out import copy_table, driver
from cct_engine.entitlement.engine import DuckEngine
from cct_engine.entitlement.errors import SealBroken
from cct_engine.entitlement.manifest import shard_file
from cct_engine.entitlement.sealing import sha256_of
from cct_engine.entitlement.storing import write_csv
from cct_engine.rulebook import shard_schemas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cct_engine.entitlement.correction.run import Inputs
    from cct_engine.entitlement.kept import KeptCycle
    from cct_engine.entitlement.pins import CyclePins
    from cct_engine.entitlement.recorded import EarlierCycle
    from cct_engine.rulebook import Month

__all__ = [
    "CANDIDATES",
    "make_tables",
    "next_households",
    "note_candidates",
    "note_changed",
    "replay",
]

CANDIDATES = "pg_temp.candidate"
_FROM_DATABASE = ("household", "member", "pregnancy", "fact", "event", "enrolled_elsewhere")

_TABLES = (
    "candidate (household_id bigint PRIMARY KEY, first_month integer NOT NULL)",
    "touched (household_id bigint PRIMARY KEY, from_month integer NOT NULL)",
    "corrected (household_id bigint PRIMARY KEY, from_month integer NOT NULL)",
    """shadow_line (household_id bigint, component text, person_id bigint, pregnancy_id bigint,
        for_month integer, amount_minor bigint)""",
    """replayed_line (household_id bigint, corrected_cycle_id integer, component text,
        person_id bigint, pregnancy_id bigint, for_period date, before_minor bigint,
        after_minor bigint)""",
    """replayed_state (household_id bigint, ladder text, subject_id bigint, cycle_month integer,
        state text, since_month integer, until_month integer, last_effect_month integer,
        phase_since_month integer, counter_1 bigint, counter_2 bigint, counter_3 bigint,
        shows text, breach smallint, judged smallint, caused_by text)""",
)


def make_tables(connection: sa.Connection) -> None:
    """Make the temporary tables of a run."""
    for table in _TABLES:
        connection.execute(sa.text(f"CREATE TEMP TABLE {table} ON COMMIT DROP"))


def note_candidates(connection: sa.Connection, select: str, *, programme_id: int) -> None:
    """Keep of the households found those that were on an approved list, and since which month."""
    connection.execute(
        sa.text(f"""
            INSERT INTO pg_temp.candidate
            SELECT household_id, min({written.month_of("c.period")})
            FROM ({select}) AS found JOIN cycle.household_result USING (household_id)
            JOIN cycle.cycle AS c USING (cycle_id)
            WHERE c.programme_id = :programme AND c.state IN ('approved', 'released', 'closed')
            GROUP BY household_id"""),
        {"programme": programme_id},
    )
    connection.execute(sa.text("ANALYZE pg_temp.candidate"))


def note_changed(
    connection: sa.Connection,
    cycle: KeptCycle,
    then: Mapping[str, str],
    now: Mapping[str, str],
    read: Mapping[str, frozenset[Month]],
) -> None:
    """Note the candidates whose inputs of a past cycle are other rows now than they were."""
    for table in _FROM_DATABASE:
        keep = _facts_read(read) if table == "fact" else "true"
        sides = [f"(SELECT * FROM ({one[table]}) AS s WHERE {keep})" for one in (then, now)]
        connection.execute(
            sa.text(f"""
                INSERT INTO pg_temp.touched
                SELECT DISTINCT household_id, CAST(:month AS integer) FROM (
                    ({sides[0]} EXCEPT ALL {sides[1]}) UNION ALL
                    ({sides[1]} EXCEPT ALL {sides[0]})) AS differing
                JOIN pg_temp.candidate USING (household_id) WHERE first_month <= :month
                ON CONFLICT DO NOTHING"""),
            {"month": cycle.pins.first_month},
        )


def _facts_read(read: Mapping[str, frozenset[Month]]) -> str:
    tests = [
        f"(kind = '{kind}' AND month IN ({', '.join(str(m.number) for m in sorted(months))}))"
        for kind, months in sorted(read.items())
        if months
    ]
    return " OR ".join(tests) or "false"


def next_households(connection: sa.Connection, most: int) -> int:
    """Take the next households to be replayed; return how many."""
    for table in ("corrected", "replayed_line", "replayed_state"):
        connection.execute(sa.text(f"DELETE FROM pg_temp.{table}"))
    taken = connection.execute(
        sa.text("""
            WITH taken AS (DELETE FROM pg_temp.touched WHERE household_id IN (
                SELECT household_id FROM pg_temp.touched ORDER BY household_id LIMIT :most)
                RETURNING household_id, from_month)
            INSERT INTO pg_temp.corrected SELECT * FROM taken"""),
        {"most": most},
    ).rowcount
    connection.execute(sa.text("ANALYZE pg_temp.corrected"))
    return taken


def replay(
    connection: sa.Connection,
    cycle: KeptCycle,
    before: Sequence[EarlierCycle],
    *,
    pins: CyclePins,
    inputs: Inputs,
) -> None:
    """Replay one past cycle for the households whose story changed in it or before it.

    ``before`` are the programme's cycles before it, ``pins`` those of the correcting cycle.
    """
    month = cycle.pins.first_month
    among = f"pg_temp.corrected WHERE from_month <= {month}"
    ids = copy_table(connection, "touched", f"SELECT household_id FROM {among} ORDER BY 1", _IDS)
    if not len(ids):
        return
    sources = _sources(connection, cycle, before, inputs, pins=pins, among=among, ids=ids)
    statements = cycle.statements
    with DuckEngine().over({f"src_{name}": rows for name, rows in sources.items()}) as session:
        for layer in statements.layers:
            session.layer(layer.name, layer.sql)
        session.layer("line", statements.outlets["line"])
        session.layer("state", statements.outlets["state"])
        _copy_in(connection, "shadow_line", session.batches(_RECOGNISED))
        _copy_in(connection, "replayed_state", session.batches(_STATES.format(month=month)))
    asked = {"cycle_id": cycle.pins.cycle_id, "month": month}
    for statement in _COMPARED:
        connection.execute(sa.text(statement), asked)


def _sources(
    connection: sa.Connection,
    cycle: KeptCycle,
    before: Sequence[EarlierCycle],
    inputs: Inputs,
    *,
    pins: CyclePins,
    among: str,
    ids: pa.Table,
) -> dict[str, pa.Table]:
    """Return the shard tables of the touched households: as known now, with their own past."""
    schemas = shard_schemas(cycle.law)
    selects = dict(inputs.selects(cycle.pins, cycle.law, known=pins.as_of_known, among=among))
    earlier = ", ".join(str(one.cycle_id) for one in before) or "0"
    here = f"household_id IN (SELECT household_id FROM {among})"
    effective = written.EFFECTIVE.format(ids=earlier, here=here, programme=pins.programme_id)
    selects["state"] = written.STATE.format(
        effective=f"""
            SELECT e.* FROM ({effective}) AS e JOIN pg_temp.corrected AS t USING (household_id)
            WHERE e.cycle_month < t.from_month
            UNION ALL
            SELECT {written.STATE_COLUMNS} FROM pg_temp.replayed_state
            WHERE {here} AND cycle_month < {cycle.pins.first_month}"""
    )
    selects["history"] = recorded.history_select(
        before,
        cycle.law.history_components(),
        here=here,
        more=f"SELECT household_id, component, person_id, pregnancy_id, for_period,"
        f" after_minor - before_minor AS amount_minor FROM pg_temp.replayed_line WHERE {here}",
    )
    sources = {}
    for table, schema in schemas.items():
        if table == "balance":
            sources[table] = _sealed_balances(cycle, schema, ids)
            continue
        columns = ", ".join(f'"{name}"' for name in schema.names)
        query = f"SELECT {columns} FROM ({selects[table]}) AS rows ORDER BY {columns}"
        sources[table] = copy_table(connection, table, query, schema)
    return sources


def _sealed_balances(cycle: KeptCycle, schema: pa.Schema, ids: pa.Table) -> pa.Table:
    """Return the open money as the cycle found it: what was held then is no matter of today."""
    wanted = ids["household_id"].combine_chunks()
    parts = [schema.empty_table()]
    for shard in cycle.snapshot.shards:
        name = shard_file("balance", shard.range.number)
        path = cycle.snapshot.folder / name
        seal = next(seal for seal in shard.files if seal.name == name)
        if sha256_of(path) != seal.sha256:
            raise SealBroken(
                f"{name} of {cycle.pins.code} is no longer what was sealed; a correction from it "
                "would be false. Bring the file back from a copy."
            )
        rows = pq.read_table(path, schema=schema)
        parts.append(rows.filter(pc.is_in(rows["household_id"], value_set=wanted)))
    return pa.concat_tables(parts).combine_chunks()


def _copy_in(connection: sa.Connection, table: str, rows: pa.RecordBatchReader) -> None:
    statement = f"COPY pg_temp.{table} FROM STDIN (FORMAT csv)"
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        write_csv(rows, copy)


_IDS = pa.schema([pa.field("household_id", pa.int64(), nullable=False)])

# What the month recognises, whatever its state: paid, held or withheld. What lapses is taken off.
_RECOGNISED = """
SELECT household_id, component, person_id, pregnancy_id, for_month,
       CAST(SUM(CASE WHEN source = 'lapsed' THEN -forfeited ELSE payable + held + withheld END)
            AS BIGINT) AS amount_minor
FROM line
WHERE source IN ('due', 'lapsed') OR (source = 'arrears' AND reason_code <> 'correction')
GROUP BY household_id, component, person_id, pregnancy_id, for_month
ORDER BY household_id, component, person_id, pregnancy_id, for_month"""

_STATES = """
SELECT household_id, ladder, subject_id, {month}, state, since_month, until_month,
       last_effect_month, phase_since_month, counter_1, counter_2, counter_3, shows, breach,
       judged, why
FROM state ORDER BY household_id, ladder, subject_id"""

# Before: the list as it was approved, with what earlier corrections made of it. A lapse that a
# correction ordered is no lapse of the law.
_BEFORE = """
SELECT household_id, l.component, l.person_id, l.pregnancy_id, l.for_period,
       CASE WHEN l.source = 'lapsed' THEN -l.amount_minor ELSE l.amount_minor END AS amount_minor
FROM cycle.entitlement_line AS l
LEFT JOIN cycle.line_set_aside AS a USING (cycle_id, household_id, line_seq)
WHERE cycle_id = :cycle_id
  AND household_id IN (SELECT household_id FROM pg_temp.corrected WHERE from_month <= :month)
  AND (l.source = 'lapsed' OR (l.money_state <> 'forfeited' AND (l.source = 'due'
       OR (l.source = 'arrears' AND NOT coalesce(a.reason_code, l.reason_code) ^@ 'correction'))))
UNION ALL
SELECT household_id, component, person_id, pregnancy_id, for_period, amount_minor
FROM cycle.correction_hold
WHERE cycle_id = :cycle_id
  AND household_id IN (SELECT household_id FROM pg_temp.corrected WHERE from_month <= :month)
UNION ALL
SELECT household_id, component, person_id, pregnancy_id, for_period, after_minor - before_minor
FROM cycle.correction_line
WHERE corrected_cycle_id = :cycle_id
  AND household_id IN (SELECT household_id FROM pg_temp.corrected WHERE from_month <= :month)"""

_COMPARED = (
    f"""
    INSERT INTO pg_temp.replayed_line
    SELECT household_id, :cycle_id, component, person_id, pregnancy_id, for_period,
           sum(before), sum(after)
    FROM (
        SELECT household_id, component, person_id, pregnancy_id, for_period,
               amount_minor AS before, 0 AS after FROM ({_BEFORE}) AS b
        UNION ALL
        SELECT household_id, component, person_id, pregnancy_id,
               make_date(for_month / 12, for_month % 12 + 1, 1), 0, amount_minor
        FROM pg_temp.shadow_line
    ) AS both_sides
    GROUP BY household_id, component, person_id, pregnancy_id, for_period
    HAVING sum(before) <> sum(after)""",
    "DELETE FROM pg_temp.shadow_line",
)
"""A month's comparison. A line that stands on one side only is zero on the other."""
