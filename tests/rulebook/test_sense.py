"""What can be calculated and cannot have been meant is refused, in exact words."""

from __future__ import annotations

import pytest

from .slips import LAW, PARAMETERS, told

STATES = """    memory: {months: 6, from: effect_start, then: none}
    states:
      none: {money: none}
      warned: {money: none}
      stopped: {money: forfeit, months: 1}
"""
SPARE = '{type: money, values: [{from: 2020-01-01, value: 1, law: "art. 1"}]}'


def test_the_law_itself_makes_sense() -> None:
    assert told(PARAMETERS, PARAMETERS) == []


@pytest.mark.parametrize(
    ("right", "wrong", "path", "noun"),
    [
        (PARAMETERS, f"{PARAMETERS}  spare: {SPARE}\n", "parameters.spare", "parameter"),
        (
            "standing:\n",
            "definitions: {spare: household.size > 3}\nstanding:\n",
            "definitions.spare",
            "definition",
        ),
        ("windows:\n", "windows:\n  spare: {observe: month}\n", "windows.spare", "window"),
        (
            "facts:\n",
            "facts:\n  spare: {of: member, per: month, measure: count}\n",
            "facts.spare",
            "fact",
        ),
        (
            "standing:\n",
            (
                "tables: {spare: {keys: [zone], type: money, missing: 0, values: "
                "[{from: 2020-01-01, law: s, rows: {a: 1}}]}}\nstanding:\n"
            ),
            "tables.spare",
            "table",
        ),
        (
            "    memory:",
            "    counters: {spare: {consecutive: true}}\n    memory:",
            "ladders.steps.counters.spare",
            "counter",
        ),
    ],
)
def test_what_nothing_reads_is_refused(right: str, wrong: str, path: str, noun: str) -> None:
    assert told(right, wrong) == [
        (
            f"{path}: RB-058 Nothing reads the {noun} `spare`. "
            "Read it where it was meant for, or leave it out."
        )
    ]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (
            (
                "states: {none: {money: none}, warned: {money: none, then: none}, "
                "stopped: {money: forfeit, months: 1}}"
            ),
            (
                "warned.then: RB-054 State `warned` leads to `none` when its time is up, and has "
                "none. months: 1, or `until`."
            ),
        ),
        (
            (
                "states: {none: {money: none}, warned: {money: none}, "
                "stopped: {money: none, until: event('back'), months: 2}}"
            ),
            (
                "stopped.until: RB-054 State `stopped` says until when, and not what comes then. "
                "then: none"
            ),
        ),
        (
            (
                "states: {none: {money: none}, warned: {money: none, months: 3, then: stopped}, "
                "stopped: {money: forfeit, months: 1, then: none}}"
            ),
            (
                "warned.then: RB-053 The time of `stopped` runs from a step to it; led to so, it "
                "would never be over. A step to it, or a state that has no time."
            ),
        ),
        (
            (
                "memory: {months: 6, from: effect_start, then: stopped}\n"
                "    states: {none: {money: none}, warned: {money: none}, "
                "stopped: {money: forfeit}}"
            ),
            (
                "stopped: RB-053 State `stopped` takes money, and no way leads from it to a state "
                "that does not. A step, `then:` or a memory that leads to `none`."
            ),
        ),
    ],
)
def test_a_rung_that_lasts_for_ever_is_refused(states: str, expected: str) -> None:
    assert told(STATES, f"    {states}\n") == [f"ladders.steps.states.{expected}"]


def test_a_ladder_that_no_condition_trips_is_refused() -> None:
    wrong = "breach: {forfeit: [KID], scope: member_month}"
    assert told("breach: {ladder: steps}", wrong) == [
        (
            "ladders.steps.steps[1].when: RB-041 Ladder `steps` waits for a breach, and no "
            "condition trips it. `breach: {ladder: steps}` in a condition."
        )
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (
            "BETWEEN 6 AND 17",
            "BETWEEN 17 AND 6",
            (
                "This holds of nobody: `age_at(…)` is never both 17 or more and 6 or less. "
                "BETWEEN 6 AND 17, or OR for AND."
            ),
        ),
        (
            "< 18,",
            "< 6 AND age_at(cycle.first_day) > 64,",
            (
                "This holds of nobody: `age_at(…)` is never both 65 or more and 5 or less. "
                "BETWEEN 5 AND 65, or OR for AND."
            ),
        ),
        (
            "< 18,",
            "< 18 OR age_at(cycle.first_day) > 6,",
            (
                "This holds of everybody: `age_at(…)` is always 7 or more, or 17 or less. "
                "AND for OR, or TRUE."
            ),
        ),
        (
            "age_at(cycle.first_day) < 18,",
            "class = 'low' AND class = 'high',",
            (
                "This holds of nobody: `class` is one of 'high', 'low' at a time. "
                "class IN ('high', 'low'), or OR for AND."
            ),
        ),
        (
            "age_at(cycle.first_day) < 18,",
            "class <> 'low' OR class <> 'high',",
            (
                "This holds of everybody: `class` is never all of 'high', 'low'. "
                "NOT class IN ('high', 'low'), or AND for OR."
            ),
        ),
        (
            "age_at(cycle.first_day) < 18,",
            "household.size > most_children AND household.size < 2,",
            (
                "This holds of nobody: `size` is never both 3 or more and 1 or less. "
                "BETWEEN 1 AND 3, or OR for AND."
            ),
        ),
        ("< 18,", "< 180,", "Nobody is 180 years old. An age of 130 years at most."),
    ],
)
def test_a_test_that_holds_of_nobody_or_everybody_is_refused(
    right: str, wrong: str, expected: str
) -> None:
    where = "conditions.school.where" if "BETWEEN" in right else "components[2].where"
    assert told(right, wrong) == [f"{where}: RB-059 {expected}"]


@pytest.mark.parametrize(
    "test",
    [
        "age_at(cycle.first_day) < 6 OR age_at(cycle.first_day) > 64",
        "age_at(cycle.first_day) BETWEEN 6 AND 6",
        "age_at(cycle.first_day) > 6 AND age_at(month.first_day) < 6",
        "class = 'low' OR class = 'high'",
        "class <> 'low' AND class <> 'high'",
        "class IN ('low', 'high') AND class IN ('high', 'none')",
        "NOT (age_at(cycle.first_day) < 18 AND age_at(cycle.first_day) > 6)",
    ],
)
def test_a_test_that_holds_of_somebody_is_no_mistake(test: str) -> None:
    assert told("age_at(cycle.first_day) < 18,", f'"{test}",') == []


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (
            "value: 85 %",
            "value: 850 %",
            (
                "parameters.school_min.values[1].value: RB-042 A threshold of `at_least` that "
                "nobody can meet: `school` decides nothing. A share between 0 % and 100 %."
            ),
        ),
        (
            "value: 85 %",
            "value: 0 %",
            (
                "parameters.school_min.values[1].value: RB-042 A threshold of `at_least` that "
                "everybody meets: `school` decides nothing. A share between 0 % and 100 %."
            ),
        ),
        (
            'value: 2, law: "art. 3"',
            'value: 0, law: "art. 3"',
            (
                "parameters.most_children.values[1].value: RB-060 The most of limit `children` is "
                "`0`, so nothing is paid. 1 or more; `null` where it does not hold."
            ),
        ),
        (
            "amount: child,",
            "amount: child, instalments: {most: 0, counted: due},",
            (
                "components[2].instalments.most: RB-060 The most instalments of `KID` is `0`, so "
                "nothing is paid. 1 or more; `null` where it does not hold."
            ),
        ),
        (
            "  keep: same",
            "  keep: same\n  time_limit: {months: 0, from: household.enrolled_on, shows: over}",
            (
                "standing.time_limit.months: RB-060 The most months of a stay is `0`, so "
                "nothing is paid. 1 or more; `null` where it does not hold."
            ),
        ),
        (
            "  this_month: {observe: month}",
            "  this_month: [{observe: Oct..Nov, judge: Mar}, {observe: Feb..Apr, judge: Apr}]",
            (
                "windows.this_month[1].judge: RB-023 Oct..Nov is not over when Mar judges it: "
                "nothing is known then. `year: next`, or a later month."
            ),
        ),
    ],
)
def test_a_number_that_decides_nothing_is_refused(right: str, wrong: str, expected: str) -> None:
    assert told(right, wrong) == [expected]


def test_a_condition_that_asks_what_another_asks_is_refused() -> None:
    start = LAW.index("  school:\n")
    condition = LAW[start : LAW.index("ladders:\n")]
    again = condition.replace("  school:", "  school_2:")
    assert told(condition, condition + again) == [
        (
            "conditions.school_2: RB-002 `school_2` asks what `school` asks, and does what it does."
            " One of them, or a difference."
        )
    ]
