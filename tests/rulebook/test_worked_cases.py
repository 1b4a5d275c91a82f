"""The cases worked out by hand from the published rules come out to the cent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook.scenarios import RAILS, read_file, read_scenarios, run

from .conftest import PROGRAMMES

if TYPE_CHECKING:
    from cct_engine.rulebook import Rulebook, ScenarioResult

WORKED = re.compile(r"(BF(08|12|18|23)|PR|AUH|CL|CO|PH|ID|IN|MC)-[0-9]{2}")


def test_every_worked_case_of_the_published_rules_comes_out(
    golden: dict[str, ScenarioResult],
) -> None:
    benefits = {r.id: r.differences for r in golden.values() if r.programme != RAILS}
    assert {case: told for case, told in benefits.items() if told} == {}
    assert len(benefits) == 101


def test_no_worked_case_is_left_out(golden: dict[str, ScenarioResult]) -> None:
    assert len(golden) == 109
    assert sum(result.programme == RAILS for result in golden.values()) == 8


def test_every_worked_case_stands_beside_its_law_too(golden: dict[str, ScenarioResult]) -> None:
    written = {
        scenario.id
        for path in PROGRAMMES.glob("*.scenarios.yaml")
        for scenario in read_file(path).scenarios
        if WORKED.fullmatch(scenario.id)
    }
    assert {r.id for r in golden.values() if r.programme != RAILS} <= written


def test_a_wrong_expectation_is_told_with_what_was_found(bolsa_familia: Rulebook) -> None:
    file = read_scenarios(
        """
programme: bolsa_familia
scenarios:
  - id: WRONG
    given: {household: {members: [{id: m, age: 40, sex: F}]}}
    when: {cycle: 2026-09}
    then:
      components: {BRC: 143, BCO: 458, XYZ: 1}
      pay_now: 599.99
      sanction_state: warned
      payee: nobody
      colour: red
      timeline: [{month: 2026-10, gross: 1}]
""",
        file="wrong.yaml",
    )
    (result,) = run(bolsa_familia, file, file.scenarios)
    assert set(result.differences) == {
        "BRC: expected 143, found 142.00",
        "XYZ: no such component",
        "pay_now: expected 599.99, found 600.00",
        "sanction_state: expected warned, found none",
        "payee: expected nobody, found m",
        "colour: nobody understands this expectation",
        "2026-10: was not calculated",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{household: {colour: red, members: []}}", "the household has `colour`"),
        ("{household: {members: [{id: m, age: 4, hair: red}]}}", "member `m` has `hair`"),
        (
            "{household: {members: []}, breachs: []}",
            "`given` has `breachs`, which nobody reads. Did you mean `breaches`?",
        ),
        (
            "{household: {members: [{id: m, age: 9}]}, history: [{month: 2026-08, state: sad}]}",
            "no ladder knows the state `sad`",
        ),
        (
            (
                "{household: {members: [{id: k, age: 9}]},"
                " breaches: [{person: k, condition: attendance, month: 2026-08}]}"
            ),
            "no window is judged in 2026-08",
        ),
    ],
)
def test_a_scenario_that_says_something_nobody_reads_fails(
    bolsa_familia: Rulebook, given: str, told: str
) -> None:
    text = f"""
programme: bolsa_familia
scenarios:
  - {{id: ODD, given: {given}, when: {{cycle: 2026-09}}, then: {{gross: 0}}}}
"""
    file = read_scenarios(text, file="odd.yaml")
    (result,) = run(bolsa_familia, file, file.scenarios)
    assert not result.passed
    assert told in result.differences[0]
