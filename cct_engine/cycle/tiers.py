"""Value tiers: a list above a sum needs more signatures before its money is sent.

How many is decided per programme (``set_tier``) and found anew when a list is approved; later
only a stricter tier counts. The database refuses a release without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.cycle.record import CycleError
from cct_engine.people import OFFICE, accountable, authorise

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.cycle.desk import Work
    from cct_engine.database import Database

__all__ = [
    "SIGNATURES_MAX",
    "Signatures",
    "Tier",
    "currencies",
    "currency_of",
    "keep_need",
    "refuse_unsigned",
    "set_tier",
    "signatures",
    "tiers",
]

SIGNATURES_MAX: Final = 5


class Tier(NamedTuple):
    """Above ``over_minor`` (exclusive) a list of the programme needs so many signatures."""

    programme: str
    currency: str
    over_minor: int
    signature_count: int


class Signatures(NamedTuple):
    """The signatures of an approved list: how many it needs, and who signed after the first."""

    needed: int
    countersigned_by: tuple[int, ...]
    countersigned_at: tuple[datetime, ...]

    @property
    def given(self) -> int:
        """How many there are, the first with them."""
        return 1 + len(self.countersigned_by)

    @property
    def missing(self) -> int:
        """How many more it needs before its money may be sent."""
        return max(self.needed - self.given, 0)


def currency_of(connection: sa.Connection, programme: str) -> str:
    """Return the currency of a programme of the house; raise ``CycleError`` for any other."""
    found = currencies(connection).get(programme)
    if found is None:
        raise CycleError(f"{programme} is no programme of this house. Nothing changed.")
    return found


def currencies(connection: sa.Connection) -> dict[str, str]:
    """Return the currency of each programme of the house, by its code."""
    rows = connection.execute(
        sa.text("SELECT code, currency FROM registry.programme WHERE kind = 'own' ORDER BY code")
    )
    return {row.code: row.currency for row in rows}


def set_tier(
    database: Database,
    *,
    programme: str,
    over_minor: int,
    signature_count: int,
    at: datetime,
    by: int,
) -> None:
    """Decide how many signatures a list above a sum needs; 1 takes a tier back.

    An administrator's act, in the record. Raises ``CycleError`` for a programme that is none of
    ours, a negative sum, or a number of signatures outside 1 to 5.
    """
    if over_minor < 0 or not 1 <= signature_count <= SIGNATURES_MAX:
        raise CycleError(
            f"A tier is a sum of 0 or more and 1 to {SIGNATURES_MAX} signatures. Nothing changed."
        )
    subject = f"programme/{programme}"
    with accountable(database, at=at, officer_id=by, verb="tier.set", subject=subject) as deed:
        authorise(deed.connection, OFFICE["tier.set"], officer_id=by, at=at)
        currency_of(deed.connection, programme)
        deed.connection.execute(
            sa.text(
                "INSERT INTO cycle.value_tier (programme_id, over_minor, signature_count,"
                " decided_by, decided_at) SELECT programme_id, :over, :count, :by, :at"
                " FROM registry.programme WHERE code = :programme AND kind = 'own'"
                " ON CONFLICT (programme_id, over_minor) DO UPDATE SET"
                " signature_count = :count, decided_by = :by, decided_at = :at"
            ),
            {
                "programme": programme,
                "over": over_minor,
                "count": signature_count,
                "by": by,
                "at": at,
            },
        )
        deed.detail.update(over_minor=over_minor, signature_count=signature_count)


def tiers(connection: sa.Connection, programme: str | None = None) -> list[Tier]:
    """Return the tiers of a programme, or of all, the lowest sum first."""
    rows = connection.execute(
        sa.text(
            "SELECT p.code, p.currency, t.over_minor, t.signature_count FROM cycle.value_tier t "
            "JOIN registry.programme p USING (programme_id) "
            "WHERE t.signature_count > 1 AND (CAST(:code AS text) IS NULL OR p.code = :code) "
            "ORDER BY p.code, t.over_minor"
        ),
        {"code": programme},
    )
    return [Tier._make(row) for row in rows]


def signatures(connection: sa.Connection, cycle_id: int) -> Signatures:
    """Return what an approved list needs and has. Read from what was found at approval."""
    needed = connection.execute(
        sa.text("SELECT signature_count FROM cycle.signature_need WHERE cycle_id = :cycle_id"),
        {"cycle_id": cycle_id},
    ).scalar()
    rows = connection.execute(
        sa.text(
            "SELECT signed_by, signed_at FROM cycle.countersignature WHERE cycle_id = :cycle_id "
            "ORDER BY signed_at, signed_by"
        ),
        {"cycle_id": cycle_id},
    ).all()
    return Signatures(
        int(needed or 1), tuple(row.signed_by for row in rows), tuple(row.signed_at for row in rows)
    )


def keep_need(connection: sa.Connection, work: Work, to_pay_minor: int) -> int:
    """Keep what the tiers ask for a sum, when a list is approved; return the number."""
    needed = connection.execute(
        sa.text(
            "SELECT signature_count FROM cycle.value_tier WHERE programme_id = :programme_id "
            "AND over_minor < :to_pay AND signature_count > 1 ORDER BY over_minor DESC LIMIT 1"
        ),
        {"programme_id": work.cycle.programme_id, "to_pay": to_pay_minor},
    ).scalar()
    if needed is None:
        return 1
    connection.execute(
        sa.text(
            "INSERT INTO cycle.signature_need (cycle_id, signature_count, to_pay_minor) "
            "VALUES (:cycle_id, :needed, :to_pay)"
        ),
        {"cycle_id": work.cycle.cycle_id, "needed": needed, "to_pay": to_pay_minor},
    )
    return int(needed)


def refuse_unsigned(connection: sa.Connection, work: Work) -> None:
    """Raise ``CycleError`` while a list lacks signatures that its sum needs, now or at approval."""
    asked = {"cycle_id": work.cycle.cycle_id}
    needed = connection.execute(
        sa.text("SELECT cycle.signatures_needed(:cycle_id)"), asked
    ).scalar_one()
    found = signatures(connection, work.cycle.cycle_id)
    if found.given < needed:
        raise CycleError(
            f"{work.cycle.code} has {found.given} of the {needed} signatures that its sum needs. "
            "Nothing was sent. Another checker, who neither prepared nor signed it, signs the "
            "approval sheet first."
        )
