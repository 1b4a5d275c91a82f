"""From what a family gets to the text of its message: one text for all families alike.

A shape is everything a text depends on: the amount, the one before, the day, and what is kept and
why. Families share shapes, so that texts are written once for each, not once for each family.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from cct_engine.messages.segments import Segments, as_sent, segments
from cct_engine.messages.words import PLACE, WORDS
from cct_engine.notices.words import WORDS as NOTICE
from cct_engine.rulebook import LocalWording, Month

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from cct_engine.rulebook import Telling

__all__ = ["Kept", "Shape", "Text", "text_of"]


class Kept(NamedTuple):
    """Money of this cycle that is not paid now: held, withheld or forfeited, by its reason.

    ``since`` and ``until`` are the months of the ladder's step behind it, where there is one.
    """

    money_state: str
    reason_code: str
    amount_minor: int
    since: int | None
    until: int | None


class Shape(NamedTuple):
    """Everything that the text of a message depends on. Amounts in minor units.

    ``before_minor`` is what was paid the time before, None for a first time; ``into_account``: the
    money goes to an account whose last digits are told. ``extra_minor`` is what of the time before
    was for earlier months; ``ended`` are components that are due no more, or less.
    """

    pay_minor: int
    before_minor: int | None
    pays_on: date | None
    into_account: bool
    taken_back_minor: int
    extra_minor: int
    kept: Sequence[Kept]
    ended: Sequence[str]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Shape:
        """Read a shape from the JSON value that the statement makes."""
        on = found["on"]
        return cls(
            found["pay"],
            found["before"],
            None if on is None else date.fromisoformat(on),
            found["into"],
            found["back"],
            found["extra"],
            tuple(Kept(*one) for one in found["kept"] or ()),
            tuple(found["ended"] or ()),
        )

    @property
    def is_less(self) -> bool:
        """Whether the family gets less than the time before."""
        return self.before_minor is not None and self.pay_minor < self.before_minor


class Text(NamedTuple):
    """A message as it is sent; ``shortened``: its reasons were too long, it says where to ask."""

    text: str
    segments: Segments
    shortened: bool


def text_of(shape: Shape, telling: Telling, month: Month, *, segments_max: int) -> Text:
    """Write the message of a shape in the language of ``telling``'s texts and wording.

    Raises ValueError when even the shortest form is longer than ``segments_max`` parts.
    """
    language = telling.texts.language
    words = WORDS[language]
    head = list(_head(shape, telling, month, words))
    if not shape.is_less and not shape.kept:
        forms = [(head, False)]
    else:
        reasons = list(dict.fromkeys(_reasons(shape, telling, words, language)))
        forms = [
            ([*head, *reasons, telling.appeal()], False),
            ([*head, *reasons, words["ask"]], False),
            ([*head, words["ask"]], True),
        ]
    for parts, shortened in forms:
        text = as_sent(" ".join(parts))
        length = segments(text)
        if length.parts <= segments_max:
            return Text(text, length, shortened)
    raise ValueError(
        f"A message in {language} is longer than {segments_max} parts even without its reasons: "
        "families would get a torn one. Raise CCT_SMS_SEGMENTS_MAX or shorten the law's title."
    )


def _head(shape: Shape, telling: Telling, month: Month, words: Mapping[str, str]) -> Iterator[str]:
    wording = LocalWording(telling.texts.language, telling.rulebook.currency)
    named = {"title": telling.programme(), "month": wording.month(month)}
    if shape.pay_minor:
        yield words["paid_into" if shape.into_account else "paid"].format(
            **named,
            amount=telling.money(shape.pay_minor),
            day="" if shape.pays_on is None else wording.day(shape.pays_on),
            place=PLACE,
        )
    else:
        yield words["nothing"].format(**named)
    if shape.is_less:
        yield words["before"].format(amount=telling.money(shape.before_minor or 0))


def _reasons(
    shape: Shape, telling: Telling, words: Mapping[str, str], language: str
) -> Iterator[str]:
    for kept in shape.kept:
        yield from _kept(kept, telling, language)
    if not shape.is_less:
        return
    if shape.ended:
        titles = ", ".join(telling.title(code) for code in shape.ended)
        yield words["ended"].format(components=titles)
    if shape.taken_back_minor:
        yield words["taken_back"].format(amount=telling.money(shape.taken_back_minor))
    if shape.extra_minor:
        yield words["extra"].format(amount=telling.money(shape.extra_minor))


def _kept(kept: Kept, telling: Telling, language: str) -> Iterator[str]:
    kind, _, name = kept.reason_code.partition(":")
    if kept.money_state == "held":
        yield telling.held(kept.reason_code, kept.amount_minor)
        return
    if kept.money_state == "withheld" and kind == "withholding":
        yield telling.kept_for(name, kept.amount_minor)
        return
    if kind == "ladder":
        yield from _step(kept, telling, *name.split(":"))
    word = NOTICE[language]["withheld" if kept.money_state == "withheld" else "lost"]
    yield word.format(amount=telling.money(kept.amount_minor))


def _step(kept: Kept, telling: Telling, ladder: str, state: str) -> Iterator[str]:
    """Say which step of a ladder took the money, unless the sentence would name a person."""
    known = telling.texts.sentences.get(("states", ladder, state), "{person}")
    if "{person}" not in known:
        row = {
            "ladder": ladder,
            "state": state,
            "subject_id": 0,
            "since_month": kept.since,
            "until_month": kept.until,
            "why": "",
        }
        yield telling.state(row)
