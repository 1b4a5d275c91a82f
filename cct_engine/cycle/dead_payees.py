"""Payees who have died, as a bank or a register says: nothing more goes to their accounts.

A check holds the money of a coming cycle (``PAYEE_DEATH_TOLD``, ``DEATH_BEFORE_PERIOD``). What is
told after a list was approved stops the payment at its release; so nobody has to be quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from cct_engine.cycle.record import Cycle

__all__ = ["FOUND_ALIVE", "NOT_STOPPED", "TOLD_BY_A_BANK", "count_stopped", "stop_dead_payees"]

TOLD_BY_A_BANK: Final = """
    SELECT i.payee_id, max(m.matched_at) AS told_at
    FROM recon.match m JOIN cycle.instruction i USING (instruction_id)
    WHERE m.action = 'STOP_DECEASED' AND NOT EXISTS (
        SELECT FROM registry.death_report d
        WHERE d.person_id = i.payee_id AND d.state = 'refuted' AND d.known_to = 'infinity')
    GROUP BY i.payee_id
"""
"""Payees (payee_id, told_at) whose bank gave money back because they died; unless it is refuted."""
FOUND_ALIVE: Final = (
    sa.text(
        "SELECT person_id AS payee_id FROM registry.death_report"
        " WHERE state = 'refuted' AND known_to = 'infinity'"
    )
    .columns(payee_id=sa.BigInteger)
    .subquery("alive")
)
"""Payees (payee_id) whose reported death a person has refuted: what came back goes again."""

_DEAD: Final = f"""
    SELECT payee_id AS person_id, told_at FROM ({TOLD_BY_A_BANK}) t
    UNION ALL
    SELECT person_id, known_from FROM registry.death_report
    WHERE state = 'confirmed' AND known_to = 'infinity'
"""
# Two officers who looked at the finding may have said that the money goes.
_IS_STOPPED: Final = """
    d.person_id = a.person_id AND NOT EXISTS (
        SELECT FROM cycle.finding f JOIN cycle.override o USING (finding_id)
        WHERE f.code IN ('PAYEE_DEATH_TOLD', 'DEATH_BEFORE_PERIOD')
          AND f.household_id = a.household_id AND o.confirmed_at >= d.told_at)
"""
NOT_STOPPED: Final = f"NOT EXISTS (SELECT FROM ({_DEAD}) d WHERE {_IS_STOPPED})"
"""Whether the payee of an account ``a`` (a row with person_id and household_id) can be paid."""
_STOP: Final = f"""
    CREATE TEMP TABLE draft_stopped ON COMMIT DROP AS
    WITH dead AS ({_DEAD}),
    stopped AS (
        DELETE FROM draft_account a USING dead d WHERE {_IS_STOPPED} RETURNING a.person_id)
    SELECT person_id FROM stopped
"""
_COUNT: Final = """
    SELECT count(*) FROM cycle.household_result r
    WHERE r.cycle_id = :cycle_id AND r.pay_now_minor > 0
      AND r.payee_person_id IN (SELECT person_id FROM draft_stopped)
      AND NOT EXISTS (SELECT FROM cycle.instruction_part p
                      WHERE p.cycle_id = r.cycle_id AND p.household_id = r.household_id)
"""


def stop_dead_payees(connection: sa.Connection) -> None:
    """Take the accounts of dead payees from those that can be paid to, ``draft_account``."""
    connection.execute(sa.text("DROP TABLE IF EXISTS draft_stopped"))
    connection.execute(sa.text(_STOP))


def count_stopped(connection: sa.Connection, cycle: Cycle) -> int:
    """Return how many families of a cycle get nothing now because their payee has died."""
    return int(connection.execute(sa.text(_COUNT), {"cycle_id": cycle.cycle_id}).scalar_one())
