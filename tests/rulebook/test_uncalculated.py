"""What the language reads and the engine cannot calculate yet is told with what to write."""

from __future__ import annotations

import pytest

from cct_engine.rulebook import Month, RefusedRulebook, Unwritable, compile_cycle

from .drawn.family import law

_VALUES = """
parameters:
  hundred: {type: money, values: [{from: 2020-01-01, value: 100, law: s}]}
  kept: {type: int, fixed_by: household.enrolled_on, values: [{from: 2020-01-01, value: 2, law: s},
    {from: 2022-01-01, value: 3, law: s}]}
facts:
  visit: {of: member, per: month, measure: count}
  paper: {of: household, per: year, measure: date}
windows: {now: {observe: month}}
conditions:
  seen: {each: member, fact: visit, window: now, at_least: 1, missing: met,
    breach: {forfeit: [A], scope: household}}
"""


def told(text: str) -> str:
    with pytest.raises((RefusedRulebook, Unwritable)) as caught:
        compile_cycle(law(_VALUES + text), month=Month.parse("2024-01"))
    return str(caught.value)


def test_no_days_are_counted_from_an_event_that_may_not_be_there() -> None:
    where = "days_between(event_on('notice'), cycle.first_day) < 30"
    one = f'{{code: A, each: household, where: "{where}", amount: hundred, law: s}}'
    assert (
        "RB-028 The day of an event that is not there is `never`, and days from never are "
        "negative: every 'less than' would hold. months_since(event_on('…')) beside event('…')."
    ) in told(f"components: [{one}]")


@pytest.mark.parametrize(
    ("each", "where", "amount", "said"),
    [
        (
            *("member", "age_at(cycle.first_day) < kept", "hundred"),
            (
                "RB-090 An age compared with something that is not the same for everybody cannot "
                "be calculated yet. CASE WHEN sex = 'F' THEN age_at(cycle.first_day) >= 60 ELSE … "
                "END."
            ),
        ),
        (
            *("household", "standing.grace_started_on < household.enrolled_on", "hundred"),
            (
                "RB-090 `standing.grace_started_on` compared with a date of the household cannot "
                "be calculated yet. A day that is the same for everybody, or "
                "`standing.months_in_grace`."
            ),
        ),
        (
            *("household", "TRUE", "ratio_of(hundred, 1, kept)"),
            (
                "RB-090 `ratio_of` by a divisor that is not above 0 for everybody cannot be "
                "calculated yet. A number above 0, or a parameter without `fixed_by`."
            ),
        ),
        (
            *("household", "TRUE", "max_of(members, hundred, is_met(seen))"),
            (
                "RB-090 `max_of(…)` among those of whom a verdict is asked cannot be calculated "
                "yet. max_of(members, CASE WHEN … THEN amount ELSE another END)."
            ),
        ),
    ],
)
def test_a_component_that_cannot_be_calculated_is_told_what_to_write(
    each: str, where: str, amount: str, said: str
) -> None:
    one = f"{{code: A, each: {each}, where: '{where}', amount: '{amount}', law: s}}"
    assert told(f"components: [{one}]") == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            *("at_least: 1", "at_least: kept"),
            (
                "conditions.seen.at_least: RB-036 `kept` differs between households, and one "
                "number for all is asked. Two conditions, each with its own `where` and "
                "threshold."
            ),
        ),
        (
            *("each: member, fact: visit", "each: household, fact: paper"),
            (
                "RB-090 A condition on a fact of dates cannot be calculated yet. A fact with "
                "`measure: count`."
            ),
        ),
        (
            *("missing: met", "missing: met, where: 'any_of(members, is_met(seen))'"),
            (
                "RB-036 Verdicts of members are added up after all are judged. A condition of "
                "each member, or a component that asks for both."
            ),
        ),
    ],
)
def test_a_condition_that_cannot_be_judged_is_told_what_to_write(
    old: str, new: str, said: str
) -> None:
    assert old in _VALUES
    one = "components: [{code: A, each: household, amount: hundred, law: s}]"
    with pytest.raises((RefusedRulebook, Unwritable)) as caught:
        compile_cycle(law(_VALUES.replace(old, new) + one), month=Month.parse("2024-01"))
    assert said in str(caught.value)


_TWO = """
components:
  - {code: A, each: member, amount: hundred, law: s}
  - {code: B, each: %s, amount: A, law: s}
limits: [{name: most, over: [A], at_most: 2, counts: claim, by: [amount DESC], law: s}]
"""


@pytest.mark.parametrize(
    ("each", "why"),
    [("member", "which is under a limit"), ("pregnancy", "paid for another subject")],
)
def test_a_component_that_another_cannot_read_is_read_by_the_household(each: str, why: str) -> None:
    said = f"A {each}'s component that reads A, {why}, cannot be calculated yet."
    assert told(_TWO % each) == f"RB-090 {said} A component of the household that reads A."
