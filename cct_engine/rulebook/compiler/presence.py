"""Which members count in a cycle: by when they joined, left and died, and the conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.place import Place
from cct_engine.rulebook.compiler.sqltext import literal

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.emit import Emitter
    from cct_engine.rulebook.compiler.moment import Moment
    from cct_engine.rulebook.model import Law

__all__ = ["counted", "counted_then"]


def counted(
    law: Law,
    moment: Moment,
    *,
    joined_on: str = "joined_on",
    left_on: str = "left_on",
    died_on: str = "died_on",
) -> str:
    """Return the test that a member counts in a cycle; by days: whoever was there for a day."""
    first, last = literal(moment.cycle_first.first_day), literal(moment.cycle_last.last_day)
    joined = first if law.conventions.entry_month == "none" else last
    gone = last if law.conventions.exit_month == "none" else first
    died = f"> {last}" if law.conventions.month_of_death == "not_due" else f">= {first}"
    return (
        f"({joined_on} IS NULL OR {joined_on} <= {joined})"
        f" AND ({left_on} IS NULL OR {left_on} > {gone})"
        f" AND ({died_on} IS NULL OR {died_on} {died})"
    )


def counted_then(emitter: Emitter, moment: Moment) -> str:
    """Return the test that a member of ``mem`` counted in an earlier cycle, too."""
    law = emitter.rulebook.law
    if law.conventions.counted is not None:
        test = emitter.rulebook.expression("conventions", "counted")
        return emitter.test(test, Place("member", moment, grouped=True))
    days = {name: emitter.needs.column("member", name) for name in ("joined_on", "left_on")}
    return counted(law, moment, **days, died_on=emitter.needs.column("member", "died_on"))
