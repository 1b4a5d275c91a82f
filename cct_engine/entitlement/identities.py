"""What must add up in every household of a run, read back from the sealed result files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cct_engine.entitlement.engine import Session

__all__ = ["IdentityFinding", "broken_identities"]

_FINDINGS_MAX = 100


class IdentityFinding(NamedTuple):
    """A household whose figures contradict themselves."""

    household_id: int
    rule: str
    left: int
    right: int

    @property
    def text(self) -> str:
        """Say what does not add up."""
        return (
            f"Household {self.household_id}: {self.rule} does not hold, {self.left} against "
            f"{self.right} minor units. The rulebook or its compiler is wrong; nothing was stored. "
            "Run `cct programme test` and explain this household."
        )


def broken_identities(session: Session) -> tuple[IdentityFinding, ...]:
    """Add up the sealed results of one shard; return what does not hold, at most a hundred rows.

    The session must see ``household``, ``line`` and ``src_household``.
    """
    return tuple(IdentityFinding(*row) for row in session.rows(_IDENTITIES))


_FIGURES = (
    "gross",
    "arrears",
    "released",
    "recovery",
    "pay_now",
    "held",
    "withheld",
    "forfeited",
)
_SUMMED = ", ".join(f"COALESCE(s.{name}, 0) AS l_{name}" for name in _FIGURES)
_OWED = "gross + arrears + released - recovery"
_SPLIT = "pay_now + held + withheld + forfeited"
_LINE_SPLIT = "payable + held + withheld + forfeited"
_DIFFERS = " OR ".join(f"l_{name} <> {name}" for name in _FIGURES)
_COMPARED = " UNION ALL ".join(
    f"SELECT household_id, 'sum of lines = {name}', l_{name}, {name} FROM wrong"
    f" WHERE l_{name} <> {name}"
    for name in _FIGURES
)

# `wrong` is found in one pass and is empty in a good run; the rules are told apart only in it. Each
# SELECT of `broken`: household, rule, left side, right side. Lines of source 'lapsed' end money of
# earlier cycles; they belong to no figure of this one.
_IDENTITIES = f"""
WITH summed AS (
    SELECT household_id,
           SUM(CASE WHEN source = 'due' THEN due ELSE 0 END) AS gross,
           SUM(CASE WHEN source = 'arrears' THEN due ELSE 0 END) AS arrears,
           SUM(CASE WHEN source = 'released' THEN payable ELSE 0 END) AS released,
           SUM(CASE WHEN source = 'recovery' THEN -payable ELSE 0 END) AS recovery,
           SUM(payable) AS pay_now, SUM(held) AS held, SUM(withheld) AS withheld,
           SUM(forfeited) AS forfeited,
           SUM(CASE WHEN source IN ('due', 'arrears') AND due <> {_LINE_SPLIT}
                    THEN 1 ELSE 0 END) AS torn
    FROM line WHERE source <> 'lapsed' GROUP BY household_id
), wrong AS MATERIALIZED (
    SELECT * FROM (
        SELECT h.*, {_SUMMED}, COALESCE(s.torn, 0) AS torn
        FROM household AS h LEFT JOIN summed AS s ON s.household_id = h.household_id
    ) AS compared
    WHERE {_OWED} <> {_SPLIT} OR pay_now < 0 OR torn > 0 OR {_DIFFERS}
), broken AS (
    SELECT household_id, '{_OWED} = {_SPLIT}' AS rule, {_OWED} AS l, {_SPLIT} AS r
    FROM wrong WHERE {_OWED} <> {_SPLIT}
    UNION ALL
    SELECT line.household_id, 'line ' || component || ': due = {_LINE_SPLIT}', due,
           line.payable + line.held + line.withheld + line.forfeited
    FROM wrong JOIN line ON line.household_id = wrong.household_id
    WHERE torn > 0 AND source IN ('due', 'arrears')
      AND due <> line.payable + line.held + line.withheld + line.forfeited
    UNION ALL
    SELECT household_id, 'pay_now is not below zero', pay_now, 0 FROM wrong WHERE pay_now < 0
    UNION ALL
    {_COMPARED}
    UNION ALL
    SELECT COALESCE(h.household_id, s.household_id), 'one result for each household of the shard',
           COUNT(h.household_id), COUNT(s.household_id)
    FROM household AS h FULL JOIN src_household AS s ON s.household_id = h.household_id
    GROUP BY 1, 2 HAVING COUNT(h.household_id) <> 1 OR COUNT(s.household_id) <> 1
    UNION ALL
    SELECT l.household_id, 'lines belong to a household of the run', COUNT(*), 0
    FROM line AS l ANTI JOIN household AS h ON h.household_id = l.household_id GROUP BY 1
)
SELECT household_id, rule, CAST(l AS BIGINT), CAST(r AS BIGINT) FROM broken
ORDER BY household_id, rule LIMIT {_FINDINGS_MAX}"""
