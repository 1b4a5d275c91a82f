"""A family is told why a limit left somebody out and what a ceiling took, with sums that add up."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook import LANGUAGES, LocalWording, Texts, load, read_texts
from cct_engine.rulebook.phrases import BOUNDS, CHOSEN, COUNTED
from cct_engine.rulebook.scenarios import explain_scenario, read_file

if TYPE_CHECKING:
    from cct_engine.rulebook import Explanation, Telling

LAWS = Path(__file__).parent / "laws"
PROGRAMMES = Path(__file__).parents[2] / "cct_engine" / "programmes"
PLAIN = Texts("en", {})


@cache
def told(law: Path, scenario: str) -> list[Explanation]:
    """Return a scenario's explanations, in plain words."""
    file = read_file(law.with_name(f"{law.stem}.scenarios.yaml"))
    return explain_scenario(load(law), file, scenario, texts=PLAIN)


def retold(found: Explanation, texts: Texts) -> Telling:
    """Return the same in the words and forms of a language."""
    wording = LocalWording(texts.language, found.telling.rulebook.currency)
    return replace(found.telling, texts=texts, wording=wording)


def sentences(telling: Telling) -> list[str]:
    """Return what limits and ceilings did, with plain spaces."""
    return [bound.sentence.replace("\u00a0", " ") for bound in telling.bounds()]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "A family gets at most $ 1,825.00 a month (Food support; Scholarship; Support for a"
                " child up to nine). To fit, $ 325.00 less is paid a month. Scholarship: $ 1,350.00"
                " instead of $ 1,675.00."
            ),
        ),
        (
            "hi",
            (
                "एक परिवार को महीने में अधिक से अधिक $ 1,825.00 मिलते हैं (भोजन सहायता; छात्रवृत्ति;"
                " बाल सहायता, नौ वर्ष तक)। इस सीमा के कारण हर महीने $ 325.00 कम दिए जाते हैं।"
                " छात्रवृत्ति: $ 1,675.00 की जगह $ 1,350.00।"
            ),
        ),
        (
            "pt",
            (
                "Uma família recebe no máximo $ 1.825,00 por mês (Apoio alimentar; Bolsa de"
                " estudos; Apoio infantil, até nove anos). Para caber nesse limite, pagam-se"
                " $ 325,00 a menos por mês. Bolsa de estudos: $ 1.350,00 em vez de $ 1.675,00."
            ),
        ),
        (
            "es",
            (
                "Una familia recibe como máximo $ 1,825.00 al mes (Apoyo alimentario; Beca; Apoyo"
                " infantil, hasta nueve años). Para no pasar de ese tope se pagan $ 325.00 menos al"
                " mes. Beca: $ 1,350.00 en lugar de $ 1,675.00."
            ),
        ),
    ],
)
def test_a_family_is_told_its_ceiling_and_what_it_took(language: str, said: str) -> None:
    [found] = told(PROGRAMMES / "prospera.yaml", "CEILING")
    telling = retold(found, read_texts(PROGRAMMES / f"prospera.texts.{language}.yaml"))
    assert sentences(telling) == [said]
    assert said in [sentence.replace("\u00a0", " ") for sentence in telling.sentences()]
    [bound] = telling.bounds()
    food, scholarships = (
        sum(line["due"] for line in found.lines if line["component"] == code)
        for code in ("FOOD", "SCH")
    )
    assert (food + scholarships, bound.amount_minor) == (2 * 1825_00, 2 * 325_00)
    assert scholarships + bound.amount_minor == 2 * 1675_00
    assert bound.law == "Reglas de Operación 2016, 3.5"


def test_a_payment_for_two_months_names_both() -> None:
    [found] = told(PROGRAMMES / "prospera.yaml", "CEILING")
    assert found.sentences[0] == "Prospera, 2016-11 to 2016-12: MXN 3,650.00 to pay now."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_every_limit_and_ceiling(language: str) -> None:
    for words in (BOUNDS, COUNTED, CHOSEN):
        assert words[language].keys() == words["en"].keys()


def test_who_a_limit_leaves_out_is_named_and_who_is_chosen_first() -> None:
    [four] = told(PROGRAMMES / "pkh.yaml", "ID-02")
    assert sentences(four.telling) == [
        "The law counts at most 4 persons, the highest amounts first. Not counted: b."
    ]
    [bound] = four.telling.bounds()
    assert (bound.kind, bound.components, bound.amount_minor) == ("limit", ("SD",), 225_000_00)
    [one] = told(PROGRAMMES / "pkh.yaml", "ID-05")
    assert sentences(one.telling) == [
        "The law counts at most 1 person (Elderly person), the oldest first. Not counted: g."
    ]


def test_where_nobody_is_left_out_no_limit_is_told() -> None:
    [found] = told(PROGRAMMES / "pkh.yaml", "ID-01")
    assert found.telling.bounds() == ()


def test_a_person_whom_the_law_counts_once_is_told_what_is_not_counted(tmp_path: Path) -> None:
    shipped = PROGRAMMES / "pkh.scenarios.yaml"
    text = shipped.read_text(encoding="utf-8")
    pupil = "{id: i, rel: mother, age: 17, sex: F, pregnant: true, grade: SMA}"
    file = tmp_path / shipped.name
    head, _, _ = text.partition("scenarios:")
    file.write_text(
        f"{head}scenarios:\n  - id: BOTH\n    name: a pregnant pupil\n    given:\n"
        f"      household: {{members: [{pupil}]}}\n"
        "    when: {cycle: 2024-01}\n    then: {gross: 750000}\n",
        encoding="utf-8",
    )
    rulebook = load(PROGRAMMES / "pkh.yaml")
    [found] = explain_scenario(rulebook, read_file(file), "BOTH", texts=PLAIN)
    assert sentences(found.telling) == [
        (
            "The law counts each person once only, the highest amounts first. Not counted: Pupil"
            " of upper secondary school (i)."
        )
    ]


def test_a_law_may_say_its_limit_in_its_own_words() -> None:
    own = Texts("en", {("limits", "family"): "PKH pays for {most}; {persons} waits ({months})."})
    [found] = told(PROGRAMMES / "pkh.yaml", "ID-02")
    assert sentences(retold(found, own)) == ["PKH pays for 4; b waits."]
    own = Texts("en", {("ceilings", "household_month"): "{lines} {before} less {less} = {after}."})
    [found] = told(PROGRAMMES / "prospera.yaml", "CEILING")
    assert sentences(retold(found, own)) == [
        "Scholarship $ 1,675.00 less $ 325.00 = $ 1,350.00.",
    ]


def test_months_that_come_late_are_told_by_their_own_limit_and_ceiling_once() -> None:
    late, after = told(LAWS / "late_grant.yaml", "limits-of-the-month")
    assert sentences(late.telling) == [
        (
            "The law counts at most 1 amount (PEN), the oldest first. Not counted: h, u (2011-11 to"
            " 2012-01)."
        ),
        (
            "The law counts at most 2 amounts (PEN), the oldest first. Not counted: u (2012-02 to"
            " 2012-04)."
        ),
        (
            "A family gets at most INR 700.00 a month (PEN; CHILD; FUEL). To fit, INR 170.00 less"
            " is paid a month. PEN; CHILD: INR 550.00 instead of INR 720.00 (2012-02)."
        ),
        (
            "A family gets at most INR 700.00 a month (PEN; CHILD; FUEL). To fit, INR 40.00 less is"
            " paid a month. PEN; CHILD: INR 700.00 instead of INR 740.00."
        ),
    ]
    assert sentences(after.telling) == [
        "The law counts at most 2 amounts (PEN), the oldest first. Not counted: u.",
        (
            "A family gets at most INR 650.00 a month (PEN; CHILD; FUEL). To fit, INR 90.00 less is"
            " paid a month. PEN; CHILD: INR 650.00 instead of INR 740.00."
        ),
    ]


def test_a_ceiling_of_the_whole_payment_adds_up_with_the_lines_it_left_alone() -> None:
    """Of three children's books the last is cut: 250 of 300, not 50 of 100."""
    [found] = told(LAWS / "capped_grant.yaml", "books")
    assert sentences(found.telling)[1] == (
        "A family gets at most MXN 250.00 in one payment (BOOKS). To fit, MXN 50.00 less is paid."
        " BOOKS: MXN 250.00 instead of MXN 300.00."
    )
