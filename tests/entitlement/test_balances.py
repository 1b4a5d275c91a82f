"""Open money: what was held less what was released since, the oldest first, whatever happened."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import sqlalchemy as sa

from cct_engine.entitlement import freeze

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Desk, Law

SEPTEMBER = 2026 * 12 + 8
CYCLES = 4
HOUSEHOLDS = 60


def random_story(rng: random.Random) -> list[tuple[int, str, str, str, int]]:
    """Return lines (cycle, source, money state, reason, amount): never more released than held."""
    lines: list[tuple[int, str, str, str, int]] = []
    open_now: dict[tuple[str, str], int] = defaultdict(int)
    for cycle in range(1, CYCLES + 1):
        for kind in ("held", "withheld"):
            for reason in ("ladder:family:blocked", "no_payee"):
                amount = rng.choice([0, 0, 100, 250, 400])
                released = rng.choice([0, open_now[kind, reason], open_now[kind, reason] // 2])
                if amount:
                    lines.append((cycle, "due", kind, reason, amount))
                if released:
                    source = rng.choice(["released", "lapsed"])
                    state = "payable" if source == "released" else "forfeited"
                    lines.append((cycle, source, state, f"{kind}:{reason}", released))
                open_now[kind, reason] += amount - released
    return lines


def still_open(story: list[tuple[int, str, str, str, int]]) -> list[tuple[str, str, int, int]]:
    """Return (kind, reason, origin month, amount) by counting off by hand."""
    opened: dict[tuple[str, str], list[list[int]]] = defaultdict(list)
    for cycle, source, state, reason, amount in story:
        if source == "due":
            opened[state, reason].append([SEPTEMBER + cycle - 1, amount])
    for _, source, _, reason, amount in story:
        if source != "due":
            kind, _, why = reason.partition(":")
            left = amount
            for entry in opened[kind, why]:
                taken = min(left, entry[1])
                entry[1] -= taken
                left -= taken
    return sorted(
        (kind, why, month, amount)
        for (kind, why), entries in opened.items()
        for month, amount in entries
        if amount
    )


def write(
    connection: sa.Connection, stories: dict[int, list[tuple[int, str, str, str, int]]]
) -> None:
    rows = [
        {
            "cycle_id": cycle,
            "household_id": household,
            "line_seq": number,
            "source": source,
            "for_period": date(2026, 9, 1),
            "money_state": state,
            "amount": amount,
            "reason": reason,
        }
        for household, story in stories.items()
        for number, (cycle, source, state, reason, amount) in enumerate(story, start=1)
    ]
    connection.execute(
        sa.text(
            "INSERT INTO cycle.entitlement_line (cycle_id, household_id, line_seq, source,"
            " component, for_period, enrolment_id, fund_id, money_state, amount_minor, reason_code)"
            " VALUES (:cycle_id, :household_id, :line_seq, :source, 'BRC', :for_period, 1, 7,"
            " :money_state, :amount, :reason)"
        ),
        rows,
    )


def test_what_is_open_is_what_was_held_less_what_was_released_oldest_first(desk: Desk) -> None:
    rng = random.Random(20260901)
    stories = {household: random_story(rng) for household in range(1, HOUSEHOLDS + 1)}
    for cycle in range(1, CYCLES + 1):
        pins = desk.open(SEPTEMBER + cycle - 1, cycle_id=cycle)
        of_cycle = {
            household: [line for line in story if line[0] == cycle]
            for household, story in stories.items()
        }
        with desk.database.transaction() as connection:
            write(connection, of_cycle)
        desk.approve(pins)
    last = desk.open(SEPTEMBER + CYCLES, cycle_id=CYCLES + 1)
    snapshot = desk.freeze(last, households=HOUSEHOLDS, shard=HOUSEHOLDS)
    found: dict[int, list[tuple[str, str, int, int]]] = {h: [] for h in stories}
    for row in pq.read_table(snapshot.paths(snapshot.shards[0])["balance"]).to_pylist():
        found[row["household_id"]].append(
            (row["kind"], row["reason_code"], row["origin_month"], row["amount"])
        )
    assert {household: sorted(rows) for household, rows in found.items()} == {
        household: still_open(story) for household, story in stories.items()
    }


def test_what_a_check_holds_and_releases_never_reaches_the_law(desk: Desk) -> None:
    first = desk.open(SEPTEMBER, cycle_id=1)
    story = [
        (1, "due", "held", "finding:DUPLICATE_PERSON", 500),
        (1, "due", "held", "no_payee", 300),
        (1, "released", "payable", "held:finding:ACCOUNT_SHARED", 200),
    ]
    with desk.database.transaction() as connection:
        write(connection, {1: story})
    desk.approve(first)
    snapshot = desk.freeze(desk.open(SEPTEMBER + 1, cycle_id=2), households=2)
    rows = pq.read_table(snapshot.paths(snapshot.shards[0])["balance"]).to_pylist()
    assert [(row["reason_code"], row["amount"]) for row in rows] == [("no_payee", 300)]


def test_money_that_a_correction_opened_is_frozen_beside_our_own(
    desk: Desk, law: Law, world: Callable[[int], dict[str, str]]
) -> None:
    pins = desk.open(SEPTEMBER, cycle_id=1)
    with desk.database.transaction() as connection:
        write(connection, {1: [(1, "due", "held", "no_payee", 300)]})
    desk.approve(pins)
    recoverable = (
        "SELECT CAST(2 AS bigint) AS household_id, 'recoverable' AS kind, 'BRC' AS component,"
        " CAST(0 AS bigint) AS person_id, CAST(0 AS bigint) AS pregnancy_id, 24310 AS for_month,"
        " 24310 AS origin_month, CAST(570 AS bigint) AS amount, '' AS reason_code"
        " WHERE 2 BETWEEN :first AND :last"
    )
    october = desk.open(SEPTEMBER + 1, cycle_id=2)
    with desk.database.transaction() as connection:
        snapshot = freeze(
            connection,
            october,
            desk.home / "snapshot",
            rulebook=law,
            selects=world(2) | {"balance": recoverable},
            shard_households=2,
        )
    rows = pq.read_table(snapshot.paths(snapshot.shards[0])["balance"]).to_pylist()
    assert [(row["household_id"], row["kind"], row["amount"]) for row in rows] == [
        (1, "held", 300),
        (2, "recoverable", 570),
    ]
