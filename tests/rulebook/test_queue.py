"""A budget that is not enough: who is admitted, who waits, and that the second pass says so."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cct_engine.rulebook import (
    Month,
    Rulebook,
    compile_cycle,
    connect,
    parse,
    programme,
    queue,
    shard_schemas,
    waiting_events,
)
from cct_engine.rulebook.scenarios.world import put_date
from cct_engine.rulebook.shards import calculate_tables

from .drawn.compared import on_duckdb
from .drawn.told import told
from .oracle import PlainLaw, calculate
from .oracle.households import home, households
from .oracle.households import shard as oracle_shard
from .oracle.queueing import wait, waiting

TEXT = (Path(__file__).parent / "laws" / "queue_grant.yaml").read_text(encoding="utf-8")
MONTH = Month.parse("2024-05")
WRITTEN = {
    "of": "of: applicants",
    "when_full": "when_full: stop",
    "counts": "counts: gross",
    "standing": "standing: {apply: household.income_total <= each * household.size, keep: same}",
    "ceiling": 'ceiling: {type: money, values: [{from: 2020-01-01, value: 1000, law: "s. 2"}]}',
    "queue": "queue: [per_capita_income ASC, applied_on ASC]",
}
RETURN = (
    "{apply: household.income_total <= each * household.size, keep: same,"
    " return_priority: {months: 6, after: [exited]}}"
)
CEILING = "{{type: money, values: [{{from: 2020-01-01, value: {}, law: s}}]}}"
ORDER = "[urban DESC, per_capita_income ASC, applied_on ASC]"


@cache
def law(**changed: str) -> Rulebook:
    text = TEXT
    for key, value in changed.items():
        text = text.replace(WRITTEN[key], f"{key}: {value}")
    return parse(text, file="queue_grant.yaml")


def shard(rulebook: Rulebook, homes: list[tuple[int, int, date, bool]]) -> dict[str, pa.Table]:
    """Return households of (members, income, applied on, enrolled); ids count from 1."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in shard_schemas(rulebook)}
    for number, (size, income, applied, enrolled) in enumerate(homes, start=1):
        row: dict[str, Any] = {
            "household_id": number,
            "enrolment_id": number if enrolled else 0,
            "enrolled": int(enrolled),
            "income_total": income,
        }
        put_date(row, "enrolled_on", date(2023, 1, 1) if enrolled else None)
        put_date(row, "applied_on", applied)
        rows["household"].append(row)
        for place in range(size):
            member: dict[str, Any] = {"household_id": number, "member_id": number * 100 + place}
            put_date(member, "birth_date", date(1990, 1, 1))
            rows["member"].append(member)
    return {
        name: pa.Table.from_pylist(rows[name], schema=schema)
        for name, schema in shard_schemas(rulebook).items()
    }


def both_passes(
    rulebook: Rulebook, homes: list[tuple[int, int, date, bool]]
) -> tuple[tuple[int, ...], dict[int, tuple[int, str]]]:
    """Return who waits, and what everybody is paid and why after the second pass."""
    compiled = compile_cycle(rulebook, month=MONTH)
    tables = shard(rulebook, homes)
    with connect(threads=1) as connection:
        first = calculate_tables(connection, compiled, tables, ["queue"])["queue"]
        waiting = queue(rulebook, MONTH, first).waiting
        events = [tables["event"], waiting_events(rulebook, MONTH, waiting)]
        again = {**tables, "event": pa.concat_tables(events)}
        second = calculate_tables(connection, compiled, again, ["household"])["household"]
    paid = {
        row["household_id"]: (row["pay_now"] // 100, row["standing_reason"])
        for row in second.to_pylist()
    }
    return tuple(sorted(one.household_id for one in waiting)), paid


DAY = date(2024, 1, 1)
LATER = date(2024, 2, 1)
HOMES = [
    (4, 0, LATER, True),  # enrolled: served first, 400
    (4, 4000, LATER, False),  # ten a head
    (3, 3000, DAY, False),  # ten a head, applied first
    (2, 10000, DAY, False),  # fifty a head
    (1, 9900, DAY, False),  # ninety-nine a head
]


def test_those_enrolled_come_first_then_the_poorest_then_who_applied_first() -> None:
    waiting, paid = both_passes(law(), HOMES)
    assert waiting == (2, 4, 5)  # 400 + 300; the four of household 2 would make it 1,100
    assert paid == {
        1: (400, "full"),
        2: (0, "no_money_left"),
        3: (300, "full"),
        4: (0, "no_money_left"),
        5: (0, "no_money_left"),
    }


def test_a_queue_that_skips_admits_a_smaller_household_further_down() -> None:
    waiting, paid = both_passes(law(when_full="skip"), HOMES)
    assert waiting == (2,)
    assert {number: amount for number, (amount, _) in paid.items()} == {
        1: 400,
        2: 0,
        3: 300,
        4: 200,
        5: 100,
    }


def test_where_everybody_queues_an_enrolled_household_may_wait_and_stays_enrolled() -> None:
    homes = [(9, 90000, DAY, True), (4, 0, DAY, False)]
    waiting, paid = both_passes(law(of="all"), homes)
    assert waiting == (1,)
    assert paid[1] == (0, "no_money_left")
    assert paid[2] == (400, "full")


@given(costs=st.lists(st.integers(1, 9), max_size=30), skip=st.booleans(), order=st.randoms())
def test_a_queue_never_spends_more_and_never_passes_over_who_fits(
    costs: list[int], *, skip: bool, order: Any
) -> None:
    rows = [
        {"household_id": n, "enrolled": 0, "cost": cost * 10000, "order_1": n // 3}
        for n, cost in enumerate(costs, start=1)
    ]
    order.shuffle(rows)
    columns = ("household_id", "enrolled", "cost", "order_1")
    table = pa.table({name: pa.array([r[name] for r in rows], pa.int64()) for name in columns})
    found = queue(law(when_full="skip" if skip else "stop"), MONTH, table)
    left, waits = 10, set()
    for number, cost in enumerate(costs, start=1):
        if cost > left or (waits and not skip):
            waits.add(number)
        else:
            left -= cost
    assert {one.household_id for one in found.waiting} == waits
    assert [one.place for one in found.waiting] == sorted(one.household_id for one in found.waiting)
    assert found.spent_minor == (10 - left) * 10000 <= found.ceiling_minor


def test_who_returns_in_time_and_then_the_order_of_the_codes_decide_the_queue() -> None:
    text = TEXT.replace(
        "parameters:",
        "attributes: {household: {need: {type: code, values: [most, some, none], absent: none}}}\n"
        "parameters:",
        1,
    )
    text = text.replace("keep: same}", "keep: same, return_priority: {months: 12, after: [gone]}}")
    text = text.replace("queue: [per_capita_income ASC,", "queue: [need ASC,")
    rulebook = parse(text, file="queue_grant.yaml")
    day = date(2024, 4, 1)
    tables = shard(rulebook, [(1, 0, day, False)] * 4)
    needs = pa.array(["none", "some", "most", "none"])
    homes = tables["household"]
    place = homes.column_names.index("need")
    tables["household"] = homes.set_column(place, "need", needs)
    past = {"ladder": "standing", "subject_id": 0, "cycle_month": MONTH.number - 1}
    zero = {f"counter_{n}": 0 for n in (1, 2, 3)}
    rows = [
        {**past, **zero, "household_id": 1, "state": "gone", "since_month": MONTH.number - 13},
        {**past, **zero, "household_id": 4, "state": "gone", "since_month": MONTH.number - 12},
    ]
    tables["state"] = pa.Table.from_pylist(rows, schema=shard_schemas(rulebook)["state"])
    with connect(threads=1) as connection:
        compiled = compile_cycle(rulebook, month=MONTH)
        found = calculate_tables(connection, compiled, tables, ["queue"])["queue"]
    order = sorted(found.to_pylist(), key=lambda row: (row["order_1"], row["order_2"]))
    assert [row["household_id"] for row in order] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("of", "when_full", "counts"),
    [
        ("applicants", "stop", "gross"),
        ("applicants", "skip", "pay_now"),
        ("all", "stop", "pay_now"),
        ("all", "skip", "gross"),
    ],
)
def test_a_random_queue_is_read_plainly_as_well(of: str, when_full: str, counts: str) -> None:
    """Who waits, where, for how much, and what becomes of everybody then."""
    said = {"of": of, "when_full": when_full, "counts": counts, "standing": RETURN, "queue": ORDER}
    cycle = MONTH.number
    rich = law(**said, ceiling=CEILING.format(10**6))
    drawn = households(PlainLaw(rich.text), rich.text, cycle, seed=len(repr(said)), count=80)
    _, all_of_it = waiting(PlainLaw(rich.text), drawn, cycle)
    part = all_of_it // 100 * (50 if of == "all" else 94) // 100
    rulebook = law(**said, ceiling=CEILING.format(part))
    plainly = PlainLaw(rulebook.text)
    compiled = compile_cycle(rulebook, month=MONTH)
    with connect(threads=1) as connection:
        tables = oracle_shard(rulebook, drawn)
        rows = calculate_tables(connection, compiled, tables, ["queue"])["queue"]
    found = queue(rulebook, MONTH, rows)
    waits, spent = waiting(plainly, drawn, cycle)
    assert (found.waiting, found.spent_minor) == (tuple(waits), spent)
    queued = [r for r in rows.to_pylist() if r["cost"] > 0 and (of == "all" or not r["enrolled"])]
    assert 0 < len(waits) < len(queued)
    events = waiting_events(rulebook, MONTH, found.waiting)
    tables["event"] = pa.concat_tables([tables["event"], events])
    for one in waits:
        wait(drawn[one.household_id - 1], one.household_id, cycle)
    plain = {h["household"][0]["household_id"]: calculate(plainly, home(h), cycle) for h in drawn}
    assert told(on_duckdb(compiled, tables), cycle) == plain


def test_a_law_without_a_budget_has_no_queue() -> None:
    with pytest.raises(LookupError, match="no `budget`"):
        queue(programme("dilli_annashree"), MONTH, pa.table({"cost": pa.array([], pa.int64())}))
