"""The page a family gets: in its language, with sums that tie, on one sheet, without a name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from correction_world import STORIES
from lxml import html

from cct_engine.entitlement import explain
from cct_engine.notices import letter, notice
from cct_engine.notices.words import WORDS
from cct_engine.rulebook import LANGUAGES, Bound, LocalWording, Month

if TYPE_CHECKING:
    from correction_world import World

    from cct_engine.entitlement import Explanation

LATE_BABY = next(
    number
    for number, story in enumerate(STORIES["stories"], start=1)
    if story["name"].startswith("a baby")
)
APPEALED = next(
    number
    for number, story in enumerate(STORIES["stories"], start=1)
    if story["name"].startswith("an appeal")
)


def told(lived: World, number: int, period: str, language: str | None) -> Explanation:
    with lived.database.transaction() as connection:
        return explain(
            connection,
            lived.home,
            lived.household(f"F{number}"),
            f"bolsa_familia-{period}",
            language=language,
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(language: str) -> None:
    assert WORDS[language].keys() == WORDS["en"].keys()
    assert all(word.strip() for word in WORDS[language].values())


@pytest.mark.parametrize(
    ("language", "currency", "amount", "month"),
    [
        ("en", "INR", "₹ 1,23,456.50", "September 2026"),
        ("hi", "INR", "₹ 1,23,456.50", "सितंबर 2026"),
        ("pt", "BRL", "R$ 123.456,50", "setembro de 2026"),
        ("es", "BRL", "R$ 123.456,50", "septiembre de 2026"),
        ("es", "MXN", "$ 123,456.50", "septiembre de 2026"),
        ("es", "CLP", "$ 12.345.650", "septiembre de 2026"),
    ],
)
def test_amounts_and_months_are_written_as_the_language_does(
    language: str, currency: str, amount: str, month: str
) -> None:
    wording = LocalWording(language, currency)
    assert wording.money(12_345_650, currency).replace("\u00a0", " ") == amount
    assert wording.month(Month.parse("2026-09")) == month


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sums_on_the_page_tie_and_the_page_names_nobody(lived: World, language: str) -> None:
    found = told(lived, LATE_BABY, "2026-10", language)
    page: Any = html.fromstring(notice(found))
    assert page.get("lang") == language
    sums = [_minor(cell.text_content()) for cell in page.xpath("//tfoot//td")]
    assert sum(sums[:-1]) == sums[-1] == 105_000
    parts = [_minor(cell.text_content()) for cell in page.xpath("//tbody/tr/td[2]")]
    assert sum(parts) == 85_000
    assert "Silva" not in page.text_content()


def _minor(amount: str) -> int:
    sign = -1 if "−" in amount else 1
    return sign * int(re.sub(r"\D", "", amount))


def test_the_page_tells_which_earlier_month_was_put_right(lived: World) -> None:
    page: Any = html.fromstring(notice(told(lived, LATE_BABY, "2026-10", "en")))
    text = " ".join(page.text_content().split())
    assert "Early childhood, September 2026: R$ 0.00 was recorded; R$ 150.00 is right." in text
    assert "R$ 8.00 for September 2026 is paid late (Early childhood)." in text


def test_each_part_has_its_law_and_each_condition_its_evidence_and_threshold(lived: World) -> None:
    found = told(lived, APPEALED, "2027-03", None)
    assert all(ground.law for ground in found.components)
    school = next(ground for ground in found.conditions if ground.verdict == "not_met")
    assert (school.needed, school.numerator, school.denominator) == ("75 %", 20, 40)
    assert len(school.evidence) == 2
    assert school.law.startswith("Lei 14.601/2023")
    step = next(ground for ground in found.ladders if ground.state == "suspended")
    assert (step.since, step.until, step.money) == ("2027-03", "2027-04", "forfeit")
    assert step.law
    lost = next(kept for kept in found.kept if kept.kind == "forfeited")
    assert lost.amount_minor == 65_000
    assert lost.law == step.law
    text = found.text()
    for words in ("75 % asked: not_met", "suspended since 2027-03, money: forfeit", "20 of 40"):
        assert words in text


def test_money_that_is_held_says_what_would_release_it(lived: World) -> None:
    found = told(lived, APPEALED, "2026-11", None)
    held = next(kept for kept in found.kept if kept.kind == "held")
    assert held.reason_code == "ladder:family:blocked"
    assert "paid with the next" in held.sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_says_the_same_in_the_familys_language(lived: World, language: str) -> None:
    found = told(lived, APPEALED, "2026-11", language)
    said = letter(found)
    assert all(
        _begun(sentence) in said for ground in found.components for sentence in ground.sentences
    )
    assert all(_begun(ground.sentence) in said for ground in found.conditions)
    assert all(_begun(ground.sentence) in said for ground in found.ladders)
    for word in ("notice", "made_of", "conditions", "ladders", "kept", "appeal"):
        assert WORDS[language][word] in said
    assert WORDS[language]["held_minor"] in said
    assert not re.search(r"[{}]|\n\n\n", said)


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def test_a_notice_of_nothing_says_so(lived: World) -> None:
    found = told(lived, APPEALED, "2026-11", "en")
    nothing = replace(found, figures=dict.fromkeys(found.figures, 0), standing=(), components=())
    for shown in (notice, letter):
        assert "Nothing falls due in this payment." in shown(nothing)
        assert "Nothing falls due in this payment." not in shown(found)


def test_a_payment_for_several_months_names_them(lived: World) -> None:
    found = replace(told(lived, APPEALED, "2026-11", "pt"), last_month="2026-12")
    page: Any = html.fromstring(notice(found))
    assert page.xpath("string(//h1/small)").endswith("novembro a dezembro de 2026")


def test_a_limit_and_a_ceiling_are_told_below_the_parts_with_their_law(lived: World) -> None:
    found = told(lived, APPEALED, "2026-11", "en")
    told_so = "The law counts at most 5 persons. Not counted: person 9."
    bound = Bound("limit", "children", ("BVF",), 50_00, "art. 7", "", told_so)
    bounded = replace(found, bounds=(bound,))
    page: Any = html.fromstring(notice(bounded))
    assert page.xpath("//tbody/tr[last()]/td/text()") == [told_so]
    assert page.xpath("string(//tbody/tr[last()]//small)") == "art. 7"
    assert told_so in letter(bounded)
    assert "limit children took R$ 50,00 of BVF (art. 7)" in bounded.text()


def test_what_was_met_is_counted_before_anything_else_is(lived: World) -> None:
    """Every part of the money stays told for each child while the sheet has room."""
    found = told(lived, APPEALED, "2027-03", "en")
    met = found.conditions[0]._replace(verdict="met")
    many = replace(
        found,
        components=tuple(g._replace(sentences=g.sentences * 3) for g in found.components),
        conditions=(*found.conditions, *[met] * 30),
    )
    page: Any = html.fromstring(notice(many))
    assert page.xpath("//body/@class") != ["open"]
    text = page.text_content()
    assert "Other conditions met: " in text
    assert " × " not in text
    assert all(_begun(one.sentence) in text for one in many.conditions if one.verdict != "met")
    of_these = notice(replace(many, conditions=(met,) * 40))
    assert "Conditions met: 40." in of_these
    assert "Other conditions" not in of_these


def test_a_large_family_has_one_sheet_too(lived: World) -> None:
    """Lines stand closer; of very many, those that were met and those of one kind are counted."""
    small = told(lived, APPEALED, "2027-03", "en")
    large = replace(
        small,
        components=tuple(g._replace(sentences=g.sentences * 20) for g in small.components),
        conditions=(*small.conditions, small.conditions[0]._replace(verdict="met")) * 20,
    )
    page: Any = html.fromstring(notice(large))
    assert page.xpath("//body/@class") == ["tight"]
    assert html.fromstring(notice(small)).xpath("//body/@class") == ["open"]
    text = page.text_content()
    met = sum(ground.verdict == "met" for ground in large.conditions)
    assert f"Other conditions met: {met}." in text
    assert all(f"{one.title} × " in text for one in large.components if one.amount_minor)
    assert len(page.xpath("//tbody/tr | //li")) < 60
