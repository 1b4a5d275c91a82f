"""What a scenario may say: every name of its law, and a report by the fact's own name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from cct_engine.cli.programmes import app
from cct_engine.rulebook import check, load, run_beside
from cct_engine.rulebook.scenarios import UnreadableScenario, read_scenarios, run

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.rulebook import ScenarioResult

LAW = """
programme: home_grant
title: Home grant
currency: PEN
cycle: {every: two_months, starts: [Jan, Mar, May, Jul, Sep, Nov]}
conventions: {leap_birthday: mar_1, month_of_death: due, entry_month: full, exit_month: full,
  new_payee: at_once, rounding: {mode: half_up, unit: 0.01}}
facts:
  absence: {of: member, per: month, measure: sum, reasons: [ILLNESS]}
  weighing: {of: member, per: month, measure: count}
parameters:
  amount_due: {type: money, values: [{from: 2020-01-01, value: 200.00, law: "art. 1"}]}
standing: {apply: "household.kind = 'poor' AND household.urban", keep: "TRUE"}
windows: {last_cycle: {observe: cycle, lag: 2 months}}
conditions:
  school: {each: member, where: NOT is_mother, fact: absence, window: last_cycle, at_most: 3,
    missing: met, justified_by: [ILLNESS], breach: {forfeit: [GRANT], scope: household}}
  health: {each: member, where: age_at(window.first_day) < 3, fact: weighing, window: last_cycle,
    at_least: 1, missing: not_met, breach: {forfeit: [GRANT], scope: household}}
components: [{code: GRANT, each: household, amount: amount_due, law: "art. 1"}]
payee: [{where: is_mother, by: [birth_date ASC], law: "art. 2"}]
calendar: {days: {first: 1, business: CL}}
unclaimed: [{channel: any, after: 90 days, then: return_to_programme,
  reissue: never, law: "art. 3"}]
"""
MOTHER = "{id: m, age: 30, sex: F, is_mother: true}"
HOUSE = "{kind: poor, urban: true, members: [" + MOTHER + ", {id: b, age: 1, sex: M}]}"

VISITS = (("2026-05", 2), ("2026-09", 3))


@pytest.fixture
def law(tmp_path: Path) -> Path:
    """A law with two facts that no word of the worked cases speaks of."""
    path = tmp_path / "home_grant.yaml"
    path.write_text(LAW, encoding="utf-8")
    return path


def _scenarios(given: str, then: str) -> str:
    return f"""programme: home_grant
scenarios:
  - id: H-1
    given:
      household: {HOUSE}
      {given}
    when: {{cycle: 2026-05}}
    then: {then}
"""


def _run(law: Path, given: str, then: str) -> ScenarioResult:
    file = read_scenarios(_scenarios(given, then), file="h.yaml")
    return run(load(law), file, file.scenarios)[0]


@pytest.mark.parametrize(
    ("given", "then"),
    [
        ("status: applicant", "{eligible: true, pay_now: 200, payee: m}"),
        ("absence: [{person: b, month: 2026-05, value: 3}]", "{forfeited: 0}"),
        ("absence: [{person: b, month: 2026-05, value: 4}]", "{forfeited: 200}"),
        (
            "absence: [{person: b, month: 2026-05, value: 4, justification: ILLNESS}]",
            "{forfeited: 0}",
        ),
        ("weighing: [{person: b, month: 2026-05, value: 0}]", "{forfeited: 200}"),
        ("weighing: [{person: b, month: 2026-05, value: 1}]", "{forfeited: 0}"),
        ("weighing: [{person: b, month: 2026-05, status: no_information}]", "{forfeited: 200}"),
        ("weighing: [{person: b, window: 2026-04, value: 1}]", "{forfeited: 0}"),
    ],
)
def test_a_scenario_tells_a_report_by_the_facts_own_name(law: Path, given: str, then: str) -> None:
    assert _run(law, given, then).differences == ()


def test_what_is_not_said_is_enough_whatever_the_law_asks(law: Path) -> None:
    """Silence would be a breach here, so the reports that nobody speaks of are there."""
    eight = '{type: int, values: [{from: 2020-01-01, value: 8, law: "art. 1"}]}'
    text = law.read_text(encoding="utf-8").replace("at_least: 1", "at_least: eight")
    law.write_text(text.replace("parameters:\n", f"parameters:\n  eight: {eight}\n"))
    assert _run(law, "status: applicant", "{forfeited: 0, pay_now: 200}").differences == ()


def test_a_built_in_attribute_may_be_told_to_change(law: Path) -> None:
    result = _run(
        law,
        "status: applicant\n      changes: [{from: 2026-05, kind: better_off}]",
        "{eligible: false, pay_now: 0}",
    )
    assert result.differences == ()


def test_what_becomes_known_of_a_pregnancy_is_told_by_its_mother(law: Path) -> None:
    text = law.read_text(encoding="utf-8")
    visits = "attributes: {pregnancy: {visits: {type: int, absent: 0}}}\nfacts:\n"
    paid = '{code: GRANT, each: pregnancy, amount: "amount_due * visits - due_sum(GRANT)"'
    text = text.replace("facts:\n", visits).replace(
        "{code: GRANT, each: household, amount: amount_due", paid
    )
    law.write_text(text, encoding="utf-8")
    # Nobody can receive the money, so it is held: what was due before is not due again.
    house = "{kind: poor, urban: true, members: [{id: w, age: 25, pregnant: true}]}"
    known = [f"{{from: {month}, pregnancy: w, visits: {n}}}" for month, n in VISITS]
    dues = (("05", 400), ("07", 0), ("09", 200))
    months = ", ".join(f"{{month: 2026-{month}, gross: {due}}}" for month, due in dues)
    file = read_scenarios(
        f"""programme: home_grant
scenarios:
  - id: H-2
    given:
      household: {house}
      changes: [{", ".join(known)}]
    when: {{cycle: 2026-05..2026-09}}
    then: {{timeline: [{months}]}}
""",
        file="h.yaml",
    )
    assert run(load(law), file, file.scenarios)[0].differences == ()


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("sex: F", "sex: female", "`sex` is never `female`. One of: F, M."),
        ("age: 30, ", "", "member `m` has neither `age`, `age_months` nor `born`."),
        ("urban: true", "urban: perhaps", "`perhaps` is not true or false."),
        ("gross: 200", "gross: much", "`much` is not an amount; write 600.00."),
        ("gross: 200", "components: {GRANT_z: 200}", "nobody is called `z`."),
        ("value: 0}", "value: some}", "`some` is no reported value; write 0.74, 74 % or 3."),
        ("2026-05}\n    then", "2026-05..2026-03}\n    then", "ends before it begins."),
        ("[{person: b, month: 2026-05, value: 0}]", "{person: b}", "`weighing` is a list: [{…}"),
    ],
)
def test_a_slip_in_a_scenario_fails_it_with_what_to_write(
    law: Path, right: str, wrong: str, told: str
) -> None:
    text = _scenarios("weighing: [{person: b, month: 2026-05, value: 0}]", "{gross: 200}")
    assert right in text
    file = read_scenarios(text.replace(right, wrong, 1), file="h.yaml")
    assert told in run(load(law), file, file.scenarios)[0].differences[0]


AGAIN = _scenarios("status: applicant", "{gross: 200}").partition("scenarios:\n")[2]


@pytest.mark.parametrize(
    ("right", "wrong", "place", "told"),
    [
        (
            "    then:",
            "    than:",
            "8:5 scenarios[1].than",
            (
                "H-1: the scenario has `than`, which nobody reads. Did you mean `then`? Known: "
                "given, id, kind, name, then, when"
            ),
        ),
        (
            "when: {cycle: 2026-05}",
            "when: 2026-05",
            "7:5 scenarios[1].when",
            "H-1 does not say when. Write `when: {cycle: 2026-04}`.",
        ),
        (
            "when: {cycle: 2026-05}",
            "when: {cylce: 2026-05}",
            "7:12 scenarios[1].when.cylce",
            (
                "H-1: `when` has `cylce`, which nobody reads. Did you mean `cycle`? Known: cycle, "
                "month"
            ),
        ),
        (
            "scenarios:",
            "scenario:",
            "2:1 scenario",
            (
                "h.scenarios.yaml: the file has `scenario`, which nobody reads. Did you mean "
                "`scenarios`? Known: conditions, defaults, instalments, milestones, nursing, "
                "programme, scenarios, words"
            ),
        ),
        (
            "    then: {gross: 200}",
            "    then: {gross: 200}\n" + AGAIN.rstrip(),
            "9:5 scenarios[2].id",
            "H-1 stands twice in h.scenarios.yaml. Another `id:`.",
        ),
        (
            "household: {kind: poor,",
            "household: {like: H-0, kind: poor,",
            "5:19 scenarios[1].given.household.like",
            "H-1: `like: H-0` names no scenario above it.",
        ),
        (
            "then: {gross: 200}",
            "then: [200]",
            "8:5 scenarios[1].then",
            "H-1: `then` has keys and values: `then: {…}`, not `[200]`.",
        ),
        (
            "    then: {gross: 200}\n",
            "",
            "3:5 scenarios[1].then",
            "H-1 expects nothing, so it always passes. Write `then: {pay_now: 200}`.",
        ),
        (
            "  - id: H-1",
            "  - H-0\n  - id: H-1",
            "3:5 scenarios[1]",
            "`H-0` is no scenario: `id:`, `given:`, `when:` and `then:` are.",
        ),
        (
            "programme: home_grant",
            "programme: house_grant",
            "1:1 programme",
            (
                "h.scenarios.yaml has the scenarios of `house_grant`, not of `home_grant`: they "
                "say nothing about this law. Write `programme: home_grant` if they are meant for "
                "it."
            ),
        ),
    ],
)
def test_a_slip_in_a_file_of_scenarios_is_told_at_its_line_and_column(
    law: Path, right: str, wrong: str, place: str, told: str
) -> None:
    text = _scenarios("status: applicant", "{gross: 200}")
    assert right in text
    path = law.rename(law.with_name("h.yaml")).with_name("h.scenarios.yaml")
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    asked = [problem for problem in check(law.with_name("h.yaml")) if problem.code == "RB-000"]
    assert [str(problem) for problem in asked] == [f"h.scenarios.yaml:{place}: RB-000 {told}"]
    with pytest.raises(UnreadableScenario, match=re.escape(f"h.scenarios.yaml:{place}: {told}")):
        run_beside(law.with_name("h.yaml"))


def test_a_file_of_scenarios_that_is_no_yaml_is_told_at_its_line(law: Path) -> None:
    beside = law.with_name("home_grant.scenarios.yaml")
    beside.write_text("programme: home_grant\nscenarios: [\n", encoding="utf-8")
    told = [str(problem) for problem in check(law) if problem.code == "RB-000"]
    assert [text.partition(" ")[0] for text in told] == ["home_grant.scenarios.yaml:3:1:"]


def test_the_scenarios_of_another_programme_are_not_run(law: Path) -> None:
    other = law.with_name("other.scenarios.yaml")
    text = _scenarios("status: applicant", "{gross: 200}")
    other.write_text(text.replace("home_grant", "auh"), encoding="utf-8")
    told = (
        "other.scenarios.yaml:1:1 programme: other.scenarios.yaml has the scenarios of `auh`, not "
        "of `{}`: they say nothing about this law. Write `programme: {}` if they are meant for it."
    )
    for of, code in ((str(law), "home_grant"), ("pmmvy", "pmmvy")):
        answer = CliRunner().invoke(app, ["test", of, "--scenarios", str(other)])
        assert (answer.exit_code, str(answer.exception)) == (1, told.format(code, code))


def test_cases_of_other_programmes_are_left_to_their_own_laws(law: Path) -> None:
    cases = law.with_name("cases.yaml")
    case = "{{id: {0}, programme: {0}, cycle: 2026-05, household: {1}, expect: {{gross: 200}}}}"
    of = "\n".join(f"  - {case.format(code, HOUSE)}" for code in ("auh", "home_grant"))
    cases.write_text(f"cases:\n{of}\n", encoding="utf-8")
    assert [result.id for result in run_beside(law, cases)] == ["home_grant"]


def test_a_word_that_nobody_reads_is_told_with_its_place_and_what_was_meant(law: Path) -> None:
    written = _scenarios("weigthing: [{person: b, month: 2026-05, value: 0}]", "{gross: 200}")
    law.with_name("home_grant.scenarios.yaml").write_text(written, encoding="utf-8")
    told = [str(problem) for problem in check(law) if problem.code == "RB-071"]
    assert len(told) == 1
    assert told[0].startswith(
        "home_grant.scenarios.yaml:6:7 H-1: RB-071 H-1: H-1: `given` has `weigthing`, "
        "which nobody reads. Did you mean `weighing`? Known: absence, "
    )
