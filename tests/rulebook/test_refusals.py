"""A broken rulebook is refused in the author's own words, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook import RefusedRulebook, check_text, parse
from cct_engine.rulebook.reading import read_text

VILLAGE = (Path(__file__).parent / "laws" / "village_grant.yaml").read_text(encoding="utf-8")

# What is broken, by what; then the place, the code, what is said, and what to write instead.
BROKEN = [
    (
        "    at_least: school_min\n",
        "    tresholds: school_min\n",
        (
            "conditions.school.tresholds: RB-001 Unknown key `tresholds` in `school`. "
            "Did you mean `at_least`? Keys: each, where, fact, window, grain, at_least, at_most, "
            "less_than, missing, hold, justified_by, supply_side, exempt_when, waive_first_cycles, "
            "breach, law, unsure."
        ),
    ),
    (
        "title: Village grant\n",
        "title: Village grant\ntitle: Another\n",
        (
            "title: RB-002 `title` is given twice (lines 3 and 4). "
            "One entry; put the new value under `values` with its `from`."
        ),
    ),
    (
        "amount: base,",
        "amount: at_least(base, child),",
        (
            "components[1].child): RB-003 `child)` came out as a key without a "
            'value: YAML cut the line at a comma. Put the whole expression in "quotes".'
        ),
    ),
    (
        "values: [hill, plain], absent: plain}",
        "values: [hill, plain]}",
        (
            "attributes.household.place.absent: RB-004 `place` has no `absent:`. "
            "A value, `never`, `long_ago`, `cycle` or `error`."
        ),
    ),
    (
        "currency: INR",
        "currency: &money INR",
        "currency: RB-007 Anchors, aliases and merges hide what a line says. Write it out.",
    ),
    (
        "amount: base,",
        "amount: base +,",
        (
            "components[1].amount: RB-010 Cannot read `base +`: something is "
            "missing after `+`. Finish the expression."
        ),
    ),
    (
        "amount: base,",
        'amount: "base; child",',
        (
            "components[1].amount: RB-011 More than one expression, or a comment. "
            "One expression; comments go after `#`."
        ),
    ),
    (
        "amount: base,",
        "amount: base / 2,",
        (
            "components[1].amount: RB-012 `base / 2` (Div) is not part of the "
            "language. `share(amount, percent)` or `ratio_of(amount, a, b)`."
        ),
    ),
    (
        "amount: base,",
        "amount: now(),",
        (
            "components[1].amount: RB-012 `CURRENT_TIMESTAMP` (CurrentTimestamp) "
            "is not part of the language. See the table of functions."
        ),
    ),
    (
        "amount: base,",
        "amount: base + 12.50,",
        (
            "components[1].amount: RB-013 12.50 stands in an expression. "
            "A parameter with `from` and `law`."
        ),
    ),
    (
        "amount: child,",
        "amount: household.colour,",
        (
            "components[2].amount: RB-015 Nobody knows `household.colour`. "
            "Declare it under `attributes`; known: applied_on, area, cycles_since_enrolment, "
            "enrolled, enrolled_on, entitled_from, income_total, kind, municipality, "
            "per_capita_income, place, size, updated_on, urban, zone."
        ),
    ),
    (
        "amount: base,",
        'amount: "CASE WHEN base > 5 THEN base ELSE child END",',
        "components[1].amount: RB-017 Compares money with int: `base > 5`. A money parameter.",
    ),
    (
        "age_at(cycle.first_day) < 18,",
        "age_at(cycle.first_day) + 1 < 18,",
        (
            "components[2].where: RB-018 Calculates with an age: "
            "`AGE_AT(cycle.first_day) + 1`. Ages can only be compared."
        ),
    ),
    (
        "amount: base,",
        "amount: base * child,",
        "components[1].amount: RB-019 Multiplies money by money: `base * child`. money * int.",
    ),
    (
        "age_at(cycle.first_day) < 18,",
        "left_on IS NULL,",
        (
            "components[2].where: RB-020 `left_on IS NULL`: there are no nulls. "
            "`known(name)` or a date comparison; see its `absent:`."
        ),
    ),
    (
        "value: 85 %",
        "value: 0.85",
        (
            "parameters.school_min.values[1].value: RB-021 Percent `0.85` must be "
            "written with its sign: `85 %`."
        ),
    ),
    (
        "from: 2024-01-01, value: 120.00",
        "from: 2019-01-01, value: 120.00",
        (
            "parameters.base.values[2]: RB-022 `base`: 2019-01-01 stands after "
            "2020-01-01. Values in date order, each day once."
        ),
    ),
    (
        "value: 300.00",
        "value: 300.005",
        (
            "parameters.line.values[1].value: RB-006 `300.005` has more than 2 "
            "decimals, the digits of INR."
        ),
    ),
    (
        "amount: base,",
        "amount: base + KID,",
        (
            "components[1].amount: RB-030 This reads KID, which comes after it. "
            "Move KID up, or read an earlier component."
        ),
    ),
    (
        "by: [birth_date ASC], law",
        "law",
        (
            "limits[1].by: RB-031 `children` does not say who is chosen. "
            "`by: [amount DESC, birth_date ASC]`."
        ),
    ),
    (
        "    missing: no_effect\n",
        "",
        (
            "conditions.school.missing: RB-040 `school` has no `missing:`. "
            "What silence means: met, not_met, no_effect, hold."
        ),
    ),
    (
        "    breach: {ladder: steps}\n",
        "",
        (
            "conditions.school.breach: RB-041 Condition `school` has no effect. "
            "`breach: {ladder: …}` or `{forfeit: …, scope: …}`."
        ),
    ),
    (
        "when: breach, to: stopped}",
        "when: breach, to: stoped}",
        (
            "ladders.steps.steps[2].to: RB-050 Step 2 leads to `stoped`, which is "
            "no state. One of: none, warned, stopped."
        ),
    ),
    (
        "      stopped: {money: forfeit, months: 1}\n",
        "      stopped: {money: forfeit, months: 1}\n      lost: {money: not_due}\n",
        (
            "ladders.steps.states.lost: RB-051 State `lost` can never be reached. "
            "A step to it, or remove it."
        ),
    ),
    (
        "      - {from: [warned, stopped], when: breach, to: stopped}\n",
        (
            "      - {from: [warned, stopped], when: breach, to: stopped}\n"
            "      - {from: [warned], when: breach AND judged, to: none}\n"
        ),
        (
            "ladders.steps.steps[3]: RB-052 Step 3 is hidden: step 2 matches "
            "whenever it does. The special case first."
        ),
    ),
    (
        "missing: no_effect",
        "missing: hold",
        (
            "conditions.school.missing: RB-040 Condition `school` must say how long it holds for a "
            "report, and only then. missing: hold, hold: {cycles: 2, then: release}"
        ),
    ),
]


def test_the_law_itself_is_whole() -> None:
    rulebook, problems = check_text(VILLAGE, file="village.yaml")
    assert problems == ()
    assert rulebook is not None


def first_changed_line(text: str) -> int:
    """Return the first line in which a broken text differs from the good one."""
    pairs = zip(VILLAGE.splitlines(), text.splitlines(), strict=False)
    return next(n for n, (good, bad) in enumerate(pairs, start=1) if good != bad)


@pytest.mark.parametrize(
    ("good", "bad", "told"), BROKEN, ids=[f"{n}-{b[1].strip()[:30]}" for n, b in enumerate(BROKEN)]
)
def test_broken_rulebook_is_told_where_and_what_to_write(good: str, bad: str, told: str) -> None:
    assert good in VILLAGE
    text = VILLAGE.replace(good, bad, 1)
    _, problems = check_text(text, file="village.yaml")
    found = {str(problem).partition(" ")[2]: problem for problem in problems}
    assert told in found
    place = found[told].place
    assert place.file == "village.yaml"
    section = text.splitlines()[place.line - 1]
    is_missing = "has no `missing:`" in told or "has no effect" in told
    assert section.strip() == "school:" if is_missing else place.line == first_changed_line(text)
    assert place.column >= 1


def test_a_problem_reads_as_file_line_column_path_code_and_advice() -> None:
    text = VILLAGE.replace("value: 85 %", "value: 0.85")
    _, problems = check_text(text, file="village.yaml")
    assert [str(problem) for problem in problems] == [
        (
            "village.yaml:36:33 parameters.school_min.values[1].value: RB-021 "
            "Percent `0.85` must be written with its sign: `85 %`."
        )
    ]


def test_all_problems_come_in_one_pass() -> None:
    text = VILLAGE.replace("value: 85 %", "value: 0.85").replace(
        "amount: base,", "amount: base / 2,"
    )
    text = text.replace("to: stopped}", "to: stoped}")
    with pytest.raises(RefusedRulebook) as refused:
        parse(text, file="village.yaml")
    assert [problem.code for problem in refused.value.problems] == ["RB-021", "RB-050", "RB-012"]


@pytest.mark.parametrize("name", ["grant", "show", "order", "user", "left", "sum", "table"])
def test_a_law_may_name_things_by_words_of_sql(name: str) -> None:
    text = VILLAGE.replace("  base:\n", f"  {name}:\n").replace("amount: base", f"amount: {name}")
    assert f"amount: {name}" in text
    assert check_text(text, file="village.yaml")[1] == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [("142.10", "142.10"), ("yes", "yes"), ("017", "017"), ("true", True), ("-3", -3), ("~", None)],
)
def test_yaml_takes_nothing_for_what_it_is_not(written: str, read: object) -> None:
    assert read_text(f"key: {written}\n", file="x").tree == {"key": read}
