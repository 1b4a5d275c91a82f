"""Exceptions and controls: what the checks found, and what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    asked = {"scope": scope, "cycle": cycle, "code": code, "after": after, "most": most}
    return rows(
        connection,
        f"""
        SELECT f.finding_id, f.code, f.effect, f.state, f.household_id, f.evidence, f.found_at,
               c.code AS cycle, c.currency, p.code AS programme, o.proposed_by, o.confirmed_by,
               r.pay_now_minor + r.held_minor AS amount_minor
        FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
        JOIN registry.programme p USING (programme_id)
        LEFT JOIN cycle.override o USING (finding_id)
        LEFT JOIN cycle.household_result r
               ON r.cycle_id = f.cycle_id AND r.household_id = f.household_id
        WHERE {SCOPE} AND {wanted}
          AND (:after = 0 OR (f.effect <> 'blocks', f.finding_id) >
               (SELECT l.effect <> 'blocks', l.finding_id FROM cycle.finding l
                WHERE l.finding_id = :after))
          AND (:code = '' OR f.code = :code)
          AND ((:cycle = '' AND c.state = 'checked') OR c.code = :cycle)
        ORDER BY (f.effect <> 'blocks'), f.finding_id LIMIT :most""",
        asked,
    )


def findings_by_code(
    connection: sa.Connection, scope: Sequence[str] | None, *, cycle: str
) -> list[dict[str, Any]]:
    """Return how often each check found something, by state."""
    return rows(
        connection,
        f"""
        SELECT f.code, f.effect, count(*) AS found,
               count(*) FILTER (WHERE f.state = 'open') AS open,
               count(*) FILTER (WHERE f.state = 'overridden') AS overridden
        FROM cycle.finding f JOIN cycle.cycle c USING (cycle_id)
        JOIN registry.programme p USING (programme_id)
        WHERE {SCOPE} AND f.state <> 'resolved'
          AND ((:cycle = '' AND c.state = 'checked') OR c.code = :cycle)
        GROUP BY 1, 2 ORDER BY (f.effect <> 'blocks'), count(*) DESC, 1""",
        {"scope": scope, "cycle": cycle},
    )


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
    return rows(
        connection,
        f"""
        WITH newest AS (
            SELECT c.*, p.code AS programme, row_number() OVER (
                PARTITION BY c.programme_id ORDER BY c.period DESC) AS age
            FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
            WHERE {SCOPE} AND c.state NOT IN ('opened', 'frozen', 'calculated'))
        SELECT n.code AS cycle, n.programme, n.currency, f.code, f.effect,
               count(f.finding_id) AS found,
               count(*) FILTER (WHERE f.state = 'open') AS open,
               count(*) FILTER (WHERE f.state = 'overridden') AS overridden,
               max(f.found_at) AS found_at
        FROM newest n JOIN cycle.finding f USING (cycle_id)
        WHERE n.age <= 3 AND f.state <> 'resolved'
        GROUP BY n.code, n.programme, n.currency, f.code, f.effect, n.period
        ORDER BY n.period DESC, n.programme, (f.effect <> 'blocks'), f.code""",
        {"scope": scope},
    )
