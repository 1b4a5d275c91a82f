"""The sums of a cycle, added up once for each state of it.

A list stands still from its submission on; before that every change of it moves the cycle's
version. What the bank says of it is posted in batches. The same numbers mean the same sums, so they
are kept and never added up twice: signing, sending and closing move none of them.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

import reconciliation
from cct_engine import entitlement
from cct_engine.console.reading.cycles import before
from cct_engine.console.reading.kept import kept, remembered
from cct_engine.cycle import State, by_id
from cct_engine.cycle.states import is_past
from reconciliation.proof import Blocker, Identity, Proof, StateTotal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cct_engine.cycle import Cycle

__all__ = [
    "Figures",
    "Sent",
    "compared",
    "figures",
    "list_key",
    "lists_key",
    "moved",
    "proof",
    "remembered",
    "sent",
    "span",
]


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


def list_key(cycle: Cycle) -> tuple[object, ...]:
    """Return what changes whenever a cycle's list does.

    From its submission on, the database refuses every change of a list.
    """
    if is_past(cycle.state, State.SUBMITTED):
        return (cycle.list_digest, cycle.submitted_at)
    return (cycle.version,)


def lists_key(connection: sa.Connection, cycle: Cycle) -> tuple[object, ...]:
    """Return what changes whenever a cycle's list does, or the one before it."""
    last_id = before(connection, cycle)
    return (*list_key(cycle), *(list_key(by_id(connection, last_id)) if last_id else ()))


def figures(connection: sa.Connection, cycle: Cycle) -> Figures | None:
    """Return the sums of a cycle's list; None before it is calculated."""
    if cycle.state.value in {"opened", "frozen"}:
        return None

    def read() -> Figures:
        lines = connection.execute(_LINES, {"cycle_id": cycle.cycle_id}).one()
        parts = connection.execute(_PARTS, {"cycle_id": cycle.cycle_id}).one()
        return Figures(*lines, *parts)

    key = list_key(cycle)
    return kept(connection, "figures", cycle.cycle_id, key, read, pack=list, unpack=Figures._make)


def sent(connection: sa.Connection, cycle: Cycle) -> Sent | None:
    """Return what became of a cycle's payments; None before anything was sent."""
    if cycle.state.value not in {"released", "closed"}:
        return None

    filed = connection.execute(_FILED, {"cycle_id": cycle.cycle_id}).one()
    states = _own_proof(connection, cycle).states

    def ended(*names: str) -> tuple[int, int]:
        chosen = [one for one in states if not names or one.state in names]
        return sum(one.count for one in chosen), sum(one.amount_minor for one in chosen)

    over = [ended("settled"), ended("returned"), ended("rejected", "cancelled", "expired")]
    count, minor = ended()
    still = (count - sum(one[0] for one in over), minor - sum(one[1] for one in over))
    return Sent(*filed, *(number for pair in (*over, still) for number in pair))


def moved(
    connection: sa.Connection, cycle_ids: Collection[int] | None = None
) -> dict[int, tuple[int, ...]]:
    """Return, by cycle, numbers that change whenever the bank or the books change its payments.

    Of the cycles that are named, or of all. Whatever ends a payment is posted in a batch of its
    cycle; while something is in transit, every message of the bank counts, and every file.
    """
    asked = {"cycle_ids": None if cycle_ids is None else sorted(cycle_ids)}
    rows = connection.execute(_TOLD, asked)
    return {row.cycle_id: tuple(row[2:4] if row.has_ended else row[2:]) for row in rows}


def span(connection: sa.Connection, cycle_id: int) -> dict[str, object]:
    """Return the cycle with the first and last value date of its files: the months to look in."""
    row = connection.execute(_SPAN, {"cycle_id": cycle_id}).one()
    return {"cycle_id": cycle_id, "first_on": row.first_on, "last_on": row.last_on}


def compared(connection: sa.Connection, cycle: Cycle) -> entitlement.Comparison | None:
    """Return what differs from the last cycle's list; None before this one is calculated."""
    if cycle.state.value in {"opened", "frozen"}:
        return None

    def unpacked(row: dict[str, Any]) -> entitlement.Comparison:
        changes = tuple(entitlement.Change(**one) for one in row.pop("changes"))
        return entitlement.Comparison(**row, changes=changes)

    def packed(value: entitlement.Comparison) -> object:
        whole = value.as_dict()
        del whole["ties"]
        return whole

    return kept(
        connection,
        "compared",
        cycle.cycle_id,
        lists_key(connection, cycle),
        lambda: entitlement.compare(connection, cycle.cycle_id),
        pack=packed,
        unpack=unpacked,
    )


def proof(connection: sa.Connection, cycle: Cycle) -> Proof:
    """Return a cycle's proof as of what the bank and the books last said of it.

    Kept are the cycle's own sums, and each fund's bank account, which other cycles move too; what
    is in suspense is asked for.
    """
    own = _own_proof(connection, cycle)
    funds = reconciliation.funds(connection, cycle.cycle_id)
    accounts = [_bank_account(connection, fund_id) for fund_id in funds]
    return reconciliation.with_funds(connection, own, accounts)


def _own_proof(connection: sa.Connection, cycle: Cycle) -> Proof:
    def unpacked(row: dict[str, Any]) -> Proof:
        parts: dict[str, Callable[..., Any]]
        parts = {"identities": Identity, "states": StateTotal, "blockers": _blocker}
        made = {name: tuple(kind(**one) for one in row[name]) for name, kind in parts.items()}
        return Proof(**row | made)

    return kept(
        connection,
        "own proof",
        cycle.cycle_id,
        moved(connection, [cycle.cycle_id])[cycle.cycle_id],
        lambda: reconciliation.own_proof(connection, cycle.cycle_id),
        pack=asdict,
        unpack=unpacked,
    )


def _bank_account(connection: sa.Connection, fund_id: int) -> Identity:
    """Return a fund's bank account beside the bank's entries; whatever is posted may move it."""
    return kept(
        connection,
        "bank account",
        fund_id,
        tuple(connection.execute(_POSTED).one()),
        lambda: reconciliation.bank_account(connection, fund_id),
        pack=asdict,
        unpack=lambda row: Identity(**row),
    )


def _blocker(*, oldest_on: str | None, **told: Any) -> Blocker:
    return Blocker(oldest_on=None if oldest_on is None else date.fromisoformat(oldest_on), **told)


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
    SELECT c.cycle_id, c.state IN ('released', 'closed') AND NOT EXISTS (
               SELECT FROM ledger.in_transit t
               WHERE t.cycle_id = c.cycle_id AND t.in_transit_minor <> 0) AS has_ended,
           (SELECT coalesce(max(batch_id), 0) FROM ledger.batch b WHERE b.cycle_id = c.cycle_id),
           (SELECT count(*) FROM bank.file_part p WHERE p.cycle_id = c.cycle_id),
           (SELECT count(*) FROM recon.inbox_file WHERE state = 'applied'),
           (SELECT coalesce(max(delivery_id), 0) FROM bank.delivery),
           (SELECT coalesce(max(file_id), 0) FROM bank.file),
           (SELECT count(*) FROM recon.suspense_item WHERE state = 'closed')
    FROM cycle.cycle c
    WHERE CAST(:cycle_ids AS integer[]) IS NULL OR c.cycle_id = ANY(:cycle_ids)
""")
_POSTED: Final = sa.text("""
    SELECT (SELECT coalesce(max(batch_id), 0) FROM ledger.batch),
           (SELECT count(*) FROM recon.inbox_file WHERE state = 'applied'),
           (SELECT count(*) FROM recon.suspense_item WHERE state = 'closed')
""")
_SPAN: Final = sa.text("""
    SELECT coalesce(min(f.execution_on), '0001-01-01') AS first_on,
           coalesce(max(f.execution_on), '9999-12-31') AS last_on
    FROM bank.file_part p JOIN bank.file f USING (file_id) WHERE p.cycle_id = :cycle_id
""")
_FILED: Final = sa.text("""
    SELECT CAST(coalesce(sum(instruction_count), 0) AS bigint),
           CAST(coalesce(sum(amount_minor), 0) AS bigint)
    FROM bank.file_part WHERE cycle_id = :cycle_id
""")
