"""This list against the one before: who came, who left, what changed and why, to the last cent.

Every minor unit of difference has exactly one reason, so the previous total plus the changes is
this total. It is what a checker reads before approving.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

__all__ = ["Change", "Comparison", "compare"]


class Change(NamedTuple):
    """Money that is paid now and was not before (or the reverse, below zero), for one reason.

    Reasons: ``joined``, ``left`` (nothing was due then, or is now; what such a family is paid of
    earlier months stands under the last three); ``component_added``,
    ``component_removed``, ``size_changed`` (other number of members), ``amount_changed``;
    ``held``, ``forfeited``, ``withheld`` (more of it lowers what is paid); ``under_review``;
    ``released``, ``arrears``, ``recovery``.
    """

    reason: str
    component: str
    household_count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two lists of one programme. Counts are households that are paid more than zero.

    ``families`` counts the households of each reason once, however many of their components it
    changed; a household with two reasons stands under both.
    """

    cycle: str
    previous: str | None
    previous_minor: int
    this_minor: int
    previous_count: int
    this_count: int
    joined_count: int
    left_count: int
    resumed_count: int
    stopped_count: int
    changes: tuple[Change, ...]
    families: dict[str, int]

    @property
    def ties(self) -> bool:
        """Whether the previous totals plus every change are this cycle's totals."""
        changed_minor = sum(change.amount_minor for change in self.changes)
        came = self.joined_count + self.resumed_count
        gone = self.left_count + self.stopped_count
        return (
            self.previous_minor + changed_minor == self.this_minor
            and self.previous_count + came - gone == self.this_count
        )

    def by_reason(self) -> dict[str, int]:
        """Return the changed money per reason, in minor units."""
        sums: dict[str, int] = {}
        for change in self.changes:
            sums[change.reason] = sums.get(change.reason, 0) + change.amount_minor
        return sums

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        changes = [change._asdict() for change in self.changes]
        return asdict(self) | {"changes": changes, "ties": self.ties}


def compare(connection: sa.Connection, cycle_id: int) -> Comparison:
    """Compare a cycle's stored list with the previous one of its programme.

    Without a previous cycle every household has joined. A household counts as joined when nothing
    was due to it before, as resumed when something was due but none of it was paid. A household
    none of whose figures changed appears in no change.
    """
    cycles = connection.execute(sa.text(_CYCLES), {"cycle_id": cycle_id}).one()
    ids = {"now": cycle_id, "before": cycles.previous_id or 0}
    counts = connection.execute(sa.text(_COUNTS), ids).one()
    told = [Change(*row) for row in connection.execute(sa.text(_CHANGES), ids)]
    return Comparison(
        cycle=cycles.code,
        previous=cycles.previous_code,
        changes=tuple(one for one in told if one.component is not None),
        families={one.reason: one.household_count for one in told if one.component is None},
        **counts._mapping,  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping
    )


_CYCLES = """
SELECT this.code, before.cycle_id AS previous_id, before.code AS previous_code
FROM cycle.cycle AS this LEFT JOIN LATERAL (
    SELECT cycle_id, code FROM cycle.cycle AS c
    WHERE c.programme_id = this.programme_id AND c.period < this.period
    ORDER BY c.period DESC LIMIT 1
) AS before ON true
WHERE this.cycle_id = :cycle_id"""

_FIGURES = (
    "member_count",
    "gross_minor",
    "arrears_minor",
    "released_minor",
    "recovery_minor",
    "pay_now_minor",
    "held_minor",
    "withheld_minor",
    "forfeited_minor",
)
_SAME = " AND ".join(f"b.{name} IS NOT DISTINCT FROM n.{name}" for name in _FIGURES)

_SIDE = f"""
    SELECT household_id, coalesce(b.gross_minor, 0) <> 0 AS due_before,
           coalesce(n.gross_minor, 0) <> 0 AS due_now,
           b.member_count IS DISTINCT FROM n.member_count AS resized,
           coalesce(b.pay_now_minor, 0) AS paid_before, coalesce(n.pay_now_minor, 0) AS paid_now,
           NOT ({_SAME}) AS changed"""
_BEFORE = "(SELECT * FROM cycle.household_result WHERE cycle_id = :before) AS b"
_NOW = "(SELECT * FROM cycle.household_result WHERE cycle_id = :now) AS n"

# A full join, written as two: the planner knows how many rows these give.
_BOTH = f"""
household AS ({_SIDE}
    FROM {_NOW} LEFT JOIN {_BEFORE} USING (household_id)
    UNION ALL {_SIDE}
    FROM {_BEFORE} LEFT JOIN {_NOW} USING (household_id) WHERE n.cycle_id IS NULL
)"""

_COUNTS = f"""
WITH {_BOTH}
SELECT CAST(coalesce(sum(paid_before), 0) AS bigint) AS previous_minor,
       CAST(coalesce(sum(paid_now), 0) AS bigint) AS this_minor,
       count(*) FILTER (WHERE paid_before > 0) AS previous_count,
       count(*) FILTER (WHERE paid_now > 0) AS this_count,
       count(*) FILTER (WHERE paid_now > 0 AND paid_before = 0 AND NOT due_before) AS joined_count,
       count(*) FILTER (WHERE paid_before > 0 AND paid_now = 0 AND NOT due_now) AS left_count,
       count(*) FILTER (WHERE paid_now > 0 AND paid_before = 0 AND due_before) AS resumed_count,
       count(*) FILTER (WHERE paid_before > 0 AND paid_now = 0 AND due_now) AS stopped_count
FROM household"""

# Only households with a changed figure are looked into. Per household and component the
# difference of what is payable is taken apart without a rest: payable = due - held - forfeited -
# withheld, before and now. Sums are made before the reasons are told apart: nothing big is sorted.
_KIND = """
           CASE WHEN NOT was_there THEN 'component_added' WHEN NOT is_there THEN 'component_removed'
                WHEN resized THEN 'size_changed' ELSE 'amount_changed' END"""
_PARTS = ("payable", "due", "held", "reviewed", "forfeited", "withheld")
_CHANGES = f"""
WITH {_BOTH}, component AS (
    SELECT household_id, component,
           CASE WHEN source <> 'due' THEN source WHEN NOT due_before THEN 'joined'
                WHEN NOT due_now THEN 'left' ELSE 'due' END AS source,
           resized, bool_or(cycle_id = :before) AS was_there, bool_or(cycle_id = :now) AS is_there,
           sum(signed) AS due,
           sum(signed) FILTER (WHERE money_state = 'payable') AS payable,
           sum(signed) FILTER (WHERE money_state = 'held' AND NOT reviewed) AS held,
           sum(signed) FILTER (WHERE money_state = 'held' AND reviewed) AS reviewed,
           sum(signed) FILTER (WHERE money_state = 'forfeited') AS forfeited,
           sum(signed) FILTER (WHERE money_state = 'withheld') AS withheld
    FROM household JOIN (
        SELECT household_id, source, component, money_state, cycle_id,
               CASE WHEN cycle_id = :now THEN amount_minor ELSE -amount_minor END AS signed,
               reason_code ^@ 'finding:' AS reviewed
        FROM cycle.entitlement_line
        WHERE cycle_id IN (:before, :now) AND source <> 'lapsed'
    ) AS line USING (household_id)
    WHERE changed
    GROUP BY 1, 2, 3, 4
), summed AS (
    SELECT source, component, {_KIND} AS kind,
           {", ".join(f"sum({part}) AS {part}" for part in _PARTS)},
           {", ".join(f"count(*) FILTER (WHERE {part} <> 0) AS n_{part}" for part in _PARTS)}
    FROM component GROUP BY 1, 2, 3
)
SELECT part.reason, component, CAST(sum(part.n) AS bigint), CAST(sum(part.amount) AS bigint)
FROM summed CROSS JOIN LATERAL (VALUES
    (CASE WHEN source = 'due' THEN kind ELSE source END,
     CASE WHEN source = 'due' THEN n_due ELSE n_payable END,
     CASE WHEN source = 'due' THEN due ELSE payable END),
    ('held', CASE WHEN source = 'due' THEN n_held END, -held),
    ('under_review', CASE WHEN source = 'due' THEN n_reviewed END, -reviewed),
    ('forfeited', CASE WHEN source = 'due' THEN n_forfeited END, -forfeited),
    ('withheld', CASE WHEN source = 'due' THEN n_withheld END, -withheld)
) AS part (reason, n, amount)
WHERE part.n > 0
GROUP BY part.reason, component
UNION ALL
SELECT reason, NULL, count(*), 0
FROM (SELECT DISTINCT household_id, part.reason FROM component CROSS JOIN LATERAL (VALUES
    (CASE WHEN source = 'due' THEN {_KIND} ELSE source END,
     CASE WHEN source = 'due' THEN due ELSE payable END),
    ('held', CASE WHEN source = 'due' THEN held END),
    ('under_review', CASE WHEN source = 'due' THEN reviewed END),
    ('forfeited', CASE WHEN source = 'due' THEN forfeited END),
    ('withheld', CASE WHEN source = 'due' THEN withheld END)
) AS part (reason, amount) WHERE part.amount <> 0) AS touched
GROUP BY reason ORDER BY 1, 2"""
