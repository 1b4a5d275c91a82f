"""From an explanation to one page of HTML (no script, no font, no other file), or to plain text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jinja2

from cct_engine.notices.words import WORDS
from cct_engine.registry.numbers import number_of
from cct_engine.rulebook import LocalWording, Month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.entitlement import Explanation
    from cct_engine.entitlement.grounds import ComponentGround

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
_DENSITIES: Final = {"open": 14, "close": 26}
"""How a page is set to how many lines it holds at most; beyond, ``tight`` stands in columns."""
_LINES_EACH: Final = 6


class _Row(NamedTuple):
    """A sum of the page: the word, the amount written out."""

    word: str
    amount: str


def notice(told: Explanation) -> str:
    """Return the page, in the explanation's language. The same explanation gives the same bytes.

    The sums on it tie: due + paid late + released - taken back - held - kept - lost = paid now.
    """
    return _PAGES.get_template("notice.html").render(_shown(told, _density(told)))


def letter(told: Explanation) -> str:
    """Return the same as plain text for a terminal, each component with what made it."""
    return _PAGES.get_template("letter.txt").render(_shown(told, "open"))


def _shown(told: Explanation, density: str) -> dict[str, Any]:
    words = WORDS[told.language]
    met = sum(ground.verdict == "met" for ground in told.conditions) if density == "tight" else 0
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
        "density": density,
        "parts": [(ground, _told_of(ground, density)) for ground in told.components],
        "judged": [ground for ground in told.conditions if not met or ground.verdict != "met"],
        "met": words["met"].format(count=met) if met else "",
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


def _density(told: Explanation) -> str:
    """Return how close the lines stand, so that one sheet holds them, also for a large family."""
    sentences = sum(len(ground.sentences) for ground in told.components)
    rows = sentences + len(told.bounds) + len(told.conditions) + len(told.ladders) + len(told.kept)
    rows += len(told.corrections) + len(told.earlier)
    return next((name for name, most in _DENSITIES.items() if rows <= most), "tight")


def _told_of(ground: ComponentGround, density: str) -> tuple[str, ...]:
    """Return the lines of a component; those of a large family by their number."""
    if density == "tight" and len(ground.sentences) > _LINES_EACH:
        return (f"{ground.title} × {len(ground.sentences)}",)
    return ground.sentences


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
