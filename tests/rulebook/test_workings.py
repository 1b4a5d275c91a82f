"""How an amount came about, for an auditor: every number that made it, every law that cut it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from cct_engine.cli.programmes import app
from cct_engine.rulebook import LANGUAGES, LocalWording, Texts, load
from cct_engine.rulebook.scenarios import explain_scenario, read_file
from cct_engine.rulebook.working import workings
from cct_engine.rulebook.working_words import WORKING

if TYPE_CHECKING:
    from cct_engine.rulebook import Explanation

LAWS = Path(__file__).parent / "laws"
PROGRAMMES = Path(__file__).parents[2] / "cct_engine" / "programmes"


@cache
def explained(law: Path, scenario: str) -> list[Explanation]:
    """Return a scenario's explanations, in plain words."""
    file = read_file(law.with_name(f"{law.stem}.scenarios.yaml"))
    return explain_scenario(load(law), file, scenario, texts=Texts("en", {}))


def worked(law: Path, scenario: str) -> dict[str, str]:
    """Return the workings of a scenario's last cycle."""
    return dict(explained(law, scenario)[-1].workings)


def test_members_are_told_by_their_number_and_a_scale_by_its_numbers() -> None:
    found = worked(LAWS / "scale_grant.yaml", "SG-1")
    assert found["BASE"] == (
        "scaled(base, count_of(members, counted), scale_power)"
        " = scaled(2,600.00, 2, 0.6) = 3,940.86 (art. 4)"
    )
    assert found["BONUS"].endswith("= lookup(bonus, at_most(2, 3), north) = 57.00 (art. 6)")


def test_several_months_and_members_are_added_up_as_they_are_paid() -> None:
    found = worked(PROGRAMMES / "prospera.yaml", "PR-01")
    assert found["FOOD"] == (
        "food + food_extra = 335.00 + 140.00; 2 × 475.00 = 950.00 (Reglas de Operación 2016, 3.5)"
    )
    assert "for each member counted; 2 × 660.00 + 2 × 205.00 = 1,730.00 (" in found["SCH"]


def test_what_a_ceiling_cuts_is_told_with_the_ceiling_and_its_law() -> None:
    found = worked(PROGRAMMES / "prospera.yaml", "CEILING")
    assert found["SCH"] == (
        "lookup(scholarship, grade, sex) for each member counted;"
        " in all 3,350.00 (Reglas de Operación 2016, 3.5),"
        " cut to 2 × 407.02 + 2 × 483.58 + 2 × 459.40 = 2,700.00,"
        " because FOOD + SCH + CHILD a month may be (2,945.00 if no, else 1,825.00) = 1,825.00"
        " at most (Reglas de Operación 2016, 3.5)"
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "hi",
            (
                "lookup(scholarship, grade, sex), हर गिने गए सदस्य के लिए; कुल 3,350.00 (Reglas de"
                " Operación 2016, 3.5), घटाकर 2 × 407.02 + 2 × 483.58 + 2 × 459.40 = 2,700.00,"
                " क्योंकि FOOD + SCH + CHILD महीने में अधिक से अधिक (2,945.00 यदि नहीं, अन्यथा"
                " 1,825.00) = 1,825.00 हो सकता है (Reglas de Operación 2016, 3.5)"
            ),
        ),
        (
            "pt",
            (
                "lookup(scholarship, grade, sex) por membro contado; ao todo 3.350,00 (Reglas de"
                " Operación 2016, 3.5), reduzido a 2 × 407,02 + 2 × 483,58 + 2 × 459,40 = 2.700,00,"
                " porque FOOD + SCH + CHILD por mês pode ser no máximo (2.945,00 se não, senão"
                " 1.825,00) = 1.825,00 (Reglas de Operación 2016, 3.5)"
            ),
        ),
    ],
)
def test_a_working_has_the_words_and_the_forms_of_its_reader(language: str, said: str) -> None:
    [found] = explained(PROGRAMMES / "prospera.yaml", "CEILING")
    wording = LocalWording(language, "MXN")
    telling = replace(found.telling, texts=Texts(language, {}), wording=wording)
    assert workings(telling)["SCH"] == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_of_a_working(language: str) -> None:
    assert WORKING[language].keys() == WORKING["en"].keys()


def test_whom_a_limit_left_out_is_told_where_the_others_are_added_up() -> None:
    found = worked(PROGRAMMES / "pkh.yaml", "ID-04")
    assert found["EARLY"].endswith(
        "; of EARLY at most most_of_a_kind = 2 are counted, not EARLY (d) (Ministry of Social"
        " Affairs: two small children)"
    )
    assert "counted, not" not in found["SD"]


def test_a_scenario_can_be_explained_before_anybody_is_paid() -> None:
    asked = ["test", str(PROGRAMMES / "prospera.yaml"), "--explain", "PR-01", "--language", "es"]
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 0
    assert "335.00 + 140.00; 2 × 475.00 = 950.00" in answer.output
    assert "Apoyo alimentario" in answer.output or "noviembre" in answer.output


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["test", "prospera", "--explain", "PR-01"], "Name the file of one rulebook."),
        (["test", "--explain", "PR-01"], "Name the file of one rulebook."),
    ],
)
def test_an_explanation_needs_one_rulebook(asked: list[str], told: str) -> None:
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 2
    assert told in answer.output


def test_a_scenario_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"There is no scenario SG-9; there are SG-1, SG-2"):
        worked(LAWS / "scale_grant.yaml", "SG-9")
