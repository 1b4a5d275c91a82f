"""What a finding does to money: the list is rewritten so that a held family is held in every sum.

Rewriting is one function over the whole list and has one outcome: first everything an earlier check
did is undone, then every open finding that holds is applied, then money held by the findings of
earlier cycles that are gone is released. Line numbers never change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from cct_engine.entitlement import under_review

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.cycle.record import Cycle

__all__ = ["Rewritten", "apply", "undo"]


class Rewritten(NamedTuple):
    """What findings did to the list. Amounts are minor units."""

    held_families: int
    held_minor: int
    released_families: int
    released_minor: int


def undo(connection: sa.Connection, cycle_id: int) -> None:
    """Bring the list back to what was calculated."""
    for statement in (*_UNDO_RELEASES, *_UNDO_HOLDS):
        connection.execute(sa.text(statement), {"cycle_id": cycle_id})


def apply(connection: sa.Connection, cycle: Cycle, *, officer_id: int, at: datetime) -> Rewritten:
    """Hold what open findings hold, release what those of earlier cycles no longer hold.

    The list must be as calculated (``undo``). The caller holds the cycle's row.
    """
    asked = {
        "cycle_id": cycle.cycle_id,
        "programme_id": cycle.programme_id,
        "period": cycle.period,
        "officer_id": officer_id,
        "at": at,
    }
    for statement in (*_HOLD, *_RELEASE):
        connection.execute(sa.text(statement), asked)
    return Rewritten(*connection.execute(sa.text(_COUNT), asked).one())


_COLUMNS = (
    "cycle_id, household_id, line_seq, source, component, person_id, pregnancy_id, for_period,"
    " enrolment_id, fund_id, money_state, amount_minor, reason_code"
)

# Sums of what was set aside, per household: money due, money released, money recovered.
_ASIDE = """
    SELECT household_id,
           coalesce(sum(amount_minor) FILTER (WHERE source IN ('due', 'arrears')), 0) AS due,
           coalesce(sum(amount_minor) FILTER (WHERE source = 'released'), 0) AS released,
           -coalesce(sum(amount_minor) FILTER (WHERE source = 'recovery'), 0) AS recovery
    FROM cycle.line_set_aside WHERE cycle_id = :cycle_id GROUP BY household_id
"""

_RELEASED_HERE = "source = 'released' AND reason_code LIKE 'held:finding:%'"

_UNDO_RELEASES = (
    f"""
    UPDATE cycle.household_result r
    SET released_minor = r.released_minor - l.amount, pay_now_minor = r.pay_now_minor - l.amount
    FROM (SELECT household_id, CAST(sum(amount_minor) AS bigint) AS amount
          FROM cycle.entitlement_line WHERE cycle_id = :cycle_id AND {_RELEASED_HERE}
          GROUP BY household_id) l
    WHERE r.cycle_id = :cycle_id AND r.household_id = l.household_id
    """,
    f"DELETE FROM cycle.entitlement_line WHERE cycle_id = :cycle_id AND {_RELEASED_HERE}",
    # Those who stand on the list only for what is released to them: no line, no run's figure.
    """
    DELETE FROM cycle.household_result WHERE cycle_id = :cycle_id AND standing = 'left'
       AND sanction_state = 'review released'
    """,
    """
    UPDATE cycle.hold SET released_in = NULL, released_by = NULL, outcome = NULL
    WHERE released_in = :cycle_id
    """,
)

_UNDO_HOLDS = (
    f"""
    UPDATE cycle.household_result r
    SET pay_now_minor = r.pay_now_minor + a.due + a.released - a.recovery,
        held_minor = r.held_minor - a.due,
        released_minor = r.released_minor + a.released,
        recovery_minor = r.recovery_minor + a.recovery
    FROM ({_ASIDE}) a WHERE r.cycle_id = :cycle_id AND r.household_id = a.household_id
    """,
    """
    DELETE FROM cycle.entitlement_line l USING cycle.line_set_aside a
    WHERE l.cycle_id = :cycle_id AND a.cycle_id = :cycle_id
      AND l.household_id = a.household_id AND l.line_seq = a.line_seq
    """,
    f"""
    INSERT INTO cycle.entitlement_line ({_COLUMNS})
    SELECT {_COLUMNS} FROM cycle.line_set_aside WHERE cycle_id = :cycle_id
    """,
    "DELETE FROM cycle.line_set_aside WHERE cycle_id = :cycle_id",
    "DELETE FROM cycle.hold WHERE cycle_id = :cycle_id AND reason_kind = 'finding'",
)

# One finding stands for the household: the first by code.
_HOLDING = """
    SELECT DISTINCT ON (household_id) household_id, code, finding_id FROM cycle.finding
    WHERE cycle_id = :cycle_id AND effect = 'holds' AND state = 'open' AND household_id IS NOT NULL
    ORDER BY household_id, code, subject_a, subject_b
"""

_HOLD = (
    f"""
    INSERT INTO cycle.line_set_aside ({_COLUMNS})
    SELECT {_COLUMNS} FROM cycle.entitlement_line
    WHERE cycle_id = :cycle_id AND money_state = 'payable'
      AND household_id IN (SELECT household_id FROM ({_HOLDING}) h)
    """,
    """
    DELETE FROM cycle.entitlement_line l USING cycle.line_set_aside a
    WHERE l.cycle_id = :cycle_id AND a.cycle_id = :cycle_id AND l.household_id = a.household_id
      AND l.line_seq = a.line_seq AND a.source NOT IN ('due', 'arrears')
    """,
    f"""
    UPDATE cycle.entitlement_line l
    SET money_state = 'held', reason_code = 'finding:' || h.code
    FROM ({_HOLDING}) h
    WHERE l.cycle_id = :cycle_id AND l.household_id = h.household_id AND l.money_state = 'payable'
    """,
    f"""
    UPDATE cycle.household_result r
    SET pay_now_minor = r.pay_now_minor - a.due - a.released + a.recovery,
        held_minor = r.held_minor + a.due,
        released_minor = r.released_minor - a.released,
        recovery_minor = r.recovery_minor - a.recovery
    FROM ({_ASIDE}) a WHERE r.cycle_id = :cycle_id AND r.household_id = a.household_id
    """,
    f"""
    INSERT INTO cycle.hold (hold_id, cycle_id, household_id, enrolment_id, reason_kind, finding_id,
                            from_period, review_by)
    SELECT (SELECT coalesce(max(hold_id), 0) FROM cycle.hold)
               + row_number() OVER (ORDER BY h.household_id),
           :cycle_id, h.household_id, r.enrolment_id, 'finding', h.finding_id, :period,
           CAST(CAST(:at AS timestamptz) AS date) + 45
    FROM ({_HOLDING}) h
    JOIN cycle.household_result r ON r.cycle_id = :cycle_id AND r.household_id = h.household_id
    WHERE EXISTS (SELECT FROM cycle.line_set_aside a
                  WHERE a.cycle_id = :cycle_id AND a.household_id = h.household_id)
    """,
)

_GONE = f"""
    SELECT o.hold_id, o.cycle_id, o.household_id FROM cycle.hold o
    JOIN cycle.cycle c USING (cycle_id)
    WHERE c.programme_id = :programme_id AND c.period < :period
      AND c.state IN ('approved', 'released', 'closed')
      AND o.reason_kind = 'finding' AND o.released_in IS NULL
      AND o.household_id NOT IN (SELECT household_id FROM ({_HOLDING}) h)
"""

_RELEASE = (
    f"""
    INSERT INTO cycle.entitlement_line ({_COLUMNS})
    SELECT :cycle_id, f.household_id,
           coalesce(m.last, 0) + row_number() OVER (PARTITION BY f.household_id
               ORDER BY f.component, f.person_id, f.pregnancy_id, f.for_period, f.reason_code),
           'released', f.component, f.person_id, f.pregnancy_id, f.for_period, f.enrolment_id,
           f.fund_id, 'payable', f.amount_minor, 'held:' || f.reason_code
    FROM ({under_review(_GONE)}) f
    LEFT JOIN (SELECT household_id, max(line_seq) AS last FROM cycle.entitlement_line
               WHERE cycle_id = :cycle_id GROUP BY household_id) m USING (household_id)
    """,
    f"""
    INSERT INTO cycle.household_result (cycle_id, household_id, enrolment_id, member_count,
        gross_minor, arrears_minor, released_minor, recovery_minor, pay_now_minor, held_minor,
        withheld_minor, forfeited_minor, standing, sanction_state, payee_person_id,
        pay_digit)
    SELECT DISTINCT ON (e.household_id) :cycle_id, e.household_id, e.enrolment_id, 0, 0, 0, 0, 0, 0,
           0, 0, 0, 'left', 'review released', e.payee_person_id, e.pay_digit
    FROM cycle.household_result e JOIN ({_GONE}) g USING (cycle_id, household_id)
    WHERE NOT EXISTS (SELECT FROM cycle.household_result r
                      WHERE r.cycle_id = :cycle_id AND r.household_id = e.household_id)
      AND EXISTS (SELECT FROM cycle.entitlement_line l
                  WHERE l.cycle_id = :cycle_id AND l.household_id = e.household_id)
    ORDER BY e.household_id, e.cycle_id DESC
    """,
    f"""
    UPDATE cycle.household_result r
    SET released_minor = r.released_minor + l.amount, pay_now_minor = r.pay_now_minor + l.amount
    FROM (SELECT household_id, CAST(sum(amount_minor) AS bigint) AS amount
          FROM cycle.entitlement_line WHERE cycle_id = :cycle_id AND {_RELEASED_HERE}
          GROUP BY household_id) l
    WHERE r.cycle_id = :cycle_id AND r.household_id = l.household_id
    """,
    f"""
    UPDATE cycle.hold SET released_in = :cycle_id, released_by = :officer_id,
           outcome = 'the finding is gone'
    WHERE hold_id IN (SELECT hold_id FROM ({_GONE}) g)
    """,
)

_COUNT = f"""
    SELECT (SELECT count(DISTINCT household_id) FROM cycle.line_set_aside
            WHERE cycle_id = :cycle_id),
           (SELECT CAST(coalesce(sum(due), 0) AS bigint) FROM ({_ASIDE}) a),
           count(DISTINCT household_id), CAST(coalesce(sum(amount_minor), 0) AS bigint)
    FROM cycle.entitlement_line WHERE cycle_id = :cycle_id AND {_RELEASED_HERE}
"""
