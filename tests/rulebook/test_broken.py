"""Broken rulebooks, each a file, with the exact words a person gets for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cct_engine.cli.programmes import app

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_a_broken_rulebook_is_told_with_place_rule_and_what_to_write(path: Path) -> None:
    answer = CliRunner().invoke(app, ["check", str(path)])
    expected = path.with_suffix(".txt").read_text(encoding="utf-8")
    count = len(expected.splitlines())
    assert answer.output == f"{expected}{count} problem(s) in {path.name}.\n"
    assert answer.exit_code == 1


def test_there_are_enough_of_them_and_none_says_the_same() -> None:
    told = [path.with_suffix(".txt").read_text(encoding="utf-8") for path in BROKEN]
    assert len(BROKEN) >= 20
    assert len(set(told)) == len(told)
