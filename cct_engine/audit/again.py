"""A control that does a cycle's work again, cycle by cycle, and tells what came out differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import duckdb

from cct_engine.audit.querying import counted
from cct_engine.cycle import cycles
from cct_engine.entitlement import EntitlementError
from cct_engine.rulebook import RefusedRulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cct_engine.audit.control import Ask, Evidence
    from cct_engine.cycle import Cycle

__all__ = ["Row", "every_approved"]

Row = tuple[Any, ...]
_APPROVED: Final = ("approved", "released", "closed")


def every_approved(
    ask: Ask,
    columns: Sequence[str],
    *,
    differences: Callable[[Ask, Cycle], Iterable[Row]],
    impossible: Callable[[Cycle, str], Row],
) -> Evidence:
    """Return what differs in the approved cycles asked for.

    That a cycle's work cannot be done again is a finding too: ``impossible`` makes its row from
    the reason.
    """
    rows: list[Row] = []
    for cycle in cycles(ask.connection):
        if cycle.state.value in _APPROVED and ask.cycle_id in (None, cycle.cycle_id):
            try:
                rows += differences(ask, cycle)
            except (EntitlementError, RefusedRulebook, OSError, duckdb.Error) as error:
                rows.append(impossible(cycle, str(error).partition("\n")[0]))
    return counted(columns, rows)
