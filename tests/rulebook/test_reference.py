"""The reference that analysts read is the one the model writes."""

from __future__ import annotations

import re
from pathlib import Path

from cct_engine.rulebook.reference import reference

WRITTEN = Path(__file__).parents[2] / "docs" / "rulebook" / "reference.md"
LANGUAGE = Path(__file__).parents[2] / "cct_engine" / "rulebook"
PROSE = {"## When things happen", "## Scenarios", "## Business calendars"}


def test_the_reference_is_up_to_date() -> None:
    told = "Write it anew: cct programme reference > docs/rulebook/reference.md"
    assert WRITTEN.read_text(encoding="utf-8") == reference(), told


def test_every_key_function_name_and_word_says_what_it_means() -> None:
    """What nobody has told yet is told in cct_engine/rulebook/meanings.yaml."""
    rows = [line for line in reference().splitlines() if line.startswith("| ")]
    untold = [row for row in rows if row.endswith((" |  |", " | `` |"))]
    assert untold == []
    assert len(rows) > 300


def test_nothing_is_told_that_the_language_does_not_know() -> None:
    text = reference()
    told = (LANGUAGE / "meanings.yaml").read_text(encoding="utf-8")
    meanings = re.findall(r'^ +\S.*?: (?:".*?"|\[".*)$', told, re.MULTILINE)
    rows = [line for line in text.splitlines() if line.startswith(("| `", "| *"))]
    assert len(meanings) == len(rows)


def test_every_expectation_of_a_scenario_is_told() -> None:
    text = reference()
    then = text[text.index("| of `then` |") : text.index("## Sentences")]
    compared = (LANGUAGE / "scenarios" / "comparing.py").read_text(encoding="utf-8")
    known = re.findall(r'^    "(\w+)": ', compared, re.MULTILINE)
    assert {"gross", "payee", "alert"} <= set(known)
    extra = {"pay_now_extra"}  # a word of the worked cases for `released`
    assert [word for word in known if word not in extra and f"`{word}`" not in then] == []
