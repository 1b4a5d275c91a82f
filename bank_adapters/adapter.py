"""What every bank format offers, ours and other people's, behind one set of names.

An adapter of somebody else is an object with these names, found by its entry point in the group
``cct_engine.bank_adapters``. Files must be the same bytes for the same rows and context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import IO

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from bank_adapters.limits import ReadLimits
    from bank_adapters.model import BankMessage, FileContext, SealedFile, Violation
    from bank_adapters.profiles.model import BankProfile

__all__ = ["BankAdapter"]


@runtime_checkable
class BankAdapter(Protocol):
    """One family of bank formats. Pure functions of values, but for the files named in a call."""

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats this adapter writes, each with its version: 'pain.001.001.09'."""

    def agree(self, profile: BankProfile) -> None:
        """Check what only this format knows of a profile. Raises ValueError naming the key."""

    def file_name(self, context: FileContext) -> str:
        """Return the name of a file, never used twice."""

    def check(
        self, rows: pa.Table | Iterable[pa.RecordBatch], profile: BankProfile
    ) -> tuple[Violation, ...]:
        """Return every value that this bank would refuse."""

    def row_bytes(
        self, batch: pa.RecordBatch, profile: BankProfile, first_row: int
    ) -> NDArray[np.int64]:
        """Return what each payment adds to the size of a file, never less than it will."""

    def write(
        self,
        rows: pa.Table | Iterable[pa.RecordBatch],
        context: FileContext,
        folder: Path,
        *,
        hit: Callable[[str], None],
    ) -> SealedFile:
        """Write, check and seal one file."""

    def verify(self, sealed: SealedFile) -> tuple[Violation, ...]:
        """Read a sealed file again: bytes, SHA-256, layout, count and sum."""

    def reads(self, head: bytes) -> bool:
        """Tell by the first 4 KiB whether a file from a bank is of this family."""

    def read(
        self,
        source: Path | IO[bytes],
        *,
        name: str,
        limits: ReadLimits,
        deliver: Callable[[pa.RecordBatch], None] | None,
    ) -> BankMessage:
        """Read an answer as events (``EVENT_SCHEMA``). Raises RefusedFile."""
