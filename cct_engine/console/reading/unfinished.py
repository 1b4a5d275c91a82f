"""Money that is owed and not paid, after each cycle, read from the books: where it sits."""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.console.reading.rows import SCOPE
from cct_engine.reports.values import Sum

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

__all__ = ["Standing", "unfinished"]

_STATES: Final = (
    (2105, "Held", "held"),
    (2110, "Withheld", "withheld"),
    (2100, "To pay", "to-pay"),
    (1090, "In transit", "transit"),
    (2120, "Returned", "returned"),
)
"""The accounts on which a family's money waits, with the word and the colour of the state."""
_BANK: Final = 1010
_EXPENSE: Final = 5100


class Standing(NamedTuple):
    """What a programme owed when a cycle's movements were booked, and what the cycle paid.

    ``parts`` are balances of the books, of this cycle and all before it; ``paid_minor`` is what
    left the bank for the cycle alone, ``entitled_minor`` what it granted.
    """

    programme: str
    title: str
    currency: str
    code: str
    period: date
    parts: tuple[Sum, ...]
    paid_minor: int
    entitled_minor: int

    @property
    def whole_minor(self) -> int:
        """Everything that is owed and not paid."""
        return sum(part.amount_minor for part in self.parts)

    @property
    def paid_per_mille(self) -> int:
        """The share of what the cycle granted that it paid, in thousandths."""
        return self.paid_minor * 1000 // self.entitled_minor if self.entitled_minor > 0 else 0


def unfinished(
    connection: sa.Connection, scope: Sequence[str] | None, *, most: int = 12
) -> list[list[Standing]]:
    """Return for each programme its newest cycles, the oldest first."""
    rows = connection.execute(_MOVED, {"scope": scope}).all()
    found = []
    for _, of_programme in groupby(rows, key=lambda row: row.programme):
        cycles = list(of_programme)
        sums = [list(accumulate(row.owed[i] for row in cycles)) for i in range(len(_STATES))]
        standings = [
            Standing(
                row.programme,
                row.title,
                row.currency,
                row.code,
                row.period,
                tuple(Sum(word, kind, 0, sums[i][at]) for i, (_, word, kind) in enumerate(_STATES)),
                row.paid_minor,
                row.entitled_minor,
            )
            for at, row in enumerate(cycles)
        ]
        found.append(standings[-most:])
    return found


_ACCOUNTS: Final = ", ".join(str(one) for one in (_BANK, _EXPENSE, *(row[0] for row in _STATES)))
_OWED: Final = ", ".join(
    f"CAST(coalesce(sum(m.credit_minor - m.debit_minor) FILTER (WHERE m.account = {account}), 0)"
    " AS bigint)"
    for account, _, _ in _STATES
)
_MOVED: Final = sa.text(f"""
    SELECT p.code AS programme, p.title, c.currency, c.code, c.period, ARRAY[{_OWED}] AS owed,
           CAST(coalesce(sum(m.credit_minor - m.debit_minor)
                FILTER (WHERE m.account = {_BANK}), 0) AS bigint) AS paid_minor,
           CAST(coalesce(sum(m.debit_minor - m.credit_minor)
                FILTER (WHERE m.account = {_EXPENSE}), 0) AS bigint) AS entitled_minor
    FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
    JOIN ledger.movement m ON m.cycle_id = c.cycle_id
    WHERE m.account IN ({_ACCOUNTS}) AND {SCOPE}
    GROUP BY p.code, p.title, c.currency, c.code, c.period ORDER BY p.code, c.period
""")
