"""The cases worked out by hand from the published rules come out to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook.scenarios import read_file, read_scenarios, run

from .conftest import PROGRAMMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.rulebook import Rulebook, ScenarioResult

    Results = Callable[[str, str], dict[str, ScenarioResult]]
    OwnResults = Callable[[str], dict[str, ScenarioResult]]

BOLSA_FAMILIA = [f"BF23-{n:02d}" for n in [*range(1, 8), *range(9, 25), 30, 31]]
ANNASHREE = ["IN-01", "IN-03", "IN-04"]


@pytest.mark.parametrize("case", BOLSA_FAMILIA)
def test_worked_case_of_bolsa_familia_2023(golden: Results, case: str) -> None:
    assert golden("bolsa_familia", "BF-2023-06")[case].differences == ()


@pytest.mark.parametrize("case", ANNASHREE)
def test_worked_case_of_dilli_annashree(golden: Results, case: str) -> None:
    assert golden("dilli_annashree", "ANNASHREE-2012")[case].differences == ()


def test_no_worked_case_of_these_rule_sets_is_left_out(golden: Results) -> None:
    assert sorted(golden("bolsa_familia", "BF-2023-06")) == BOLSA_FAMILIA
    assert sorted(golden("dilli_annashree", "ANNASHREE-2012")) == ANNASHREE


@pytest.mark.parametrize("code", ["bolsa_familia", "dilli_annashree"])
def test_scenarios_beside_the_law_pass(own_scenarios: OwnResults, code: str) -> None:
    failed = {r.id: r.differences for r in own_scenarios(code).values() if not r.passed}
    assert failed == {}
    written = read_file(PROGRAMMES / f"{code}.scenarios.yaml").scenarios
    assert len(own_scenarios(code)) == len(written)


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
        ("{household: {colour: red, members: []}}", "the household has ['colour']"),
        ("{household: {members: [{id: m, age: 4, hair: red}]}}", "member `m` has ['hair']"),
        ("{household: {members: []}, breachs: []}", "`given` has ['breachs']"),
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
  - {{id: ODD, given: {given}, when: {{cycle: 2026-09}}, then: {{}}}}
"""
    file = read_scenarios(text, file="odd.yaml")
    (result,) = run(bolsa_familia, file, file.scenarios)
    assert not result.passed
    assert told in result.differences[0]
