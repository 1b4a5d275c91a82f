"""Whose inputs of past months may have changed since a cut-off: the candidates of a correction.

More than enough: whoever has a row that became known, or stopped being believed, since then and
that speaks of the days and months in question. Whether anything a cycle reads is another now is
asked afterwards, of these households only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

__all__ = ["touched"]


def touched(
    *, since: datetime, until: datetime, day: date, facts: Mapping[str, Collection[date]]
) -> str:
    """Return a select of ``household_id``: known after ``since`` and by ``until`` at the latest.

    ``day`` is the last day on which a past cycle read the registry; ``facts`` names, per kind of
    fact, the first days of the months that past cycles judged.
    """
    changed = _Changed(since, until)
    households = [
        *(_by_day(table, "household_id", changed, day) for table in _OF_HOUSEHOLDS),
        f"SELECT household_id FROM compliance.case_action t WHERE {changed.of('t')}",
        f"SELECT f.household_id FROM reported f WHERE {_about('household')}",
    ]
    persons = [
        *(_by_day(table, "person_id", changed, day) for table in _OF_PERSONS),
        f"SELECT person_id FROM registry.death_report t WHERE {changed.of('t')}",
        f"SELECT person_id FROM registry.same_person t WHERE {changed.of('t')}",
        f"SELECT canonical_id FROM registry.same_person t WHERE {changed.of('t')}",
        f"SELECT f.household_id FROM reported f WHERE {_about('person')}",
        f"SELECT g.person_id {_REPORTED_PREGNANCIES} AND {_about('pregnancy')}",
    ]
    union = "\n            UNION "
    return f"""
        WITH RECURSIVE reported AS (
            {_reported(changed, facts)}
        ), person AS (
            {union.join(persons)}
        )
        {union.join(households)}
        UNION SELECT m.household_id FROM registry.membership m JOIN person USING (person_id)"""


_OF_HOUSEHOLDS = ("registry.household_profile", "registry.membership", "registry.enrolment")
_OF_PERSONS = ("registry.person_vitals", "registry.person_profile", "registry.pregnancy")


_REPORTED_PREGNANCIES = (
    "FROM reported f JOIN registry.pregnancy g ON g.pregnancy_id = f.household_id"
)


class _Changed:
    """The predicate 'became known, or stopped being believed, between two instants'."""

    def __init__(self, since: datetime, until: datetime) -> None:
        if since.tzinfo is None or until.tzinfo is None:
            raise ValueError("Known time needs an instant with a time zone; ask the clock for one.")
        self.after = f"TIMESTAMPTZ '{since.isoformat()}'"
        self.by = f"TIMESTAMPTZ '{until.isoformat()}'"

    def of(self, alias: str) -> str:
        """Return the predicate for one table."""
        return (
            f"({alias}.known_from > {self.after} AND {alias}.known_from <= {self.by}"
            f" OR {alias}.known_to > {self.after} AND {alias}.known_to <= {self.by})"
        )


def _by_day(table: str, column: str, changed: _Changed, day: date) -> str:
    """Rows that hold on a past day, or on days before it."""
    return (
        f"SELECT {column} FROM {table} t WHERE {changed.of('t')}"
        f" AND t.valid_from <= DATE '{day.isoformat()}'"
    )


def _about(subject: str) -> str:
    return f"f.subject = '{subject}'"


def _days(months: Collection[date]) -> str:
    return ", ".join(f"DATE '{month.isoformat()}'" for month in sorted(months))


def _reported(changed: _Changed, facts: Mapping[str, Collection[date]]) -> str:
    """Facts, justifications and waivers of the months that were judged, by their subject."""
    judged = " OR ".join(
        f"(k.code = '{kind}' AND f.window_start IN ({_days(months)}))"
        for kind, months in sorted(facts.items())
        if months
    )
    if not judged:
        return "SELECT CAST(NULL AS text) AS subject, CAST(0 AS bigint) AS household_id WHERE false"
    of_kind = "JOIN compliance.fact_kind k USING (kind_id)"
    return f"""
            SELECT k.subject, f.subject_id AS household_id FROM compliance.fact f {of_kind}
            WHERE {changed.of("f")} AND ({judged})
            UNION ALL
            SELECT k.subject, f.subject_id FROM compliance.justification f {of_kind}
            WHERE {changed.of("f")} AND ({judged})
            UNION ALL
            SELECT k.subject, f.subject_id
            FROM (
                WITH RECURSIVE below AS (
                    SELECT w.area_id, w.kind_id, w.valid_from, w.valid_to FROM compliance.waiver w
                    WHERE w.area_id IS NOT NULL AND {changed.of("w")}
                    UNION
                    SELECT c.area_id, b.kind_id, b.valid_from, b.valid_to
                    FROM below b JOIN registry.area c ON c.parent_id = b.area_id)
                SELECT w.facility_id, w.kind_id, w.valid_from, w.valid_to FROM compliance.waiver w
                WHERE w.facility_id IS NOT NULL AND {changed.of("w")}
                UNION ALL
                SELECT c.facility_id, b.kind_id, b.valid_from, b.valid_to
                FROM below b JOIN compliance.facility c USING (area_id)
            ) w JOIN compliance.fact f ON f.facility_id = w.facility_id
                AND f.window_start >= w.valid_from AND f.window_start < w.valid_to
                AND coalesce(w.kind_id, f.kind_id) = f.kind_id
            JOIN compliance.fact_kind k ON k.kind_id = f.kind_id
            WHERE {judged}"""
