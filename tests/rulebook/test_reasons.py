"""The reason a line tells decides when its money goes out: no other reason may hide it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook import Month, Rulebook, compile_cycle

from .drawn.compared import on_duckdb
from .drawn.family import family, law, paid, remember
from .drawn.memory import carry
from .oracle import PlainLaw
from .oracle.households import put, shard

if TYPE_CHECKING:
    from .oracle.households import Rows

AMOUNT = """
parameters:
  hundred: {type: money, values: [{from: 2020-01-01, value: 100, law: s}]}
"""
NOBODY_YET = """
payee: [{where: event('named'), by: [birth_date ASC]}]
"""


def lines(rulebook: Rulebook, month: str, rows: Rows) -> list[dict[str, Any]]:
    """Return a cycle's lines, read both ways, and let the next cycle find what is open."""
    cycle = Month.parse(month)
    paid(rulebook, month, rows)
    outlets = on_duckdb(compile_cycle(rulebook, month=cycle), shard(rulebook, [rows]))
    carry(PlainLaw(rulebook.text), rulebook.text, [rows], outlets, cycle.number, seed=1)
    rows["fact"].clear()  # nothing is ever reported
    return outlets["line"]


def told(found: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    return [(line["source"], line["due"], line["reason_code"]) for line in found]


def halved(*, months: int, first: str = "") -> Rulebook:
    """A hundred for each child, kept from pupils for some months, and a half of all taken off."""
    kid = "{code: KID, each: member, amount: hundred, law: s}"
    fee = "{code: FEE, each: household, kind: deduction, amount: 'share(subtotal, half)', law: s}"
    return law(
        AMOUNT
        + f"""
  half: {{type: percent, values: [{{from: 2020-01-01, value: 50 %, law: s}}]}}
ladders:
  pupil:
    each: member
    applies_to: [KID]
    states:
      none: {{money: none}}
      kept: {{money: hold, months: {months}, then: none, release: next_cycle}}
    steps: [{{from: [none], when: "FALSE", to: kept}}]
components: [{", ".join(filter(None, (first, kid, fee)))}]
"""
    )


def decide(rows: Rows, code: str, since: str) -> None:
    """Record a decision of the household."""
    event = {"household_id": 1, "subject_id": 0, "code": code, "detail": ""}
    rows["event"].append(event | {"from_month": Month.parse(since).number, "until_month": None})
    put(rows["event"][-1], "on_date", None)


def test_what_an_officer_must_look_at_is_not_paid_as_soon_as_there_is_a_payee() -> None:
    """It said `no_payee`, and went out with the first payee, looked at or not."""
    rulebook = law(
        AMOUNT
        + NOBODY_YET
        + """
stops:
  - {name: young, each: member, when: age_at(cycle.first_day) < 10, money: hold, lines: all,
     alert: YOUNG}
components: [{code: A, each: member, amount: hundred, law: s}]
"""
    )
    rows = family("2020-01-01")
    assert told(lines(rulebook, "2024-01", rows)) == [("due", 10000, "stop:young")]
    decide(rows, "named", "2024-02")
    assert told(lines(rulebook, "2024-02", rows)) == [("due", 10000, "stop:young")]
    decide(rows, "cleared_young", "2024-03")
    assert told(lines(rulebook, "2024-03", rows)) == [
        ("due", 10000, ""),
        ("released", 10000, "held:stop:young"),
        ("released", 10000, "held:stop:young"),
    ]


def test_what_waits_for_a_report_is_not_paid_as_soon_as_there_is_a_payee() -> None:
    rulebook = law(
        AMOUNT
        + NOBODY_YET
        + """
facts: {visit: {of: household, per: month, measure: count}}
windows: {now: {observe: month}}
conditions:
  visited: {each: household, fact: visit, window: now, at_least: 1, missing: hold,
    hold: {cycles: 2, then: forfeit}, breach: {forfeit: [A], scope: household}}
components: [{code: A, each: household, amount: hundred, law: s}]
"""
    )
    rows = family("2010-01-01")
    assert told(lines(rulebook, "2024-01", rows)) == [("due", 10000, "missing:visited")]
    decide(rows, "named", "2024-02")
    assert told(lines(rulebook, "2024-02", rows)) == [("due", 10000, "missing:visited")]


def test_late_money_that_waits_for_a_new_payee_says_so_and_is_paid_to_him() -> None:
    """It said `recertify:hold`, which nothing ends in a law without `recertify`."""
    rulebook = law(
        AMOUNT
        + """
arrears: {entitled_from: enrolment, most: 1 months, conditions: deemed, law: s}
components: [{code: A, each: household, months: each, amount: hundred, law: s}]
""",
        new_payee="next_cycle",
    )
    rows = family("1980-01-01", "1990-01-01")
    put(rows["household"][0], "entitled_from", date(2023, 12, 1))
    put(rows["member"][0], "died_on", date(2023, 12, 15))
    remember(rows, "payee", "named", "2023-12", counter_1=1)
    assert told(lines(rulebook, "2024-01", rows)) == [
        ("due", 10000, "new_payee"),
        ("arrears", 10000, "new_payee"),
    ]
    assert told(lines(rulebook, "2024-02", rows)) == [
        ("due", 10000, ""),
        ("released", 10000, "held:new_payee"),
        ("released", 10000, "held:new_payee"),
    ]


def test_what_is_left_of_a_reduced_line_says_what_it_waits_for_and_goes_out_when_that_is_over() -> (
    None
):
    """It said the ladder's reduction, which is never over: the rest was never paid."""
    rulebook = law(
        AMOUNT
        + NOBODY_YET
        + """
ladders:
  steps: {each: household, applies_to: all,
    states: {none: {money: none}, less: {money: reduce, by: 25 %}},
    memory: {months: 6, from: effect_start, then: none},
    steps: [{from: [none], when: "FALSE", to: less}]}
components:
  - {code: A, each: household, amount: hundred, law: s}
  - {code: B, each: member, amount: hundred, law: s}
"""
    )
    rows = family("1980-01-01")
    remember(rows, "steps", "less", "2023-12")
    assert told(lines(rulebook, "2024-01", rows)) == [
        ("due", 10000, "ladder:steps:less+no_payee"),
        ("due", 10000, "ladder:steps:less+no_payee"),
    ]
    decide(rows, "named", "2024-02")
    assert told(lines(rulebook, "2024-02", rows)) == [
        ("due", 10000, "ladder:steps:less"),
        ("due", 10000, "ladder:steps:less"),
        ("released", 7500, "held:no_payee"),
        ("released", 7500, "held:no_payee"),
    ]


def test_a_deduction_waits_and_goes_out_with_the_lines_it_deducts_from() -> None:
    """Its part had no reason and stayed behind: the family was paid the child's line in full."""
    rulebook = halved(months=1, first="{code: A, each: household, amount: hundred, law: s}")
    rows = family("2010-01-01", "2012-01-01")
    remember(rows, "pupil", "kept", "2024-01", subject_id=2, until_month=24288)
    first = lines(rulebook, "2024-01", rows)
    assert [(line["component"], line["held"], line["reason_code"]) for line in first] == [
        ("A", 0, ""),
        ("KID", 0, ""),
        ("KID", 10000, "ladder:pupil:kept"),
        ("FEE", -5000, "ladder:pupil:kept"),
    ]
    second = lines(rulebook, "2024-02", rows)
    assert [(line["component"], line["due"]) for line in second if line["source"] != "due"] == [
        ("KID", 10000),
        ("FEE", -5000),
    ]


def test_a_deduction_waits_until_the_last_of_its_lines_goes_out() -> None:
    """It went out alone, before the line it deducts from."""
    rulebook = halved(months=3)
    rows = family("2010-01-01", "2012-01-01")
    remember(rows, "pupil", "kept", "2024-01", subject_id=1, until_month=24288)
    remember(rows, "pupil", "kept", "2024-01", subject_id=2, until_month=24289)
    went: list[list[tuple[str, int]]] = []
    for month in ("2024-01", "2024-02", "2024-03"):
        found = [line for line in lines(rulebook, month, rows) if line["source"] == "released"]
        went.append([(line["component"], line["due"]) for line in found])
    assert went == [
        [],
        [("KID", 10000)],
        [("KID", 10000), ("KID", 10000), ("FEE", -10000), ("FEE", -5000)],
    ]
