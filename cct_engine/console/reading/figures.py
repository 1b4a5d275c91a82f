"""The sums of a cycle, read once for each version of it.

Every change of a list moves the cycle's version, and what the bank says comes in numbered files:
the same numbers mean the same sums, so they are kept in memory and never added up twice.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.cycle import Cycle

T = TypeVar("T")

__all__ = ["Figures", "Sent", "figures", "remembered", "sent"]


class Figures(NamedTuple):
    """What families are entitled to in a cycle; amounts in minor units.

    ``entitled`` is counted from the lines, its parts from the households: both sides of the
    equation are read apart.
    """

    families: int
    entitled_minor: int
    paid_families: int
    pay_now_minor: int
    held_families: int
    held_minor: int
    withheld_families: int
    withheld_minor: int
    forfeited_families: int
    forfeited_minor: int
    not_due_families: int
    household_count: int

    @property
    def difference_minor(self) -> int:
        """The whole less its parts."""
        return self.entitled_minor - self.pay_now_minor - self.held_minor - self.withheld_minor


class Sent(NamedTuple):
    """What went to the bank for a cycle, and what became of it; counts of payments."""

    sent_count: int
    sent_minor: int
    paid_count: int
    paid_minor: int
    returned_count: int
    returned_minor: int
    rejected_count: int
    rejected_minor: int
    open_count: int
    open_minor: int

    @property
    def difference_minor(self) -> int:
        """The whole less its parts."""
        ended = self.paid_minor + self.returned_minor + self.rejected_minor
        return self.sent_minor - ended - self.open_minor


_KEPT_MAX: Final = 400
_kept: dict[tuple[Any, ...], Any] = {}
_gate: Final = threading.Lock()


def figures(connection: sa.Connection, cycle: Cycle) -> Figures | None:
    """Return the sums of a cycle's list; None before it is calculated."""
    if cycle.state.value in {"opened", "frozen"}:
        return None

    def read() -> Figures:
        lines = connection.execute(_LINES, {"cycle_id": cycle.cycle_id}).one()
        parts = connection.execute(_PARTS, {"cycle_id": cycle.cycle_id}).one()
        return Figures(*lines, *parts)

    return remembered(connection, ("figures", cycle.cycle_id, cycle.version), read)


def sent(connection: sa.Connection, cycle: Cycle) -> Sent | None:
    """Return what became of a cycle's payments; None before anything was sent."""
    if cycle.state.value not in {"released", "closed"}:
        return None
    told = connection.execute(_TOLD).one()

    def read() -> Sent:
        whole = connection.execute(_FILED, {"cycle_id": cycle.cycle_id}).one()
        return Sent(*whole, *connection.execute(_ENDED, {"cycle_id": cycle.cycle_id}).one())

    return remembered(connection, ("sent", cycle.cycle_id, cycle.version, *told), read)


def remembered(connection: sa.Connection, key: tuple[Any, ...], read: Callable[[], T]) -> T:
    """Return a value of this database that is kept under a key that changes when it does."""
    whole = (connection.engine.url.render_as_string(hide_password=True), *key)
    with _gate:
        if whole in _kept:
            found: T = _kept[whole]
            return found
    value = read()
    with _gate:
        while len(_kept) >= _KEPT_MAX:
            del _kept[next(iter(_kept))]
        _kept[whole] = value
    return value


_LINES: Final = sa.text("""
    SELECT count(DISTINCT household_id), CAST(coalesce(sum(amount_minor), 0) AS bigint)
    FROM cycle.entitlement_line
    WHERE cycle_id = :cycle_id AND source <> 'lapsed' AND money_state <> 'forfeited'
""")
_PARTS: Final = sa.text("""
    SELECT count(*) FILTER (WHERE pay_now_minor > 0),
           CAST(coalesce(sum(pay_now_minor), 0) AS bigint),
           count(*) FILTER (WHERE held_minor > 0),
           CAST(coalesce(sum(held_minor), 0) AS bigint),
           count(*) FILTER (WHERE withheld_minor > 0),
           CAST(coalesce(sum(withheld_minor), 0) AS bigint),
           count(*) FILTER (WHERE forfeited_minor > 0),
           CAST(coalesce(sum(forfeited_minor), 0) AS bigint),
           count(*) FILTER (WHERE pay_now_minor = 0 AND held_minor = 0 AND withheld_minor = 0
                              AND forfeited_minor = 0),
           count(*)
    FROM cycle.household_result WHERE cycle_id = :cycle_id
""")
_TOLD: Final = sa.text("""
    SELECT (SELECT coalesce(max(inbox_file_id), 0) FROM recon.inbox_file WHERE state = 'applied'),
           (SELECT coalesce(max(delivery_id), 0) FROM bank.delivery),
           (SELECT coalesce(max(file_id), 0) FROM bank.file),
           (SELECT count(*) FROM recon.suspense_item WHERE state = 'closed')
""")
_FILED: Final = sa.text("""
    SELECT CAST(coalesce(sum(instruction_count), 0) AS bigint),
           CAST(coalesce(sum(amount_minor), 0) AS bigint)
    FROM bank.file_part WHERE cycle_id = :cycle_id
""")
_ENDED: Final = sa.text("""
    WITH paid AS (
        SELECT p.instruction_id, i.state, sum(p.amount_minor) AS amount_minor
        FROM cycle.instruction_part p JOIN cycle.instruction i USING (instruction_id)
        WHERE p.cycle_id = :cycle_id AND i.file_id IS NOT NULL GROUP BY 1, 2)
    SELECT count(*) FILTER (WHERE state = 'settled'),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE state = 'settled'), 0) AS bigint),
           count(*) FILTER (WHERE state = 'returned'),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE state = 'returned'), 0) AS bigint),
           count(*) FILTER (WHERE state IN ('rejected', 'cancelled', 'expired')),
           CAST(coalesce(sum(amount_minor) FILTER (
               WHERE state IN ('rejected', 'cancelled', 'expired')), 0) AS bigint),
           count(*) FILTER (WHERE state IN
               ('drafted', 'sealed', 'sent', 'acknowledged', 'accepted', 'unknown')),
           CAST(coalesce(sum(amount_minor) FILTER (WHERE state IN
               ('drafted', 'sealed', 'sent', 'acknowledged', 'accepted', 'unknown')), 0) AS bigint)
    FROM paid
""")
