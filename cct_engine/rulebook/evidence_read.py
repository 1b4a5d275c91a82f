"""Which reports a cycle looks at: kinds of fact and the months observed, by the law alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.moment import Moment
from cct_engine.rulebook.compiler.windows import judged_windows

if TYPE_CHECKING:
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["evidence_read"]


def evidence_read(rulebook: Rulebook, month: Month) -> dict[str, frozenset[Month]]:
    """Return, per kind of fact, the months that the cycle starting in ``month`` reads.

    A report about any other month changes nothing in this cycle. A kind that no condition asks for
    is a certificate or is read by an expression: then every month that may matter counts.
    """
    law = rulebook.law
    moment = Moment.of_cycle(month, rulebook.cycle_months)
    read: dict[str, set[Month]] = {}
    for condition in law.conditions.values():
        months = read.setdefault(condition.fact, set())
        for back in range(condition.hold.cycles + 1 if condition.hold else 1):
            # Money that waits for a report is judged again by the windows of its own cycle.
            cycle = Moment.of_cycle(
                month.plus(-back * rulebook.cycle_months), rulebook.cycle_months
            )
            windows = judged_windows(
                law, condition.window, by_month=condition.grain == "month", moment=cycle
            )
            months.update(observed for window in windows for observed in window.months)
    for kind in law.facts.keys() - read.keys():
        read[kind] = set(month.plus(-rulebook.reports_back).until(moment.cycle_last))
    return {kind: frozenset(months) for kind, months in read.items()}
