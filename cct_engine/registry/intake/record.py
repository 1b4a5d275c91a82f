"""What is kept about a file: what became of its rows, and every finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from cct_engine.registry.intake.findings import Finding, IntakeReport

if TYPE_CHECKING:
    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.declaration import FeedDeclaration
    from cct_engine.registry.intake.whole_file import Examined

__all__ = ["first_findings", "record_file", "rule_counts", "taken_before"]

_FINDINGS_TOLD: Final = 200


def taken_before(
    connection: sa.Connection, declaration: FeedDeclaration, examined: Examined
) -> IntakeReport | None:
    """The same bytes under the same feed are the same file: nothing new."""
    found = connection.execute(
        sa.text(
            "SELECT feed_file_id, row_count FROM registry.feed_file"
            " WHERE sha256 = :sha256 AND feed = :feed"
        ),
        {"sha256": examined.sha256, "feed": declaration.feed},
    ).one_or_none()
    if found is None:
        return None
    return IntakeReport(
        feed_file_id=found.feed_file_id,
        feed=declaration.feed,
        rows=found.row_count,
        loaded=0,
        rejected=0,
        repeated=found.row_count,
        again=True,
    )


def first_findings(connection: sa.Connection) -> tuple[Finding, ...]:
    """Return the first findings of the file, in its order."""
    rows = connection.execute(
        sa.text(
            "SELECT row_number, coalesce(column_name, ''), rule, coalesce(value, ''), other_row"
            " FROM pg_temp.rejection ORDER BY row_number, column_name NULLS FIRST, rule LIMIT :most"
        ),
        {"most": _FINDINGS_TOLD},
    )
    return tuple(Finding(*row) for row in rows)


def rule_counts(connection: sa.Connection) -> dict[str, int]:
    """Return how many rows each rule rejected."""
    rows = connection.execute(
        sa.text(
            "SELECT rule, count(DISTINCT row_number) AS rows FROM pg_temp.rejection"
            " GROUP BY rule ORDER BY rule"
        )
    )
    return {row.rule: row.rows for row in rows}


def record_file(
    connection: sa.Connection,
    declaration: FeedDeclaration,
    examined: Examined,
    report: IntakeReport,
    stamp: Stamp,
    *,
    officer_id: int,
) -> None:
    """Write what is kept about a file and its findings."""
    connection.execute(
        sa.text("""
            INSERT INTO registry.feed_file (feed_file_id, feed, source_id, file_name, sha256, bytes,
                declaration_digest, taken_in_at, officer_id, row_count, loaded_count,
                rejected_count, repeated_count, withdrawn_count, reject_file, act_id)
            VALUES (:feed_file_id, :feed, :source_id, :file_name, :sha256, :bytes,
                :declaration_digest, :known_at, :officer_id, :rows, :loaded, :rejected,
                :repeated, :withdrawn, :reject_file, :act_id)"""),
        {
            "feed_file_id": report.feed_file_id,
            "feed": report.feed,
            "source_id": stamp.source_id,
            "file_name": examined.path.name,
            "sha256": examined.sha256,
            "bytes": examined.bytes,
            "declaration_digest": declaration.digest,
            "known_at": stamp.known_at,
            "officer_id": officer_id,
            "rows": report.rows,
            "loaded": report.loaded,
            "rejected": report.rejected,
            "repeated": report.repeated,
            "withdrawn": report.withdrawn,
            "reject_file": report.reject_path.name if report.reject_path else None,
            "act_id": stamp.act_id,
        },
    )
    connection.execute(
        sa.text("""
            INSERT INTO registry.rejected_row
            SELECT DISTINCT ON (row_number, column_name, rule)
                   :feed_file_id, row_number, coalesce(column_name, ''), rule, coalesce(value, ''),
                   other_row
            FROM pg_temp.rejection ORDER BY row_number, column_name, rule, other_row"""),
        {"feed_file_id": report.feed_file_id},
    )
