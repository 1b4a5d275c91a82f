"""Where the bars of a chart stand: plain geometry, drawn by the templates.

Lengths are whole units of the picture; every chart starts at zero. A bar of something is at least
one unit long, so that little is never shown as nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.reports.values import Change, Sum

__all__ = ["Bar", "Segment", "bars", "bridge", "piles", "stacked"]


class Segment(NamedTuple):
    """A piece of a stacked bar."""

    x: int
    width: int
    kind: str


class Bar(NamedTuple):
    """One row of a bar chart or one step of a bridge."""

    x: int
    width: int
    kind: str
    word: str
    amount_minor: int


def stacked(parts: Sequence[Sum], width: int) -> list[Segment]:
    """Lay the parts of a whole side by side over ``width`` units."""
    total = sum(part.amount_minor for part in parts)
    segments: list[Segment] = []
    before = 0
    for part in parts:
        if part.amount_minor <= 0:
            continue
        start = before * width // total
        before += part.amount_minor
        end = before * width // total
        segments.append(Segment(start, max(end - start, 1), part.kind))
    return segments


def piles(stacks: Sequence[Sequence[Sum]], length: int) -> list[list[Segment]]:
    """Lay several wholes on one scale: the largest takes the whole length, the others their share.

    ``x`` counts from zero, where every whole begins.
    """
    wholes = [sum(max(part.amount_minor, 0) for part in parts) for parts in stacks]
    largest = max(wholes, default=0)
    return [
        stacked(parts, _length(whole, largest, length))
        for parts, whole in zip(stacks, wholes, strict=True)
    ]


def bars(rows: Sequence[Sum], width: int) -> list[Bar]:
    """Lay one bar per row, the longest over the whole width."""
    longest = max((row.amount_minor for row in rows), default=0)
    return [
        Bar(0, _length(row.amount_minor, longest, width), row.kind, row.word, row.amount_minor)
        for row in rows
    ]


def bridge(first: Sum, changes: Sequence[Change], last: Sum, width: int) -> list[Bar]:
    """Lay the way from the last cycle's total to this one's: each change starts where one ended."""
    level = first.amount_minor
    levels = [level]
    for change in changes:
        level += change.amount_minor
        levels.append(level)
    highest = max((*levels, last.amount_minor, 1))
    steps = [Bar(0, _length(first.amount_minor, highest, width), "whole", first.word, levels[0])]
    for change, before, after in zip(changes, levels, levels[1:], strict=False):
        start = min(before, after) * width // highest
        kind = "more" if after >= before else "less"
        length = _length(abs(after - before), highest, width)
        steps.append(Bar(start, length, kind, change.reason, change.amount_minor))
    end = _length(last.amount_minor, highest, width)
    return [*steps, Bar(0, end, "whole", last.word, last.amount_minor)]


def _length(amount_minor: int, longest: int, width: int) -> int:
    if amount_minor <= 0 or longest <= 0:
        return 0
    return max(amount_minor * width // longest, 1)
