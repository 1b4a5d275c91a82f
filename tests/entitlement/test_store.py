"""The stored list: the lines are the run's, they add up, and one digest stands for all of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine.entitlement import (
    RunRefused,
    SealBroken,
    canonical_selects,
    list_digest,
    store,
    totals,
    verify_run,
)

if TYPE_CHECKING:
    from conftest import Desk, Law


def test_lines_are_numbered_from_one_in_the_order_of_the_law(desk: Desk) -> None:
    desk.listed(desk.open(), households=20)
    with desk.database.transaction() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT line_seq, source, component, money_state, amount_minor, enrolment_id,"
                " fund_id, for_period, reason_code FROM cycle.entitlement_line"
                " WHERE household_id = 17 ORDER BY line_seq"
            )
        ).all()
    assert [tuple(row)[:5] for row in rows] == [
        (1, "due", "BRC", "held", 42_600),
        (2, "due", "BCO", "held", 17_400),
        (3, "due", "BVF", "held", 10_000),
    ]
    assert {row.enrolment_id for row in rows} == {5017}
    assert {row.fund_id for row in rows} == {7}
    assert {str(row.for_period) for row in rows} == {"2026-09-01"}
    assert {row.reason_code for row in rows} == {"ladder:family:held"}


def test_the_lines_of_every_household_sum_to_its_figures(desk: Desk) -> None:
    desk.listed(desk.open(), shard=90)
    with desk.database.transaction() as connection:
        different = connection.execute(
            sa.text(
                "SELECT h.household_id FROM cycle.household_result AS h LEFT JOIN ("
                " SELECT household_id,"
                " sum(amount_minor) FILTER (WHERE money_state = 'payable') AS p,"
                " sum(amount_minor) FILTER (WHERE money_state = 'held') AS h,"
                " sum(amount_minor) FILTER (WHERE money_state = 'forfeited') AS f"
                " FROM cycle.entitlement_line GROUP BY household_id) AS l USING (household_id)"
                " WHERE (pay_now_minor, held_minor, forfeited_minor)"
                " <> (coalesce(l.p, 0), coalesce(l.h, 0), coalesce(l.f, 0))"
            )
        ).all()
        total = totals(connection, 1)
    assert different == []
    assert total.of(money_state="payable") == total.pay_now_minor
    assert total.of(money_state="held") == total.held_minor
    assert total.of(source="due") == total.gross_minor
    assert total.pay_now_minor + total.held_minor + total.forfeited_minor == total.gross_minor


def test_the_size_of_the_shards_changes_no_line(desk: Desk) -> None:
    pins = desk.open()
    digests = set()
    for shard in (9, 1000):
        snapshot = desk.freeze(pins, households=30, shard=shard, place=f"snapshot-{shard}")
        desk.store(pins, desk.calculate(snapshot, place=f"run-{shard}"))
        digests.add(desk.digest(pins))
    assert len(digests) == 1


def test_the_digest_is_the_hash_of_what_copy_writes(desk: Desk) -> None:
    pins = desk.open()
    desk.listed(pins, shard=90)
    by_hand = hashlib.sha256()
    with desk.database.transaction() as connection:
        psycopg = connection.connection.driver_connection
        for select in canonical_selects(pins.cycle_id):
            with psycopg.cursor().copy(f"COPY ({select}) TO STDOUT") as copy:
                for row in copy:
                    by_hand.update(row)
    assert desk.digest(pins) == by_hand.hexdigest()


CHANGES = (
    "UPDATE cycle.entitlement_line SET amount_minor = amount_minor + 1 WHERE {line}",
    "UPDATE cycle.entitlement_line SET money_state = 'held' WHERE {line}",
    "UPDATE cycle.entitlement_line SET reason_code = 'x' WHERE {line}",
    "UPDATE cycle.household_result SET payee_person_id = 1 WHERE household_id = 41",
    "DELETE FROM cycle.entitlement_line WHERE {line}",
)


def test_one_changed_row_changes_the_digest_of_the_list(desk: Desk) -> None:
    pins = desk.open()
    desk.listed(pins, shard=90)
    with desk.database.transaction() as connection:
        digests = [list_digest(connection, pins.cycle_id)]
        for change in CHANGES:
            with connection.begin_nested() as savepoint:
                assert (
                    connection.execute(
                        sa.text(change.format(line="household_id = 41 AND line_seq = 1"))
                    ).rowcount
                    == 1
                )
                digests.append(list_digest(connection, pins.cycle_id))
                savepoint.rollback()
        assert list_digest(connection, pins.cycle_id) == digests[0]
    assert len(set(digests)) == 1 + len(CHANGES)


def test_the_newest_run_is_the_one_the_list_comes_from(desk: Desk, law: Law) -> None:
    pins = desk.open()
    snapshot = desk.freeze(pins, shard=90)
    first = desk.calculate(snapshot, place="first")
    dearer = desk.calculate(snapshot, law.with_fault("5000 *", "6000 *"), place="second")
    desk.store(pins, first)
    digest = desk.digest(pins)
    desk.store(pins, dearer)
    assert desk.digest(pins) != digest
    desk.store(pins, first)
    assert desk.digest(pins) == digest
    with desk.database.transaction() as connection:
        runs = connection.execute(
            sa.text("SELECT number, digest, statement_digest, statement FROM cycle.run ORDER BY 1")
        ).all()
    assert [(row.number, row.digest) for row in runs] == [
        (1, first.digest),
        (2, dearer.digest),
        (3, first.digest),
    ]
    for row in runs:
        assert hashlib.sha256(row.statement.encode()).hexdigest() == row.statement_digest


def test_a_submitted_list_cannot_be_replaced(desk: Desk) -> None:
    pins = desk.open()
    run = desk.listed(pins, shard=90)
    desk.submit(pins)
    with pytest.raises(RunRefused, match="submitted"):
        desk.store(pins, run)


def test_a_run_is_stored_only_for_its_own_cycle(desk: Desk) -> None:
    run = desk.calculate(desk.freeze(desk.open(), shard=90))
    other = desk.open(2026 * 12 + 9, cycle_id=2)
    with (
        pytest.raises(RunRefused, match="small-2026-09"),
        desk.database.transaction() as connection,
    ):
        store(connection, other.cycle_id, run, home=desk.home, at=other.as_of_known)


def test_a_result_file_changed_after_the_run_is_not_stored(desk: Desk) -> None:
    pins = desk.open()
    run = desk.calculate(desk.freeze(pins))
    victim = run.folder / "line" / "00002.parquet"
    victim.write_bytes(victim.read_bytes()[:-1] + b"\0")
    assert [finding.name for finding in verify_run(run)] == ["line/00002.parquet"]
    with pytest.raises(SealBroken, match=r"line/00002\.parquet"):
        desk.store(pins, run)


def test_only_lines_with_money_are_stored_and_the_sums_are_the_runs(desk: Desk) -> None:
    desk.listed(desk.open(), households=9)
    with desk.database.transaction() as connection:
        total = totals(connection, 1)
        zero = connection.execute(
            sa.text("SELECT count(*) FROM cycle.entitlement_line WHERE amount_minor = 0")
        ).scalar_one()
    assert zero == 0
    # nine households of 1, 2 or 3 members: 600.00 each and 50.00 for each of nine children
    assert total.gross_minor == 9 * 60_000 + 9 * 5_000
    assert total.held_minor == 65_000
    assert total.forfeited_minor == 60_000
