"""The registry takes the seeded world in and refuses what is there to be refused, nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from cct_engine import compliance, registry
from cct_engine.demo.world import write_account_corrections, write_feeds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cct_engine.database import Database
    from cct_engine.demo.world import FeedFile, World

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
ENGINE = 1


def _world(folder: Path) -> World:
    return write_feeds(folder, households=1_000, seed=3, periods=["2026-11"])


def _set_up(database: Database) -> None:
    with database.transaction() as connection:
        registry.setup.packaged_sources(connection)
        registry.setup.department(connection, code="welfare", title="Welfare")
        for code, kind, currency in (
            ("bolsa_familia", "own", "BRL"),
            ("dilli_annashree", "own", "INR"),
            ("pds_card", "external", None),
        ):
            registry.setup.programme(
                connection,
                code=code,
                title=code,
                department="welfare",
                kind=kind,
                currency=currency,
            )


def _rejected(
    database: Database, files: Iterable[FeedFile], rejects: Path, on: date
) -> Counter[str]:
    """Take files in; return the rejected rows by feed and rule."""
    rules: Counter[str] = Counter()
    for file in files:
        with database.transaction() as connection:
            if file.kind in compliance.feeds:
                report = compliance.take_in(
                    connection,
                    file.path,
                    compliance.feed(file.kind),
                    at=AT,
                    officer_id=ENGINE,
                    rejects_folder=rejects,
                    collected_on=on,
                )
            else:
                report = registry.take_in(
                    connection,
                    file.path,
                    registry.feed(file.kind),
                    at=AT,
                    officer_id=ENGINE,
                    rejects_folder=rejects,
                    token_key=b"a key of thirty-two bytes or more",
                    collected_on=on,
                )
        assert report.rows == file.rows == report.loaded + report.rejected + report.repeated
        refused = {finding.row: finding.rule for finding in report.findings}
        rules.update(f"{file.kind}: {rule}" for rule in refused.values())
    return rules


def test_the_intake_refuses_the_faulty_rows_of_the_base_registry_and_no_other(
    database: Database, tmp_path: Path
) -> None:
    world = _world(tmp_path)
    _set_up(database)
    rules = _rejected(database, world.base, tmp_path / "rejects", date(2026, 10, 1))
    assert rules == {
        "accounts: not_an_account": world.faults["unreadable_account"],
        "persons: not_a_date": world.faults["wrong_date"],
        "persons: formula": world.faults["formula_text"],
    }


def test_a_cycles_feeds_load_but_for_strangers_conflicts_and_faults(
    database: Database, tmp_path: Path
) -> None:
    world = _world(tmp_path)
    _set_up(database)
    _rejected(database, world.base, tmp_path / "rejects", date(2026, 10, 1))
    rules = _rejected(database, world.cycles["2026-11"], tmp_path / "rejects", date(2026, 11, 1))
    assert set(rules) == {
        "persons: not_a_date",
        "persons: formula",
        "attendance: unknown_reference",
        "attendance: conflict",
        "attendance: more_than_whole",
        "health: unknown_reference",
    }
    attendance = next(f for f in world.cycles["2026-11"] if f.kind == "attendance")
    assert rules["attendance: conflict"] + rules["attendance: unknown_reference"] < (
        0.04 * attendance.rows
    )


def test_corrected_accounts_load(database: Database, tmp_path: Path) -> None:
    world = _world(tmp_path)
    _set_up(database)
    _rejected(database, world.base, tmp_path / "rejects", date(2026, 10, 1))
    people = [f"BR{number:07d}-00" for number in range(10, 40)]
    on = date(2026, 11, 16)
    file = write_account_corrections(tmp_path / "corrections", people, seed=3, on=on)
    assert file is not None
    assert not _rejected(database, [file], tmp_path / "rejects", on)
