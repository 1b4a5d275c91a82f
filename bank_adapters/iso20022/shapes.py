"""The shape of a unit: what of it is written alike in unit after unit, and where our texts stand.

A shape is learnt from one unit that the exact extractor has read, and only where both found the
same in it. Units that are written alike can then differ in texts alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bank_adapters.iso20022.paths import Node, grow
from bank_adapters.iso20022.strict import has_namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bank_adapters.iso20022.family import Family
    from bank_adapters.iso20022.raw import Units

__all__ = ["Line", "Segment", "Shape", "learnt"]

_VALUE: Final = r"""(?:"[^"&<]*"|'[^'&<]*')"""
_TAG: Final = re.compile(rf"<(/?)([^\s/<>&]+)((?:\s+[^\s=/<>&]+\s*=\s*{_VALUE})*)\s*(/?)>")
_ATTRIBUTE: Final = re.compile(rf"([^\s=]+)\s*=\s*({_VALUE})")


class Segment(NamedTuple):
    """Tags, and blanks between them, up to the next text."""

    tag: int
    """Its first tag, counted from the first of the unit."""
    letters: bytes


class Line(NamedTuple):
    """The columns of a unit, or of one row of its table."""

    scope: str
    texts: dict[str, int]
    """column → the segment behind which its text stands."""
    constants: dict[str, str]
    """column → the value of an attribute, which is part of a tag."""


class Shape(NamedTuple):
    """Units that are written alike."""

    tag_count: int
    segments: tuple[Segment, ...]
    unit: Line
    rows: tuple[Line, ...]


class _Irregular(Exception):  # noqa: N818 - ends a walk early, and never leaves this module
    """The unit is written so that only the exact extractor tells what it means."""


def learnt(written: str, family: Family, exact: Units) -> Shape | None:
    """Return the shape of a unit, where it finds in it what the exact extractor found."""
    if has_namespaces(written.encode()):
        return None
    try:
        pieces = tuple(_pieces(written))
        walk = _Walk(family)
        unit, rows = walk.over(pieces)
    except _Irregular:
        return None
    segments, texts = _segments(pieces)
    behind = {piece: number for number, (_, _, piece) in enumerate(segments)}
    unit, *rows = (_moved(line, behind) for line in (unit, *rows))
    mine = [_given(unit, texts), *(_given(row, texts) for row in rows)]
    of_rows = exact.table.drop_columns(["unit"]).to_pylist()
    theirs = [_said(one) for one in (*exact.units.to_pylist(), *of_rows)]
    if mine != theirs:
        return None
    cut = tuple(Segment(tag, letters.encode()) for tag, letters, _ in segments)
    return Shape(len(pieces), cut, unit, tuple(rows))


def _pieces(written: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each tag and the text behind it."""
    at = 0
    while at < len(written):
        tag = _TAG.match(written, at)
        if tag is None:
            raise _Irregular
        at = written.find("<", tag.end())
        at = at if at >= 0 else len(written)
        yield tag, written[tag.end() : at]


def _segments(
    pieces: Sequence[tuple[re.Match[str], str]],
) -> tuple[list[tuple[int, str, int]], list[str]]:
    """Return (first tag, letters, last tag) of each segment, and the text behind each."""
    segments, texts = [], []
    letters, first = "", 0
    for number, (tag, text) in enumerate(pieces):
        letters += tag[0]
        if text.strip() or number == len(pieces) - 1:
            segments.append((first, letters, number))
            texts.append(text)
            letters, first = "", number + 1
        else:
            letters += text
    return segments, texts


def _moved(line: Line, behind: dict[int, int]) -> Line:
    """Return a line that counts segments instead of tags; where nothing stands, there is none."""
    texts = {name: behind[tag] for name, tag in line.texts.items() if tag in behind}
    return line._replace(texts=texts)


def _given(line: Line, texts: list[str]) -> dict[str, str]:
    return _said({name: texts[at] for name, at in line.texts.items()} | line.constants)


def _said(columns: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text.strip() for name, text in columns.items() if text and text.strip()}


class _Walk:
    """A walk over the tags of one unit, beside the description of its family."""

    def __init__(self, family: Family) -> None:
        root = Node()
        grow(root, family.root, family, "")
        self._node: Node | None = root.below("/".join(family.path_to_holder), "")
        self._stack: list[Node | None] = []
        self._open: list[int] = []
        self._lines: list[Line] = []
        self._rows: list[Line] = []

    def over(self, pieces: Sequence[tuple[re.Match[str], str]]) -> tuple[Line, list[Line]]:
        """Return the lines of the unit and of its rows, counting tags. Raises _Irregular."""
        unit: Line | None = None
        for number, (tag, text) in enumerate(pieces):
            is_end, name, attributes, is_empty = tag.groups()
            if not is_end:
                self._start(number, name, attributes)
                unit = unit or self._lines[0]
            if is_end or is_empty:
                self._end(is_leaf=self._open[-1] == number - 1)
            if text.strip() and self._has_text_beside_children(is_start=not (is_end or is_empty)):
                raise _Irregular
        if unit is None or self._stack:
            raise _Irregular
        return unit, self._rows

    def _has_text_beside_children(self, *, is_start: bool) -> bool:
        """Tell whether a text just met belongs to an element of ours that has children too."""
        return not is_start and self._node is not None and self._node.column is not None

    def _start(self, number: int, name: str, attributes: str) -> None:
        child = self._node.children.get(name) if self._node is not None else None
        self._stack.append(self._node)
        self._open.append(number)
        self._node = child
        if child is None:
            return
        if child.scope is not None:
            self._lines.append(Line(child.scope, {}, {}))
        for attribute, value in _attributes(attributes):
            if attribute in child.attributes:
                self._assert_new(child.attributes[attribute])
                self._lines[-1].constants[child.attributes[attribute]] = value

    def _end(self, *, is_leaf: bool) -> None:
        node, start = self._node, self._open.pop()
        if node is not None and node.column is not None and is_leaf:
            self._assert_new(node.column)
            self._lines[-1].texts[node.column] = start
        if node is not None and node.scope is not None:
            line = self._lines.pop()
            if len(self._lines) > 1:
                raise _Irregular  # a row inside a row
            self._rows += [line] if self._lines else []
        self._node = self._stack.pop()

    def _assert_new(self, column: str) -> None:
        line = self._lines[-1]
        if column in line.texts or column in line.constants:
            raise _Irregular  # said twice


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for name, value in _ATTRIBUTE.findall(text):
        if not value.isprintable():
            raise _Irregular  # the exact extractor reads other letters than stand there
        yield name, value[1:-1]
