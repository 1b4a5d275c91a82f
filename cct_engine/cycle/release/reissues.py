"""Payments that came back and may go again: another attempt under the same EndToEndId."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from cct_engine import registry
from cct_engine.cycle.dead_payees import FOUND_ALIVE, NOT_STOPPED
from cct_engine.cycle.moments import ALL_KNOWN
from reconciliation import failed, reissuable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from cct_engine.cycle.record import Cycle

__all__ = ["Again", "going_again", "stage_reissues"]


class Again(NamedTuple):
    """How many payments go again, and their sum in minor units."""

    payment_count: int
    amount_minor: int


def going_again(connection: sa.Connection, cycle: Cycle, *, on: date) -> Again:
    """Return what came back of earlier cycles and goes again with a cycle's release.

    As everything known by now says, to the accounts that are usable ``on`` its first pay day.
    Nothing is staged or changed: this is what an officer is told before the money is sent.
    """
    last = failed(fund_id=cycle.fund_id).subquery()
    payees = list(connection.execute(sa.select(last.c.payee_id).distinct()).scalars())
    known = registry.payee_accounts(on=on, as_of_known=ALL_KNOWN).subquery("a")
    # Named one by one, so that the accounts of these few are looked at and nobody else's.
    usable = (
        sa.select(known.c.person_id.label("payee_id"), known.c.account_id)
        .where(
            known.c.person_id == sa.any_(sa.bindparam("payees", payees, sa.ARRAY(sa.BigInteger))),
            known.c.verified,
            sa.text(NOT_STOPPED),
        )
        .subquery("usable")
    )
    again = reissuable(usable, fund_id=cycle.fund_id, alive=FOUND_ALIVE).order_by(None)
    found = again.subquery("again")
    total = sa.cast(sa.func.coalesce(sa.func.sum(found.c.amount_minor), 0), sa.BigInteger)
    row = connection.execute(
        sa.select(sa.func.count(), total).select_from(found).where(sa.text(_OF_PROGRAMME)),
        {"programme_id": cycle.programme_id},
    ).one()
    return Again(*row)


def stage_reissues(connection: sa.Connection, asked: Mapping[str, Any]) -> None:
    """Add the payments of this programme and fund that came back and may go again."""
    connection.execute(sa.text("DROP TABLE IF EXISTS draft_again"))
    connection.execute(
        sa.text(
            "CREATE TEMP TABLE draft_again (follows bigint, value_on date, next_attempt smallint,"
            " account_id bigint) ON COMMIT DROP"
        )
    )
    account = sa.table("draft_account", sa.column("person_id"), sa.column("account_id"))
    usable = sa.select(account.c.person_id.label("payee_id"), account.c.account_id).subquery()
    again = (
        reissuable(usable, fund_id=asked["fund_id"], alive=FOUND_ALIVE)
        .order_by(None)
        .subquery("again")
    )
    target = sa.table(
        "draft_again",
        *(sa.column(name) for name in ("follows", "value_on", "next_attempt", "account_id")),
    )
    chosen = sa.select(
        again.c.instruction_id, again.c.value_on, again.c.next_attempt, again.c.account_id
    )
    connection.execute(
        sa.insert(target).from_select(["follows", "value_on", "next_attempt", "account_id"], chosen)
    )
    connection.execute(sa.text(_AGAIN), asked)


_OF_PROGRAMME = """
    EXISTS (SELECT FROM cycle.instruction_part p JOIN cycle.cycle c USING (cycle_id)
            WHERE p.instruction_id = again.instruction_id AND c.programme_id = :programme_id)
"""
_AGAIN = """
    INSERT INTO draft (transfer_group, cycle_id, household_id, payee_id, attempt,
        ordinal, amount_minor, account_id, account_token, kind, agent, end_to_end_id, follows,
        pay_digit)
    SELECT i.transfer_group, w.cycle_id, w.household_id, i.payee_id, n.next_attempt,
           (SELECT max(o.ordinal) + 1 FROM cycle.instruction o
            WHERE o.instruction_id IN (SELECT p.instruction_id FROM cycle.instruction_part p
                WHERE p.cycle_id = w.cycle_id AND p.household_id = w.household_id)),
           i.amount_minor, n.account_id, a.number_token, a.kind, a.agent, i.end_to_end_id,
           n.follows, r.pay_digit
    FROM draft_again n
    JOIN cycle.instruction i ON i.instruction_id = n.follows AND i.value_on = n.value_on
    JOIN (SELECT DISTINCT instruction_id, cycle_id, household_id FROM cycle.instruction_part) w
         ON w.instruction_id = n.follows
    JOIN cycle.household_result r ON r.cycle_id = w.cycle_id AND r.household_id = w.household_id
    JOIN cycle.cycle c ON c.cycle_id = w.cycle_id
         AND c.programme_id = :programme_id AND c.fund_id = :fund_id
    JOIN draft_account a ON a.person_id = i.payee_id AND a.account_id = n.account_id
"""
