"""No amount of a law can go below zero: one that could is refused before it pays anybody."""

from __future__ import annotations

import pytest

from cct_engine.rulebook import Month, compile_cycle, parse
from cct_engine.rulebook.check_amounts import below_zero

from .drawn.compared import on_duckdb
from .drawn.law import draw_law
from .oracle import PlainLaw
from .oracle.households import households, shard
from .test_drawn_laws import SEEDS

FIGURES = ("gross", "arrears", "released", "pay_now", "held", "withheld", "forfeited")

LAW = """\
programme: gap_grant
title: Gap grant
currency: INR
cycle: {every: month}
conventions: {leap_birthday: mar_1, month_of_death: due, entry_month: full, exit_month: full,
  new_payee: at_once, rounding: {mode: half_up, unit: 0.01}}
attributes:
  household: {before: {type: money, absent: 0}, debt: {type: money, absent: -5},
    children: {type: int, absent: 0}, since_on: {type: date, absent: cycle}}
facts: {libreta: {of: member, per: year, measure: date}}
parameters:
  floor: {type: money, values: [{from: 2020-01-01, value: 300.00, law: "art. 1"}]}
  line: {type: money, values: [{from: 2020-01-01, value: 200.00, law: "art. 1"}]}
  fee: {type: money, values: [{from: 2020-01-01, value: 30.00, law: "art. 1"}]}
  back: {type: money, values: [{from: 2020-01-01, value: -30.00, law: "art. 1"}]}
  kept: {type: money, fixed_by: household.since_on, values: [
    {from: 2020-01-01, value: 10.00, law: "art. 1"}, {from: 2023-01-01, value: 20.00, law: "s"}]}
  half: {type: percent, values: [{from: 2020-01-01, value: 50 %, law: "art. 1"}]}
  fifth: {type: percent, values: [{from: 2020-01-01, value: 20 %, law: "art. 1"}]}
  double: {type: percent, values: [{from: 2020-01-01, value: 200 %, law: "art. 1"}]}
tables:
  rates: {keys: [children], type: money, missing: 0, values: [
    {from: 2020-01-01, law: s, rows: {1: 5.00, 2: -1.00}}]}
definitions:
  gap: floor * household.size - household.income_total
  poor: gap > 0 AND household.urban
standing: {apply: "TRUE", keep: same}
components:
  - {code: BASE, each: household, amount: fee, law: s}
  - {code: KID, each: member, amount: fee, law: s}
  - PUT
payee: [{where: "TRUE", by: [birth_date ASC]}]
calendar: {days: {last: 1, business: IN}}
unclaimed: [{channel: any, after: never, law: s}]
"""
OWN = 'each: household, where: "{0}", amount: "{1}"'
OFF = 'each: household, kind: deduction, where: "{0}", amount: "{1}"'


def told(put: str, more: str = "", *, base: str = LAW, month: str = "2024-05") -> list[str]:
    """Return what is told of a component put into the law."""
    text = base.replace("- PUT", f"- {{code: PUT, {put}, law: s}}") + more
    law = parse(text, file="gap.yaml")
    return [
        f"{one.code} {one.message} {one.instead}" for one in below_zero(law, Month.parse(month))
    ]


@pytest.mark.parametrize(
    ("where", "amount"),
    [
        ("TRUE", "at_least(floor - household.income_total, 0)"),
        ("TRUE", "top_up(household.income_total, floor)"),
        ("household.income_total < floor", "floor - household.income_total"),
        ("NOT household.income_total > floor", "floor - household.income_total"),
        ("household.income_total BETWEEN line AND floor", "floor - household.income_total"),
        ("gap > 0", "gap"),
        ("poor", "share(gap, half)"),
        ("poor", "share(gap, half, down, 5.00)"),
        # A line that is lower than the one the gap is counted from.
        (
            "household.income_total + BASE <= line * household.size",
            "round_to(gap - BASE, 5.00, up)",
        ),
        ("TRUE", "round_to(BASE + KID, 100.00, up) - BASE - KID"),
        ("TRUE", "BASE - share(BASE, half)"),
        # What is rounded up from a half is no more than twice that half.
        ("TRUE", "BASE - share(BASE, half, half_up, 5.00)"),
        ("TRUE", "floor - line"),
        ("TRUE", "floor - kept"),
        ("TRUE", "CASE WHEN gap > 0 THEN gap ELSE 0 END"),
        ("TRUE", "CASE WHEN gap <= 0 THEN fee ELSE at_most(gap, fee) END"),
        ("TRUE", "fee * at_least(household.children, 0) + share(household.before, half)"),
        ("household.children >= 1", "fee * (household.children - 1)"),
        ("household.since_on <= cycle.first_day", "fee * months_since(household.since_on)"),
        ("TRUE", "fee * at_least(months_since(household.since_on), 0)"),
        ("TRUE", "fee * count_of(members, age_at(cycle.first_day) < 18)"),
        ("TRUE", "sum_of(members, CASE WHEN pregnant THEN floor - line ELSE fee END)"),
        ("TRUE", "at_least(paid_sum(BASE) - floor, 0) + balance('held', BASE)"),
    ],
)
def test_an_amount_that_is_kept_from_zero_is_no_mistake(where: str, amount: str) -> None:
    assert told(OWN.format(where, amount)) == []


@pytest.mark.parametrize(
    ("where", "amount"),
    [
        ("TRUE", "floor - household.income_total"),
        ("household.income_total <= floor", "line - household.income_total"),
        ("household.income_total > line", "floor - household.income_total"),
        ("gap >= 0 OR household.urban", "gap"),
        ("TRUE", "share(gap, half)"),
        ("TRUE", "BASE - share(BASE, double)"),
        ("TRUE", "BASE - share(BASE, half, up, 5.00)"),
        ("TRUE", "round_to(BASE + KID, 100.00, down) - BASE - KID"),
        ("TRUE", "line - floor"),
        ("TRUE", "back"),
        ("TRUE", "kept - fee"),
        ("TRUE", "0 - fee"),
        ("TRUE", "household.debt"),
        ("TRUE", "lookup(rates, household.children)"),
        ("TRUE", "at_most(gap, fee)"),
        ("TRUE", "CASE WHEN gap > 0 THEN fee ELSE gap END"),
        ("TRUE", "fee * months_since(household.since_on)"),
        # Nothing says that a feed brings no -1.
        ("TRUE", "fee * household.children"),
        ("TRUE", "sum_of(members, line - floor, pregnant)"),
        ("TRUE", "balance('held', BASE) - fee"),
    ],
)
def test_an_amount_that_nothing_keeps_from_zero_is_refused(where: str, amount: str) -> None:
    assert told(OWN.format(where, amount)) == [
        (
            f"RB-056 `PUT` can go below 0: nothing keeps `{amount}` from it. "
            f"at_least({amount}, 0), or a `where` under which it is 0 or more."
        )
    ]


@pytest.mark.parametrize(
    ("where", "amount"),
    [
        ("TRUE", "at_most(fee, subtotal)"),
        ("household.urban", "share(subtotal, half)"),
        ("TRUE", "subtotal - share(subtotal, half)"),
        ("TRUE", "at_most(at_least(household.before - fee, 0), subtotal)"),
        ("TRUE", "CASE WHEN household.urban THEN at_most(fee, subtotal) ELSE 0 END"),
        ("subtotal >= fee", "at_most(subtotal - fee, fee)"),
    ],
)
def test_a_deduction_of_no_more_than_its_lines_is_no_mistake(where: str, amount: str) -> None:
    assert told(OFF.format(where, amount)) == []


@pytest.mark.parametrize(
    ("where", "amount"),
    [
        ("TRUE", "fee"),
        ("TRUE", "share(BASE, half)"),
        ("TRUE", "share(subtotal, double)"),
        ("subtotal >= fee", "floor"),
        ("TRUE", "share(subtotal, half, up, 10.00)"),
    ],
)
def test_a_deduction_that_can_take_more_than_its_lines_is_refused(where: str, amount: str) -> None:
    assert told(OFF.format(where, amount)) == [
        (
            "RB-057 Deduction `PUT` can take more than the lines above it come to. "
            f"at_most({amount}, subtotal)"
        )
    ]


@pytest.mark.parametrize(
    ("where", "amount"),
    [
        ("subtotal >= fee", "fee"),
        ("TRUE", "CASE WHEN subtotal > floor THEN fee ELSE 0 END"),
        ("TRUE", "round_to(share(subtotal, half), 10.00, down)"),
    ],
)
def test_a_deduction_that_takes_more_for_a_line_than_it_adds_is_refused(
    where: str, amount: str
) -> None:
    """What was lost with the line would be less than nothing."""
    assert told(OFF.format(where, amount)) == [
        (
            "RB-057 With deduction `PUT` a family could get more by losing a line: nothing keeps "
            "it from taking more for a line than the line adds. "
            "share(subtotal, …) or at_most(…, subtotal), without steps."
        )
    ]


@pytest.mark.parametrize(
    ("share", "amount", "wrong"),
    [
        ("fifth", "share(subtotal, fifth)", False),
        ("fifth", "share(subtotal, half)", True),
        ("half", "at_most(fee, subtotal)", True),
    ],
)
def test_a_deduction_leaves_what_waits_for_a_certificate(
    share: str, amount: str, *, wrong: bool
) -> None:
    waiting = (
        f"withholding: [{{name: w, of: [KID], share: {share}, balance_per: [member], law: s,\n"
        "  release: {by: libreta, not_before: 60 days}, deadline: never}]\n"
    )
    refused = (
        "RB-057 A share of `KID` waits for a certificate, and deduction `PUT` can take more than "
        "is paid of the lines above it. `PUT` above `KID`, or a smaller share."
    )
    assert told(OFF.format("TRUE", amount), waiting) == ([refused] if wrong else [])


def test_a_deduction_of_a_month_comes_before_one_of_the_whole_cycle() -> None:
    first = "code: OFF, each: household, kind: deduction, amount: subtotal, law: s"
    monthly = "each: household, kind: deduction, months: each, amount: subtotal"
    text = LAW.replace("  - PUT", f"  - {{{first}}}\n  - PUT")
    assert told(monthly, base=text) == [
        (
            "RB-057 `PUT` of each month does not see what `OFF` took from the cycle, and both "
            "together can take more than the lines come to. `PUT` above `OFF`, or both with "
            "`months: each`."
        )
    ]


def test_what_the_law_does_not_know_yet_is_not_due() -> None:
    assert told(OWN.format("TRUE", "line - floor"), month="2019-01") == []


def test_a_ceiling_below_what_one_component_always_comes_to_is_refused() -> None:
    cap = (
        "caps: [{name: c, of: [BASE, KID], per: cycle, at_most: CEILING, reduce: {lines: [KID], "
        "how: in_order, unit: 0.01, remainder: first, tie: [amount DESC]}, law: s}]\n"
    )
    put = OWN.format("TRUE", "line")
    assert told(put, cap.replace("CEILING", "line")) == []
    assert told(put, cap.replace("CEILING", '"share(line, half)"')) == []
    less = told(put, cap.replace("CEILING", "kept")) + told(put, cap.replace("CEILING", "back"))
    assert sorted(set(less)) == [
        (
            f"RB-036 Ceiling `c` allows less than `{code}` alone always comes to. "
            "A higher ceiling, or a smaller amount."
        )
        for code in ("BASE", "KID")
    ]


def test_random_laws_that_pass_the_check_pay_nothing_below_zero() -> None:
    """What the check shows of a law holds of its families: nothing paid, held or lost is a debt."""
    asked, below = 0, []
    for seed in SEEDS[:3]:
        text, cycle = draw_law(seed)
        law = parse(text, file="drawn.yaml")
        if list(below_zero(law, Month(cycle))):
            continue
        drawn = households(PlainLaw(text), text, cycle, seed=seed, count=25)
        rows = on_duckdb(compile_cycle(law, month=Month(cycle)), shard(law, drawn))["household"]
        figures = [(seed, key, row[key]) for row in rows for key in FIGURES]
        below += [figure for figure in figures if figure[2] < 0]
        asked += sum(figure[2] > 0 for figure in figures)
    assert below == []
    assert asked > 25
