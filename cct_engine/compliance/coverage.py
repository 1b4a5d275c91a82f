"""Coverage: of whom a facility should have reported, how many it did, month by month.

A facility is expected to report whom it reported last within the months before; a pupil who has
moved on is expected from the new school. No list of pupils is needed for that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cct_engine.registry.bitemporal import as_known

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["FacilityCoverage", "coverage"]


@dataclass(frozen=True, slots=True)
class FacilityCoverage:
    """One facility and month: a file named it or not, and how many it reported."""

    facility_code: str
    """'' for facts that name no facility."""
    title: str
    expected: int
    reported: int
    file_count: int
    """Files that spoke for the facility; 0: it has not reported at all."""

    @property
    def missing(self) -> int:
        """How many are expected and not reported."""
        return self.expected - self.reported

    def as_dict(self) -> dict[str, object]:
        """Return the row for machines."""
        return asdict(self) | {"missing": self.missing}


def coverage(
    connection: sa.Connection,
    *,
    kind: str,
    month: date,
    as_of_known: datetime,
    months_before: int = 3,
) -> tuple[FacilityCoverage, ...]:
    """Return the coverage of a kind of fact in a month, the worst facilities first.

    ``month`` is the month's first day. An exceptions-only feed shows its facilities by
    ``file_count``: those it names in its manifest have reported, with no exception.
    """
    # One pass over the facts and no join of what it gives: a plan that took either side for small
    # asked for each pupil about all the others, 226 s of a check of 200,000 families.
    rows = connection.execute(
        sa.text(f"""
            WITH kind AS (SELECT kind_id FROM compliance.fact_kind WHERE code = :kind),
            told AS (
                SELECT f.subject_id, f.facility_id, f.window_start = :month AS reported,
                       row_number() OVER (PARTITION BY f.subject_id
                           ORDER BY f.window_start DESC, f.facility_id DESC) AS place
                FROM compliance.fact f JOIN kind USING (kind_id)
                WHERE f.window_start <= :month AND {as_known("f", as_of_known)}
                  AND f.window_start >= :month - make_interval(months => :months_before)),
            counted AS (
                SELECT facility_id, count(DISTINCT subject_id) AS expected,
                       count(DISTINCT subject_id) FILTER (WHERE reported) AS reported
                FROM told WHERE reported OR place = 1 GROUP BY facility_id),
            spoke AS (
                SELECT c.facility_id, count(*) AS file_count
                FROM compliance.coverage c JOIN kind USING (kind_id)
                JOIN registry.feed_file p ON p.act_id = c.act_id
                WHERE c.window_start = :month AND p.taken_in_at <= :known GROUP BY c.facility_id)
            SELECT coalesce(f.code, '') AS facility_code, coalesce(f.title, '') AS title,
                   coalesce(c.expected, 0) AS expected, coalesce(c.reported, 0) AS reported,
                   coalesce(s.file_count, 0) AS file_count
            FROM counted c FULL JOIN spoke s USING (facility_id)
            LEFT JOIN compliance.facility f USING (facility_id)
            ORDER BY coalesce(c.reported, 0) - coalesce(c.expected, 0), 1"""),
        {"kind": kind, "month": month, "months_before": months_before, "known": as_of_known},
    )
    return tuple(FacilityCoverage(**row) for row in rows.mappings())
