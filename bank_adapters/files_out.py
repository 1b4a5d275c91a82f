"""Payment files of any format: the adapter of the profile's format does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bank_adapters.control import no_hit
from bank_adapters.registry import adapter_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pyarrow as pa

    from bank_adapters.model import FileContext, SealedFile, Violation
    from bank_adapters.profiles.model import BankProfile

__all__ = [
    "check_instructions",
    "file_name",
    "takes_short_references",
    "verify_file",
    "write_file",
]


def file_name(context: FileContext) -> str:
    """Return the name of a file, in the form its rail wants; never used twice."""
    return adapter_for(context.profile.format).file_name(context)


def write_file(
    rows: pa.Table | Iterable[pa.RecordBatch],
    context: FileContext,
    folder: Path,
    *,
    hit: Callable[[str], None] = no_hit,
) -> SealedFile:
    """Write, check and seal one payment file; the same rows and context give the same bytes.

    ``rows`` has exactly the columns of INSTRUCTION_SCHEMA. A stream of batches needs
    ``context.expected``; a table may go without. ``hit`` is called at the places
    bank.write.opened, .chunk, .before_fsync, .before_check, .before_rename, .linked, .after_rename
    and .sealed.

    Raises RefusedInstructions (values a bank would refuse), ValueError (rows are not what was
    expected), SchemaBroken (a defect of ours), FileConflict (another file has the
    name) and OSError (disk). In each case no new file stands under the name.
    """
    return adapter_for(context.profile.format).write(rows, context, folder, hit=hit)


def check_instructions(
    rows: pa.Table | Iterable[pa.RecordBatch], profile: BankProfile
) -> tuple[Violation, ...]:
    """Return every value this bank would refuse, by row; empty means that it can be written."""
    return adapter_for(profile.format).check(rows, profile)


def verify_file(sealed: SealedFile) -> tuple[Violation, ...]:
    """Re-read a sealed file: bytes, SHA-256, layout, count, sum, header. Empty means untouched.

    The sender calls this before every upload.
    """
    return adapter_for(sealed.schema).verify(sealed)


def takes_short_references(profile: BankProfile) -> bool:
    """Tell whether the rail's fields are too short for an InstrId of ours."""
    return not profile.format.startswith("pain.001.")
