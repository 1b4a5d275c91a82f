"""What an approver waits for: a rulebook that reads, compiles, pays as expected and explains."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook import LANGUAGES, check, load, programme, read_texts, unsure
from cct_engine.rulebook.texts import check_texts

from .conftest import PROGRAMMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook import Problem, Rulebook


@pytest.fixture
def annashree(tmp_path: Path) -> Path:
    """A copy of a whole programme that a test may break."""
    for file in PROGRAMMES.glob("dilli_annashree*"):
        shutil.copy(file, tmp_path)
    return tmp_path / "dilli_annashree.yaml"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def pointed_at(path: Path, problem: Problem) -> str:
    """Return what stands at the line and column that a problem names."""
    line = path.read_text(encoding="utf-8").splitlines()[problem.place.line - 1]
    return line[problem.place.column - 1 :]


LAWS = sorted(path.stem for path in PROGRAMMES.glob("*.yaml") if path.name.count(".") == 1)


@pytest.mark.parametrize("law", LAWS)
def test_shipped_laws_are_whole(law: str) -> None:
    """It reads, compiles all its life, passes its scenarios and has a sentence for everything."""
    assert check(PROGRAMMES / f"{law}.yaml") == []


def test_a_changed_amount_breaks_the_scenarios(annashree: Path) -> None:
    change(annashree, "value: 600.00", "value: 601.00")
    problems = check(annashree)
    assert {problem.code for problem in problems} == {"RB-071"}
    wrong = [p for p in problems if "gross: expected 600, found 601.00" in p.message]
    assert wrong
    scenarios = annashree.with_name("dilli_annashree.scenarios.yaml").read_text(encoding="utf-8")
    for problem in wrong:
        line = scenarios.splitlines()[problem.place.line - 1]
        assert line[problem.place.column - 1 :].startswith("gross:")


def test_a_missing_sentence_is_a_problem(annashree: Path) -> None:
    change(annashree.with_name("dilli_annashree.texts.en.yaml"), "  CASH:", "  CASHH:")
    assert [(p.code, p.message) for p in check(annashree)] == [
        ("RB-072", "No sentence for `components.CASH`.")
    ]


def test_a_component_that_no_scenario_pays_is_a_problem(annashree: Path) -> None:
    change(
        annashree,
        "\npayee:",
        "\n  - {code: MORE, title: More, each: household, where: household.urban, amount: monthly,"
        ' law: "x"}'
        "\npayee:",
    )
    change(
        annashree.with_name("dilli_annashree.texts.en.yaml"),
        "components:\n",
        "components:\n  MORE: x\n",
    )
    for language in ("hi", "pt", "es"):
        annashree.with_name(f"dilli_annashree.texts.{language}.yaml").unlink()
    [problem] = check(annashree)
    line = annashree.read_text(encoding="utf-8").split("- {code: MORE")[0].count("\n") + 1
    assert str(problem) == (
        f"dilli_annashree.yaml:{line}:5 components[2]:"
        " RB-070 No scenario pays `MORE`. One in the file beside it."
    )


def test_no_scenarios_at_all_is_a_problem(annashree: Path) -> None:
    annashree.with_name("dilli_annashree.scenarios.yaml").unlink()
    assert [problem.message for problem in check(annashree)] == ["There are no scenarios."]


def test_a_law_that_ends_before_its_other_parts_is_found(annashree: Path) -> None:
    change(
        annashree,
        "2013-07-31, law",
        '2013-07-31, law: "x"}, {from: 2020-01-01, value: null, law',
    )
    wrong = [problem for problem in check(annashree) if problem.code == "RB-024"]
    assert [pointed_at(annashree, problem) for problem in wrong] == ["enrol_by:"]


@pytest.mark.parametrize(
    ("code", "old", "new", "at"),
    [
        ("RB-035", "amount: monthly", "amount: monthly * 90000000000000", "amount: monthly *"),
        (
            "RB-090",
            "amount: monthly",
            "amount: 'ratio_of(monthly, 1, 0)'",
            "amount: 'ratio_of",
        ),
        (
            "RB-090",
            "sex = 'F' AND",
            "sex = 'F' AND age_at(cycle.first_day) < household.size AND",
            "where: sex = 'F'",
        ),
        ("RB-090", "by: [birth_date ASC]", "by: [grade ASC]", "by: [grade"),
    ],
)
def test_what_compiling_refuses_is_told_at_its_line_and_column(
    annashree: Path, code: str, old: str, new: str, at: str
) -> None:
    change(annashree, old, new)
    [problem] = [p for p in check(annashree) if p.code == code]
    assert pointed_at(annashree, problem).startswith(at)


def test_what_the_author_could_not_confirm_is_listed() -> None:
    remarks = dict(unsure(programme("dilli_annashree")))
    assert "widows" in remarks["components.CASH"]
    assert set(remarks) >= {"calendar", "recertify", "recovery"}
    table = dict(unsure(programme("mission_convergence")))
    assert set(table) == {"targeting.category"}
    assert {"tables.scholarship", "caps.household_month"} <= set(
        dict(unsure(programme("prospera")))
    )


@cache
def read_once(law: str) -> Rulebook:
    return load(PROGRAMMES / f"{law}.yaml")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("law", LAWS)
def test_shipped_laws_say_everything_in_every_language(law: str, language: str) -> None:
    """A new component, condition or step without words fails here: what to write, and where."""
    texts = PROGRAMMES / f"{law}.texts.{language}.yaml"
    problems = check_texts(read_once(law), texts)
    assert "\n".join(map(str, problems)) == ""


@pytest.mark.parametrize("law", LAWS)
def test_a_sentence_tells_the_same_in_every_language(law: str) -> None:
    """The months, amounts and persons of the English sentence stand in each translation."""
    english = sentences(law, "en")
    for language in LANGUAGES:
        said = sentences(law, language)
        other = {".".join(path) for path in english if words(said[path]) != words(english[path])}
        assert other == set(), language


def sentences(law: str, language: str) -> Mapping[tuple[str, ...], str]:
    return read_texts(PROGRAMMES / f"{law}.texts.{language}.yaml").sentences


def words(sentence: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", sentence))


def test_a_sentence_missing_in_another_language_is_a_problem(annashree: Path) -> None:
    hindi = annashree.with_name("dilli_annashree.texts.hi.yaml")
    change(hindi, "titles:\n", "title_s:\n")
    assert [str(problem) for problem in check(annashree)] == [
        (
            "dilli_annashree.texts.hi.yaml:2:1 titles.CASH: RB-072 No sentence for `titles.CASH`."
            " What the component is called; in English, its `title:` in the law."
        )
    ]


def test_a_word_that_nothing_fills_is_a_problem(annashree: Path) -> None:
    change(
        annashree.with_name("dilli_annashree.texts.pt.yaml"),
        "{amount} de {month}, b",
        "{amuont}, b",
    )
    assert [(p.code, p.message, p.instead) for p in check(annashree)] == [
        (
            "RB-073",
            "Nothing fills `{amuont}` in `sources.released`.",
            "Words here: {amount}, {component}, {month}, {person}, {size}.",
        )
    ]


def test_a_file_of_sentences_says_its_own_language(annashree: Path) -> None:
    change(annashree.with_name("dilli_annashree.texts.es.yaml"), "language: es", "language: fr")
    assert [(p.message, p.instead) for p in check(annashree)] == [
        (
            "`language: fr` is not the language of dilli_annashree.texts.es.yaml.",
            "One of en, hi, pt, es, as in the name.",
        )
    ]


@pytest.mark.parametrize("cycle", ["{every: month}", "{every: year, starts: [Apr]}"])
def test_what_began_before_the_law_is_not_compiled_by_it(tmp_path: Path, cycle: str) -> None:
    """Neither a window judged again for money that waits, nor the year a law began in."""
    law = tmp_path / "waiting_grant.yaml"
    shutil.copy(Path(__file__).parent / "laws" / law.name, law)
    change(law, "cycle: {every: month}", f"cycle: {cycle}")
    change(law, "from: 2020-01-01", "from: 2020-10-01")
    assert [problem for problem in check(law) if problem.code == "RB-024"] == []


@pytest.mark.parametrize("name", ["yaml", "scenarios.yaml", "texts.en.yaml"])
def test_a_file_that_is_not_utf8_is_a_problem_and_no_crash(annashree: Path, name: str) -> None:
    """As a spreadsheet or an old editor saves it: told with the line."""
    path = annashree.with_name(f"dilli_annashree.{name}")
    text = path.read_text(encoding="utf-8")
    path.write_bytes(f"{text}# Família\n".encode("latin-1", errors="replace"))
    assert [str(problem) for problem in check(annashree)] == [
        (
            f"{path.name}:{text.count(chr(10)) + 1}:1: RB-000 This is not text in UTF-8. Save the"
            " file with the encoding UTF-8."
        )
    ]


def test_a_mark_of_the_encoding_in_front_of_a_file_is_no_mistake(annashree: Path) -> None:
    annashree.write_bytes(b"\xef\xbb\xbf" + annashree.read_bytes())
    assert check(annashree) == []
