"""One family written by hand: what it is paid by a small law, by the statement and plainly."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook import Month, Rulebook, compile_cycle, parse
from tests.rulebook.oracle import PlainLaw, calculate
from tests.rulebook.oracle.households import home, put, shard

from .compared import on_duckdb
from .told import told

if TYPE_CHECKING:
    from tests.rulebook.oracle.households import Rows

__all__ = ["HEAD", "family", "law", "paid", "remember"]

HEAD = """programme: small
title: Small
currency: INR
cycle: {every: month}
conventions: {leap_birthday: mar_1, month_of_death: due, entry_month: full, exit_month: full,
  new_payee: at_once, rounding: {mode: half_up, unit: 0.01}}
calendar: {days: {first: 1, business: IN}}
unclaimed: [{channel: any, after: never, law: "art. 9"}]
"""
"""What every small law begins with."""
_TABLES = "household member pregnancy fact event state balance history enrolled_elsewhere"


def law(text: str, *, unit: str = "0.01", new_payee: str = "at_once") -> Rulebook:
    """Return a small law: its own sections below the common head; ``unit``: it rounds to that."""
    start = HEAD.replace("unit: 0.01", f"unit: {unit}").replace("at_once", new_payee)
    for name, section in {
        "standing": "{apply: 'TRUE', keep: 'TRUE'}",
        "payee": "[{where: 'TRUE', by: [birth_date ASC]}]",
    }.items():
        start += "" if f"\n{name}:" in f"\n{text}" else f"{name}: {section}\n"
    return parse(start + text, file="small.yaml")


def family(*born: str, **more: Any) -> Rows:
    """Return a family enrolled since 2020 with members 1, 2, …; ``more``: attributes of its own."""
    rows: Rows = {name: [] for name in _TABLES.split()}
    rows["household"].append({"household_id": 1, "enrolment_id": 1, "enrolled": 1})
    rows["household"][0] |= {"income_total": 0, **more}
    put(rows["household"][0], "enrolled_on", date(2020, 1, 1))
    put(rows["household"][0], "updated_on", date(2023, 12, 1))
    for number, day in enumerate(born, start=1):
        member = {"household_id": 1, "member_id": number, "sex": "F"}
        put(member, "birth_date", date.fromisoformat(day))
        for name in ("joined_on", "left_on", "died_on"):
            put(member, name, None)
        rows["member"].append(member)
    return rows


def remember(rows: Rows, ladder: str, state: str, since: str, **more: Any) -> None:
    """Let the family remember a ladder's state."""
    month = Month.parse(since).number
    row = {"household_id": 1, "ladder": ladder, "subject_id": 0, "cycle_month": month}
    row |= {"state": state, "since_month": month, "last_effect_month": month}
    rows["state"].append(row | {f"counter_{n}": 0 for n in (1, 2, 3)} | more)


def paid(rulebook: Rulebook, month: str, rows: Rows) -> dict[str, Any]:
    """Return what the family gets; the statement and the plain reading must say the same."""
    cycle = Month.parse(month)
    compiled = compile_cycle(rulebook, month=cycle)
    found = told(on_duckdb(compiled, shard(rulebook, [rows])), cycle.number)[1]
    plain = calculate(PlainLaw(rulebook.text), home(rows), cycle.number)
    assert {k: (plain[k], found[k]) for k in plain if plain[k] != found[k]} == {}
    return found
