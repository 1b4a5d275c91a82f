"""Cutting runs of units out of a buffer at tags, by looking at bytes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from bank_adapters.arrays import integer_array, integers
from bank_adapters.iso20022.raw import Raw

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Run",
    "behind_declaration",
    "behind_tag",
    "has_markup",
    "joined",
    "last_end",
    "opening",
]


class Run(NamedTuple):
    """Units, or rows of one unit, cut out of a buffer at closing tags; nothing is copied."""

    buffer: bytes
    start: int
    stop: int
    tag: str
    first_byte: int
    around: tuple[str, ...]
    """Tags that must stand around it to make it a document again."""
    namespaces: str
    """What that document declares."""

    @property
    def plain(self) -> memoryview:
        """The bytes."""
        return memoryview(self.buffer)[self.start : self.stop]

    @property
    def letters(self) -> NDArray[np.uint8]:
        """The bytes as numbers."""
        return np.frombuffer(self.plain, np.uint8)

    def has(self, letters: bytes) -> bool:
        """Tell whether these letters stand somewhere."""
        return self.buffer.find(letters, self.start, self.stop) >= 0

    def count(self, letters: bytes) -> int:
        """Return how often these letters stand there."""
        return self.buffer.count(letters, self.start, self.stop)

    def closings(self) -> int:
        """Return the number of closing tags of its elements."""
        return self.count(f"</{self.tag}>".encode())

    def wrapped(self) -> bytes:
        """Return a copy as ``<r>…</r>``."""
        return b"".join((b"<r>", self.plain, b"</r>"))


def behind_declaration(buffer: bytes) -> int:
    """Return the place behind the XML declaration, 0 where there is none."""
    return buffer.find(b"?>") + 2 if buffer.startswith((b"<?xml ", b"\xef\xbb\xbf<?xml ")) else 0


def has_markup(buffer: bytes, at: int) -> bool:
    """Tell whether there are comments, CDATA or instructions, where a tag may be no tag.

    One letter is found ten times faster than two, and neither is frequent.
    """
    return (buffer.find(b"!", at) >= 0 and buffer.find(b"<!", at) >= 0) or (
        buffer.find(b"?", at) >= 0 and buffer.find(b"<?", at) >= 0
    )


def opening(tag: str | None) -> bytes:
    """Return the opening tag of an element without attributes."""
    return f"<{tag}>".encode()


def behind_tag(buffer: bytes, at: int) -> int:
    """Return the place behind the tag that starts at ``at``."""
    end = buffer.find(b">", at)
    return end + 1 if end >= 0 else len(buffer)


def last_end(buffer: bytes, at: int, tag: str, enclosing: str) -> int:
    """Return the place behind the last closing tag before the enclosing element ends, or −1."""
    limit = buffer.find(f"</{enclosing}>".encode(), at)
    closing = f"</{tag}>".encode()
    last = buffer.rfind(closing, at, limit if limit >= 0 else len(buffer))
    return last + len(closing) if last >= 0 else -1


def joined(raws: list[Raw]) -> Raw:
    """Return blocks of one run as one."""
    offsets = np.cumsum([0, *(raw.units.num_rows for raw in raws)])
    tables = []
    for raw, offset in zip(raws, offsets, strict=False):
        unit = integer_array(integers(raw.table["unit"]) + offset)
        place = raw.table.schema.get_field_index("unit")
        tables.append(raw.table.set_column(place, "unit", unit))
    return Raw(
        raws[0].holders,
        np.concatenate([raw.holder for raw in raws]),
        pa.concat_tables([raw.units for raw in raws]),
        pa.concat_tables(tables),
    )
