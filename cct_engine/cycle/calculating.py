"""Calculating a cycle: the pinned law over the sealed inputs, and the list it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine import entitlement, failpoints, rulebook
from cct_engine.cycle import law
from cct_engine.cycle.desk import run
from cct_engine.cycle.freezing import folder_of
from cct_engine.cycle.record import CycleError
from cct_engine.entitlement import EntitlementError
from cct_engine.rulebook import Month

if TYPE_CHECKING:
    from cct_engine.cycle.desk import Desk, StepReport, Work
    from cct_engine.entitlement import Progress, Run
    from cct_engine.rulebook import Compiled

__all__ = ["calculate", "compiled_of"]


def calculate(desk: Desk, code: str) -> StepReport:
    """Run the cycle's statement over its snapshot, store the list, move to ``calculated``.

    A run that was killed goes on with the shards it has not done.
    """

    def body(work: Work) -> None:
        compiled = compiled_of(work)
        try:
            found = _calculated(work, compiled)
            with work.last_transaction() as connection:
                stored = entitlement.store(
                    connection, work.cycle.cycle_id, found, home=desk.home, at=work.at
                )
                work.counts |= stored.row_counts
                work.money |= {
                    "to_pay": stored.totals.pay_now_minor,
                    "held": stored.totals.held_minor,
                    "withheld": stored.totals.withheld_minor,
                    "forfeited": stored.totals.forfeited_minor,
                }
                work.detail["digest"] = found.digest
                work.move(connection, statement_digest=compiled.digest)
                failpoints.hit("calculate.before_commit")
        except EntitlementError as error:
            raise CycleError(f"{code} was not calculated. {error}") from error
        failpoints.hit("calculate.after_commit")
        work.sentence = (
            f"{code} is calculated: {stored.totals.household_count} families, "
            f"{stored.totals.paid_household_count} of them to be paid now."
        )

    return run(desk, code, "calculate", body)


def compiled_of(work: Work) -> Compiled:
    """Compile the law the cycle is pinned to for its month."""
    with work.desk.database.transaction() as connection:
        rules = law.of_cycle(connection, work.cycle)
    return rulebook.compile_cycle(rules, month=Month.of(work.cycle.period))


def _calculated(work: Work, compiled: Compiled) -> Run:
    folder = folder_of(work.desk.home, work.cycle.code)

    def tell(progress: Progress) -> None:
        work.tell("households", progress.households_done, progress.household_count)

    return entitlement.calculate(
        entitlement.open_snapshot(folder / "snapshot"),
        compiled,
        folder / "run",
        on_progress=tell,
        hit=failpoints.hit,
    )
