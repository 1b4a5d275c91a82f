"""What a finished demo came to, read from the books: the same facts for people and machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

import ledger
from cct_engine.entitlement.correction import found_in
from reconciliation import proof

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.measure import Cost

__all__ = ["Corrected", "CycleFacts", "DemoFacts", "FileFacts", "Money", "Proved", "read_facts"]


class Money(NamedTuple):
    """Where the money of a cycle is now, in minor units.

    ``entitled`` is what the approved list owes: payable, held and withheld. ``carried`` is what
    earlier lists held and this one released, less what it recovered. Both together are held,
    withheld, ``paid`` (the bank settled and did not send it back), ``returned`` (waits for
    re-issue) or ``unsent`` (in no payment yet). ``suspense`` is the bank money of the cycle's
    programme that nobody could match.
    """

    entitled_minor: int
    carried_minor: int
    held_minor: int
    withheld_minor: int
    paid_minor: int
    returned_minor: int
    unsent_minor: int
    suspense_minor: int


class Corrected(NamedTuple):
    """What late evidence changed of closed cycles, found by one cycle; amounts in minor units.

    ``replayed`` families were calculated again, ``families`` came out otherwise.
    """

    replayed: int
    families: int
    arrears_minor: int
    recoverable_minor: int


class CycleFacts(NamedTuple):
    """One cycle."""

    programme: str
    period: str
    state: str
    currency: str
    money: Money
    corrected: Corrected
    ties: bool


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One payment file as it was sealed."""

    name: str
    path: str
    count: int
    sum_minor: int
    currency: str
    sha256: str


class Proved(NamedTuple):
    """Whether every identity of every cycle holds and the ledger verifies."""

    ties: bool


class DemoFacts(NamedTuple):
    """The demo in one value."""

    households: int
    persons: int
    cycles: tuple[CycleFacts, ...]
    files: tuple[FileFacts, ...]
    ledger_head: str
    steps: tuple[Cost, ...]
    proof: Proved


_COUNTS = sa.text(
    "SELECT (SELECT count(*) FROM registry.household) AS households,"
    " (SELECT count(*) FROM registry.person) AS persons"
)

_CYCLES = sa.text(
    """
    SELECT c.cycle_id, c.code, p.code AS programme, to_char(c.period, 'YYYY-MM') AS period,
           c.state, c.currency,
           coalesce(l.entitled, 0)::bigint AS entitled, coalesce(l.held, 0)::bigint AS held,
           coalesce(l.withheld, 0)::bigint AS withheld, coalesce(l.carried, 0)::bigint AS carried,
           coalesce(l.unsent, 0)::bigint AS unsent
    FROM cycle.cycle c
    JOIN registry.programme p USING (programme_id)
    LEFT JOIN (
        SELECT cycle_id,
               sum(amount_minor) FILTER (WHERE owed AND money_state <> 'forfeited') AS entitled,
               sum(amount_minor) FILTER (WHERE owed AND money_state = 'held') AS held,
               sum(amount_minor) FILTER (WHERE owed AND money_state = 'withheld') AS withheld,
               sum(amount_minor) FILTER (WHERE source IN ('released', 'recovery')) AS carried,
               sum(amount_minor) FILTER (WHERE money_state = 'payable' AND NOT is_sent) AS unsent
        FROM (SELECT *, source IN ('due', 'arrears') AS owed,
                     EXISTS (SELECT FROM cycle.instruction_part p
                             WHERE p.cycle_id = e.cycle_id AND p.household_id = e.household_id
                               AND p.line_seq = e.line_seq) AS is_sent
              FROM cycle.entitlement_line e) lines
        GROUP BY cycle_id
    ) l USING (cycle_id)
    ORDER BY c.period, c.cycle_id
    """
)

_SUSPENSE = sa.text(
    "SELECT coalesce(sum(amount_minor), 0)::bigint FROM recon.suspense_item"
    " WHERE cycle_id = :cycle_id AND state <> 'closed'"
)

_FILES = sa.text(
    "SELECT name, instruction_count, total_minor, currency, sha256 FROM bank.file"
    " WHERE sha256 IS NOT NULL ORDER BY file_id"
)


def read_facts(connection: sa.Connection, *, outbox: Path, steps: tuple[Cost, ...]) -> DemoFacts:
    """Read everything from the database; nothing is remembered from the run but its costs."""
    counts = connection.execute(_COUNTS).one()
    cycles = tuple(_cycle_facts(connection, row) for row in connection.execute(_CYCLES).all())
    files = tuple(
        FileFacts(
            name=row.name,
            path=str(outbox / row.name),
            count=row.instruction_count,
            sum_minor=row.total_minor,
            currency=row.currency,
            sha256=row.sha256,
        )
        for row in connection.execute(_FILES)
    )
    sound = not tuple(ledger.verify(connection))
    return DemoFacts(
        households=counts.households,
        persons=counts.persons,
        cycles=cycles,
        files=files,
        ledger_head=ledger.head(connection) or "",
        steps=steps,
        proof=Proved(ties=sound and all(cycle.ties for cycle in cycles)),
    )


def _cycle_facts(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> CycleFacts:
    event = ledger.Event
    booked = {
        found: total.total_minor
        for found, total in ledger.totals_by_event(connection, row.cycle_id).items()
    }
    settled = booked.get(event.SETTLE, 0) - booked.get(event.RETURN_AFTER, 0)
    returned = (
        booked.get(event.RETURN_BEFORE, 0)
        + booked.get(event.RETURN_AFTER, 0)
        - booked.get(event.REISSUE, 0)
    )
    suspense = connection.execute(_SUSPENSE, {"cycle_id": row.cycle_id}).scalar_one()
    return CycleFacts(
        programme=row.programme,
        period=row.period,
        state=row.state,
        currency=row.currency,
        money=Money(
            entitled_minor=row.entitled,
            carried_minor=row.carried,
            held_minor=row.held,
            withheld_minor=row.withheld,
            paid_minor=settled,
            returned_minor=returned,
            unsent_minor=row.unsent,
            suspense_minor=suspense,
        ),
        corrected=_corrected(connection, row.cycle_id),
        ties=proof(connection, row.cycle_id).ties,
    )


def _corrected(connection: sa.Connection, cycle_id: int) -> Corrected:
    found = found_in(connection, cycle_id)
    if found is None:
        return Corrected(0, 0, 0, 0)
    return Corrected(
        found.household_count, found.changed_count, found.arrears_minor, found.recoverable_minor
    )
