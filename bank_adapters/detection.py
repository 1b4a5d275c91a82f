"""Which format a file is of, by its first bytes. A file's name says nothing here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from bank_adapters.inflow import Inflow
    from bank_adapters.telling import Contents, Order

__all__ = ["HEAD_BYTES", "Reader", "reader_of"]

HEAD_BYTES: Final = 4_096
# In this order; each is imported when a file could be of it.
_READERS: Final = (
    "bank_adapters.iso20022.reader",
    "bank_adapters.nacha.reader",
    "bank_adapters.npci.reader",
    "bank_adapters.cnab240.reader",
    "bank_adapters.cnab400.reader",
    "bank_adapters.swift.reader",
)


class Reader(Protocol):
    """A module that reads one family of formats."""

    def looks_like(self, head: bytes) -> bool:
        """Tell by the first bytes whether a file is of this family."""

    def read(self, source: Inflow, order: Order) -> Contents:
        """Read a file to its end. Raises RefusedFile."""


def reader_of(head: bytes) -> Reader | None:
    """Return the reader of the family a file is of, if it is one of ours."""
    for name in _READERS:
        reader = cast("Reader", import_module(name))
        if reader.looks_like(head):
            return reader
    return None
