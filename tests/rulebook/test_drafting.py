"""The file of sentences to fill in: nothing written over, nothing made up, all of it asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cct_engine.cli.programmes import app
from cct_engine.rulebook import draft, load, programme, read_texts
from cct_engine.rulebook.texts import check_texts, needed_texts

LAW = Path(__file__).parent / "laws" / "scale_grant.yaml"


@pytest.mark.parametrize("language", ["en", "hi", "pt", "es"])
def test_a_draft_has_a_place_for_every_sentence_and_the_check_asks_for_the_empty_ones(
    tmp_path: Path, language: str
) -> None:
    law = programme("auh")
    path = tmp_path / f"auh.texts.{language}.yaml"
    path.write_text(draft(law, language), encoding="utf-8")
    said = read_texts(path).sentences.keys()
    problems = check_texts(law, path)
    told = {problem.message.split("`")[1] for problem in problems}
    needed = {".".join(one) for one in needed_texts(law, language)}
    assert told == needed - {".".join(one) for one in said}
    assert {"payee", "held.no_payee", "standing.no_members"}.isdisjoint(told)
    assert "components.AUH" in told
    assert all(problem.place.line > 1 for problem in problems)


def test_a_draft_names_the_words_that_may_be_filled_in() -> None:
    assert "  BASE: # {amount} {component} {month} {person} {size}\n" in draft(load(LAW), "en")


def test_a_draft_is_written_beside_the_law_and_never_over_a_file(tmp_path: Path) -> None:
    law = tmp_path / LAW.name
    shutil.copy(LAW, law)
    first = CliRunner().invoke(app, ["check", str(law), "--draft", "pt"])
    assert "Wrote scale_grant.texts.pt.yaml: fill in what stands empty.\n" in first.output
    written = (tmp_path / "scale_grant.texts.pt.yaml").read_text(encoding="utf-8")
    again = CliRunner().invoke(app, ["check", str(law), "--draft", "pt"])
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    assert (tmp_path / "scale_grant.texts.pt.yaml").read_text(encoding="utf-8") == written
