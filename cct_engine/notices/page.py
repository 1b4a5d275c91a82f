"""From an explanation to one page of HTML (no script, no font, no other file), or to plain text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jinja2

from cct_engine.notices.layout import Layout, layout_of, met_count, told_of
from cct_engine.notices.words import WORDS
from cct_engine.registry.numbers import number_of
from cct_engine.rulebook import LocalWording, Month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.entitlement import Explanation

__all__ = ["letter", "notice"]

_PAGES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("cct_engine.notices", "templates"),
    autoescape=jinja2.select_autoescape(("html",)),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters["begun"] = lambda text: text[:1].upper() + text[1:]
_PLUS: Final = ("gross_minor", "arrears_minor", "released_minor")
_MINUS: Final = ("recovery_minor", "held_minor", "withheld_minor", "forfeited_minor")
_DIGITS_SHOWN: Final = 16


class _Row(NamedTuple):
    """A sum of the page: the word, the amount written out."""

    word: str
    amount: str


def notice(told: Explanation) -> str:
    """Return the page, in the explanation's language. The same explanation gives the same bytes.

    The sums on it tie: due + paid late + released - taken back - held - kept - lost = paid now.
    """
    return _PAGES.get_template("notice.html").render(_shown(told, layout_of(told)))


def letter(told: Explanation) -> str:
    """Return the same as plain text for a terminal, each component with what made it."""
    return _PAGES.get_template("letter.txt").render(_shown(told, Layout("open")))


def _shown(told: Explanation, layout: Layout) -> dict[str, Any]:
    words = WORDS[told.language]
    met = met_count(told) if layout.counts_met else 0
    all_met = met == len(told.conditions)
    wording = LocalWording(told.language, told.currency)
    paid_on = min((line.value_on for line in told.lines if line.value_on), default=None)
    return {
        "told": told,
        "words": words,
        "month": wording.months(Month.parse(told.month), Month.parse(told.last_month)),
        "nothing": "" if told.standing or any(_amounts(told)) else words["nothing"],
        "number": number_of(told.household_id),
        "pay_now": wording.money(told.figures["pay_now_minor"], told.currency),
        "paid_on": words["paid_on"].format(day=wording.day(paid_on)) if paid_on else "",
        "density": layout.density,
        "parts": [(ground, told_of(ground, layout)) for ground in told.components],
        "judged": [ground for ground in told.conditions if not met or ground.verdict != "met"],
        "met": words["all_met" if all_met else "met"].format(count=met) if met else "",
        "sums": list(_sums(told, words, wording)),
        "kept": list(_kept(told, words, wording)),
        "put_right": list(_put_right(told, words, wording)),
        "sealed": words["sealed"].format(day=wording.day(_instant(told.as_of_known).date())),
        "seal": told.run_digest[:_DIGITS_SHOWN],
        "money": lambda amount: wording.money(amount, told.currency),
    }


def _amounts(told: Explanation) -> Iterator[int]:
    """Return the sums of the page, all 0 where nothing at all falls due."""
    yield from (told.figures[name] for name in (*_PLUS, *_MINUS))


def _sums(told: Explanation, words: dict[str, str], wording: LocalWording) -> Iterator[_Row]:
    for name in (*_PLUS, *_MINUS):
        amount = told.figures[name]
        if amount or name == "gross_minor":
            signed = -amount if name in _MINUS else amount
            yield _Row(words[name], wording.money(signed, told.currency))


def _kept(told: Explanation, words: dict[str, str], wording: LocalWording) -> Iterator[_Row]:
    """What waits says what releases it; what is lost is said in the frame's words."""
    for kept in told.kept:
        amount = wording.money(kept.amount_minor, told.currency)
        word = words["withheld" if kept.kind == "withheld" else "lost"]
        yield _Row(kept.sentence or word.format(amount=amount), kept.law)


def _put_right(told: Explanation, words: dict[str, str], wording: LocalWording) -> Iterator[str]:
    titles = {ground.code: ground.title for ground in told.components}
    for line in told.corrections:
        yield words["was_is"].format(
            component=titles.get(line.component, line.component),
            month=wording.month(Month.parse(line.for_month)),
            before=wording.money(line.before_minor, told.currency),
            after=wording.money(line.after_minor, told.currency),
        )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
