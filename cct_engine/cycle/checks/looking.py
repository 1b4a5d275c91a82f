"""What the checks look at: the families to be paid, and what the registry knows of them now.

Everything is copied into temporary tables once, for the families of this list only; the checks are
statements over these tables. A check reads the registry as it is known at the time of checking,
which may be later than the cut-off: money is stopped by what is known, not by what was known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine import registry
from cct_engine.cycle.moments import ALL_KNOWN

if TYPE_CHECKING:
    from datetime import date

    from cct_engine.cycle.record import Cycle

__all__ = ["look"]

# Families with money to be paid, and those whose money an earlier finding still holds.
_FAMILIES = """
    CREATE TEMP TABLE looked_family ON COMMIT DROP AS
    SELECT r.household_id, r.payee_person_id AS payee_id, r.pay_now_minor
    FROM cycle.household_result r
    WHERE r.cycle_id = :cycle_id AND (r.pay_now_minor > 0 OR r.household_id IN (
        SELECT household_id FROM ({waiting}) w))
    UNION ALL
    SELECT DISTINCT ON (household_id) household_id, payee_id, 0 FROM ({waiting}) w
    WHERE NOT EXISTS (SELECT FROM cycle.household_result r
                      WHERE r.cycle_id = :cycle_id AND r.household_id = w.household_id)
    ORDER BY household_id
"""
_WAITING = """
    SELECT DISTINCT ON (h.household_id) h.household_id, e.payee_person_id AS payee_id
    FROM cycle.hold h JOIN cycle.cycle c USING (cycle_id)
    JOIN cycle.household_result e USING (cycle_id, household_id)
    WHERE c.programme_id = :programme_id AND c.period < :period AND h.released_in IS NULL
      AND h.reason_kind = 'finding' AND c.state IN ('approved', 'released', 'closed')
    ORDER BY h.household_id, c.period DESC
"""
_TABLES = {
    "looked_account": "household_id bigint, person_id bigint, account_id bigint, kind text,"
    " agent text, verified boolean",
    "looked_sharing": "household_id bigint, account_id bigint, household_count bigint",
    "looked_identity": "scheme text, token text, person_id bigint, household_id bigint",
    "looked_claim": "person_id bigint, household_id bigint, other_household_id bigint,"
    " counted boolean",
    "looked_death": "person_id bigint, household_id bigint, died_on date, state text",
}


def look(connection: sa.Connection, cycle: Cycle, *, on: date) -> None:
    """Fill the temporary tables ``looked_…`` that the checks read; ``on`` is the day of payment."""
    asked = {
        "cycle_id": cycle.cycle_id,
        "programme_id": cycle.programme_id,
        "period": cycle.period,
    }
    connection.execute(sa.text("DROP TABLE IF EXISTS looked_family"))
    connection.execute(sa.text(_FAMILIES.format(waiting=_WAITING)), asked)
    connection.execute(sa.text("CREATE UNIQUE INDEX ON looked_family (household_id)"))
    connection.execute(sa.text("ANALYZE looked_family"))
    known = {
        "looked_account": registry.payee_accounts(on=on, as_of_known=ALL_KNOWN),
        "looked_sharing": registry.shared_accounts(on=on, as_of_known=ALL_KNOWN),
        "looked_identity": registry.shared_identifiers(on=on, as_of_known=ALL_KNOWN),
        "looked_claim": registry.double_memberships(on=on, as_of_known=ALL_KNOWN),
        "looked_death": registry.deaths(on=on, as_of_known=ALL_KNOWN),
    }
    for name, select in known.items():
        _copy(connection, name, select)


def _copy(connection: sa.Connection, name: str, select: sa.TextualSelect) -> None:
    columns = [definition.split()[0] for definition in _TABLES[name].split(", ")]
    connection.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
    connection.execute(sa.text(f"CREATE TEMP TABLE {name} ({_TABLES[name]}) ON COMMIT DROP"))
    rows = select.subquery("known")
    families = sa.table("looked_family", sa.column("household_id"))
    target = sa.table(name, *(sa.column(column) for column in columns))
    wanted = sa.select(*(rows.c[column] for column in columns))
    if name != "looked_identity":  # who shares a number may be of a family that is not paid
        wanted = wanted.where(rows.c.household_id.in_(sa.select(families.c.household_id)))
    connection.execute(sa.insert(target).from_select(columns, wanted))
    connection.execute(sa.text(f"ANALYZE {name}"))
