"""How a notice is set so that one sheet holds it, also for a large family.

The height is reckoned from the lengths of the sentences, a little too high rather than too low.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cct_engine.entitlement import Explanation
    from cct_engine.entitlement.grounds import ComponentGround

__all__ = ["Layout", "layout_of", "met_count", "told_of"]

_LINES_EACH: Final = 6
_SHEET_MM: Final = 262


class Layout(NamedTuple):
    """How close the lines stand, and what is told by its number because there is so much of it."""

    density: str
    counts_met: bool = False
    gathers: bool = False


class _Setting(NamedTuple):
    """What a density comes to: millimetres, and how many letters a line has."""

    line: float
    padding: float
    law: float
    heading: float
    letters: int
    columns: int


_SETTINGS: Final = {
    "open": _Setting(5.0, 2.2, 3.7, 13.0, 96, 1),
    "close": _Setting(4.2, 1.2, 3.7, 9.5, 106, 1),
    "tight": _Setting(3.75, 0.7, 3.1, 7.5, 56, 2),
}
_FRAME_MM: Final = 50
"""Heading, sum, the way to object and the foot of the page."""
_ORDER: Final = (
    Layout("open"),
    Layout("close"),
    Layout("close", counts_met=True),
    Layout("tight", counts_met=True),
)


def layout_of(told: Explanation) -> Layout:
    """Return the widest layout that one sheet holds: what was met is counted before the money is.

    Of a family so large that none holds it, each component is told by its number of lines.
    """
    fits = (one for one in _ORDER if _height(told, one) <= _SHEET_MM)
    return next(fits, Layout("tight", counts_met=True, gathers=True))


def met_count(told: Explanation) -> int:
    """Return how many conditions were met."""
    return sum(ground.verdict == "met" for ground in told.conditions)


def told_of(ground: ComponentGround, layout: Layout) -> tuple[str, ...]:
    """Return the lines of a component; those of a large family by their number."""
    if layout.gathers and len(ground.sentences) > _LINES_EACH:
        return (f"{ground.title} × {len(ground.sentences)}",)
    return ground.sentences


def _height(told: Explanation, layout: Layout) -> float:
    setting = _SETTINGS[layout.density]
    wide = setting.letters * setting.columns
    height = _FRAME_MM + len(told.standing) * setting.line + 8 * (setting.line + setting.padding)
    for part in told.components:
        lines = sum(ceil(len(one) / (wide * 0.8)) for one in part.sentences)
        height += lines * setting.line + setting.law + setting.padding
    for bound in told.bounds:
        height += ceil(len(bound.sentence) / wide) * setting.line + setting.law + setting.padding
    for rows in _lists(told, counts_met=layout.counts_met):
        lines = sum(ceil(len(one) / setting.letters) for one, _ in rows)
        laws = sum(with_law for _, with_law in rows)
        listed = lines * setting.line + laws * setting.law + len(rows) * setting.padding
        height += setting.heading + listed / setting.columns if rows else 0
    return height


def _lists(told: Explanation, *, counts_met: bool) -> Iterator[list[tuple[str, bool]]]:
    """Return the page's lists: their sentences, and whether a law stands below each."""
    yield [(one, False) for one in told.earlier]
    judged = [one for one in told.conditions if not counts_met or one.verdict != "met"]
    last = len(judged) - 1
    yield [
        (one.sentence, place == last or judged[place + 1].law != one.law)
        for place, one in enumerate(judged)
    ]
    yield [(one.sentence, True) for one in told.ladders]
    yield [(one.sentence or one.law * 2, bool(one.law)) for one in told.kept]
    yield _plain(line.component * 8 for line in told.corrections)


def _plain(sentences: Iterable[str]) -> list[tuple[str, bool]]:
    return [(one, False) for one in sentences]
