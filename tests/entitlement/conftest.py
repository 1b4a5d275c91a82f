"""A small world: a law of three components, households made by arithmetic, one programme.

Every household has an adult and ``household_id % 3`` children. The law gives 142.00 a person,
tops up to 600.00 and gives 50.00 for each child; a household whose number ends in 7 is blocked
(held), one that ends in 9 is suspended (forfeited).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cct_engine.entitlement import (
    CyclePins,
    Run,
    Snapshot,
    calculate,
    freeze,
    list_digest,
    store,
)
from cct_engine.rulebook.sources import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.database import Database

SEPTEMBER = 2026 * 12 + 8
AT = datetime(2026, 9, 11, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Law:
    """The parts of a rulebook that a freeze and a run ask for."""

    digest: str = "a" * 64
    components: frozenset[str] = frozenset({"BRC"})
    replaced: tuple[tuple[str, str], ...] = ()

    def own_attributes(self, of: str) -> dict[str, object]:  # noqa: ARG002 - the small law has none
        return {}

    def history_components(self) -> frozenset[str]:
        return self.components

    @property
    def layers(self) -> tuple[()]:
        return ()

    @property
    def outlets(self) -> dict[str, str]:
        return {outlet: self.statement(outlet) for outlet in OUTLETS}

    def statement(self, outlet: str) -> str:
        text = OUTLETS[outlet]
        for old, new in self.replaced:
            text = text.replace(old, new)
        return text

    def with_fault(self, old: str, new: str) -> Law:
        return replace(self, replaced=(*self.replaced, (old, new)))


_CHAIN = """
WITH mem AS (
    SELECT household_id, CAST(COUNT(*) AS BIGINT) AS size,
           CAST(SUM(CASE WHEN relationship = 'child' THEN 1 ELSE 0 END) AS BIGINT) AS children
    FROM src_member GROUP BY household_id
), due AS (
    SELECT h.household_id, h.enrolment_id, m.size, m.children, 14200 * m.size AS brc,
           CASE WHEN 14200 * m.size < 60000 THEN 60000 - 14200 * m.size ELSE 0 END AS bco,
           5000 * m.children AS bvf,
           CASE h.household_id % 10 WHEN 7 THEN 'held' WHEN 9 THEN 'forfeited'
                ELSE 'payable' END AS falls
    FROM src_household AS h JOIN mem AS m ON m.household_id = h.household_id
), line AS (
    SELECT household_id, 'due' AS source, 'BRC' AS component, CAST(1 AS BIGINT) AS component_order,
           brc AS due, falls, 'ladder:family:' || falls AS reason FROM due
    UNION ALL SELECT household_id, 'due', 'BCO', 2, bco, falls, 'ladder:family:' || falls FROM due
    UNION ALL SELECT household_id, 'due', 'BVF', 3, bvf, falls, 'ladder:family:' || falls FROM due
    UNION ALL
    SELECT household_id, 'released', component, 1, amount, 'payable', 'held:' || reason_code
    FROM src_balance WHERE kind = 'held'
), money AS (
    SELECT *, CASE WHEN falls = 'payable' THEN due ELSE 0 END AS payable,
           CASE WHEN falls = 'held' THEN due ELSE 0 END AS held,
           CASE WHEN falls = 'forfeited' THEN due ELSE 0 END AS forfeited
    FROM line
)"""

OUTLETS = {
    "explain": _CHAIN + "SELECT * FROM due ORDER BY household_id",
    "line": _CHAIN
    + """
SELECT household_id, source, component, component_order, CAST(0 AS BIGINT) AS person_id,
       CAST(0 AS BIGINT) AS pregnancy_id, 24320 AS for_month,
       CASE WHEN source = 'due' THEN due ELSE 0 END AS due, payable, held,
       CAST(0 AS BIGINT) AS withheld, forfeited,
       CASE WHEN source = 'due' AND falls = 'payable' THEN '' ELSE reason END AS reason_code
FROM money""",
    "household": _CHAIN
    + """
SELECT d.household_id, d.enrolment_id, d.size,
       CAST(SUM(CASE WHEN m.source = 'due' THEN m.due ELSE 0 END) AS BIGINT) AS gross,
       CAST(0 AS BIGINT) AS arrears,
       CAST(SUM(CASE WHEN m.source = 'released' THEN m.due ELSE 0 END) AS BIGINT) AS released,
       CAST(0 AS BIGINT) AS recovery,
       CAST(SUM(m.payable) AS BIGINT) AS pay_now, CAST(SUM(m.held) AS BIGINT) AS held,
       CAST(0 AS BIGINT) AS withheld, CAST(SUM(m.forfeited) AS BIGINT) AS forfeited,
       'full' AS standing, d.falls AS sanction_state, d.household_id * 100 AS payee_person_id,
       '' AS id_digit
FROM due AS d JOIN money AS m ON m.household_id = d.household_id
GROUP BY d.household_id, d.enrolment_id, d.size, d.falls""",
    "verdict": """
SELECT household_id, 'school' AS condition, member_id AS subject_id, month AS window_first_month,
       month AS window_last_month, numerator, denominator,
       CASE WHEN numerator * 100 >= 75 * denominator THEN 'met' ELSE 'not_met' END AS verdict,
       reason
FROM src_fact""",
    "state": _CHAIN
    + """
SELECT d.household_id, 'family' AS ladder, CAST(0 AS BIGINT) AS subject_id, d.falls AS state,
       COALESCE(s.since_month, 24320) AS since_month, CAST(NULL AS INTEGER) AS until_month,
       CAST(NULL AS INTEGER) AS last_effect_month, CAST(NULL AS INTEGER) AS phase_since_month,
       COALESCE(s.counter_1, 0) + 1 AS counter_1, CAST(0 AS BIGINT) AS counter_2,
       CAST(0 AS BIGINT) AS counter_3, '' AS shows, CAST(0 AS BIGINT) AS breach,
       CAST(1 AS BIGINT) AS judged, '' AS why
FROM due AS d LEFT JOIN src_state AS s ON s.household_id = d.household_id""",
}

_ROWS = {
    "household": "generate_series(1, {n}) AS h",
    "member": "generate_series(1, {n}) AS h CROSS JOIN LATERAL generate_series(0, h % 3) AS k",
    "fact": "generate_series(1, {n}) AS h CROSS JOIN LATERAL generate_series(1, h % 3) AS k",
}
_VALUES = {
    "household_id": "CAST(h AS bigint)",
    "enrolment_id": "CAST(h + 5000 AS bigint)",
    "member_id": "CAST(h * 100 + k AS bigint)",
    "relationship": "CASE WHEN k = 0 THEN 'adult' ELSE 'child' END",
    "birth_date": "date '2015-01-01' + CAST(h % 900 AS integer)",
    "kind": "'attendance'",
    "month": "24318",
    "numerator": "CAST(h % 20 AS bigint)",
    "denominator": "CAST(20 AS bigint)",
    "income_total": "CAST(h % 300 AS bigint) * 100",
}
_NULLS = {"date": "date", "code": "text", "month": "integer"}


def selects(household_count: int) -> dict[str, str]:
    """Return the selects of a registry with so many households."""
    return {table: _select(table, household_count) for table in BUILT_IN}


def _select(table: str, household_count: int) -> str:
    columns = []
    for name, kind in BUILT_IN[table]:
        value = _VALUES.get(name) if table in _ROWS else None
        value = value or f"CAST(NULL AS {_NULLS.get(kind, 'bigint')})"
        columns.append(f"{value} AS {name}")
        if kind == "date":
            columns.append(f"CAST({value} - date '1970-01-01' AS integer) AS {name}_day")
            columns.append(
                f"CAST(extract(year FROM {value}) * 12 + extract(month FROM {value}) - 1"
                f" AS integer) AS {name}_month"
            )
    rows = _ROWS.get(table, "generate_series(1, 0) AS h").format(n=household_count)
    return f"SELECT {', '.join(columns)} FROM {rows} WHERE h BETWEEN :first AND :last ORDER BY h"


def open_cycle(
    connection: sa.Connection, first_month: int, *, cycle_id: int = 1, programme_id: int = 1
) -> CyclePins:
    """Open a cycle of the small programme and return its pins."""
    period = date(first_month // 12, first_month % 12 + 1, 1)
    pins = CyclePins(
        cycle_id=cycle_id,
        code=f"small-{period:%Y-%m}",
        programme_id=programme_id,
        programme="small",
        first_month=first_month,
        month_count=1,
        as_of_valid=period,
        as_of_known=AT,
        rulebook_digest="a" * 64,
    )
    connection.execute(
        sa.text(
            "INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count,"
            " currency, state, opened_at, opened_by, as_of_valid, as_of_known)"
            " VALUES (:cycle_id, :code, :programme_id, 7, :period, 1, 'BRL', 'opened', :at, 1,"
            " :period, :at)"
        ),
        {
            "cycle_id": cycle_id,
            "code": pins.code,
            "programme_id": programme_id,
            "period": period,
            "at": AT,
        },
    )
    connection.execute(sa.select(sa.func.cycle.open_partitions(cycle_id)))
    move(connection, cycle_id, "frozen")
    return pins


def move(connection: sa.Connection, cycle_id: int, state: str, **columns: object) -> None:
    """Move a cycle's state as the step driver would."""
    assignments = "".join(f", {name} = :{name}" for name in columns)
    connection.execute(
        sa.text(
            f"UPDATE cycle.cycle SET state = :state, version = version + 1{assignments}"
            " WHERE cycle_id = :id"
        ),
        {"state": state, "id": cycle_id, **columns},
    )


def submit(connection: sa.Connection, cycle_id: int) -> str:
    """Let officer 1 submit the stored list; return its digest."""
    digest = list_digest(connection, cycle_id)
    move(connection, cycle_id, "calculated")
    move(connection, cycle_id, "checked")
    submitted = {"list_digest": digest, "prepared_by": 1, "submitted_at": AT}
    move(connection, cycle_id, "submitted", **submitted)
    return digest


def approve(connection: sa.Connection, cycle_id: int) -> None:
    """Let officer 1 submit and officer 2 approve the stored list."""
    digest = submit(connection, cycle_id)
    connection.execute(
        sa.text(
            "INSERT INTO cycle.approval (cycle_id, version, list_digest, submitted_by, decided_by,"
            " decided_at, decision, control) SELECT cycle_id, version, :digest, 1, 2, :at,"
            " 'approved', '{}' FROM cycle.cycle WHERE cycle_id = :id"
        ),
        {"digest": digest, "at": AT, "id": cycle_id},
    )
    move(connection, cycle_id, "approved", approved_by=2, approved_at=AT)


@dataclass(frozen=True)
class Desk:
    """The small programme on a real database and a folder."""

    database: Database
    home: Path
    tests: Path = Path(__file__).parent

    def open(self, first_month: int = SEPTEMBER, *, cycle_id: int = 1) -> CyclePins:
        with self.database.transaction() as connection:
            return open_cycle(connection, first_month, cycle_id=cycle_id)

    def freeze(
        self, pins: CyclePins, *, households: int = 90, shard: int = 40, place: str = "snapshot"
    ) -> Snapshot:
        with self.database.transaction() as connection:
            return freeze(
                connection,
                pins,
                self.home / pins.code / place,
                rulebook=Law(),
                selects=selects(households),
                shard_households=shard,
            )

    def calculate(self, snapshot: Snapshot, law: Law | None = None, *, place: str = "run") -> Run:
        return calculate(snapshot, law or Law(), self.home / snapshot.cycle / place)

    def store(self, pins: CyclePins, run: Run) -> None:
        with self.database.transaction() as connection:
            store(connection, pins.cycle_id, run, home=self.home, at=AT)

    def approve(self, pins: CyclePins) -> None:
        with self.database.transaction() as connection:
            approve(connection, pins.cycle_id)

    def submit(self, pins: CyclePins) -> None:
        with self.database.transaction() as connection:
            submit(connection, pins.cycle_id)

    def digest(self, pins: CyclePins) -> str:
        with self.database.transaction() as connection:
            return list_digest(connection, pins.cycle_id)

    def listed(self, pins: CyclePins, **chosen: Any) -> Run:
        """Freeze, calculate and store in one go."""
        run = self.calculate(self.freeze(pins, **chosen))
        self.store(pins, run)
        return run


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


@pytest.fixture
def law() -> Law:
    return Law()


@pytest.fixture
def world() -> Callable[[int], dict[str, str]]:
    """The selects of a registry with a number of households."""
    return selects
