"""From a simulation to one self-contained page: drawn and tabled, no script, no other file."""

from __future__ import annotations

import re
from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING, Final, NamedTuple

import jinja2

from cct_engine.registry.numbers import number_of
from cct_engine.reports import words
from cct_engine.simulation.values import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.simulation.values import ComponentChange, DistrictChange, Simulation

__all__ = ["page"]

_WIDTH: Final = 960
_NAMES: Final = 230
_AMOUNTS: Final = 150
_DISTRICTS_DRAWN: Final = 15
_LINE: Final = 17
"""Letters under a column."""

_PAGES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("cct_engine.simulation", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class _Bar(NamedTuple):
    """A bar from a middle line: to the right more, to the left less."""

    name: str
    x: int
    width: int
    way: str
    amount_minor: int


class _Column(NamedTuple):
    """A column of the picture of families by kind of change."""

    kind: str
    lines: tuple[str, ...]
    x: int
    height: int
    family_count: int


def page(simulation: Simulation) -> str:
    """Return the page as HTML. The same simulation gives the same bytes."""
    currency = simulation.currency
    return _PAGES.get_template("simulation.html").render(
        simulation=simulation,
        headline=re.sub(r" (?=\d)", "\u00a0", simulation.headline()),
        number=number_of,
        amount=partial(words.amount, currency=currency),
        signed=partial(words.signed, currency=currency),
        count=partial(words.count, currency=currency),
        share=partial(words.share, currency=currency),
        kinds=KINDS,
        columns=_columns(simulation),
        component_bars=_bars(simulation.components, "title"),
        district_bars=_bars(simulation.districts[:_DISTRICTS_DRAWN], "district"),
        width=_WIDTH,
        names=_NAMES,
        middle=_middle(),
    )


def _middle() -> int:
    return (_NAMES + _WIDTH - _AMOUNTS) // 2 + _AMOUNTS // 2


def _bars(rows: Sequence[ComponentChange | DistrictChange], name: str) -> list[_Bar]:
    """Lay one bar per row around the middle line, the longest over half the width."""
    longest = max((abs(row.change_minor) for row in rows), default=0)
    half = (_WIDTH - _NAMES - 2 * _AMOUNTS) // 2
    bars = []
    for row in rows:
        change = row.change_minor
        length = max(abs(change) * half // longest, 1) if change else 0
        start = _middle() if change >= 0 else _middle() - length
        way = "more" if change > 0 else "less" if change < 0 else "same"
        bars.append(_Bar(getattr(row, name), start, length, way, change))
    return bars


def _columns(simulation: Simulation) -> list[_Column]:
    tallest = max((one.family_count for one in simulation.kinds), default=0)
    step = _WIDTH // len(simulation.kinds)
    return [
        _Column(
            one.kind,
            tuple(wrap(KINDS[one.kind].removeprefix("would "), _LINE)),
            place * step,
            max(one.family_count * 160 // tallest, 1) if one.family_count else 0,
            one.family_count,
        )
        for place, one in enumerate(simulation.kinds)
    ]
