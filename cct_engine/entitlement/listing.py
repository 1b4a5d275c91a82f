"""The stored list of a cycle: its totals, and the one digest an approval names.

The canonical form of a list is text anybody can produce with psql and hash with sha256sum:
the two ``COPY`` statements of ``canonical_selects`` one after the other, in PostgreSQL's COPY text
format (tab between columns, newline after rows, UTF-8), with nothing before, between or after.

    psql -qAt -c "COPY (<lines>) TO STDOUT" -c "COPY (<households>) TO STDOUT" | sha256sum
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from cct_engine.entitlement.copy_out import driver

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Total", "Totals", "canonical_selects", "list_digest", "totals"]

_LINES = """SELECT household_id, line_seq, source, component, person_id, pregnancy_id,
 to_char(for_period, 'YYYY-MM'), enrolment_id, fund_id, money_state, amount_minor, reason_code
 FROM cycle.entitlement_line WHERE cycle_id = {cycle_id} ORDER BY household_id, line_seq"""

_HOUSEHOLDS = """SELECT household_id, enrolment_id, member_count, gross_minor, arrears_minor,
 released_minor, recovery_minor, pay_now_minor, held_minor, withheld_minor, forfeited_minor,
 standing, sanction_state, payee_person_id, pay_digit
 FROM cycle.household_result WHERE cycle_id = {cycle_id} ORDER BY household_id"""


class Total(NamedTuple):
    """Lines of one source, component and money state."""

    source: str
    component: str
    money_state: str
    line_count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The money of a list. The household figures are those of the results, not of the lines."""

    household_count: int
    paid_household_count: int
    gross_minor: int
    arrears_minor: int
    released_minor: int
    recovery_minor: int
    pay_now_minor: int
    held_minor: int
    withheld_minor: int
    forfeited_minor: int
    lines: tuple[Total, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the totals as plain values."""
        return asdict(self) | {"lines": [line._asdict() for line in self.lines]}

    def of(self, *, source: str | None = None, money_state: str | None = None) -> int:
        """Return the sum of the lines of a source, a money state, or both, in minor units."""
        return sum(
            line.amount_minor
            for line in self.lines
            if source in (None, line.source) and money_state in (None, line.money_state)
        )


def totals(connection: sa.Connection, cycle_id: int) -> Totals:
    """Add up a cycle's list as it stands in the database."""
    households = connection.execute(
        sa.text(
            "SELECT count(*) AS household_count,"
            " count(*) FILTER (WHERE pay_now_minor > 0) AS paid_household_count,"
            + ",".join(f" CAST(coalesce(sum({name}), 0) AS bigint) AS {name}" for name in _MONEY)
            + " FROM cycle.household_result WHERE cycle_id = :cycle_id"
        ),
        {"cycle_id": cycle_id},
    ).one()
    lines = connection.execute(
        sa.text(
            "SELECT source, component, money_state, count(*),"
            " CAST(sum(amount_minor) AS bigint) FROM cycle.entitlement_line"
            " WHERE cycle_id = :cycle_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ),
        {"cycle_id": cycle_id},
    )
    return Totals(**households._mapping, lines=tuple(Total(*row) for row in lines))  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping


_MONEY = (
    "gross_minor",
    "arrears_minor",
    "released_minor",
    "recovery_minor",
    "pay_now_minor",
    "held_minor",
    "withheld_minor",
    "forfeited_minor",
)


def canonical_selects(cycle_id: int) -> tuple[str, str]:
    """Return the two selects whose COPY text is the canonical form of a cycle's list."""
    return (
        _LINES.format(cycle_id=int(cycle_id)),
        _HOUSEHOLDS.format(cycle_id=int(cycle_id)),
    )


def list_digest(connection: sa.Connection, cycle_id: int) -> str:
    """Return the SHA-256 of a cycle's list, lines and household figures, read from the database.

    It changes with any household, amount, component, month, state or reason, and with nothing
    else; the shards a run was cut into do not matter. Streams: needs no memory.
    """
    digest = hashlib.sha256()
    for select in canonical_selects(cycle_id):
        for block in _copied(connection, select):
            digest.update(block)
    return digest.hexdigest()


def _copied(connection: sa.Connection, select: str) -> Iterable[Any]:
    with driver(connection).cursor().copy(f"COPY ({select}) TO STDOUT") as copy:
        yield from copy
