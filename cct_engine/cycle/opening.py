"""Opening a cycle: one per programme and period, whoever asks and however often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
import structlog

import ledger
from cct_engine.cycle import law, record
from cct_engine.cycle.desk import StepReport
from cct_engine.cycle.payer import payer_of
from cct_engine.cycle.record import CycleError
from cct_engine.cycle.states import State, permission
from cct_engine.people import Refused, acts, authorise, record_refusal
from cct_engine.rulebook import Month, pay_calendar

if TYPE_CHECKING:
    from datetime import date, datetime

    from cct_engine.cycle.desk import Desk
    from cct_engine.rulebook import Rulebook

__all__ = ["code_of", "open_cycle"]

_LOCK = 0x63_63_74_6F_70_65_6E  # "cctopen": cycles are numbered by one opener at a time
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def code_of(programme: str, period: date) -> str:
    """Return the code of a cycle: ``bolsa_familia-2026-09``."""
    return f"{programme}-{period:%Y-%m}"


def open_cycle(
    desk: Desk,
    programme: str,
    period: date,
    *,
    fund: str | None = None,
    value_on: date | None = None,
) -> StepReport:
    """Open the cycle of a programme that starts with the month of ``period``.

    ``fund`` is the code of the fund that pays; left out, it is the one of the pay day's year.
    ``value_on`` is the day the money is to be in the accounts; left out, it is the first pay day
    of the law's calendar. A release that comes later than it pays on its own day.
    A cycle that is open already is left as it is. Raises ``Refused`` and ``CycleError``.
    """
    first = period.replace(day=1)
    code = code_of(programme, first)
    at = desk.clock.now()
    try:
        with desk.database.transaction() as connection:
            authorise(
                connection,
                permission("open"),
                officer_id=desk.officer_id,
                at=at,
                programme=programme,
            )
            rules = law.in_force(programme, desk.home, month=Month.of(first))
            _refuse_wrong_month(rules, first)
            opened = _opened(connection, desk, rules, first, fund=fund, value_on=value_on, at=at)
    except (Refused, CycleError) as refusal:
        record_refusal(
            desk.database,
            refusal,
            at=at,
            officer_id=desk.officer_id,
            verb="cycle.open",
            subject=f"cycle/{code}",
        )
        raise
    with desk.database.transaction() as connection:
        cycle = record.by_code(connection, code)
    structlog.get_logger().info("cycle.step", step="open", cycle=code, done=opened)
    sentence = f"{code} is open." if opened else f"{code} is {cycle.state.value} already."
    return StepReport(code, "open", cycle.state, opened, sentence, {}, {})


def _opened(
    connection: sa.Connection,
    desk: Desk,
    rules: Rulebook,
    first: date,
    *,
    fund: str | None,
    value_on: date | None,
    at: datetime,
) -> bool:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    code = code_of(rules.programme, first)
    value_on = value_on or pay_calendar(rules, Month.of(first)).first
    payer = payer_of(connection, rules, period=first, value_on=value_on, named=fund)
    cycle_id = connection.execute(
        sa.text(
            "INSERT INTO cycle.cycle (cycle_id, code, programme_id, fund_id, period, month_count,"
            " currency, opened_at, opened_by, value_on)"
            " SELECT coalesce(max(cycle_id), 0) + 1, :code, :programme_id, :fund_id, :period,"
            " :month_count, :currency, :at, :by, :value_on FROM cycle.cycle"
            " ON CONFLICT DO NOTHING RETURNING cycle_id"
        ),
        {
            "code": code,
            "programme_id": payer.programme_id,
            "fund_id": payer.fund_id,
            "period": first,
            "month_count": rules.cycle_months,
            "currency": rules.currency,
            "at": at,
            "by": desk.officer_id,
            "value_on": value_on,
        },
    ).scalar()
    if cycle_id is None:
        return False
    connection.execute(sa.text("SELECT cycle.open_partitions(:cycle_id)"), {"cycle_id": cycle_id})
    ledger.open_cycle(connection, cycle_id)
    acts.record(
        connection,
        at=at,
        officer_id=desk.officer_id,
        verb="cycle.open",
        subject=f"cycle/{code}",
        outcome="done",
        detail={"state": State.OPENED.value},
    )
    return True


def _refuse_wrong_month(rules: Rulebook, first: date) -> None:
    starts = rules.law.cycle.starts
    if _MONTHS[first.month - 1] not in starts:
        raise CycleError(
            f"A cycle of {rules.programme} covers {rules.cycle_months} month(s) and starts in "
            f"{', '.join(starts)}; {first:%B} is none of them. Nothing was opened."
        )
