"""A grace that the law grants once: what is remembered of it, and what a family is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cct_engine.rulebook import LANGUAGES, Month, Texts, compile_cycle, explain, load, parse
from tests.rulebook.oracle.households import shard

from .drawn.family import family, paid, remember

if TYPE_CHECKING:
    from cct_engine.rulebook import Explanation, Rulebook
    from tests.rulebook.oracle.households import Rows

LAW = Path(__file__).parent / "laws" / "protected_grant.yaml"
MARCH = Month.parse("2022-03").number


@pytest.fixture(scope="module")
def once() -> Rulebook:
    return load(LAW)


def above_the_line(*, had: int | None = MARCH) -> Rows:
    """A family enrolled since 2020 whose income is above the line, with a grace in its past."""
    rows = family("1990-01-01", income_total=15000)
    remember(rows, "standing", "full", "2022-05", last_effect_month=had)
    return rows


def told(rulebook: Rulebook, rows: Rows, language: str = "en") -> Explanation:
    compiled = compile_cycle(rulebook, month=Month.parse("2024-01"))
    texts = Texts(language, {})
    return explain(compiled, shard(rulebook, [rows]), 1, rulebook=rulebook, texts=texts)


def test_whoever_had_the_grace_in_an_earlier_year_gets_no_other(once: Rulebook) -> None:
    found = paid(once, "2024-01", above_the_line())
    assert found["standing_reason"] == "protection_over"
    assert found["standing"] == ("protection_over", 24288, None, MARCH)


def test_a_first_grace_is_remembered_by_its_first_month(once: Rulebook) -> None:
    found = paid(once, "2024-01", above_the_line(had=None))
    assert found["standing"] == ("grace", 24288, None, 24288)


def test_a_new_enrolment_may_bring_a_new_grace_where_the_law_says_so(once: Rulebook) -> None:
    rows = above_the_line()
    rows["household"][0]["enrolled_on_month"] = MARCH + 12
    assert paid(once, "2024-01", rows)["standing_reason"] == "protection_over"
    text = LAW.read_text(encoding="utf-8").replace("again: once", "again: once_per_enrolment")
    each = parse(text, file=LAW.name)
    assert paid(each, "2024-01", rows)["standing_reason"] == "grace"
    rows["household"][0]["enrolled_on_month"] = MARCH
    assert paid(each, "2024-01", rows)["standing_reason"] == "protection_over"


def test_a_grace_that_always_comes_remembers_nothing_of_the_last_one() -> None:
    text = LAW.read_text(encoding="utf-8").replace(", again: once", "")
    found = paid(parse(text, file=LAW.name), "2024-01", above_the_line())
    assert found["standing"] == ("grace", 24288, None, None)


def test_the_family_is_told_that_the_grace_is_granted_once(once: Rulebook) -> None:
    once_only = "The time of protection is granted only once; it began in 2022-03."
    assert once_only in told(once, above_the_line()).sentences
    assert once_only not in told(once, above_the_line(had=None)).sentences


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_every_language(once: Rulebook, language: str) -> None:
    sentences = told(once, above_the_line(), language).sentences
    assert any("2022-03" in sentence for sentence in sentences)
