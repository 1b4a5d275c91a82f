"""The adapter of one family of ours, put together from what only that family knows."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from bank_adapters import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import IO

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from bank_adapters.limits import ReadLimits
    from bank_adapters.model import BankMessage, Expected, FileContext, SealedFile, Violation
    from bank_adapters.profiles.model import BankProfile

__all__ = ["FormatAdapter"]


@dataclass(frozen=True, slots=True)
class FormatAdapter:
    """A ``BankAdapter`` of the family's parts; ``writing`` makes trustworthy files of them."""

    formats: tuple[str, ...]
    agreed: Callable[[BankProfile], None]
    named: Callable[[FileContext], str]
    findings: Callable[[pa.RecordBatch, BankProfile, int], list[Violation]]
    sizes: Callable[[pa.RecordBatch, BankProfile, int], NDArray[np.int64]]
    begin: Callable[[FileContext, Expected], writing.Rendering]
    recount: Callable[[Path, str, BankProfile | None], writing.Found | None]
    """Read a finished file again; None where only its profile could tell and there is none."""
    reader: str
    """The module with ``looks_like(head)`` and ``read(…)``: imported when an answer is read."""

    def agree(self, profile: BankProfile) -> None:
        """Check what only this format knows of a profile. Raises ValueError naming the key."""
        self.agreed(profile)

    def file_name(self, context: FileContext) -> str:
        """Return the name of a file, never used twice."""
        return self.named(context)

    def check(
        self, rows: pa.Table | Iterable[pa.RecordBatch], profile: BankProfile
    ) -> tuple[Violation, ...]:
        """Return every value that this bank would refuse."""
        return writing.checked(rows, profile, self.findings)

    def row_bytes(
        self, batch: pa.RecordBatch, profile: BankProfile, first_row: int
    ) -> NDArray[np.int64]:
        """Return what each payment adds to the size of a file, never less than it will."""
        return self.sizes(batch, profile, first_row)

    def write(
        self,
        rows: pa.Table | Iterable[pa.RecordBatch],
        context: FileContext,
        folder: Path,
        *,
        hit: Callable[[str], None],
    ) -> SealedFile:
        """Write, check and seal one file."""
        return writing.written(
            rows,
            context,
            folder,
            name=self.named(context),
            begin=lambda expected: self.begin(context, expected),
            findings=self.findings,
            recount=self.recount,
            hit=hit,
        )

    def verify(self, sealed: SealedFile) -> tuple[Violation, ...]:
        """Read a sealed file again: bytes, SHA-256, layout, count and sum."""
        return writing.verified(sealed, self.recount)

    def reads(self, head: bytes) -> bool:
        """Tell by the first 4 KiB whether a file from a bank is of this family."""
        return bool(import_module(self.reader).looks_like(head))

    def read(
        self,
        source: Path | IO[bytes],
        *,
        name: str,
        limits: ReadLimits,
        deliver: Callable[[pa.RecordBatch], None] | None,
    ) -> BankMessage:
        """Read an answer as events. Raises RefusedFile."""
        reader = import_module(self.reader)
        message: BankMessage = reader.read(source, name=name, limits=limits, deliver=deliver)
        return message
