"""What became of a cycle's payments, added up from the instructions alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from ledger import Event
from reconciliation.outcome import ENDED, UNDER_WAY, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["Paid", "StateTotal"]


@dataclass(frozen=True, slots=True)
class StateTotal:
    """The instructions of a cycle in one state."""

    state: str
    count: int
    amount_minor: int


class Paid(NamedTuple):
    """The parts of a cycle's instructions, added up from the instructions alone.

    ``oldest_on`` is the first value date among those of each state.
    """

    states: tuple[StateTotal, ...]
    oldest_on: Mapping[str, date]
    returned_before_minor: int
    returned_after_minor: int
    awaiting_minor: int

    @classmethod
    def of(cls, connection: sa.Connection, cycle_id: int) -> Paid:
        """Add up the parts of a cycle's instructions."""
        asked: dict[str, int] = {"cycle": cycle_id}
        first, last = connection.execute(_SPAN, asked).one()
        asked |= {"first": first or 0, "last": last or 0}
        rows = connection.execute(_STATES, asked).all()
        posted = {row.event: int(row.minor) for row in connection.execute(_POSTED, asked)}
        return cls(
            tuple(StateTotal(row.state, row.payments, row.amount_minor) for row in rows),
            {row.state: row.oldest_on for row in rows},
            posted.get(Event.RETURN_BEFORE, 0),
            posted.get(Event.RETURN_AFTER, 0),
            int(connection.execute(_AWAITING, asked).scalar_one()),
        )

    def in_state(self, *states: str) -> int:
        """Return the sum of what is in one of these states."""
        return sum(one.amount_minor for one in self.states if one.state in states)

    @property
    def sent_minor(self) -> int:
        """All attempts that were more than drafted."""
        return sum(one.amount_minor for one in self.states if one.state != "drafted")

    @property
    def under_way_minor(self) -> int:
        """What the bank has and has not answered for."""
        return self.in_state(*UNDER_WAY)

    @property
    def settled_minor(self) -> int:
        """What was paid, also where it came back later."""
        return self.in_state("settled") + self.returned_after_minor


# An instruction is numbered when it is drafted, so those of a cycle lie between two numbers: other
# months are not read. Written into the statement, for the planner to know how many there are.
_BETWEEN: Final = (
    sa.bindparam("first", type_=sa.BigInteger, literal_execute=True),
    sa.bindparam("last", type_=sa.BigInteger, literal_execute=True),
)
_SPAN: Final = sa.text(
    "SELECT min(instruction_id), max(instruction_id) FROM cycle.instruction_part"
    " WHERE cycle_id = :cycle"
)
_STATES: Final = sa.text("""
    SELECT i.state, count(*) AS payments, CAST(sum(p.amount_minor) AS bigint) AS amount_minor,
           min(i.value_on) AS oldest_on
    FROM (SELECT instruction_id, sum(amount_minor) AS amount_minor FROM cycle.instruction_part
          WHERE cycle_id = :cycle GROUP BY instruction_id) p
    JOIN cycle.instruction i USING (instruction_id)
    WHERE i.instruction_id BETWEEN :first AND :last
    GROUP BY i.state ORDER BY i.state
""").bindparams(*_BETWEEN)
_POSTED: Final = sa.text(f"""
    WITH posted AS (
        SELECT m.instruction_id, max(m.posted) AS event
        FROM recon.match m JOIN bank.file_part f USING (file_id)
        WHERE f.cycle_id = :cycle AND m.evidence <> 'debit'
          AND m.posted IN ({Event.RETURN_BEFORE:d}, {Event.RETURN_AFTER:d})
        GROUP BY m.instruction_id)
    SELECT event, sum(p.amount_minor) AS minor
    FROM posted JOIN cycle.instruction_part p USING (instruction_id)
    WHERE p.cycle_id = :cycle GROUP BY event
""")
_AWAITING: Final = sa.text(f"""
    SELECT coalesce(sum(p.amount_minor), 0)
    FROM cycle.instruction_part p JOIN cycle.instruction i USING (instruction_id)
    WHERE p.cycle_id = :cycle AND i.instruction_id BETWEEN :first AND :last
      AND i.state IN ({quoted(ENDED)}) AND i.state <> 'expired'
      AND NOT EXISTS (SELECT FROM cycle.instruction_part later
          WHERE later.cycle_id = :cycle AND later.household_id = p.household_id
            AND later.line_seq = p.line_seq AND later.instruction_id > p.instruction_id)
""").bindparams(*_BETWEEN)
