"""Steps of a cycle taken by a role that was lent in an emergency: a mark that stays on the cycle.

Read from the chained acts alone, so that it holds after the role has ended and cannot be taken
off: the act of lending says to whom, which role, how long and why; those after it, what was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.cycle.states import TRANSITIONS, permission
from cct_engine.people import Role

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Emergency", "emergencies"]


class Emergency(NamedTuple):
    """A step that an officer took with a role lent by another one, who gave a reason."""

    cycle: str
    act_id: int
    at: datetime
    login: str
    verb: str
    role: Role
    lent_act_id: int
    lent_at: datetime
    lent_by: str
    hours: int
    reason: str


def emergencies(connection: sa.Connection, cycle: str | None = None) -> list[Emergency]:
    """Return the steps of a cycle, or of all, that a lent role allowed, the oldest first.

    An officer who has the role for good beside the lent one is named too: better one mark more.
    """
    found = (
        Emergency(row.cycle, row.act_id, row.at, row.login, row.verb, Role(row.role), *row[6:])
        for row in connection.execute(_ACTED, {"cycle": cycle})
    )
    return [
        one for one in found if one.verb in TRANSITIONS and one.role in permission(one.verb).roles
    ]


_ACTED: Final = sa.text("""
    WITH lent AS MATERIALIZED (
        SELECT g.act_id, g.at, CAST(substr(g.subject, 9) AS integer) AS officer_id,
               g.detail->>'role' AS role, g.detail->>'programme' AS programme,
               CAST(g.detail->>'hours' AS integer) AS hours, g.detail->>'reason' AS reason,
               o.login AS lent_by
        FROM people.act g JOIN people.officer o ON o.officer_id = g.officer_id
        WHERE g.verb = 'role.break_glass' AND g.outcome = 'done')
    SELECT substr(a.subject, 7) AS cycle, a.act_id, a.at, o.login, substr(a.verb, 7) AS verb,
           l.role, l.act_id AS lent_act_id, l.at AS lent_at, l.lent_by, l.hours, l.reason
    FROM lent l
    JOIN people.act a ON a.officer_id = l.officer_id AND a.act_id > l.act_id
                     AND a.at < l.at + make_interval(hours => l.hours)
    JOIN people.officer o ON o.officer_id = a.officer_id
    WHERE a.outcome = 'done' AND a.verb ^@ 'cycle.'
      AND CASE WHEN CAST(:cycle AS text) IS NULL
               THEN a.subject ^@ ('cycle/' || l.programme || '-')
               ELSE a.subject = 'cycle/' || :cycle AND :cycle ^@ (l.programme || '-') END
    ORDER BY a.act_id
""")
