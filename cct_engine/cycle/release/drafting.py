"""Drafting: who is paid what, from which lines, to which account; one set of statements.

One instruction per household and cycle it is owed from: the sum of its payable lines, recoveries
taken off. Lines of earlier cycles that no instruction ever paid come along, and so do payments
that came back and may go again. Numbers and references are computed in the order of pay day, cycle
and household, so that a killed draft gives the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from cct_engine import registry
from cct_engine.cycle import record
from cct_engine.cycle.dead_payees import count_stopped, stop_dead_payees
from cct_engine.cycle.moments import ALL_KNOWN
from cct_engine.cycle.release.references import refer
from cct_engine.cycle.release.reissues import stage_reissues

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bank_adapters import BankProfile
    from cct_engine.cycle.record import Cycle
    from cct_engine.cycle.release.pay_days import PayDays

__all__ = ["DayDrafted", "Drafted", "Drafting", "Left", "Place", "draft", "keep"]

_LOCK = 0x63_63_74_69_6E_73_74  # "cctinst": instructions are numbered by one release at a time


class Drafting(NamedTuple):
    """What is paid for: the releasing cycle, through which bank, on which days."""

    cycle: Cycle
    bank: BankProfile
    days: PayDays
    at: datetime

    def bound(self) -> dict[str, Any]:
        """Return the values that the statements bind."""
        return {
            "programme_id": self.cycle.programme_id,
            "fund_id": self.cycle.fund_id,
            "cycle_id": self.cycle.cycle_id,
            "currency": self.cycle.currency,
            "at": self.at,
            "debtor_account": self.bank.debtor.account,
            "rail": self.bank.code,
        }


class DayDrafted(NamedTuple):
    """The payments of one pay day: consecutive numbers from ``first_id`` on."""

    value_on: date
    first_id: int
    instruction_count: int


class Drafted(NamedTuple):
    """What was drafted, by pay day, and how many of it go again."""

    days: tuple[DayDrafted, ...]
    reissued_count: int


class Place(NamedTuple):
    """The payments of one file: their first and last number, both inclusive."""

    file_id: int
    first_id: int
    last_id: int


class Left(NamedTuple):
    """How many families are left unpaid: for want of an account, or of a living payee."""

    without_account: int
    payee_died: int


def draft(connection: sa.Connection, drafting: Drafting) -> Drafted:
    """Draft every payment that the programme and fund of a cycle can make now.

    Accounts are those usable on the first pay day as everything known by now says. A family without
    one, or whose payee has died, is left out: its lines are paid by a later release. Nothing is
    kept yet: the draft stands in temporary tables of this transaction until ``keep`` is told which
    file each payment is in.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    asked = drafting.bound()
    _stage_accounts(connection, drafting.days.first)
    stop_dead_payees(connection)
    for statement in (_LINES, "ANALYZE draft_line", _TABLE, _NEW):
        connection.execute(sa.text(statement), asked)
    stage_reissues(connection, asked)
    _number(connection, drafting.days)
    refer(connection)
    rows = connection.execute(sa.text(_COUNT)).all()
    days = tuple(DayDrafted(row.value_on, row.first_id, row.number) for row in rows)
    return Drafted(days, sum(row.again for row in rows))


def _number(connection: sa.Connection, days: PayDays) -> None:
    """Give every payment its pay day and its number."""
    branches = " ".join(
        f"WHEN '{digit}' THEN DATE '{day:%Y-%m-%d}'" for digit, day in days.by_digit.items()
    )
    day = f"DATE '{days.without_digit:%Y-%m-%d}'"
    if branches:
        day = f"CASE d.pay_digit {branches} ELSE {day} END"
    connection.execute(sa.text(_NUMBER.format(day=day)))
    connection.execute(sa.text("ANALYZE draft"))


def keep(connection: sa.Connection, drafting: Drafting, places: Sequence[Place]) -> Left:
    """Keep the draft: instructions in their files, and the lines each of them pays."""
    asked = drafting.bound()
    for day in {drafting.days.without_digit, *drafting.days.by_digit.values()}:
        connection.execute(sa.select(sa.func.cycle.open_month(day)))
    connection.execute(
        sa.text(
            "CREATE TEMP TABLE draft_place (file_id bigint, first_id bigint, last_id bigint)"
            " ON COMMIT DROP"
        )
    )
    if places:
        connection.execute(
            sa.text("INSERT INTO draft_place VALUES (:file_id, :first_id, :last_id)"),
            [place._asdict() for place in places],
        )
    for statement in _WRITE:
        connection.execute(sa.text(statement), asked)
    record.refresh_statistics(connection, drafting.cycle.cycle_id)
    left = int(connection.execute(sa.text(_LEFT), asked).scalar_one())
    stopped = count_stopped(connection, drafting.cycle)
    return Left(without_account=left - stopped, payee_died=stopped)


def _stage_accounts(connection: sa.Connection, on: date) -> None:
    """Keep the one account that each person can be paid on: usable on the day, and verified."""
    rows = registry.payee_accounts(on=on, as_of_known=ALL_KNOWN).subquery("known")
    names = ["household_id", "person_id", "account_id", "kind", "number_token", "agent"]
    target = sa.table("draft_account", *(sa.column(name) for name in names))
    connection.execute(sa.text("DROP TABLE IF EXISTS draft_account"))
    connection.execute(
        sa.text(
            "CREATE TEMP TABLE draft_account (household_id bigint, person_id bigint,"
            " account_id bigint, kind text, number_token text, agent text) ON COMMIT DROP"
        )
    )
    usable = sa.select(*(rows.c[name] for name in names)).where(rows.c.verified)
    connection.execute(sa.insert(target).from_select(names, usable))
    connection.execute(sa.text("CREATE UNIQUE INDEX ON draft_account (person_id)"))
    connection.execute(sa.text("ANALYZE draft_account"))


_TABLE = """
    CREATE TEMP TABLE draft (
        instruction_id bigint, value_on date, transfer_group text, cycle_id integer,
        household_id bigint,
        payee_id bigint, attempt smallint, ordinal integer, amount_minor bigint,
        account_id bigint, account_token text, kind text, agent text, lines_digest text,
        end_to_end_id text, follows bigint, pay_digit text
    ) ON COMMIT DROP
"""
_LINES = """
    CREATE TEMP TABLE draft_line ON COMMIT DROP AS
    SELECT l.cycle_id, l.household_id, l.line_seq, l.fund_id, l.amount_minor
    FROM cycle.entitlement_line l JOIN cycle.cycle o USING (cycle_id)
    WHERE o.programme_id = :programme_id AND o.fund_id = :fund_id
      AND o.state IN ('approved', 'released') AND l.money_state = 'payable'
      AND NOT EXISTS (SELECT FROM cycle.instruction_part p WHERE p.cycle_id = l.cycle_id
                      AND p.household_id = l.household_id AND p.line_seq = l.line_seq)
"""
_NEW = """
    INSERT INTO draft (transfer_group, cycle_id, household_id, payee_id, attempt, ordinal,
        amount_minor, account_id, account_token, kind, agent, lines_digest, pay_digit)
    SELECT c.code, u.cycle_id, u.household_id, r.payee_person_id, 1, 1, u.amount_minor,
           a.account_id, a.number_token, a.kind, a.agent, u.lines_digest,
           r.pay_digit
    FROM (SELECT cycle_id, household_id, CAST(sum(amount_minor) AS bigint) AS amount_minor,
                 encode(sha256(convert_to(household_id || '|' || string_agg(
                     line_seq || ':' || amount_minor, ',' ORDER BY line_seq), 'UTF8')), 'hex')
                     AS lines_digest
          FROM draft_line GROUP BY cycle_id, household_id HAVING sum(amount_minor) > 0) u
    JOIN cycle.cycle c USING (cycle_id)
    JOIN cycle.household_result r USING (cycle_id, household_id)
    JOIN draft_account a ON a.person_id = r.payee_person_id AND a.household_id = u.household_id
"""
_NUMBER = """
    UPDATE draft d SET instruction_id = n.instruction_id, value_on = n.value_on
    FROM (SELECT place, value_on, (SELECT coalesce(max(instruction_id), 0) FROM cycle.instruction)
                 + row_number() OVER (ORDER BY value_on, follows NULLS FIRST, cycle_id,
                                      household_id) AS instruction_id
          FROM (SELECT d.ctid AS place, d.cycle_id, d.household_id, d.follows, {day} AS value_on
                FROM draft d) days) n
    WHERE d.ctid = n.place
"""


_WRITE = (
    """
    INSERT INTO cycle.transfer_group (code, made_at)
    SELECT DISTINCT transfer_group, CAST(:at AS timestamptz) FROM draft ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO cycle.instruction (instruction_id, value_on, transfer_group, payee_id, attempt,
        ordinal, debtor_account, rail, amount_minor, currency, account_id, account_token,
        end_to_end_id, instruction_text, uetr, file_id, drafted_at)
    SELECT d.instruction_id, d.value_on, d.transfer_group, d.payee_id, d.attempt, d.ordinal,
           :debtor_account, :rail, d.amount_minor, :currency, d.account_id, d.account_token,
           r.end_to_end_id, r.instruction_text, r.uetr, p.file_id, :at
    FROM draft d JOIN draft_reference r USING (instruction_id)
    JOIN draft_place p ON d.instruction_id BETWEEN p.first_id AND p.last_id
    ORDER BY d.instruction_id
    """,
    """
    INSERT INTO cycle.instruction_part (cycle_id, household_id, line_seq, instruction_id, fund_id,
                                        amount_minor)
    SELECT l.cycle_id, l.household_id, l.line_seq, d.instruction_id, l.fund_id, l.amount_minor
    FROM draft d JOIN draft_line l USING (cycle_id, household_id) WHERE d.attempt = 1
    """,
    """
    INSERT INTO cycle.instruction_part (cycle_id, household_id, line_seq, instruction_id, fund_id,
                                        amount_minor)
    SELECT p.cycle_id, p.household_id, p.line_seq, d.instruction_id, p.fund_id, p.amount_minor
    FROM draft d JOIN cycle.instruction_part p ON p.instruction_id = d.follows
    WHERE d.attempt > 1
    """,
)
_COUNT = """
    SELECT value_on, min(instruction_id) AS first_id, count(*) AS number,
           count(*) FILTER (WHERE attempt > 1) AS again
    FROM draft GROUP BY value_on ORDER BY value_on
"""
_LEFT = """
    SELECT count(*) FROM cycle.household_result r
    WHERE r.cycle_id = :cycle_id AND r.pay_now_minor > 0 AND NOT EXISTS (
        SELECT FROM cycle.instruction_part p
        WHERE p.cycle_id = r.cycle_id AND p.household_id = r.household_id)
"""
