"""Checking a cycle: find, hold what must be held, release what need not be held any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

import ledger
from cct_engine import compliance
from cct_engine.cycle import law, postings
from cct_engine.cycle.bank import bank_of
from cct_engine.cycle.checks import catalogue, holding, keeping
from cct_engine.cycle.checks.at_the_bank import find_refusals
from cct_engine.cycle.checks.left_behind import find_left_behind
from cct_engine.cycle.checks.looking import look
from cct_engine.cycle.checks.policy import policy
from cct_engine.cycle.desk import run
from cct_engine.cycle.moments import value_day

if TYPE_CHECKING:
    from cct_engine.cycle.desk import Desk, StepReport, Work
    from cct_engine.cycle.record import Cycle

__all__ = ["check", "recheck", "rewrite"]


def check(desk: Desk, code: str) -> StepReport:
    """Check the calculated list, in one transaction, and move the cycle to ``checked``.

    What holds is held on the list; what an earlier cycle's finding held and no longer does is
    released on it. Findings that block are left for ``submit`` to refuse.
    """

    def body(work: Work) -> None:
        with work.last_transaction() as connection:
            _hold_still(connection, work.cycle)
            holding.undo(connection, work.cycle.cycle_id)
            work.counts |= _found(connection, work)
            rewrite(connection, work)
            work.move(connection)
        work.sentence = (
            f"{code} is checked: {work.counts['blocking']} findings block, "
            f"{work.counts['held_families']} families are held for review, "
            f"{work.counts['released_families']} are released from it."
        )

    return run(desk, code, "check", body)


def recheck(desk: Desk, code: str) -> StepReport:
    """Take a checked list back to what was calculated, so that it can be checked again."""

    def body(work: Work) -> None:
        with work.last_transaction() as connection:
            _hold_still(connection, work.cycle)
            holding.undo(connection, work.cycle.cycle_id)
            work.move(connection)
        work.sentence = f"{code} is as calculated again; check it."

    return run(desk, code, "recheck", body)


def rewrite(connection: sa.Connection, work: Work) -> None:
    """Hold and release on a list that is as calculated; count what that did."""
    done = holding.apply(connection, work.cycle, officer_id=work.desk.officer_id, at=work.at)
    work.counts |= {
        "held_families": done.held_families,
        "released_families": done.released_families,
    }
    work.money |= {"held": done.held_minor, "released": done.released_minor}


def _hold_still(connection: sa.Connection, cycle: Cycle) -> None:
    """Take the cycle's row, so that two checks do not rewrite one list."""
    connection.execute(
        sa.text("SELECT 1 FROM cycle.cycle WHERE cycle_id = :cycle_id FOR NO KEY UPDATE"),
        {"cycle_id": cycle.cycle_id},
    )


def _found(connection: sa.Connection, work: Work) -> dict[str, int]:
    cycle = work.cycle
    checks = policy(cycle.programme, cycle.currency)
    keeping.stage(connection)
    look(connection, cycle, on=value_day(connection, cycle, work.at))
    free = -ledger.balance(connection, 8020, fund_id=cycle.fund_id)
    figures = {
        "needed_minor": postings.expense_minor(connection, cycle.cycle_id),
        "free_minor": free,
        **_silence(connection, cycle),
    }
    catalogue.find(connection, cycle, checks, figures=figures)
    find_left_behind(
        connection, cycle, checks["MONEY_LEFT_BEHIND"], work.desk.home, on=work.at.date()
    )
    find_refusals(
        connection,
        checks,
        bank_of(connection, cycle, work.desk.home),
        officer_id=work.desk.officer_id,
        at=work.at,
    )
    effects = keeping.merge(connection, cycle.cycle_id, at=work.at)
    return {
        "blocking": effects.get("blocks", 0),
        "holding": effects.get("holds", 0),
        "warning": effects.get("warns", 0),
    }


def _silence(connection: sa.Connection, cycle: Cycle) -> dict[str, int]:
    """Count who should have been reported on and was not, in the newest month of each fact."""
    silent = expected = 0
    if cycle.rulebook_digest is not None and cycle.as_of_known is not None:
        for kind in law.of_cycle(connection, cycle).fact_kinds():
            month = connection.execute(
                sa.text(
                    "SELECT max(window_start) FROM compliance.fact JOIN compliance.fact_kind"
                    " USING (kind_id) WHERE code = :kind AND window_start <= :period"
                ),
                {"kind": kind, "period": cycle.period},
            ).scalar()
            if month is None:
                continue
            for row in compliance.coverage(
                connection, kind=kind, month=month, as_of_known=cycle.as_of_known
            ):
                silent += row.missing
                expected += row.expected
    return {"silent_count": silent, "expected_count": expected}
