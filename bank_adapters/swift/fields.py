"""Cutting an MT message into its fields.

A field starts at a line with one of the tags a statement has; whatever else begins with a colon is
text. Frames of SWIFT and of banks around and between messages are passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bank_adapters.inflow import BLOCK_BYTES
from bank_adapters.refusals import RefusalCode, RefusedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bank_adapters.inflow import Inflow

__all__ = ["Field", "fields", "has_fields"]

_TAGS: Final = rb":(20|21|25P?|28C?|NS|60[FM]|61|62[FM]|64|65|34F|13D?|86|90[CD]):"
_START: Final = re.compile(rb"(?:^|\n)" + _TAGS)
_FIRST: Final = re.compile(rb"(?:^|\n):20:")
_FIELD_BYTES_MAX: Final = 64 << 10
# SWIFT itself frames messages with \x01 and \x03.
_CONTROL: Final = re.compile(rb"[\x00\x02\x04-\x08\x0b\x0e-\x1f]")


class Field(NamedTuple):
    """A field: its tag, its lines, and the line of the file where it starts."""

    tag: str
    text: str
    line: int


def has_fields(head: bytes) -> bool:
    """Tell whether a text begins a message: ``:20:`` at the start of a line."""
    return _FIRST.search(head.replace(b"\r\n", b"\n")) is not None


def fields(source: Inflow, name: str) -> Iterator[Field]:
    """Yield the fields of all messages in a file. Raises RefusedFile."""
    rest, line, carried = b"", 1, b""
    while True:
        block = source.read(BLOCK_BYTES)
        is_last = not block
        if not is_last and block.endswith(b"\r"):
            carried, block = b"\r", carried + block[:-1]
        else:
            carried, block = b"", carried + block
        text = rest + block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        starts = [*_START.finditer(text)]
        ends = [match.start() for match in starts[1:]] + [len(text)]
        whole = len(starts) if is_last else len(starts) - 1
        at, begin = 0, line
        for match, end in zip(starts[:whole], ends[:whole], strict=True):
            begin += text.count(b"\n", at, match.end())
            at = match.end()
            yield Field(match[1].decode(), _decoded(text[at:end], name, begin), begin)
        if is_last:
            return
        cut = starts[whole].start() if starts else max(len(text) - 8, 0)
        if len(text) - cut > _FIELD_BYTES_MAX:
            raise RefusedFile(RefusalCode.TOO_LARGE, name=name, place=f"line {line}")
        line += text.count(b"\n", 0, cut)
        rest = text[cut:]


def _decoded(raw: bytes, name: str, line: int) -> str:
    """Read a field as UTF-8, or else as Latin-1, which banks without UTF-8 write."""
    if _CONTROL.search(raw):
        place = f"line {line}, control character"
        raise RefusedFile(RefusalCode.NOT_WELL_FORMED, name=name, place=place)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
