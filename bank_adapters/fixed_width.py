"""Records of fixed width as data: which field stands where. Readers and writers share them.

A record that does not add up to the width its standard states cannot be made, so a slip of one
character is found when the package is imported, not when a bank moves money by it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Field", "Kind", "Record"]

Kind = Literal["A", "N"]


class Field(NamedTuple):
    """One field. ``A`` is text: to the left, spaces behind; ``N`` digits: to the right, zeros."""

    name: str
    width: int
    kind: Kind = "A"


class Record:
    """The fields of one kind of line, in their order."""

    __slots__ = ("_spans", "fields", "name", "width")

    def __init__(self, name: str, width: int, *fields: Field) -> None:
        """Lay the fields side by side. Raises ValueError where they do not fill ``width``."""
        self.name = name
        self.width = width
        self.fields = fields
        self._spans: dict[str, tuple[int, int]] = {}
        at = 0
        for field in fields:
            if field.name in self._spans:
                raise ValueError(f"record {name} has the field {field.name} twice.")
            self._spans[field.name] = (at, at + field.width)
            at += field.width
        if at != width:
            raise ValueError(f"the fields of record {name} take {at} characters, not {width}.")

    def span(self, field: str) -> tuple[int, int]:
        """Return where a field starts, and where it ends (exclusive), counted from 0."""
        return self._spans[field]

    def place(self, field: str) -> str:
        """Return the positions of a field as the standards count them: from 1, both inclusive."""
        start, stop = self._spans[field]
        return f"{start + 1}-{stop}"
