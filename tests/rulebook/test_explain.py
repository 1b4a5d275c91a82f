"""An explanation names the numbers, the articles, what is lost or waits, and how to object."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook import (
    LANGUAGES,
    Explanation,
    LocalWording,
    Month,
    Telling,
    Texts,
    UnknownHousehold,
    compile_cycle,
    explain,
    programme,
    programme_texts,
)
from cct_engine.rulebook.compiler.verdict_codes import EXEMPT_REASONS
from cct_engine.rulebook.phrases import HEADLINE, REASONS

from .families import shard_of
from .oracle.bolsa_familia import NOW, Fact, Family, Ladder, Member

if TYPE_CHECKING:
    from cct_engine.rulebook import Rulebook

MOTHER = Member(1, date(1990, 3, 3), "F", responsible=True)
PUPIL = Member(2, date(2015, 3, 3), "M", facts=(Fact(15, 20), Fact(14, 20)))
BABY = Member(3, date(2025, 5, 5), "F")
NAMES = {1: "the mother", 2: "the boy", 3: "the baby"}


def explained(rulebook: Rulebook, family: Family, texts: Texts | None = None) -> Explanation:
    return explain(
        compile_cycle(rulebook, month=Month.parse("2025-09")),
        shard_of(rulebook, [Family((MOTHER,)), family]),
        2,
        rulebook=rulebook,
        texts=texts or programme_texts(rulebook.programme),
        names=NAMES,
    )


def test_a_blocked_family_is_told_everything(bolsa_familia: Rulebook) -> None:
    family = Family((MOTHER, PUPIL, BABY), family=Ladder("warned", NOW - 2))
    told = explained(bolsa_familia, family)
    assert list(told.sentences) == [
        "Bolsa Família, 2025-09: BRL 0.00 to pay now; held BRL 850.00.",
        "Citizenship income: BRL 426.00 (persons in the family: 3).",
        "Complement: BRL 174.00, so that the family has at least the minimum.",
        "Early childhood: BRL 150.00 for the baby, who is younger than seven.",
        "Family variable: BRL 50.00 for the boy, who is between 7 and 17.",
        "Nursing: BRL 50.00 for the baby, a baby of up to six months.",
        "School, 2025-06 to 2025-07: the boy was present 72.5 % (29/40); 75 % is asked. Not met.",
        "The money of 2025-09 was blocked for one month and is paid with the next.",
        "BRL 850.00 is blocked this month and is paid with the next.",
        "The mother receives the money.",
        (
            "If this is wrong, you can object at your centre within 30 days; money lost by "
            "mistake is paid back."
        ),
    ]


def test_each_component_shows_the_numbers_that_made_it(bolsa_familia: Rulebook) -> None:
    told = explained(bolsa_familia, Family((MOTHER, PUPIL, BABY), income=90000))
    assert told.workings["BRC"] == (
        "per_person * household.size = 142.00 * 3 = 426.00 (Lei 14.601/2023, art. 7, § 1, I)"
    )
    assert told.workings["BCO"].startswith(
        "top_up(BRC, family_floor) = top_up(426.00, 600.00) = 174.00"
    )
    assert told.workings["PROT"].startswith(
        "subtotal - share(subtotal, grace_share) = 850.00 - share(850.00, 50 %) = 425.00, taken off"
    )
    assert told.household["pay_now"] == sum(line["payable"] for line in told.lines) == 42500
    assert told.decided["known_income_total"] == "90000"


def test_every_value_of_the_law_comes_with_its_day_and_article(bolsa_familia: Rulebook) -> None:
    told = explained(bolsa_familia, Family((MOTHER, PUPIL)))
    read = {parameter.name: parameter for parameter in told.parameters}
    assert (read["per_person"].value, read["per_person"].from_on) == ("142.00", date(2023, 6, 1))
    assert all(parameter.law for parameter in told.parameters)
    assert "per_person = 142.00, since 2023-06-01 (Lei 14.601/2023" in told.text()


def test_a_family_that_left_is_told_when_it_may_come_back(bolsa_familia: Rulebook) -> None:
    told = explained(bolsa_familia, Family((MOTHER,), income=50000, in_grace_since=NOW - 24))
    assert (
        "The months of protection are over; the benefit ended in 2025-09. Until 2028-09 the family "
        "may return before others." in told.sentences
    )


def test_without_names_persons_are_numbers(bolsa_familia: Rulebook) -> None:
    compiled = compile_cycle(bolsa_familia, month=Month.parse("2025-09"))
    told = explain(
        compiled,
        shard_of(bolsa_familia, [Family((MOTHER, PUPIL))]),
        1,
        rulebook=bolsa_familia,
        texts=programme_texts("bolsa_familia"),
    )
    assert "Person 1 receives the money." in told.sentences


def test_a_household_of_another_shard_is_unknown(bolsa_familia: Rulebook) -> None:
    compiled = compile_cycle(bolsa_familia, month=Month.parse("2025-09"))
    shard = shard_of(bolsa_familia, [Family((MOTHER,))])
    texts = programme_texts("bolsa_familia")
    with pytest.raises(UnknownHousehold, match="Household 77 is not in this shard"):
        explain(compiled, shard, 77, rulebook=bolsa_familia, texts=texts)


def test_the_explanation_is_the_statement_run_for_one_household(bolsa_familia: Rulebook) -> None:
    """The same SELECTs over the household's rows: no second writing of the rules exists."""
    family = Family((MOTHER, replace(PUPIL, facts=(Fact(1, 20),))))
    told = explained(bolsa_familia, family)
    assert told.household["sanction_state"] == "warned"
    assert told.decided["pay_now"] == told.household["pay_now"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Please renew it"),
        ("pt", "Atualize-o"),
        ("es", "Actualícelo"),
        ("hi", "नवीनीकरण कराएँ"),
    ],
)
def test_a_family_is_told_that_its_registration_grows_old(
    bolsa_familia: Rulebook, language: str, said: str
) -> None:
    """23 months on the first day of the cycle: a warning, and no money waits yet."""
    texts = programme_texts(bolsa_familia.programme, language=language)
    old = Family((MOTHER, PUPIL), updated_on=date(2023, 9, 15))
    assert any(said in sentence for sentence in explained(bolsa_familia, old, texts).sentences)
    new = replace(old, updated_on=date(2025, 1, 15))
    assert not any(said in one for one in explained(bolsa_familia, new, texts).sentences)


def test_nobody_is_said_to_receive_nothing(bolsa_familia: Rulebook) -> None:
    rich = explained(bolsa_familia, Family((MOTHER, PUPIL), income=10_000_000, enrolled=False))
    assert rich.sentences[0].endswith("BRL 0.00 to pay now.")
    assert "The mother receives the money." not in rich.sentences


def test_money_that_waits_for_an_account_says_so(bolsa_familia: Rulebook) -> None:
    telling = explained(bolsa_familia, Family((MOTHER, PUPIL))).telling
    assert telling.held("finding:ACCOUNT_MISSING", 600_00) == (
        "BRL 600.00 waits until an account is registered for the payee."
    )
    assert telling.held("finding:DUPLICATE", 600_00) == telling.held("review_hold", 600_00)


def test_brackets_with_nothing_to_say_are_left_out() -> None:
    texts = Texts("en", {("a",): "Stopped since {since} ({conditions})."})
    assert texts.say("a", since="May", conditions="school") == "Stopped since May (school)."
    assert texts.say("a", since="May", conditions="") == "Stopped since May."


def test_words_in_a_sentence_are_filled_and_nothing_is_run() -> None:
    texts = Texts("en", {("a",): "{amount} for {person.__class__} {unknown}"})
    assert texts.say("a", amount="1") == "1 for {person.__class__} {unknown}"
    assert texts.say("b", "c") == "b c"


@pytest.mark.parametrize(
    ("code", "condition", "verdict", "said"),
    [
        ("pantawid_4ps", "health_visits", "met", "nothing was reported about person 5. Without a"),
        ("pantawid_4ps", "school", "met", "nothing was reported about person 5. Without a"),
        ("familias_en_accion", "school", "not_met", "nothing was reported about person 5. Without"),
        ("prospera", "monthly_absence", "met", "days person 5 missed without a reason: 0; fewer"),
    ],
)
def test_silence_that_the_law_judges_is_told_as_silence(
    code: str, condition: str, verdict: str, said: str
) -> None:
    """No family reads that 0 of at least 1 visits are enough, or 0/0 days too few."""
    law = programme(code)
    compiled = compile_cycle(law, month=Month.parse("2025-06"))
    months = dict.fromkeys(("window_first_month", "window_last_month"), NOW)
    row = {"condition": condition, "subject_id": 5, "numerator": 0, "denominator": 0, "reason": ""}
    telling = Telling(law, compiled, programme_texts(code), {}, {})
    assert said in telling.verdict({**row, **months, "verdict": verdict})


def test_every_reason_of_the_engine_has_words_in_every_language() -> None:
    own = {*EXEMPT_REASONS.values(), "deemed"}
    for language in LANGUAGES:
        assert REASONS[language].keys() == own, language
        assert HEADLINE[language].keys() == HEADLINE["en"].keys()
        assert all(said.strip() for said in REASONS[language].values())


def test_months_and_lengths_are_told_as_one_says_them() -> None:
    june, july, january = map(Month.parse, ("2025-06", "2025-07", "2026-01"))
    hindi, spanish = LocalWording("hi", "INR"), LocalWording("es", "MXN")
    assert hindi.months(june, july) == "जून से जुलाई 2025"
    assert spanish.months(june, july) == "junio a julio de 2025"
    assert spanish.months(june, january) == "junio de 2025 a enero de 2026"
    assert spanish.months(june, june) == "junio de 2025"
    assert (spanish.span(1, "month"), hindi.span(30, "day")) == ("1 mes", "30 दिन")
