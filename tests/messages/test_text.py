"""A short message: counted as the gateway counts, bounded, in the family's language, no name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from cct_engine.messages import as_sent, segments, text_of
from cct_engine.messages.text import Kept, Shape
from cct_engine.messages.words import PLACE, WORDS
from cct_engine.rulebook import (
    LANGUAGES,
    LocalWording,
    Month,
    Telling,
    compile_cycle,
    programme,
    programme_texts,
)

if TYPE_CHECKING:
    from cct_engine.rulebook import Compiled, Rulebook

MONTH = Month.parse("2026-09")
ON = date(2026, 9, 28)
PAID = Shape(
    65_000, 65_000, ON, into_account=True, taken_back_minor=0, extra_minor=0, kept=(), ended=()
)


@pytest.fixture(scope="module", params=["bolsa_familia", "dilli_annashree"])
def law(request: pytest.FixtureRequest) -> tuple[Rulebook, Compiled]:
    """Two laws that have their sentences in all four languages."""
    rules = programme(request.param)
    return rules, compile_cycle(rules, month=MONTH)


def _telling(law: tuple[Rulebook, Compiled], language: str) -> Telling:
    rules, compiled = law
    texts = programme_texts(rules.programme, language=language)
    return Telling(rules, compiled, texts, {}, {}, LocalWording(language, rules.currency))


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", ("GSM-7", 0, 1)),
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("a" * 306, ("GSM-7", 306, 2)),
        ("a" * 307, ("GSM-7", 307, 3)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("a" * 152 + "€" + "a" * 152, ("GSM-7", 306, 3)),  # the sign is not torn: 152, 153, 1
        ("क" * 70, ("UCS-2", 70, 1)),
        ("क" * 71, ("UCS-2", 71, 2)),
        ("क" * 134, ("UCS-2", 134, 2)),
        ("क" * 66 + "😀" + "क" * 66, ("UCS-2", 134, 3)),
    ],
)
def test_parts_are_counted_as_a_gateway_counts_them(
    text: str, counted: tuple[str, int, int]
) -> None:
    assert segments(text) == counted


def test_accents_go_only_where_that_spares_the_other_alphabet() -> None:
    assert as_sent("Você não recebeu: R$\u00a01.000,00 — ação") == (
        "Voce não recebeu: R$ 1.000,00 - ação".replace("ã", "a").replace("ç", "c")
    )
    assert as_sent("señal") == "señal"
    assert as_sent("₹\u00a0600") == "Rs 600"
    assert as_sent("₹\u00a0600, सितंबर") == "₹ 600, सितंबर"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_the_law_fits_and_says_what_to_do_by_when(
    law: tuple[Rulebook, Compiled], language: str
) -> None:
    telling = _telling(law, language)
    reasons = [path[1] for path in telling.texts.sentences if path[0] == "held"]
    assert len(reasons) >= 3
    for reason in reasons:
        kept = Kept("held", reason, 123_456, None, None)
        shape = PAID._replace(pay_minor=100, before_minor=123_556, kept=(kept,))
        said = text_of(shape, telling, MONTH, segments_max=5)
        assert not said.shortened
        assert said.segments.parts <= 5
        assert as_sent(telling.held(reason, 123_456)).rstrip(".।")[:20] in said.text
        assert any(as_sent(end) in said.text for end in (telling.appeal(), WORDS[language]["ask"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_family_that_gets_what_it_got_is_told_amount_day_and_place_only(
    law: tuple[Rulebook, Compiled], language: str
) -> None:
    telling = _telling(law, language)
    said = text_of(PAID, telling, MONTH, segments_max=5)
    for part in (telling.money(65_000), "28", PLACE, telling.programme()):
        written = part.replace("\u00a0", " ")  # in Hindi as it is, else as telephones write it
        assert (written if language == "hi" else as_sent(part)) in said.text
    assert as_sent(WORDS[language]["ask"]) not in said.text
    assert said.segments.parts <= (2 if language == "hi" else 1)


def test_each_cause_of_less_is_named(law: tuple[Rulebook, Compiled]) -> None:
    telling = _telling(law, "en")
    component = telling.rulebook.law.components[0].code
    shape = PAID._replace(
        pay_minor=0,
        before_minor=90_000,
        taken_back_minor=1_000,
        extra_minor=2_000,
        ended=(component,),
        kept=(Kept("forfeited", "x", 5_000, None, None),),
    )
    said = text_of(shape, telling, MONTH, segments_max=9).text
    for words in (
        "no payment",
        "Last time:",
        "Not due any more:",
        "Taken back:",
        "of earlier months was in it",
        "is lost and is not paid later",
    ):
        assert words in said


def test_what_does_not_fit_says_where_to_ask_and_is_counted(
    law: tuple[Rulebook, Compiled],
) -> None:
    telling = _telling(law, "hi")
    reasons = [path[1] for path in telling.texts.sentences if path[0] == "held"]
    kept = tuple(Kept("held", reason, 100, None, None) for reason in reasons)
    said = text_of(PAID._replace(kept=kept), telling, MONTH, segments_max=3)
    assert said.shortened
    assert said.text.endswith(WORDS["hi"]["ask"])
    with pytest.raises(ValueError, match="Raise CCT_SMS_SEGMENTS_MAX"):
        text_of(PAID._replace(kept=kept), telling, MONTH, segments_max=1)


def test_every_language_has_every_word_with_the_same_gaps() -> None:
    for name, sentence in WORDS["en"].items():
        for language in LANGUAGES:
            assert _gaps(WORDS[language][name]) == _gaps(sentence)


def _gaps(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}
