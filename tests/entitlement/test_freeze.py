"""The frozen inputs: complete, sealed, and the same bytes however often they are made."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from cct_engine.entitlement import (
    EarlierCycleOpen,
    FolderTaken,
    SchemaDrift,
    SealBroken,
    freeze,
    open_snapshot,
    record_snapshot,
    verify_snapshot,
)
from cct_engine.rulebook.sources import shard_schemas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Desk, Law

SEPTEMBER = 2026 * 12 + 8


class Killed(Exception):  # noqa: N818 - what a test raises at a failpoint
    """The process ends here."""


def killer(place: str, passage: int) -> Callable[[str], None]:
    """Return a failpoint that ends the work at the nth passage of a place."""
    passed = [0]

    def hit(name: str) -> None:
        passed[0] += name == place
        if name == place and passed[0] == passage:
            raise Killed(name)

    return hit


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_table_of_a_shard_has_exactly_the_columns_the_rulebook_reads(
    desk: Desk, law: Law
) -> None:
    snapshot = desk.freeze(desk.open())
    for table, schema in shard_schemas(law).items():
        found = pq.read_schema(snapshot.folder / table / "00001.parquet")
        assert found.names == schema.names
        assert found.types == schema.types


def test_shards_are_ranges_of_households_and_hold_each_household_once(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open(), households=90, shard=40)
    assert [shard.range[1:] for shard in snapshot.shards] == [
        (1, 40, 40),
        (41, 80, 40),
        (81, 90, 10),
    ]
    frozen = [
        household
        for shard in snapshot.shards
        for household in pq.read_table(snapshot.paths(shard)["household"])[
            "household_id"
        ].to_pylist()
    ]
    assert frozen == list(range(1, 91))


def test_the_same_database_and_pins_give_the_same_bytes(desk: Desk) -> None:
    pins = desk.open()
    first = desk.freeze(pins, place="first")
    second = desk.freeze(pins, place="second")
    assert first.digest == second.digest
    assert bytes_of(first.folder) == bytes_of(second.folder)


def test_a_freeze_killed_after_any_shard_goes_on_to_the_same_digest(
    desk: Desk, law: Law, world: Callable[[int], dict[str, str]]
) -> None:
    pins = desk.open()
    whole = desk.freeze(pins, place="whole")
    given = {"rulebook": law, "selects": world(90), "shard_households": 40}
    for passage in (1, 2, 3):
        folder = desk.home / f"killed-{passage}"
        hit = killer("freeze.after_shard", passage)
        with pytest.raises(Killed), desk.database.transaction() as connection:
            freeze(connection, pins, folder, **given, hit=hit)
        assert not (folder / "manifest.json").exists()
        made = {path: path.stat().st_mtime_ns for path in folder.glob("household/*.parquet")}
        assert len(made) == passage
        with desk.database.transaction() as connection:
            resumed = freeze(connection, pins, folder, **given)
        assert resumed.digest == whole.digest
        assert {path: path.stat().st_mtime_ns for path in made} == made


def test_a_shard_that_was_damaged_before_the_resumption_is_made_again(
    desk: Desk, law: Law, world: Callable[[int], dict[str, str]]
) -> None:
    pins = desk.open()
    whole = desk.freeze(pins, place="whole")
    folder = desk.home / "killed"
    with pytest.raises(Killed), desk.database.transaction() as connection:
        freeze(
            connection,
            pins,
            folder,
            rulebook=law,
            selects=world(90),
            shard_households=40,
            hit=killer("freeze.after_shard", 2),
        )
    (folder / "fact" / "00001.parquet").write_bytes(b"half a file")
    with desk.database.transaction() as connection:
        resumed = freeze(
            connection, pins, folder, rulebook=law, selects=world(90), shard_households=40
        )
    assert resumed.digest == whole.digest
    assert verify_snapshot(resumed) == ()


def test_one_changed_byte_is_found_and_its_file_named(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    victim = snapshot.folder / "member" / "00002.parquet"
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(bytes(content))
    (finding,) = verify_snapshot(snapshot)
    assert finding.name == "member/00002.parquet"
    assert "member/00002.parquet" in finding.text


def test_a_missing_file_and_a_changed_manifest_are_found(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    (snapshot.folder / "event" / "00003.parquet").unlink()
    manifest = snapshot.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"row_count":40', '"row_count":41', 1))
    assert [finding.name for finding in verify_snapshot(snapshot)] == [
        "manifest.json",
        "event/00003.parquet",
    ]


def test_a_run_over_a_changed_snapshot_is_refused(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open())
    path = snapshot.folder / "household" / "00001.parquet"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(SealBroken, match=r"household/00001\.parquet"):
        desk.calculate(snapshot)


def test_a_sealed_folder_is_never_overwritten_by_another_snapshot(desk: Desk) -> None:
    pins = desk.open()
    desk.freeze(pins, households=90)
    with pytest.raises(FolderTaken):
        desk.freeze(pins, households=91)


WRONG_COLUMNS = (
    ("'x' AS numerator", "numerator"),
    ("CAST(1 AS double precision) AS numerator", "numerator"),
    ("CAST(1 AS numeric) AS numerator", "numerator"),
    ("CAST(1 AS bigint) AS nominator", "nominator"),
)


def test_a_select_with_another_column_or_type_is_refused_by_its_name(
    desk: Desk, law: Law, world: Callable[[int], dict[str, str]]
) -> None:
    pins = desk.open()
    for wrong, column in WRONG_COLUMNS:
        selects = world(5)
        selects["fact"] = selects["fact"].replace("CAST(h % 20 AS bigint) AS numerator", wrong)
        with pytest.raises(SchemaDrift, match=column), desk.database.transaction() as connection:
            freeze(
                connection,
                pins,
                desk.home / "x",
                rulebook=law,
                selects=selects,
                shard_households=5,
            )


def test_a_row_without_an_id_is_refused(
    desk: Desk, law: Law, world: Callable[[int], dict[str, str]]
) -> None:
    pins = desk.open()
    selects = world(5)
    selects["member"] = selects["member"].replace(
        "CAST(h * 100 + k AS bigint) AS member_id", "CAST(NULL AS bigint) AS member_id"
    )
    with pytest.raises(SchemaDrift, match="member_id"), desk.database.transaction() as connection:
        freeze(
            connection,
            pins,
            desk.home / "x",
            rulebook=law,
            selects=selects,
            shard_households=5,
        )


def test_an_error_text_shows_no_value_of_the_registry(
    desk: Desk, law: Law, world: Callable[[int], dict[str, str]]
) -> None:
    pins = desk.open()
    selects = world(5)
    value = "99999999999"  # too large for a month
    selects["fact"] = selects["fact"].replace("24318 AS month", f"{value} AS month")
    with pytest.raises(SchemaDrift) as refusal, desk.database.transaction() as connection:
        freeze(
            connection,
            pins,
            desk.home / "x",
            rulebook=law,
            selects=selects,
            shard_households=5,
        )
    assert value not in str(refusal.value)


def test_a_programme_without_households_gives_an_empty_sealed_snapshot(desk: Desk) -> None:
    snapshot = desk.freeze(desk.open(), households=0)
    assert snapshot.household_count == 0
    assert desk.calculate(snapshot).row_counts() == {}


def test_the_database_keeps_the_snapshots_digest_once(desk: Desk) -> None:
    pins = desk.open()
    snapshot = desk.freeze(pins)
    for _ in range(2):
        with desk.database.transaction() as connection:
            record_snapshot(connection, pins, snapshot, home=desk.home, at=pins.as_of_known)
    with desk.database.transaction() as connection:
        row = connection.execute(sa.text("SELECT * FROM cycle.snapshot")).one()
    assert row.digest == snapshot.digest
    assert open_snapshot(desk.home / row.folder).digest == row.digest
    assert row.row_counts["household"] == row.household_count == 90


def test_a_cycle_is_not_frozen_before_the_one_before_it_is_approved(desk: Desk) -> None:
    desk.open(SEPTEMBER, cycle_id=1)
    october = desk.open(SEPTEMBER + 1, cycle_id=2)
    with pytest.raises(EarlierCycleOpen, match="small-2026-09"):
        desk.freeze(october)


def test_states_and_held_money_of_the_approved_cycle_are_frozen_for_the_next(desk: Desk) -> None:
    september = desk.open(SEPTEMBER, cycle_id=1)
    desk.listed(september, households=20, shard=20)
    desk.approve(september)
    snapshot = desk.freeze(desk.open(SEPTEMBER + 1, cycle_id=2), households=20, shard=20)
    paths = snapshot.paths(snapshot.shards[0])
    states = pq.read_table(paths["state"]).to_pylist()
    assert [(row["household_id"], row["cycle_month"]) for row in states] == [
        (household, SEPTEMBER) for household in range(1, 21)
    ]
    held = [
        (row["household_id"], row["component"], row["amount"], row["origin_month"])
        for row in pq.read_table(paths["balance"]).to_pylist()
    ]
    assert held == [  # households 7 (one child) and 17 (two children) were blocked
        (7, "BCO", 31_600, SEPTEMBER),
        (7, "BRC", 28_400, SEPTEMBER),
        (7, "BVF", 5_000, SEPTEMBER),
        (17, "BCO", 17_400, SEPTEMBER),
        (17, "BRC", 42_600, SEPTEMBER),
        (17, "BVF", 10_000, SEPTEMBER),
    ]


def test_money_released_once_is_not_open_again(desk: Desk) -> None:
    september = desk.open(SEPTEMBER, cycle_id=1)
    desk.listed(september, households=20, shard=20)
    desk.approve(september)
    october = desk.open(SEPTEMBER + 1, cycle_id=2)
    desk.listed(october, households=20, shard=20)
    desk.approve(october)
    snapshot = desk.freeze(desk.open(SEPTEMBER + 2, cycle_id=3), households=20, shard=20)
    held = pq.read_table(snapshot.paths(snapshot.shards[0])["balance"])
    assert set(held["origin_month"].to_pylist()) == {SEPTEMBER + 1}


def test_the_history_counts_what_was_due_and_what_flowed(desk: Desk) -> None:
    september = desk.open(SEPTEMBER, cycle_id=1)
    desk.listed(september, households=20, shard=20)
    desk.approve(september)
    snapshot = desk.freeze(desk.open(SEPTEMBER + 1, cycle_id=2), households=20, shard=20)
    history = {
        row["household_id"]: (row["component"], row["due"], row["payable"])
        for row in pq.read_table(snapshot.paths(snapshot.shards[0])["history"]).to_pylist()
    }
    assert history[1] == ("BRC", 28_400, 28_400)
    assert history[7] == ("BRC", 28_400, 0)
    assert {row[0] for row in history.values()} == {"BRC"}


def test_a_process_killed_at_a_shard_leaves_no_half_file_under_its_name(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from cct_engine import failpoints;"
        "from cct_engine.entitlement.sealing import seal_file;"
        "f = Path(__import__('sys').argv[1]);"
        "seal_file(f, 'a/whole.txt', lambda p: p.write_text('whole'));"
        "seal_file(f, 'a/half.txt', lambda p: (p.write_text('ha'), failpoints.hit('x')))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env=os.environ | {"CCT_FAILPOINTS": "x=kill"},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "a" / "whole.txt").read_text() == "whole"
    assert not (tmp_path / "a" / "half.txt").exists()
