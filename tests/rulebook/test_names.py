"""Names that could be taken for one another are refused: engines do not tell capitals apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from cct_engine.rulebook.loading import check_text

SCHOOL = (Path(__file__).parent / "laws" / "school_grant.yaml").read_text(encoding="utf-8")
_LADDER = """
  standing: {each: household, applies_to: all, steps: [{from: [none], when: breach, to: x}],
    states: {none: {money: none}, x: {money: not_due}}}
"""
_LIMIT = """
  - {name: pupils, over: [EDU], at_most: most, counts: member, by: [amount DESC], law: s}
"""
_TWIN = """
  - {code: edu, each: household, amount: health, law: s}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("components:\n", f"components:{_TWIN}", "and component `edu` differ in their capitals"),
        ("remote: {", "Remote: {type: bool, absent: true}, remote: {", "`Remote` differ in their"),
        ("remote: {", "size: {type: date, absent: never}, remote: {", "RB-017 `size` is a int"),
        ("ladders:\n", f"ladders:{_LADDER}", "`standing` is what every programme remembers"),
        ("limits:\n", f"limits:{_LIMIT}", "RB-002 `pupils` is given twice."),
        ("event('selected')", "event('se lected) OR (1 = 1')", "RB-006 `se lected) OR (1 = 1`"),
        ("event('selected')", "event('a') OR event('A')", "RB-002 `A` and `a` differ"),
        ("run: {consecutive: true, ", "run: {", "RB-054 Counter `run` counts in one way."),
        ("last: 4 cycles", "last: 400 cycles", "RB-054 Counter `lately` remembers 60 cycles"),
        ("last: 4 cycles", "last: 0 cycles", "remembers 60 cycles at most, 1 at least. 60 cycles"),
        ("to: 2024-03-31", "to: 2023-03-31", "RB-022 This ends before it begins."),
        ("month}", "month, except: [{months: [Jan], observe: Dec..Feb}]}", "It passes New Year."),
    ],
)
def test_what_could_be_taken_for_something_else_is_refused(old: str, new: str, told: str) -> None:
    assert old in SCHOOL
    rulebook, problems = check_text(SCHOOL.replace(old, new, 1), file="school.yaml")
    assert rulebook is None
    assert any(told in str(problem) for problem in problems), [str(p) for p in problems]
