"""What random laws and broken files found, each reduced to the smallest law that shows it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlglot import exp

from cct_engine.rulebook import Month, Texts, compile_cycle, explain, parse
from cct_engine.rulebook.functions import FUNCTIONS
from cct_engine.rulebook.grammar import parse_expression

from .drawn.family import family, law, paid, remember
from .oracle.households import put, shard


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_function_of_the_language_is_mistaken_for_one_of_sql(name: str) -> None:
    """`months_between` was: the reference had it, and every law that used it was refused."""
    read = parse_expression(f"{name}(x, y)")
    assert isinstance(read, exp.Anonymous)
    assert read.this == name


_AMOUNTS = """
parameters:
  hundred: {type: money, values: [{from: 2020-01-01, value: 100, law: s}]}
  sixty: {type: money, values: [{from: 2020-01-01, value: 60, law: s}]}
  two: {type: int, values: [{from: 2020-01-01, value: 2, law: s}]}
"""
_OUT = """
ladders:
  steps: {each: household, applies_to: [PRIZE],
    states: {none: {money: none}, out: {money: not_due}},
    steps: [{from: [none], when: "FALSE", to: out}]}
components:
  - {code: PRIZE, each: member, amount: hundred, law: s}
  - {code: KID, each: member, amount: sixty, law: s}
"""


_LIMIT = """
limits:
  - {name: two, over: [PRIZE, KID], at_most: two, counts: claim, by: [amount DESC], law: s}
"""
_CAP = """
caps:
  - {name: all, of: [PRIZE, KID], per: cycle, at_most: sixty * 2, law: s,
     reduce: {lines: [PRIZE, KID], how: proportional, unit: 0.01, remainder: first,
       tie: [member_id ASC]}}
"""


@pytest.mark.parametrize("most", [_LIMIT, _CAP], ids=["limit", "cap"])
def test_what_a_ladder_makes_not_due_takes_nobodys_place(most: str) -> None:
    """The place under a limit and the share under a cap went to prizes that were not paid."""
    rows = family("2010-01-01", "2012-01-01")
    remember(rows, "steps", "out", "2023-12")
    found = paid(law(_AMOUNTS + _OUT + most), "2024-01", rows)
    assert [line[:5] for line in found["lines"]] == [
        ("KID", 1, 0, 24288, 6000),
        ("KID", 2, 0, 24288, 6000),
    ]


_ONE = "components: [{code: A, each: household, amount: hundred, law: s}]"


@pytest.mark.parametrize(
    "test",
    [
        "any_of(members, household.urban)",
        "all_of(members, household.size = 2)",
        "NOT any_of(members, event('x'))",
    ],
)
def test_members_may_read_their_household_before_it_is_added_up(test: str) -> None:
    """Such laws passed the check, and no engine could read their statement."""
    rulebook = law(_AMOUNTS + _ONE.replace("amount", f'where: "{test}", amount'))
    assert paid(rulebook, "2024-01", family("2010-01-01", "2012-01-01", urban=1))["gross"] == 10000


def test_the_list_of_payees_may_read_the_household() -> None:
    rulebook = law(
        f"{_AMOUNTS}{_ONE}\n"
        "payee: [{where: 'household.size = 3', by: [birth_date ASC]},"
        " {where: household.urban, by: [birth_date DESC]}]"
    )
    assert (
        paid(rulebook, "2024-01", family("2010-01-01", "2012-01-01", urban=1))["payee_person_id"]
        == 2
    )


def test_a_step_of_a_ladder_may_ask_for_the_standing() -> None:
    rulebook = law(
        f"{_AMOUNTS}{_ONE}\n"
        "ladders: {steps: {each: household, applies_to: all, states: {none: {money: none},"
        " out: {money: not_due}}, steps: [{from: [none], when: \"standing = 'full'\", to: out}]}}"
    )
    assert paid(rulebook, "2024-01", family("2010-01-01"))["gross"] == 0


def test_a_deduction_with_its_own_test_is_held_with_the_lines_above_it() -> None:
    """Its reason read a column that nothing had kept."""
    rulebook = law(
        f"{_AMOUNTS}components:\n  - {{code: A, each: member, amount: hundred, law: s}}\n"
        "  - {code: LESS, each: household, kind: deduction, amount: subtotal, law: s}\n"
        "stops: [{name: odd, each: household, when: 'household.size = 1', money: hold,"
        " lines: [LESS], alert: LOOK}]"
    )
    found = paid(rulebook, "2024-01", family("2010-01-01"))
    assert (found["gross"], found["pay_now"]) == (0, 0)


def test_nothing_is_taken_back_where_nothing_is_paid() -> None:
    """A deduction larger than the lines above it made the recovery negative, a present."""
    rulebook = law(
        f"{_AMOUNTS}components:\n  - {{code: A, each: household, amount: sixty, law: s}}\n"
        "  - {code: LESS, each: household, kind: deduction, amount: hundred, law: s}\n"
        "recovery: {most: 100 %, of: gross, order: oldest_first}"
    )
    rows = family("2010-01-01")
    keys = {"household_id": 1, "component": "A", "person_id": 0, "pregnancy_id": 0}
    months = {"for_month": 24280, "origin_month": 24280}
    rows["balance"].append(
        {**keys, **months, "kind": "recoverable", "amount": 500, "reason_code": "correction"}
    )
    assert paid(rulebook, "2024-01", rows)["recovery"] == 0


def test_what_is_not_due_is_read_as_nothing_by_the_components_below_it() -> None:
    below = "\n  - {code: SAME, each: member, amount: PRIZE, law: s}\n"
    rows = family("2010-01-01")
    remember(rows, "steps", "out", "2023-12")
    found = paid(law(_AMOUNTS + _OUT.rstrip() + below), "2024-01", rows)
    assert [line[0] for line in found["lines"]] == ["KID"]


def test_the_end_of_a_state_with_two_reasons_is_the_end_of_that_state_alone() -> None:
    """`until: a OR b` moved whoever passed `b`, from any state."""
    rulebook = law(
        f"{_AMOUNTS}{_ONE}\n"
        "ladders: {steps: {each: household, applies_to: all, states: {none: {money: none},"
        " kept: {money: hold, release: next_cycle, until: event('a') OR household.size = 1,"
        " then: none}, out: {money: not_due}}, steps:"
        " [{from: [none], when: breach, to: kept}, {from: [kept], when: breach, to: out}]}}"
    )
    rows = family("2010-01-01")
    remember(rows, "steps", "out", "2023-12")
    assert paid(rulebook, "2024-01", rows)["states"]["steps", 0][0] == "out"


def test_a_reason_that_refuses_everybody_in_a_month_is_told_to_everybody() -> None:
    refused = "unless: [{when: cycle.first_day >= DATE '2024-01-01', reason: over, law: s}], amount"
    found = paid(law(_AMOUNTS + _ONE.replace("amount", refused)), "2024-01", family("2010-01-01"))
    assert found["refused"] == [("A", 0, 0, 24288, "over")]


def test_a_member_whose_ladder_makes_a_line_not_due_is_told_no_other_reason() -> None:
    text = _OUT.replace("each: household, applies_to", "each: member, applies_to")
    refused = "unless: [{when: household.size = 1, reason: alone, law: s}], amount: hundred"
    rows = family("2010-01-01")
    remember(rows, "steps", "out", "2023-12", subject_id=1)
    rulebook = law(_AMOUNTS + text.replace("amount: hundred", refused))
    assert paid(rulebook, "2024-01", rows)["refused"] == []


def test_what_only_classifies_a_household_never_holds_its_money() -> None:
    """An attribute that must be known held everybody whose class was not known."""
    rulebook = law(
        f"{_AMOUNTS}{_ONE}\nattributes: {{household: {{roof: {{type: int, absent: error}}}}}}\n"
        "targeting: {poor: {value: roof < 2, law: s}}"
    )
    assert paid(rulebook, "2024-01", family("2010-01-01"))["held"] == 0


@pytest.mark.parametrize(
    ("test", "answer"),
    [
        ("any_of(members, age_at(cycle.first_day) < 18)", 1),
        ("all_of(members, age_at(cycle.first_day) < 18)", 0),
        ("CASE WHEN household.size = 2 THEN event('flood') ELSE in_programme('other') END", 0),
    ],
)
def test_a_household_may_be_classified_by_whatever_is_true_of_it(test: str, answer: int) -> None:
    """A function that tests was refused where its answer alone was asked for."""
    rulebook = law(f'{_AMOUNTS}{_ONE}\ntargeting: {{poor: {{value: "{test}", law: s}}}}')
    compiled = compile_cycle(rulebook, month=Month.parse("2024-01"))
    tables = shard(rulebook, [family("1990-01-01", "2012-01-01")])
    told = explain(compiled, tables, 1, rulebook=rulebook, texts=Texts("en", {}))
    assert told.decided["poor target"] == answer


_LATE = """
arrears: {entitled_from: enrolment, most: 2 months, conditions: deemed, law: s}
components: [{code: A, each: household, law: s, months: each,
  amount: "CASE WHEN max_of(members, two, age_at(month.first_day) < 1) = two
           THEN hundred ELSE sixty END"}]
"""


@pytest.mark.parametrize(("entitled", "held"), [(24286, True), (24287, False)])
def test_the_largest_of_nobody_holds_a_month_that_is_paid_late(entitled: int, held: bool) -> None:  # noqa: FBT001 - a case
    """In November nobody was under one yet: 24286 is that month, 24287 December."""
    rows = family("1990-01-01", "2023-11-20", entitled_from_month=entitled)
    rows["household"][0] |= {"enrolled_on_month": 24288}
    rows["member"][1] |= {"joined_on_month": 24287, "joined_on": date(2023, 12, 1)}
    found = paid(law(_AMOUNTS + _LATE), "2024-01", rows)
    assert (found["held"] > 0) == held


_EXPECTING = """
arrears: {entitled_from: enrolment, most: 2 months, conditions: deemed, law: s}
components: [{code: A, each: household, months: each, law: s, amount: hundred,
  where: "any_of(pregnancies, lmp_on < month.first_day)"}]
"""


@pytest.mark.parametrize("counted", ["", "household.urban AND joined_on <= cycle.last_day"])
def test_a_pregnancy_counts_in_an_earlier_month_if_its_mother_did(counted: str) -> None:
    """She came on 1 December: nothing is due for November."""
    rows = family("1990-01-01", "1995-01-01", entitled_from_month=24286, urban=1)
    rows["household"][0] |= {"enrolled_on_month": 24288}
    rows["member"][1] |= {"joined_on_month": 24287, "joined_on": date(2023, 12, 1)}
    rows["pregnancy"].append({"household_id": 1, "pregnancy_id": 7, "member_id": 2})
    rows["pregnancy"][0] |= {"lmp_on": date(2023, 10, 1), "lmp_on_month": 24285}
    rulebook = law(_AMOUNTS + _EXPECTING)
    if counted:
        text = rulebook.text.replace("new_payee:", f'counted: "{counted}", new_payee:')
        rulebook = parse(text, file="small.yaml")
    found = paid(rulebook, "2024-01", rows)
    assert [line[3] for line in (*found["late"], *found["lines"])] == [24287, 24288]


@pytest.mark.parametrize(
    ("test", "gross"),
    [
        ("event_on('notice') < cycle.first_day", 10000),
        ("event_on('notice') = DATE '2023-12-10'", 10000),
        ("event_on('never_was') > cycle.last_day", 10000),
        ("event('moved_on') OR event('first_month')", 0),
        ("days_between(enrolled_on, event_on('notice')) < 30", 0),
        ("days_between(DATE '2023-12-01', event_on('notice')) = 9", 10000),
        ("months_since(noticed) = 1", 10000),
        ("months_since(CASE WHEN household.size = 1 THEN noticed ELSE enrolled_on END) = 1", 10000),
    ],
)
def test_the_day_of_a_decision_is_a_date_like_any_other(test: str, gross: int) -> None:
    """Only `months_since(event_on(…))` was compiled, and no day that had a name of its own."""
    one = _ONE.replace("amount", f'where: "{test}", amount')
    rows = family("1990-01-01")
    event = {"household_id": 1, "subject_id": 0, "code": "notice", "from_month": 24287}
    rows["event"].append({**event, "until_month": None, "for_month": None, "detail": ""})
    put(rows["event"][0], "on_date", date(2023, 12, 10))
    rulebook = law(f"{_AMOUNTS}definitions: {{noticed: event_on('notice')}}\n{one}")
    assert paid(rulebook, "2024-01", rows)["gross"] == gross


_ASKED = """
attributes: {household: {roof: {type: int, absent: error}}}
facts: {visit: {of: household, per: month, measure: count}}
windows: {spring: [{observe: Apr..May, judge: Jul, year: same}], each: {observe: month}}
conditions:
  seen: {each: household, fact: visit, window: spring, at_least: two, missing: met,
    breach: {forfeit: [A], scope: household}}
  other: {each: household, where: "%s", fact: visit, window: each, at_least: two, missing: met,
    breach: {forfeit: [A], scope: household}}
components:
  - {code: A, each: household, amount: hundred, law: s}
  - {code: B, each: household, where: "%s", amount: hundred, law: s}
"""


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ("TRUE", "is_met(seen) AND roof > 2"),
        ("TRUE", "NOT is_judged(seen) OR roof > 2"),
        ("is_judged(seen) AND household.roof > 2", "TRUE"),
    ],
)
@pytest.mark.parametrize(("month", "held"), [("2024-01", False), ("2024-07", True)])
def test_what_only_a_verdict_asks_for_need_not_be_known_where_nobody_is_judged(
    other: str, where: str, month: str, *, held: bool
) -> None:
    """The plain reading held the money in every month."""
    found = paid(law(_AMOUNTS + _ASKED % (other, where)), month, family("1990-01-01"))
    assert (found["held"] > 0) == held


_WHOLE = """
  whole: {type: percent, values: [{from: 2020-01-01, value: 100 %, law: s}]}
facts: {paper: {of: household, per: year, measure: date}}
components: [{code: A, each: household, amount: sixty, law: s}]
withholding:
  - {of: [A], name: kept, share: whole, balance_per: [household], deadline: never,
     release: {by: paper, not_before: 0 days}, law: s}
"""


def test_a_part_rounded_to_a_large_unit_is_no_more_than_the_whole() -> None:
    """All of 60, withheld in full hundreds, was 100: the family was to pay 40."""
    found = paid(law(_AMOUNTS.rstrip() + _WHOLE, unit="100"), "2024-01", family("2010-01-01"))
    assert (found["withheld"], found["pay_now"]) == (6000, 0)


_TWO_MONTHS = """
facts: {visit: {of: household, per: month, measure: count}}
windows: {now: {observe: month}}
conditions:
  visits: {each: household, fact: visit, window: now, at_least: two, missing: hold,
    hold: {cycles: 2, then: forfeit}, breach: {forfeit: [A], scope: household}}
"""


def test_money_that_waits_for_two_months_is_not_released_by_the_report_of_one() -> None:
    text = law(_AMOUNTS + _TWO_MONTHS + _ONE).text.replace("every: month", _EVERY_TWO)
    rows = family("2010-01-01")
    keys = {"household_id": 1, "component": "A", "person_id": 0, "pregnancy_id": 0}
    held = {**keys, "for_month": 24286, "origin_month": 24286, "kind": "held", "amount": 500}
    rows["balance"].append({**held, "reason_code": "missing:visits"})
    visit = {"household_id": 1, "member_id": 0, "kind": "visit", "denominator": 1, "reason": ""}
    rows["fact"].append({**visit, "month": 24286, "numerator": 2, "waived": 0})
    assert paid(parse(text, file="small.yaml"), "2024-01", rows)["released"] == 0
    rows["fact"].append({**visit, "month": 24287, "numerator": 2, "waived": 0})
    assert paid(parse(text, file="small.yaml"), "2024-01", rows)["released"] == 500


_EVERY_TWO = "every: two_months, starts: [Jan, Mar, May, Jul, Sep, Nov]"


def test_a_ceiling_reads_what_is_due_before_any_ceiling() -> None:
    caps = """
caps:
  - {name: first, of: [KID], per: cycle, at_most: sixty, law: s, reduce: {lines: [KID],
     how: in_order, unit: 0.01, remainder: first, tie: [member_id ASC]}}
  - {name: second, of: [PRIZE], per: cycle, at_most: KID, law: s, reduce: {lines: [PRIZE],
     how: in_order, unit: 0.01, remainder: first, tie: [member_id ASC]}}
"""
    rows = family("2010-01-01", "2012-01-01")
    assert paid(law(_AMOUNTS + _OUT + caps), "2024-01", rows)["gross"] == 6000 + 12000


_CHANGING = """
parameters:
  hundred: {type: money, values: [{from: 2020-01-01, value: 100, law: s}]}
  few: {type: int, values: [{from: 2020-01-01, value: 1, law: s}, {from: 2024-02-01, value: 2,
    law: s}]}
components:
  - {code: KID, each: member, months: each, amount: hundred, law: s}
"""
_FEW = """
limits:
  - {name: few, over: [KID], at_most: few, counts: claim, by: [amount DESC], law: s}
"""


@pytest.mark.parametrize(
    ("text", "gross"),
    [
        (_FEW, 30000),
        ("", 40000),
    ],
    ids=["limit", "instalments"],
)
def test_a_number_that_changes_in_the_middle_of_a_cycle_counts_from_its_month(
    text: str, gross: int
) -> None:
    """One may be paid in January, two in February: the number of January held for both."""
    more = "" if text else "instalments: {most: few, counted: due}, "
    changed = _CHANGING.replace("months: each", f"{more}months: each") + text
    rulebook = law(changed).text.replace("every: month", _EVERY_TWO)
    rows = family("2010-01-01", "2012-01-01")
    assert paid(parse(rulebook, file="small.yaml"), "2024-01", rows)["gross"] == gross


def test_a_ceiling_over_lines_that_another_cut_to_nothing_leaves_nothing() -> None:
    """Nothing is left to divide: DuckDB may divide before it asks whether there is anything."""
    caps = """
caps:
  - {name: month, of: [PRIZE, KID], per: month, at_most: nothing, law: s, reduce: {
     lines: [PRIZE, KID], how: proportional, unit: 0.01, remainder: last, tie: [member_id ASC]}}
  - {name: cycle, of: [PRIZE, KID], per: cycle, at_most: sixty, law: s, reduce: {
     lines: [PRIZE, KID], how: proportional, unit: 0.01, remainder: last, tie: [member_id ASC]}}
"""
    nothing = "  nothing: {type: money, values: [{from: 2020-01-01, value: 0, law: s}]}\n"
    rows = family("2010-01-01", "2012-01-01")
    assert paid(law(_AMOUNTS + nothing + _OUT + caps), "2024-01", rows)["gross"] == 0


def test_money_of_a_month_that_waits_for_two_reports_is_not_released_by_one() -> None:
    """A table may judge several months in one; each is asked for by itself."""
    text = _TWO_MONTHS.replace("{observe: month}", "[{observe: Oct..Nov, judge: Dec}]")
    text = text.replace("at_least: two", "at_least: two, grain: month")
    text = text.replace("scope: household}", "scope: household_month}")
    rulebook = law(_AMOUNTS + text + _ONE.replace("amount", "months: each, amount"))
    rows = family("2010-01-01")
    keys = {"household_id": 1, "component": "A", "person_id": 0, "pregnancy_id": 0}
    held = {**keys, "for_month": 24287, "origin_month": 24287, "kind": "held", "amount": 500}
    rows["balance"].append({**held, "reason_code": "missing:visits"})
    visit = {"household_id": 1, "member_id": 0, "kind": "visit", "denominator": 1, "reason": ""}
    for month, released in ((24285, 0), (24286, 500)):
        rows["fact"].append({**visit, "month": month, "numerator": 2, "waived": 0})
        assert paid(rulebook, "2024-01", rows)["released"] == released


_TWO_CAPS = """
parameters:
  hundred: {type: money, values: [{from: 2020-01-01, value: 100, law: s}]}
  lower: {type: money, values: [{from: 2020-01-01, value: 133, law: s}]}
components: [{code: PRIZE, each: member, amount: hundred, law: s}]
caps:
  - {name: first, of: [PRIZE], per: cycle, at_most: hundred * 2, law: s,
     reduce: {lines: [PRIZE], how: in_order, unit: 1.00, remainder: first, tie: [member_id ASC]}}
  - {name: second, of: [PRIZE], per: cycle, at_most: lower, law: s,
     reduce: {lines: [PRIZE], how: proportional, unit: 1.00, remainder: last,
       tie: [member_id ASC]}}
"""


def test_a_line_that_one_ceiling_cut_to_nothing_takes_no_rest_of_the_next() -> None:
    """The rest of 1.00 went to the third member, who had nothing left, and was lost."""
    found = paid(law(_TWO_CAPS), "2024-01", family("1990-01-01", "2010-01-01", "2012-01-01"))
    assert [(line[1], line[4]) for line in found["lines"]] == [(1, 6600), (2, 6700)]
