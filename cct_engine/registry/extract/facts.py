"""What was reported of the persons and households a cycle reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.registry.extract.people import members, subjects
from cct_engine.registry.extract.view import month, shard_columns

if TYPE_CHECKING:
    from cct_engine.registry.extract.view import View

__all__ = ["fact"]


def fact(view: View) -> str:
    """Facts of persons, households and pregnancies, with what excuses them."""
    columns = shard_columns(
        "fact",
        view.rulebook,
        expressions={
            "household_id": "s.household_id",
            "member_id": "s.member_id",
            "kind": "k.code",
            "month": month("f.window_start"),
            "numerator": "CAST(f.numerator AS bigint)",
            "denominator": "CAST(f.denominator AS bigint)",
            "reason": "coalesce(j.reason_code, f.reason_code)",
            "waived": f"CAST(CASE WHEN {_WAIVED} THEN 1 ELSE 0 END AS bigint)",
        },
    )
    return f"""
        WITH RECURSIVE {members(view)}, {subjects(view)},
        reported AS (
            SELECT 'person' AS about, household_id, member_id, subject_id FROM subject
            UNION ALL
            SELECT 'household', household_id, 0, household_id FROM listed
            UNION ALL
            SELECT 'pregnancy', m.household_id, m.member_id, g.pregnancy_id
            FROM subject m JOIN registry.pregnancy g ON g.person_id = m.subject_id
                AND {view.holds("g")}),
        waived_area AS (
            SELECT w.area_id, w.kind_id, w.valid_from, w.valid_to FROM compliance.waiver w
            WHERE w.area_id IS NOT NULL AND {view.known("w")}
            UNION
            SELECT c.area_id, w.kind_id, w.valid_from, w.valid_to
            FROM waived_area w JOIN registry.area c ON c.parent_id = w.area_id),
        waived AS (
            SELECT w.facility_id, w.kind_id, w.valid_from, w.valid_to FROM compliance.waiver w
            WHERE w.facility_id IS NOT NULL AND {view.known("w")}
            UNION ALL
            SELECT c.facility_id, w.kind_id, w.valid_from, w.valid_to
            FROM waived_area w JOIN compliance.facility c ON c.area_id = w.area_id),
        justified AS (
            SELECT DISTINCT ON (subject_id, kind_id, window_start)
                   subject_id, kind_id, window_start, reason_code
            FROM compliance.justification j WHERE {view.known("j")}
            ORDER BY subject_id, kind_id, window_start, known_from DESC)
        SELECT {columns}
        FROM reported s
        JOIN compliance.fact f ON f.subject_id = s.subject_id AND {view.known("f")}
             AND f.window_start >= {view.earliest} AND f.window_start <= {view.day}
        JOIN compliance.fact_kind k ON k.kind_id = f.kind_id AND k.subject = s.about
        LEFT JOIN justified j ON j.subject_id = f.subject_id AND j.kind_id = f.kind_id
             AND j.window_start = f.window_start
        ORDER BY s.household_id, s.member_id, k.code, f.window_start, f.facility_id, f.subject_id"""


_WAIVED: Final = """EXISTS (SELECT FROM waived w WHERE w.facility_id = f.facility_id
                    AND coalesce(w.kind_id, f.kind_id) = f.kind_id
                    AND w.valid_from <= f.window_start AND f.window_start < w.valid_to)"""
