"""Files broken in any way are refused with a place and what to write, never with a traceback."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from cct_engine.rulebook import check
from cct_engine.rulebook.loading import check_text

from .drawn.broken import broken

LAWS = sorted((Path(__file__).parent / "laws").glob("*_grant.yaml"))
COUNT = int(os.environ.get("CCT_TEST_BROKEN", "40"))
"""Broken files; thousands for a long hunt."""
SMALL = (Path(__file__).parent / "laws" / "waiting_grant.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("part", range(4))
def test_a_file_broken_anywhere_is_told_with_a_place(part: int) -> None:
    for seed in range(part, COUNT, 4):
        rng = random.Random(seed)
        path = rng.choice(LAWS)
        text = broken(path.read_text(encoding="utf-8"), rng)
        rulebook, problems = check_text(text, file=path.name)
        assert rulebook is not None or problems, f"seed {seed}"
        for problem in problems:
            assert problem.place.line >= 1, f"seed {seed}"
            assert problem.place.column >= 1, f"seed {seed}"
            assert problem.message, f"seed {seed}"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('standing: {apply: "TRUE"', 'standing: {apply: ""', "RB-010 There is no expression."),
        ("title: Waiting", "title: Wait\x00ing", "RB-000 A character that no text has: U+0000."),
        ('"TRUE", keep', f'"{"(" * 300}TRUE{")" * 300}", keep', "too many brackets"),
        ('"TRUE", keep', f'"TRUE{" AND TRUE" * 600}", keep', "cannot be read by anybody"),
        ("unit: 1}", "unit: 0}", "RB-006 Nothing can be rounded to `0`."),
        ("unit: 1}", "unit: two}", "RB-006 `two` is not an amount"),
        ("lag: 1 months", "lag: 60 days", "RB-006 `60 days` is counted in months here."),
        ("lag: 1 months", "lag: two months", "RB-006 `two months` is not a duration"),
        ("from: 2020-01-01", "from: 9999-12-31", "RB-022 `pupil` has a value from 9999-12-31 on"),
        ("scope: household,", "scope: member,", "no member loses his own line"),
        ("amount: family", '"amount": "share(family, minimum, up, x)"', "`x` is not an amount"),
    ],
)
def test_what_is_wrong_is_told(old: str, new: str, told: str) -> None:
    assert old in SMALL
    rulebook, problems = check_text(SMALL.replace(old, new, 1), file="small.yaml")
    assert rulebook is None
    assert any(told in str(problem) for problem in problems), [str(p) for p in problems]


def test_definitions_that_multiply_are_refused_before_they_fill_the_memory() -> None:
    """Four definitions, each the one before it ten times; ten would be ten thousand million."""
    definitions = "".join(
        f"  d{n}: {' AND '.join([f'd{n - 1}'] * 10) if n else 'household.urban'}\n"
        for n in range(5)
    )
    text = re.sub(r"standing: .*", "standing: {apply: d4, keep: same}", SMALL)
    rulebook, problems = check_text(f"{text}definitions:\n{definitions}", file="small.yaml")
    assert rulebook is None
    assert "come together here" in str(problems[0])


def test_an_age_that_no_calendar_reaches_is_told(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("BETWEEN 6 AND 15", ">= 99999"), encoding="utf-8")
    assert any("no calendar reaches" in str(problem) for problem in check(path))


def test_a_law_that_reads_well_and_cannot_be_calculated_is_told_by_the_check(
    tmp_path: Path,
) -> None:
    """An age is compared with what is the same for everybody."""
    young = '{apply: "any_of(members, age_at(cycle.first_day) < household.size)", keep: "TRUE"}'
    path = tmp_path / "small.yaml"
    path.write_text(re.sub(r"standing: .*", f"standing: {young}", SMALL), encoding="utf-8")
    told = [str(problem) for problem in check(path) if problem.code == "RB-090"]
    assert len(told) == 1
    assert "standing.apply" in told[0]
