"""Taking in a file: look at it, check every row, refuse what is wrong, keep what is new.

One transaction of the caller's. Memory depends on a chunk, not on the file. A file that is refused
as a whole leaves the transaction usable and nothing behind.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa
from structlog import get_logger

from cct_engine.people import acts
from cct_engine.registry.bitemporal import Stamp
from cct_engine.registry.intake.check import Contract
from cct_engine.registry.intake.fields import Intake
from cct_engine.registry.intake.findings import IntakeReport, RefusedFeed
from cct_engine.registry.intake.reading import read_into_stage
from cct_engine.registry.intake.record import (
    first_findings,
    record_file,
    rule_counts,
    taken_before,
)
from cct_engine.registry.intake.rejects import Spool, write_reject_file
from cct_engine.registry.intake.stage import (
    drop_rejected,
    name_columns,
    refresh_statistics,
    reject,
    scalar,
    set_aside,
)
from cct_engine.registry.intake.whole_file import examine
from cct_engine.registry.intake.writer import known_instant, next_id, stand_still

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    from cct_engine.registry.intake.declaration import FeedDeclaration, Manifest
    from cct_engine.registry.intake.fields import FeedKind
    from cct_engine.registry.intake.reading import Reading
    from cct_engine.registry.intake.whole_file import Examined

__all__ = ["take_in"]

_LARGE: Final = 5_000  # rows after which the planner has to look at the tables again


def take_in(
    connection: sa.Connection,
    path: Path,
    declaration: FeedDeclaration,
    *,
    kinds: Mapping[str, FeedKind],
    at: datetime,
    officer_id: int,
    rejects_folder: Path,
    collected_on: date | None = None,
    manifest: Manifest | None = None,
    parameters: Mapping[str, object] | None = None,
) -> IntakeReport:
    """Take in one file. Raises RefusedFeed when nothing of it may be loaded."""
    started = time.perf_counter()
    if declaration.kind not in kinds:
        raise ValueError(
            f"Feed {declaration.feed} is of kind {declaration.kind!r}; there are: "
            f"{', '.join(sorted(kinds))}."
        )
    examined = examine(path, declaration, manifest)
    stand_still(connection)
    report = taken_before(connection, declaration, examined)
    if report is None:
        taking = _Taking(
            examined,
            declaration,
            kinds[declaration.kind],
            manifest,
            at,
            officer_id,
            collected_on or at.date(),
            rejects_folder,
        )
        rejects_folder.mkdir(parents=True, exist_ok=True)
        with connection.begin_nested(), Spool(rejects_folder) as spool:
            report = _take_in(connection, taking, spool, parameters or {})
    _log(report, time.perf_counter() - started)
    return report


class _Taking(NamedTuple):
    """Who takes in what, and when."""

    examined: Examined
    declaration: FeedDeclaration
    kind: FeedKind
    manifest: Manifest | None
    at: datetime
    officer_id: int
    collected_on: date
    rejects_folder: Path


def _take_in(
    connection: sa.Connection, taking: _Taking, spool: Spool, parameters: Mapping[str, object]
) -> IntakeReport:
    declaration = taking.declaration
    contract = Contract(taking.kind, declaration)
    reading = read_into_stage(connection, taking.examined, contract, spool)
    _check_row_count(taking, reading)
    known_at = known_instant(connection, taking.at)
    source_id = _source_id(connection, declaration.source)
    bound = {
        **parameters,
        "known_at": known_at,
        "collected_on": taking.collected_on,
        "officer_id": taking.officer_id,
        "issued_by": _source_id(connection, declaration.references),
        "source_id": source_id,
    }
    intake = Intake(
        connection, declaration, taking.collected_on, bound, taking.manifest, reading.is_correction
    )
    repeated = _refuse_rows(taking.kind, intake)
    name_columns(connection, contract.column_of_field)
    rejected = scalar(connection, "SELECT count(DISTINCT row_number) FROM pg_temp.rejection")
    act = acts.record(
        connection,
        at=taking.at,
        officer_id=taking.officer_id,
        verb="take_in",
        subject=f"feed:{declaration.feed}",
        outcome="done",
        detail={
            "sha256": taking.examined.sha256,
            "rows": reading.row_count,
            "rejected": rejected,
        },
    )
    stamp = Stamp(known_at, source_id, declaration.basis, act.act_id)
    feed_file_id = next_id(connection, "registry.feed_file", "feed_file_id")
    written = taking.kind.write(intake, stamp)
    if written.loaded >= _LARGE:
        refresh_statistics(connection, taking.kind.tables)
    report = IntakeReport(
        feed_file_id=feed_file_id,
        feed=declaration.feed,
        rows=reading.row_count,
        loaded=written.loaded,
        rejected=rejected,
        repeated=repeated + written.repeated,
        withdrawn=written.withdrawn,
        findings=first_findings(connection),
        counts=rule_counts(connection),
        ignored_columns=reading.ignored_columns,
        reject_path=_reject_file(connection, taking, spool, feed_file_id) if rejected else None,
    )
    record_file(
        connection, declaration, taking.examined, report, stamp, officer_id=taking.officer_id
    )
    return report


def _refuse_rows(kind: FeedKind, intake: Intake) -> int:
    """Reject what breaks a rule; return how many rows only repeat another of the file."""
    connection, about = intake.connection, kind.fields[0].name
    # Only a feed that replaces windows asks what the rejected rows are about.
    replaces = intake.declaration.resend == "replaces_window"
    reject(connection, "stage", kind.rules, intake.parameters)
    if replaces:
        set_aside(connection, "stage", about)
    drop_rejected(connection, "stage")
    repeated = kind.prepare(intake)
    if replaces:
        set_aside(connection, "stage", about)
    return repeated


def _check_row_count(taking: _Taking, reading: Reading) -> None:
    manifest = taking.manifest
    if manifest is not None and manifest.rows not in {None, reading.row_count}:
        raise RefusedFeed(
            f"{taking.examined.path.name} has {reading.row_count:,} rows, its manifest says "
            f"{manifest.rows:,}. Rows were lost or added on the way; ask the sender to send both "
            "again."
        )


def _reject_file(
    connection: sa.Connection, taking: _Taking, spool: Spool, feed_file_id: int
) -> Path:
    path = taking.rejects_folder / f"{taking.declaration.feed}-{feed_file_id}-rejected.csv"
    write_reject_file(connection, spool, path, taking.declaration)
    return path


def _source_id(connection: sa.Connection, code: str) -> int:
    found = connection.execute(
        sa.text("SELECT source_id FROM registry.source WHERE code = :code"), {"code": code}
    ).scalar_one_or_none()
    if found is None:
        raise RefusedFeed(
            f"The registry knows no source {code!r}. Nobody could say where the rows come from; "
            "add it with registry.setup.source."
        )
    return int(found)


def _log(report: IntakeReport, seconds: float) -> None:
    get_logger().info(
        "feed taken in",
        feed=report.feed,
        feed_file_id=report.feed_file_id,
        again=report.again,
        rows=report.rows,
        loaded=report.loaded,
        rejected=report.rejected,
        repeated=report.repeated,
        withdrawn=report.withdrawn,
        rules=report.counts,
        milliseconds=round(seconds * 1000),
    )
