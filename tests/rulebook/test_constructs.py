"""Constructs that the two shipped laws do not use, each by a case worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cct_engine.rulebook import (
    Month,
    NotCompiled,
    NotInForce,
    RefusedRulebook,
    Rulebook,
    compile_cycle,
    load,
    parse,
    pay_calendar,
    stale_after,
    unclaimed_rule,
    warned_from,
)
from cct_engine.rulebook.scenarios import ScenarioResult, read_file, read_scenarios, run

from .drawn.family import family, law, paid

LAWS = Path(__file__).parent / "laws"
VILLAGE = (LAWS / "village_grant.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def school_grant() -> Rulebook:
    return load(LAWS / "school_grant.yaml")


@pytest.fixture(scope="module")
def results(school_grant: Rulebook) -> dict[str, ScenarioResult]:
    """Every case, run once."""
    file = read_file(LAWS / "school_grant.scenarios.yaml")
    return {result.id: result for result in run(school_grant, file, file.scenarios)}


CASES = [s.id for s in read_file(LAWS / "school_grant.scenarios.yaml").scenarios]


@pytest.mark.parametrize("case", CASES)
def test_construct(results: dict[str, ScenarioResult], case: str) -> None:
    assert results[case].differences == ()


@pytest.mark.parametrize(
    "law",
    [
        *(
            "capped_grant",
            "withheld_grant",
            "waiting_grant",
            "entry_grant",
            "reward_grant",
            "sibling_grant",
        ),
        "late_grant",
        "protected_grant",
    ],
)
def test_constructs_of_a_law_come_out_as_worked_out_by_hand(law: str) -> None:
    file = read_file(LAWS / f"{law}.scenarios.yaml")
    found = run(load(LAWS / f"{law}.yaml"), file, file.scenarios)
    assert {result.id: result.differences for result in found if not result.passed} == {}


def test_a_table_of_pay_windows_has_one_window_for_everybody(school_grant: Rulebook) -> None:
    calendar = pay_calendar(school_grant, Month.parse("2025-06"))
    assert calendar.first == calendar.last == date(2025, 9, 1)
    with pytest.raises(LookupError, match="no window for cycle 2025-08"):
        pay_calendar(school_grant, Month.parse("2025-08"))


def test_unclaimed_after_two_cycles_of_two_months_the_last_day_expired(
    school_grant: Rulebook,
) -> None:
    last = stale_after(school_grant, channel="cash", available_on=date(2025, 9, 1))
    assert last == date(2025, 12, 31)


def test_in_an_emergency_everybody_is_paid_on_the_first_pay_day() -> None:
    path = Path(__file__).parents[2] / "cct_engine" / "programmes" / "bolsa_familia.yaml"
    text = path.read_text(encoding="utf-8")
    order = "overrides:\n  - {from: 2024-05-01, to: 2024-05-31, calendar: first_day, law: order}\n"
    moved = parse(text + order, file=path.name)
    may, june = (pay_calendar(moved, Month.parse(m)) for m in ("2024-05", "2024-06"))
    assert may.first == may.last == pay_calendar(load(path), Month.parse("2024-05")).first
    assert june.first < june.last


def test_undrawn_money_is_told_of_after_a_cycle_and_joins_the_next_payment() -> None:
    capped = load(LAWS / "capped_grant.yaml")
    day = date(2017, 1, 31)
    assert warned_from(capped, channel="cash", available_on=day) == date(2017, 3, 31)
    assert stale_after(capped, channel="cash", available_on=day) == date(2017, 5, 31)
    rule = unclaimed_rule(capped, "cash")
    assert (rule.then, rule.ends) == ("add_to_next_cycle", "enrolment")
    with pytest.raises(LookupError, match="no `unclaimed` rule for 'bank'"):
        unclaimed_rule(capped, "bank")


def test_what_the_compiler_has_not_is_said_before_it_runs() -> None:
    text = (LAWS / "school_grant.yaml").read_text(encoding="utf-8")
    old = "age_at(cycle.first_day) < 19"
    assert old in text
    law = parse(text.replace(old, f"{old[:-2]}household.size"), file="school_grant.yaml")
    with pytest.raises(NotCompiled, match="RB-090") as caught:
        compile_cycle(law, month=Month.parse("2025-06"))
    assert "An age compared with" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("by: [amount DESC, birth", "by: [colour ASC, birth", "RB-015"),
        ("breach AND run >= 3", "breach AND is_met(meetings)", "RB-036"),
        ("  apply: event('selected')", "  apply: is_met(meetings)", "RB-036 Who is in is found"),
        ("where: pupil\n", "where: pupil AND is_met(absences)\n", "RB-030 This asks"),
    ],
)
def test_what_no_compiler_could_mean_is_refused_where_it_stands(
    old: str, new: str, told: str
) -> None:
    text = (LAWS / "school_grant.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(RefusedRulebook, match=told):
        parse(text.replace(old, new), file="school_grant.yaml")


_EITHER = """
facts:
  talk: {of: household, per: month, measure: count}
  check_up: {of: household, per: month, measure: count}
  weighing: {of: household, per: month, measure: count}
parameters:
  base: {type: money, values: [{from: 2020-01-01, value: 100, law: s}]}
  one: {type: int, values: [{from: 2020-01-01, value: 1, law: s}]}
windows: {now: {observe: month}}
conditions:
  talks: {each: household, fact: talk, window: now, at_least: one, missing: not_met,
    breach: {forfeit: [NONE], scope: household}}
  check_ups: {each: household, fact: check_up, window: now, at_least: one, missing: not_met,
    exempt_when: [{when: is_met(talks), reason: was_at_the_talk}],
    breach: {forfeit: [BASE], scope: household}}
  weighings: {each: household, where: is_judged(check_ups), fact: weighing, window: now,
    at_least: one, missing: not_met, breach: {forfeit: [BASE], scope: household}}
components:
  - {code: BASE, each: household, amount: base, law: s}
  - {code: NONE, each: household, amount: base * 0, keep_zero: true, law: s}
"""


@pytest.mark.parametrize(
    ("came", "verdicts", "paid_now"),
    [
        (["talk"], {"talks": "met", "check_ups": "exempt"}, 10000),
        (["check_up", "weighing"], dict.fromkeys(("check_ups", "weighings"), "met"), 10000),
        (["check_up"], {"check_ups": "met", "weighings": "not_met"}, 0),
        ([], {"check_ups": "not_met", "weighings": "not_met"}, 0),
    ],
)
def test_one_of_two_conditions_is_enough_where_the_second_asks_for_the_first(
    came: list[str], verdicts: dict[str, str], paid_now: int
) -> None:
    rows = family("1990-01-01")
    for kind in came:
        fact = {"household_id": 1, "member_id": 0, "kind": kind, "month": 24288, "numerator": 1}
        rows["fact"].append({**fact, "denominator": 1, "reason": "", "waived": 0})
    found = paid(law(_EITHER), "2024-01", rows)
    judged = {row[0]: row[-2] for row in found["verdicts"]}
    assert {"talks": "not_met", **verdicts} == judged
    assert found["pay_now"] == paid_now


def test_the_best_result_of_a_child_may_count_for_the_family() -> None:
    text = (LAWS / "reward_grant.yaml").read_text(encoding="utf-8")
    best = parse(text.replace("sum_of(members, rep", "max_of(members, rep"), file="reward.yaml")
    cases = """
programme: reward_grant
scenarios:
  - id: best
    given:
      household:
        members:
          - {id: m, age: 40, sex: F}
          - {id: a, age: 16, sex: F, level: high}
          - {id: b, age: 17, sex: M, level: high}
      breaches:
        - {condition: exam_passed, person: a, month: 2024-07, value: 3, window: 2024-05}
        - {condition: exam_passed, person: b, month: 2024-07, value: 1, window: 2024-05}
    when: {cycle: 2024-07}
    then: {components: {EXAM_a: 1200, EXAM_b: 600, ALL: 30, BOOKS: 60}, gross: 1890}
"""
    file = read_scenarios(cases, file="best.yaml")
    [found] = run(best, file, file.scenarios)
    assert found.differences == ()


def test_a_limit_counts_the_eldest_first() -> None:
    village = parse(VILLAGE, file="village.yaml")
    cases = """
programme: village_grant
scenarios:
  - id: eldest
    given:
      household:
        members:
          - {id: m, age: 40, sex: F}
          - {id: a, age: 3}
          - {id: b, age: 9}
          - {id: c, age: 15}
    when: {cycle: 2024-01}
    then: {components: {BASE: 120, KID_a: 0, KID_b: 50, KID_c: 50}, gross: 220, payee: m}
  - id: before
    given: {household: {members: [{id: m, age: 40, sex: F}]}}
    when: {cycle: 2023-12}
    then: {components: {BASE: 100}, gross: 100}
"""
    file = read_scenarios(cases, file="village.scenarios.yaml")
    assert [r.differences for r in run(village, file, file.scenarios)] == [(), ()]


def test_a_law_not_in_force_yet_is_said_so_with_the_day() -> None:
    village = parse(VILLAGE, file="village.yaml")
    with pytest.raises(NotInForce, match="RB-024 `line` has no value on 2019-12-01"):
        compile_cycle(village, month=Month.parse("2019-12"))


def test_an_amount_that_could_overflow_is_refused() -> None:
    text = VILLAGE.replace("amount: base,", "amount: base * 9000000000000000,")
    with pytest.raises(OverflowError, match=r"RB-035 .* 2\*\*62"):
        compile_cycle(parse(text, file="village.yaml"), month=Month.parse("2024-01"))


def test_the_same_law_and_month_give_the_same_text_and_digest() -> None:
    first = compile_cycle(parse(VILLAGE, file="a"), month=Month.parse("2024-01"))
    second = compile_cycle(parse(VILLAGE, file="b"), month=Month.parse("2024-01"))
    later = compile_cycle(parse(VILLAGE, file="a"), month=Month.parse("2024-02"))
    assert first.digest == second.digest
    assert first.statement("line") == second.statement("line")
    assert first.digest != later.digest
    with pytest.raises(KeyError, match="there are household, line, verdict, state, explain"):
        first.statement("other")


def test_what_a_ladder_takes_of_a_family_is_not_withheld_too() -> None:
    """Half of 120 is lost in a month with a breach; a fifth of the other half waits, not of all."""
    half = "warned: {money: reduce, by: 50 %, months: 1}"
    text = VILLAGE.replace("warned: {money: none}", half)
    text = text.replace("facts:", "facts:\n  paper: {of: member, per: year, measure: date}", 1)
    text = text.replace(
        "parameters:",
        "parameters:\n  fifth: {type: percent, values: [{from: 2020-01-01, value: 20 %, law: s}]}",
        1,
    )
    text += (
        "withholding: [{of: [BASE], name: kept, share: fifth, balance_per: [household],"
        " release: {by: paper, not_before: 30 days}, deadline: never, law: s}]\n"
    )
    scenario = """programme: village_grant
scenarios:
  - id: V
    given:
      household: {members: [{id: m, age: 40, sex: F}, {id: a, age: 8, sex: F}]}
      attendance: [{person: a, month: 2025-03, value: 0.1}]
    when: {cycle: 2025-03}
    then: {components: {BASE: 120, KID: 50}, forfeited: 85, withheld_share: 12, pay_now: 73}
"""
    file = read_scenarios(scenario, file="v.yaml")
    assert run(parse(text, file="village.yaml"), file, file.scenarios)[0].differences == ()
