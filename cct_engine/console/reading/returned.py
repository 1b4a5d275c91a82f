"""What came back, cycle by cycle: failed last attempts by the bank's reason."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from cct_engine.console.reading.figures import moved, span
from cct_engine.console.reading.kept import kept
from cct_engine.cycle import State, cycles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.cycle import Cycle

__all__ = ["returns"]


def returns(
    connection: sa.Connection, scope: Sequence[str] | None, *, cycle: str
) -> list[dict[str, Any]]:
    """Return failed last attempts by the bank's reason, the largest sum first.

    A payment of several cycles counts once: in the first of them, where no cycle is named.
    """
    titles = {row.code: row.title for row in connection.execute(_TITLES)}
    known = [
        one
        for one in cycles(connection)
        if (scope is None or one.programme in scope) and cycle in {"", one.code}
    ]
    keys = moved(connection, [one.cycle_id for one in known])
    found: dict[tuple[str, ...], dict[str, Any]] = defaultdict(
        lambda: {"payments": 0, "amount_minor": 0, "oldest_on": "9999-12-31"}
    )
    for one in known:
        for row in _of_cycle(connection, one, keys[one.cycle_id]):
            if row["is_first"] or cycle:
                names = (row["currency"], row["reason_list"], row["reason"], row["state"])
                whole = found[titles[one.programme], *names]
                whole["payments"] += row["payments"]
                whole["amount_minor"] += row["amount_minor"]
                whole["oldest_on"] = min(whole["oldest_on"], row["oldest_on"])
    said = [
        dict(zip(_NAMES, names, strict=True))
        | whole
        | {"oldest_on": date.fromisoformat(whole["oldest_on"])}
        for names, whole in found.items()
    ]
    return sorted(said, key=lambda row: (row["currency"], -row["amount_minor"], row["reason"]))


def _of_cycle(
    connection: sa.Connection, cycle: Cycle, key: tuple[int, ...]
) -> list[dict[str, Any]]:
    """Return what came back of a cycle's payments; nothing before they were sent."""
    if cycle.state not in {State.RELEASED, State.CLOSED}:
        return []
    return kept(
        connection,
        "returns",
        cycle.cycle_id,
        key,
        lambda: _read(connection, cycle),
        pack=list,
        unpack=list,
    )


def _read(connection: sa.Connection, cycle: Cycle) -> list[dict[str, Any]]:
    asked = span(connection, cycle.cycle_id)
    return [dict(row) for row in connection.execute(_FAILED, asked).mappings()]


_NAMES: Final = ("title", "currency", "reason_list", "reason", "state")
_TITLES: Final = sa.text("SELECT code, title FROM registry.programme")
_FAILED: Final = sa.text("""
    WITH failed AS MATERIALIZED (
        SELECT i.*, NOT EXISTS (SELECT FROM cycle.instruction_part p
                                WHERE p.instruction_id = i.instruction_id
                                  AND p.cycle_id < :cycle_id) AS is_first
        FROM cycle.instruction i
        WHERE i.instruction_id IN (SELECT instruction_id FROM cycle.instruction_part
                                   WHERE cycle_id = :cycle_id)
          AND i.value_on BETWEEN :first_on AND :last_on
          AND i.state IN ('returned', 'rejected', 'cancelled', 'expired')
          AND NOT EXISTS (SELECT FROM cycle.instruction later
              WHERE later.value_on >= :first_on AND later.end_to_end_id = i.end_to_end_id
                AND later.attempt > i.attempt))
    SELECT currency, reason_list, reason, state, count(*) AS payments,
           CAST(sum(amount_minor) AS bigint) AS amount_minor,
           CAST(min(value_on) AS text) AS oldest_on, is_first
    FROM failed GROUP BY currency, reason_list, reason, state, is_first
""")
