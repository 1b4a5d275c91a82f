"""Exceptions and controls: what the checks found, and what was decided about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cct_engine.console.reading.kept import kept
from cct_engine.console.reading.rows import SCOPE, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

__all__ = ["controls", "exception", "exceptions", "findings_by_code"]


def exceptions(
    connection: sa.Connection,
    scope: Sequence[str] | None,
    *,
    cycle: str,
    code: str,
    state: str,
    after: int,
    most: int = 51,
) -> list[dict[str, Any]]:
    """Return findings, blocking ones first, then by number; of a cycle, or of those in flight."""
    wanted = {
        "open": "f.state = 'open' AND o.finding_id IS NULL",
        "proposed": "f.state = 'open' AND o.finding_id IS NOT NULL AND o.confirmed_by IS NULL",
        "overridden": "f.state = 'overridden'",
    }.get(state, "f.state <> 'resolved'")
    ids = [row["cycle_id"] for row in _cycles(connection, scope, cycle)]
    asked = {"cycle_ids": ids, "code": code, "after": after, "most": most}
    return rows(
        connection,
        f"""
        WITH page AS MATERIALIZED (
            SELECT f.finding_id, f.code, f.effect, f.state, f.household_id, f.evidence, f.found_at,
                   f.cycle_id, o.proposed_by, o.confirmed_by
            FROM cycle.finding f LEFT JOIN cycle.override o USING (finding_id)
            WHERE f.cycle_id = ANY(:cycle_ids) AND {wanted} AND f.finding_id > :after
              AND (:code = '' OR f.code = :code)
            ORDER BY (f.effect <> 'blocks'), f.finding_id LIMIT :most)
        SELECT f.finding_id, f.code, f.effect, f.state, f.household_id, f.evidence, f.found_at,
               c.code AS cycle, c.currency, p.code AS programme, f.proposed_by, f.confirmed_by,
               r.pay_now_minor + r.held_minor AS amount_minor
        FROM page f JOIN cycle.cycle c USING (cycle_id)
        JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.household_result r ON r.cycle_id = f.cycle_id
               AND r.cycle_id = ANY(:cycle_ids) AND r.household_id = f.household_id
        ORDER BY (f.effect <> 'blocks'), f.finding_id""",
        asked,
    )


def _cycles(
    connection: sa.Connection, scope: Sequence[str] | None, cycle: str
) -> list[dict[str, Any]]:
    """Return the cycle that is named, or those being checked: only their lists are looked into."""
    return rows(
        connection,
        f"""
        SELECT c.cycle_id, c.version, c.state
        FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
        WHERE {SCOPE} AND ((:cycle = '' AND c.state = 'checked') OR c.code = :cycle)""",
        {"scope": scope, "cycle": cycle},
    )


def findings_by_code(
    connection: sa.Connection, scope: Sequence[str] | None, *, cycle: str
) -> list[dict[str, Any]]:
    """Return how often each check found something, by state."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in _cycles(connection, scope, cycle):
        for row in _found_in(connection, one):
            names = {"code": row["code"], "effect": row["effect"]}
            whole = found.setdefault((row["code"], row["effect"]), names | dict.fromkeys(_SUMS, 0))
            for name in _SUMS:
                whole[name] += row[name]
    return sorted(
        found.values(), key=lambda row: (row["effect"] != "blocks", -row["found"], row["code"])
    )


_SUMS: Final = ("found", "open", "overridden")


def exception(connection: sa.Connection, finding_id: int) -> dict[str, Any] | None:
    """Return one finding with its override."""
    found = rows(
        connection,
        """
        SELECT f.*, c.code AS cycle, c.state AS cycle_state, c.currency, p.code AS programme,
               o.reason, o.proposed_by, o.proposed_at, o.confirmed_by, o.confirmed_at,
               r.pay_now_minor, r.held_minor
        FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
        JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.override o USING (finding_id)
        LEFT JOIN cycle.household_result r
               ON r.cycle_id = f.cycle_id AND r.household_id = f.household_id
        WHERE f.finding_id = :finding_id""",
        {"finding_id": finding_id},
    )
    return found[0] if found else None


def controls(connection: sa.Connection, scope: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return, check by check, what the last three cycles of each programme found."""
    newest = rows(
        connection,
        f"""
        SELECT * FROM (
            SELECT c.cycle_id, c.version, c.state, c.code AS cycle, p.code AS programme, c.currency,
                   c.period, row_number() OVER (
                       PARTITION BY c.programme_id ORDER BY c.period DESC) AS age
            FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
            WHERE {SCOPE} AND c.state NOT IN ('opened', 'frozen', 'calculated')) newest
        WHERE age <= 3 ORDER BY period DESC, programme""",
        {"scope": scope},
    )
    return [
        {name: one[name] for name in ("cycle", "programme", "currency")}
        | row
        | {"found_at": datetime.fromisoformat(row["found_at"])}
        for one in newest
        for row in _found_in(connection, one)
    ]


def _found_in(connection: sa.Connection, cycle: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a cycle's checks found; kept once its list stands still."""

    def read() -> list[dict[str, Any]]:
        return rows(connection, _FOUND, {"cycle_id": cycle["cycle_id"]})

    if cycle["state"] == "checked":
        return read()
    key = (cycle["version"],)
    return kept(connection, "found", cycle["cycle_id"], key, read, pack=list, unpack=list)


_FOUND: Final = """
    SELECT f.code, f.effect, count(*) AS found,
           count(*) FILTER (WHERE f.state = 'open') AS open,
           count(*) FILTER (WHERE f.state = 'overridden') AS overridden,
           CAST(max(f.found_at) AS text) AS found_at
    FROM cycle.finding f WHERE f.cycle_id = :cycle_id AND f.state <> 'resolved'
    GROUP BY f.code, f.effect ORDER BY (f.effect <> 'blocks'), f.code
"""
