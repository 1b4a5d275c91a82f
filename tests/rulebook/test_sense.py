"""What can be calculated and cannot have been meant is refused, in exact words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook import parse
from cct_engine.rulebook.check_sense import without_sense

LAW = (Path(__file__).parent / "laws" / "village_grant.yaml").read_text(encoding="utf-8")
LAW = LAW.replace("  visit: {of: household, per: month, measure: count}\n", "")
STATES = """    memory: {months: 6, from: effect_start, then: none}
    states:
      none: {money: none}
      warned: {money: none}
      stopped: {money: forfeit, months: 1}
"""
PARAMETERS = "parameters:\n"
SPARE = '{type: money, values: [{from: 2020-01-01, value: 1, law: "art. 1"}]}'


def told(right: str, wrong: str) -> list[str]:
    """Return what is told of a law that is written otherwise in one place."""
    assert right in LAW
    law = parse(LAW.replace(right, wrong, 1), file="law.yaml")
    return [f"{p.place.path}: {p.code} {p.message} {p.instead}" for p in without_sense(law)]


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
