"""Facts: how many days of how many a pupil came, how many visits a clinic saw.

One current fact per subject, kind, window and facility: a pupil who changed school has two, which
readers add up. A report with other numbers closes the one before it; a facility's second file for
a window may also withdraw rows it no longer has, if the declaration says so.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from cct_engine.registry.intake.fields import FeedKind, Field, FieldType, RowRule, Written
from cct_engine.registry.intake.stage import (
    drop_rejected,
    reject,
    scalar,
    settle_doubles,
    work_table,
)
from cct_engine.registry.intake.writer import next_id

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.declaration import FeedDeclaration
    from cct_engine.registry.intake.fields import Intake

__all__ = ["FACTS"]

_HUNDREDTHS_OF_100_PERCENT: Final = 10_000
_KEY: Final = ("subject_id", "kind_id", "window_start", "window_end", "facility_id")
_SAME_KEY: Final = " AND ".join(f"f.{name} = r.{name}" for name in _KEY)
_SUBJECTS: Final = {
    "person": ("registry.person_reference", "person_id"),
    "household": ("registry.household_reference", "household_id"),
    "pregnancy": ("registry.pregnancy_reference", "pregnancy_id"),
}


def _prepare(intake: Intake) -> int:
    connection, declaration = intake.connection, intake.declaration
    _know_kinds(connection, declaration)
    windows = _windows(connection)
    table, identifier = _SUBJECTS[_subject(declaration)]
    # One pass: our ids for the sender's, and the fact that is current, if there is one. Sorted as
    # the key of facts is, so that the index grows at its end.
    work_table(
        connection,
        "report",
        f"""
        SELECT r.*, f.known_from AS was_known_from,
               f.numerator = r.numerator AND f.denominator = r.denominator
               AND f.reason_code = r.reason_code
               AND f.status IS NOT DISTINCT FROM r.status AS is_same
        FROM (SELECT s.row_number, i.{identifier} AS subject_id, k.kind_id,
                     CASE WHEN s.facility IS NULL THEN 0 ELSE c.facility_id END AS facility_id,
                     coalesce(s.month, s.window_start) AS window_start,
                     {windows.end} AS window_end,
                     CAST(coalesce(s.numerator, s.percent) AS integer) AS numerator,
                     CAST(CASE WHEN s.percent IS NULL THEN coalesce(s.denominator, 1)
                               ELSE {_HUNDREDTHS_OF_100_PERCENT} END AS integer) AS denominator,
                     s.status, coalesce(s.reason, '') AS reason_code
              FROM pg_temp.stage s
              LEFT JOIN {table} i ON i.issued_by = :issued_by AND i.reference = s.subject
              LEFT JOIN compliance.facility c ON c.code = s.facility
              LEFT JOIN compliance.fact_kind k ON k.code = s.kind AND k.code = ANY(:kinds)) r
        LEFT JOIN compliance.fact f ON {_SAME_KEY} AND {windows.current}
        ORDER BY r.subject_id""",
        {**intake.parameters, "kinds": list(declaration.facts)},
    )
    twice_now = (
        "was_known_from = :known_at AND NOT is_same AND EXISTS (SELECT FROM compliance.fact f"
        f" WHERE {_SAME_KEY.replace('r.', 'report.')} AND f.known_to = :known_at)"
    )
    reject(
        connection,
        "report",
        [
            RowRule("subject", "unknown_reference", "subject_id IS NULL"),
            RowRule("facility", "unknown_code", "facility_id IS NULL"),
            RowRule("kind", "unknown_code", "kind_id IS NULL"),
            RowRule("subject", "changed_this_instant", twice_now),
        ],
        intake.parameters,
    )
    drop_rejected(connection, "report")
    return settle_doubles(
        connection,
        "report",
        key=_KEY,
        values=["numerator", "denominator", "reason_code", "status"],
        field="subject",
        last_wins=declaration.conflicts == "last_wins",
    )


def _subject(declaration: FeedDeclaration) -> str:
    subjects = {fact.subject for fact in declaration.facts.values()}
    if len(subjects) != 1:
        raise ValueError(
            f"Feed {declaration.feed} must declare `facts`, all about persons, all about "
            "households or all about pregnancies: one column holds the references."
        )
    return subjects.pop()


def _know_kinds(connection: sa.Connection, declaration: FeedDeclaration) -> None:
    """Add the kinds of facts a declaration names; a kind keeps its subject and measure."""
    for code, fact in declaration.facts.items():
        known = connection.execute(
            sa.text("SELECT subject, measure FROM compliance.fact_kind WHERE code = :code"),
            {"code": code},
        ).one_or_none()
        if known is None:
            connection.execute(
                sa.text(
                    "INSERT INTO compliance.fact_kind (kind_id, code, subject, measure)"
                    " VALUES (:kind_id, :code, :subject, :measure)"
                ),
                {
                    "kind_id": next_id(connection, "compliance.fact_kind", "kind_id"),
                    "code": code,
                    "subject": fact.subject,
                    "measure": fact.measure,
                },
            )
        elif (known.subject, known.measure) != (fact.subject, fact.measure):
            raise ValueError(
                f"Feed {declaration.feed} declares fact {code!r} as {fact.measure} of "
                f"{fact.subject}; it is known as {known.measure} of {known.subject}. A fact keeps "
                "its meaning."
            )


class _Windows(NamedTuple):
    """The windows of a file, as literals: so only their partitions are read."""

    months: tuple[date, ...]
    last: date | None

    @property
    def current(self) -> str:
        """The predicate of facts that are current in these windows."""
        if self.last is None:
            return "false"
        first = self.months[0].isoformat()
        return (
            "f.known_to = 'infinity' AND f.window_start BETWEEN"
            f" DATE '{first}' AND DATE '{self.last.isoformat()}'"
        )

    @property
    def end(self) -> str:
        """The first day after a row's window: of its month, or of the days it names."""
        months = " ".join(
            f"WHEN DATE '{month.isoformat()}' THEN DATE '{_next_month(month).isoformat()}'"
            for month in self.months
        )
        return f"CASE s.month {months} ELSE s.window_end + 1 END" if months else "s.window_end + 1"


def _windows(connection: sa.Connection) -> _Windows:
    """Look at the windows of the stage and make the partitions they need."""
    days = connection.execute(
        sa.text("SELECT DISTINCT coalesce(month, window_start) FROM pg_temp.stage")
    ).scalars()
    known = sorted(days)
    months = tuple(dict.fromkeys(day.replace(day=1) for day in known))
    for month in months:
        connection.execute(sa.text("SELECT compliance.open_month(:day)"), {"day": month})
    return _Windows(months, known[-1] if known else None)


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _write(intake: Intake, stamp: Stamp) -> Written:
    connection = intake.connection
    bound = stamp.bound() | {"collected_on": intake.collected_on}
    current = _windows(connection).current
    withdrawn = 0
    if intake.declaration.resend == "replaces_window" and not intake.is_correction:
        withdrawn = _withdraw(intake, bound, current)
    connection.execute(
        sa.text(f"""
            UPDATE compliance.fact f SET known_to = CAST(:known_at AS timestamptz)
                FROM pg_temp.report r
            WHERE r.was_known_from IS NOT NULL AND NOT r.is_same AND {_SAME_KEY} AND {current}"""),
        bound,
    )
    loaded = connection.execute(
        sa.text(f"""
            INSERT INTO compliance.fact ({", ".join(_KEY)}, numerator, denominator, status,
                reason_code, source_row, known_from, source_id, collected_on, basis, act_id)
            SELECT {", ".join(_KEY)}, numerator, denominator, status, reason_code, row_number,
                   CAST(:known_at AS timestamptz), :source_id, CAST(:collected_on AS date),
                   :basis, :act_id
            FROM pg_temp.report WHERE is_same IS NOT TRUE"""),
        bound,
    ).rowcount
    _note_coverage(intake, bound)
    return Written(
        loaded, scalar(connection, "SELECT count(*) FROM pg_temp.report") - loaded, withdrawn
    )


def _withdraw(intake: Intake, bound: dict[str, object], current: str) -> int:
    """Close what a facility reported for a window before and has no more.

    Only facilities and windows of this file,
        only facts of the same source; a subject with a rejected
    row keeps what was known of it, until the row is corrected.
    """
    table, identifier = _SUBJECTS[_subject(intake.declaration)]
    return intake.connection.execute(
        sa.text(f"""
            UPDATE compliance.fact f SET known_to = CAST(:known_at AS timestamptz)
            FROM (SELECT DISTINCT kind_id, window_start, window_end, facility_id
                FROM pg_temp.report) w
            WHERE f.kind_id = w.kind_id AND f.window_start = w.window_start
              AND f.window_end = w.window_end AND f.facility_id = w.facility_id
              AND f.source_id = :source_id AND {current}
              AND NOT EXISTS (SELECT FROM pg_temp.report r WHERE {_SAME_KEY})
              AND NOT EXISTS (SELECT FROM pg_temp.set_aside s
                              JOIN {table} i ON i.issued_by = :issued_by
                                  AND i.reference = s.reference
                              WHERE i.{identifier} = f.subject_id)"""),
        bound | {"issued_by": intake.parameters["issued_by"]},
    ).rowcount


def _note_coverage(intake: Intake, bound: dict[str, object]) -> None:
    """Keep which facility spoke for which window, also one that had no exception to report."""
    connection = intake.connection
    connection.execute(
        sa.text("""
            INSERT INTO compliance.coverage (kind_id, window_start, facility_id, act_id, row_count)
            SELECT kind_id, window_start, facility_id, :act_id, count(*)
            FROM pg_temp.report GROUP BY kind_id, window_start, facility_id"""),
        bound,
    )
    manifest = intake.manifest
    if manifest is not None and manifest.facilities:
        connection.execute(
            sa.text("""
                INSERT INTO compliance.coverage
                    (kind_id, window_start, facility_id, act_id, row_count)
                SELECT k.kind_id, w.window_start, f.facility_id, :act_id, 0
                FROM (SELECT window_start FROM pg_temp.report
                      UNION SELECT unnest(CAST(:months AS date[]))) w
                CROSS JOIN compliance.fact_kind k CROSS JOIN compliance.facility f
                WHERE k.code = ANY(:kinds) AND f.code = ANY(:facilities)
                ON CONFLICT DO NOTHING"""),
            bound
            | {
                "months": [f"{month}-01" for month in manifest.months],
                "kinds": list(intake.declaration.facts),
                "facilities": list(manifest.facilities),
            },
        )


_FIELDS = (
    Field("subject", FieldType.REFERENCE, required=True),
    Field("kind", FieldType.CODE, required=True),
    Field("month", FieldType.MONTH),
    Field("window_start", FieldType.DATE),
    Field("window_end", FieldType.DATE),  # the last day of the window, as senders write it
    Field("facility", FieldType.CODE),
    Field("numerator", FieldType.INTEGER, least=0),
    Field("denominator", FieldType.INTEGER, least=0),
    Field("percent", FieldType.PERCENT),
    Field("status", FieldType.CHOICE, choices=("met", "not_met", "no_info", "exempt")),
    Field("reason", FieldType.CODE),
)

FACTS = FeedKind(
    name="facts",
    fields=_FIELDS,
    rules=(
        RowRule(
            "month", "missing", "month IS NULL AND (window_start IS NULL OR window_end IS NULL)"
        ),
        RowRule("window_end", "ends_before_it_begins", "window_end < window_start"),
        RowRule("month", "in_the_future", "coalesce(month, window_start) > :collected_on"),
        RowRule(
            "month",
            "impossible_date",
            "coalesce(month, window_start) < CAST(:collected_on AS date) - 3653",
        ),  # ten years: a slip of the pen must not make a partition
        RowRule("numerator", "missing", "numerator IS NULL AND percent IS NULL"),
        RowRule("numerator", "more_than_whole", "numerator > denominator"),
    ),
    prepare=_prepare,
    write=_write,
)
