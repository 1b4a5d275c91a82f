"""The checks themselves: each a statement that adds what it finds to the table ``found``.

Every statement selects household (null: the whole cycle), two subjects in ascending order, and
evidence as counts, dates and numbers of ours: no name, account or identity number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.cycle.dead_payees import TOLD_BY_A_BANK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.cycle.checks.policy import Check
    from cct_engine.cycle.record import Cycle

__all__ = ["find"]

_STATEMENTS: Final = {
    "PAYEE_MISSING": """
        SELECT f.household_id, 0, 0, CAST('{}' AS jsonb) FROM looked_family f WHERE f.payee_id = 0
    """,
    "ACCOUNT_MISSING": """
        SELECT f.household_id, f.payee_id, 0, jsonb_build_object('unverified', EXISTS (
                   SELECT FROM looked_account a
                   WHERE a.household_id = f.household_id AND a.person_id = f.payee_id))
        FROM looked_family f
        WHERE f.payee_id <> 0 AND NOT EXISTS (
            SELECT FROM looked_account a WHERE a.household_id = f.household_id
            AND a.person_id = f.payee_id AND a.verified)
    """,
    "ACCOUNT_SHARED": """
        SELECT s.household_id, min(s.account_id), 0,
               jsonb_build_object('household_count', max(s.household_count))
        FROM looked_sharing s JOIN looked_account a USING (household_id, account_id)
        JOIN looked_family f ON f.household_id = s.household_id AND f.payee_id = a.person_id
        GROUP BY s.household_id
    """,
    "PERSON_IN_TWO_HOUSEHOLDS": """
        SELECT f.household_id, least(i.person_id, o.person_id), greatest(i.person_id, o.person_id),
               jsonb_build_object('scheme', min(i.scheme), 'other_household', min(o.household_id))
        FROM looked_family f JOIN looked_identity i USING (household_id)
        JOIN looked_identity o ON o.scheme = i.scheme AND o.token = i.token
             AND o.household_id <> i.household_id AND o.person_id <> i.person_id
        GROUP BY f.household_id, least(i.person_id, o.person_id), greatest(i.person_id, o.person_id)
    """,
    # Who is counted here is claimed there, or the other way round: both families are told.
    "CLAIMED_BY_ANOTHER": """
        SELECT f.household_id, c.person_id, 0,
               jsonb_build_object('counted', bool_or(c.counted),
                                  'other_household', min(c.other_household_id))
        FROM looked_family f JOIN looked_claim c USING (household_id)
        GROUP BY f.household_id, c.person_id
    """,
    # A member's own line after the month of death, or a payee who is dead: both need a person.
    "DEATH_BEFORE_PERIOD": """
        SELECT d.household_id, d.person_id, 0,
               jsonb_build_object('died_on', max(d.died_on),
                                  'payee', bool_or(d.person_id = f.payee_id))
        FROM looked_death d JOIN looked_family f USING (household_id)
        WHERE d.state = 'confirmed' AND (d.person_id = f.payee_id OR EXISTS (
            SELECT FROM cycle.entitlement_line l
            WHERE l.cycle_id = :cycle_id AND l.household_id = d.household_id
              AND l.person_id = d.person_id AND l.money_state = 'payable' AND l.amount_minor > 0
              AND l.for_period > date_trunc('month', d.died_on)))
        GROUP BY d.household_id, d.person_id
    """,
    # A bank gave money back because the account's holder has died, and nobody has refuted it.
    "PAYEE_DEATH_TOLD": f"""
        SELECT f.household_id, f.payee_id, 0,
               jsonb_build_object('told_on', CAST(t.told_at AS date))
        FROM looked_family f JOIN ({TOLD_BY_A_BANK}) t USING (payee_id)
    """,
    "AMOUNT_OVER_CEILING": """
        SELECT f.household_id, 0, 0,
               jsonb_build_object('amount_minor', f.pay_now_minor, 'ceiling_minor', :ceiling_minor)
        FROM looked_family f WHERE f.pay_now_minor > :ceiling_minor
    """,
    "BUDGET_SHORT": """
        SELECT NULL::bigint, 0, 0, jsonb_build_object('needed_minor', CAST(:needed_minor AS bigint),
               'free_minor', CAST(:free_minor AS bigint))
        WHERE :needed_minor > :free_minor
    """,
    "BUDGET_QUEUE": """
        SELECT NULL::bigint, 0, 0, jsonb_build_object('waiting', waiting_count,
               'ceiling_minor', ceiling_minor, 'spent_minor', spent_minor)
        FROM cycle.budget_queue WHERE cycle_id = :cycle_id AND waiting_count > 0
    """,
    "FACTS_MISSING": """
        SELECT NULL::bigint, 0, 0, jsonb_build_object('silent', CAST(:silent_count AS bigint),
               'expected', CAST(:expected_count AS bigint))
        WHERE :silent_count > 0
    """,
    "IDENTITY_MISSING": """
        SELECT NULL::bigint, 0, 0, jsonb_build_object('payees', count(*))
        FROM looked_family f
        WHERE f.payee_id <> 0 AND NOT EXISTS (
            SELECT FROM identity.person_identifier i
            WHERE i.person_id = f.payee_id AND i.status NOT IN ('refuted', 'withdrawn')
              AND i.known_to = 'infinity')
        HAVING count(*) > 0
    """,
}


def find(
    connection: sa.Connection,
    cycle: Cycle,
    checks: Mapping[str, Check],
    *,
    figures: Mapping[str, int],
) -> None:
    """Run every check of the catalogue over what was looked at.

    ``figures`` are needed_minor and free_minor (the budget), silent_count and expected_count (the
    facilities). A check without the ceiling it compares with is left out.
    """
    for code, statement in _STATEMENTS.items():
        check = checks[code]
        if code == "AMOUNT_OVER_CEILING" and check.ceiling_minor is None:
            continue
        connection.execute(
            sa.text(
                "INSERT INTO found (code, effect, household_id, subject_a, subject_b, evidence) "
                f"SELECT '{code}', '{check.effect}', * FROM ({statement}) AS seen"
            ),
            {"cycle_id": cycle.cycle_id, "ceiling_minor": check.ceiling_minor or 0, **figures},
        )
