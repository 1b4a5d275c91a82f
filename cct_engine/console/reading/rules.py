"""Programmes and their versions, kinds of reports and their months."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from cct_engine import compliance
from cct_engine.compliance import FacilityCoverage
from cct_engine.console.reading.kept import kept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["coverage", "is_own", "kinds", "newest_month", "programmes", "versions"]


def programmes(connection: sa.Connection, scope: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return programmes, one's own first, with families on the list and cycles so far.

    The list is the newest that was frozen, ``listed_on`` its month; of a programme without lists
    (None) the families that are entered now are counted.
    """
    rows = connection.execute(
        sa.text("""
            SELECT p.code, p.title, p.kind, p.currency, p.time_zone, d.title AS department,
                   (SELECT count(*) FROM cycle.cycle c
                    WHERE c.programme_id = p.programme_id) AS cycles,
                   coalesce(l.household_count, (
                       SELECT count(*) FROM registry.enrolment e
                       WHERE e.programme_id = p.programme_id AND e.known_to = 'infinity'
                         AND e.valid_to = 'infinity')) AS families,
                   l.period AS listed_on
            FROM registry.programme p JOIN registry.department d USING (department_id)
            LEFT JOIN LATERAL (
                SELECT s.household_count, c.period FROM cycle.cycle c JOIN cycle.snapshot s
                USING (cycle_id) WHERE c.programme_id = p.programme_id
                ORDER BY c.period DESC LIMIT 1) l ON true
            WHERE CAST(:scope AS text[]) IS NULL OR p.code = ANY(:scope)
            ORDER BY p.kind DESC, p.code"""),
        {"scope": scope},
    )
    return [dict(row) for row in rows.mappings()]


def versions(connection: sa.Connection, code: str) -> list[dict[str, Any]]:
    """Return the versions of a programme's law that cycles used, newest first."""
    rows = connection.execute(
        sa.text("""
            SELECT v.digest, v.loaded_at, count(c.cycle_id) AS cycles
            FROM cycle.programme_version v JOIN registry.programme p USING (programme_id)
            LEFT JOIN cycle.cycle c ON c.rulebook_digest = v.digest
            WHERE p.code = :code GROUP BY v.digest, v.loaded_at ORDER BY v.loaded_at DESC"""),
        {"code": code},
    )
    return [dict(row) for row in rows.mappings()]


def is_own(connection: sa.Connection, code: str) -> bool:
    """Tell whether a programme of the house is called so."""
    found = connection.execute(
        sa.text("SELECT count(*) FROM registry.programme WHERE code = :code AND kind = 'own'"),
        {"code": code},
    )
    return bool(found.scalar_one())


def kinds(connection: sa.Connection) -> list[str]:
    """Return the kinds of facts that are reported."""
    rows = connection.execute(sa.text("SELECT code FROM compliance.fact_kind ORDER BY code"))
    return list(rows.scalars()) or ["attendance"]


def coverage(
    connection: sa.Connection, kind: str, month: date, *, at: datetime
) -> tuple[FacilityCoverage, ...]:
    """Return the coverage of a kind of report in a month, the worst facilities first.

    Kept until the next file is taken in: reports come in files.
    """
    newest = connection.execute(_NEWEST_FILE).scalar_one()
    return kept(
        connection,
        "coverage",
        f"{kind}/{month}",
        (newest,),
        lambda: compliance.coverage(connection, kind=kind, month=month, as_of_known=at),
        pack=lambda found: [asdict(one) for one in found],
        unpack=lambda rows: tuple(FacilityCoverage(**row) for row in rows),
    )


_NEWEST_FILE: Final = sa.text("SELECT coalesce(max(feed_file_id), 0) FROM registry.feed_file")


def newest_month(connection: sa.Connection, kind: str, *, on: date) -> date | None:
    """Return the newest month of which somebody reported; None: nobody has."""
    found = connection.execute(
        sa.text(
            "SELECT max(window_start) FROM compliance.coverage WHERE window_start <= :day AND"
            " kind_id = (SELECT kind_id FROM compliance.fact_kind WHERE code = :kind)"
        ),
        {"kind": kind, "day": on},
    ).scalar()
    return found if isinstance(found, date) else None
