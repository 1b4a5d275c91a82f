"""Writing pain.001: columns in, one sealed file out, in constant memory.

Rows stream in chunks; facets, count, sum and SHA-256 are taken in the same pass. Before the file
gets its name, a second reader goes through it with the XSD and counts and adds up again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.control import no_hit, seal_findings, sealing
from bank_adapters.currency import exponent_of
from bank_adapters.facets import RefusedInstructions, columns_of, violations
from bank_adapters.iso20022.schema import Recount, SchemaBroken, recount
from bank_adapters.iso20022.template import escaped, frame, shapes_of, template
from bank_adapters.model import Expected, FileContext, SealedFile, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from bank_adapters.control import OpenFile
    from bank_adapters.profiles import BankProfile

__all__ = ["CHUNK_ROWS", "check_instructions", "file_name", "rendered", "verify_file", "write_file"]

CHUNK_ROWS: Final = 5_000


def file_name(context: FileContext) -> str:
    """Return the name of a file: its message id, so that a name is never used twice."""
    return f"{context.message_id}.xml"


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
    expected), SchemaBroken (a defect of ours), FileConflict (another file has the name) and
    OSError (disk). In each case no new file stands under the name.
    """
    expected = context.expected or _expected_of(rows)
    _assert_within_limits(expected, context)
    head, tail = frame(context, expected)
    tally = _Tally(context.profile)
    name = file_name(context)

    def check(path: Path) -> None:
        tally.assert_is(expected)
        _assert_recounted(recount(path, context.profile.format), context, expected)

    with sealing(folder, name, check=check, hit=hit) as file:
        file.write(head)
        for chunk in _chunks(rows):
            _write_chunk(chunk, tally, file)
            hit("bank.write.chunk")
        file.write(tail)
        _assert_bytes(file.size, context)
    return SealedFile(
        name=name,
        path=folder / name,
        count=expected.count,
        total_minor=expected.total_minor,
        currency=context.profile.currency,
        sha256=file.hexdigest(),
        bytes=file.size,
        message_id=context.message_id,
        schema=context.profile.format,
    )


def check_instructions(
    rows: pa.Table | Iterable[pa.RecordBatch], profile: BankProfile
) -> tuple[Violation, ...]:
    """Return every value this bank would refuse, by row; empty means that it can be written."""
    found: list[Violation] = []
    tally = _Tally(profile)
    for chunk in _chunks(rows):
        found += violations(chunk, profile, first_row=tally.count)
        tally.add(chunk)
    return tuple(found) + tally.repeats()


def _expected_of(rows: pa.Table | Iterable[pa.RecordBatch]) -> Expected:
    if not isinstance(rows, pa.Table):
        raise TypeError(
            "the header of a pain.001 states count and sum before the first payment: for a stream "
            "of batches, give FileContext.expected (plan_files has both)."
        )
    return Expected(rows.num_rows, pc.sum(rows["amount_minor"]).as_py() or 0)


def _assert_within_limits(expected: Expected, context: FileContext) -> None:
    limits = context.profile.limits
    for stated, largest, what in (
        (expected.count, limits.transactions_max, "payments"),
        (expected.total_minor, limits.total_max_minor, "minor units"),
        (context.sequence, limits.files_per_day_max, "files on one day"),
    ):
        if not 1 <= stated <= largest:
            raise ValueError(
                f"{context.message_id}: {stated} {what}; {context.profile.code} takes 1 to "
                f"{largest}. Plan the files with plan_files."
            )


def _assert_bytes(size: int, context: FileContext) -> None:
    if size > context.profile.limits.bytes_max:
        raise ValueError(
            f"{context.message_id}: {size} bytes; {context.profile.code} takes at most "
            f"{context.profile.limits.bytes_max}. Plan the files with plan_files."
        )


def _chunks(rows: pa.Table | Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    batches = rows.to_batches() if isinstance(rows, pa.Table) else rows
    for batch in batches:
        for start in range(0, batch.num_rows, CHUNK_ROWS):
            yield columns_of(batch.slice(start, CHUNK_ROWS))


def _write_chunk(chunk: pa.RecordBatch, tally: _Tally, file: OpenFile) -> None:
    found = violations(chunk, tally.profile, first_row=tally.count)
    if found:
        raise RefusedInstructions(tuple(found))
    tally.add(chunk)
    file.write(_bytes_of(rendered(chunk, tally.profile)))


def rendered(chunk: pa.RecordBatch, profile: BankProfile) -> pa.Array:
    """Return the payments of a chunk, each as the text of one CdtTrfTxInf, in the given order."""
    parts: list[pa.Array] = []
    places: list[NDArray[np.int64]] = []
    for shape, rows in shapes_of(chunk):
        of_shape = chunk if rows is None else chunk.take(pa.array(rows))
        cut = template(shape, profile)
        columns = {"amount": _amount_texts(of_shape.column("amount_minor"), profile.exponent)}
        for name in cut.columns:
            if name != "amount":
                columns[name] = escaped(of_shape.column(name))
        text = cut.render(columns)
        if rows is None:
            return text
        parts.append(text)
        places.append(rows)
    order = np.argsort(np.concatenate(places), kind="stable")
    return pa.concat_arrays(parts).take(pa.array(order))


def _amount_texts(amounts: pa.Array, exponent: int) -> pa.Array:
    digits = amounts.cast(pa.string())
    if exponent == 0:
        return digits
    digits = pc.utf8_lpad(digits, exponent + 1, "0")
    whole = pc.utf8_slice_codeunits(digits, 0, -exponent)
    part = pc.utf8_slice_codeunits(digits, -exponent)
    return pc.binary_join_element_wise(whole, part, ".")


def _bytes_of(texts: pa.Array) -> memoryview:
    """Return the texts one behind the other, as they lie in memory."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)
    first, last = offsets[texts.offset], offsets[texts.offset + len(texts)]
    return memoryview(texts.buffers()[2])[int(first) : int(last)]


class _Tally:
    """Count, sum and references of what was written so far."""

    def __init__(self, profile: BankProfile) -> None:
        self.profile = profile
        self.count = 0
        self.total_minor = 0
        self._seen: dict[str, list[NDArray[np.int64]]] = {
            "end_to_end_id": [],
            "instruction_id_text": [],
        }

    def add(self, chunk: pa.RecordBatch) -> None:
        self.count += chunk.num_rows
        self.total_minor += pc.sum(chunk.column("amount_minor")).as_py() or 0
        for name, hashes in self._seen.items():
            # Python's own hash of a text: eight bytes a row instead of the text, and two equal
            # texts in one process always meet. Distinct ones meet once in ten million files.
            texts = chunk.column(name).to_pylist()
            hashes.append(np.fromiter(map(hash, texts), np.int64, len(texts)))

    def assert_is(self, expected: Expected) -> None:
        """Raise unless exactly what was expected has been written, each reference once."""
        if Expected(self.count, self.total_minor) != expected:
            raise ValueError(
                f"the rows were {self.count} payments of {self.total_minor} minor units, but "
                f"{expected.count} of {expected.total_minor} were expected. Nothing was sealed; "
                "rows changed after the files were planned, or another slice was given."
            )
        found = self.repeats()
        if found:
            raise RefusedInstructions(found)

    def repeats(self) -> tuple[Violation, ...]:
        """Return the rows whose reference stood in an earlier row."""
        return tuple(
            violation for name, hashes in self._seen.items() for violation in _repeats(name, hashes)
        )


def _repeats(name: str, hashes: list[NDArray[np.int64]]) -> list[Violation]:
    keys = np.concatenate(hashes) if hashes else np.empty(0, np.int64)
    order = np.argsort(keys, kind="stable")
    again = order[1:][np.diff(keys[order]) == 0]
    rule = "stands once in a file; a second one would be a second payment"
    return [
        Violation(row, name, rule, "pay each instruction once") for row in sorted(again.tolist())
    ]


def _assert_recounted(found: Recount, context: FileContext, expected: Expected) -> None:
    profile = context.profile
    total = Decimal(expected.total_minor).scaleb(-profile.exponent)
    wanted = Recount(
        context.message_id,
        expected.count,
        total,
        frozenset({profile.currency}),
        str(expected.count),
        total,
    )
    if found != wanted:
        raise SchemaBroken(
            f"{context.message_id}: read back, the file has {found.count} payments where "
            f"{expected.count} were written, or another sum or header. Nothing was sealed; report "
            "this as a defect."
        )


def verify_file(sealed: SealedFile) -> tuple[Violation, ...]:
    """Re-read a sealed file: bytes, SHA-256, schema, count, sum, header. Empty means untouched.

    The sender calls this before every upload.
    """
    found = seal_findings(sealed)
    if found:
        return tuple(found)
    try:
        seen = recount(sealed.path, sealed.schema)
    except SchemaBroken as error:
        return (Violation(0, "schema", str(error), "do not send it"),)
    return tuple(_recount_findings(seen, sealed))


def _recount_findings(seen: Recount, sealed: SealedFile) -> Iterator[Violation]:
    exponent = exponent_of(sealed.currency) or 0
    total = Decimal(sealed.total_minor).scaleb(-exponent)
    fix = "do not send it; the seal and the file disagree"
    for column, fits in (
        ("count", seen.count == sealed.count and seen.stated_count == str(sealed.count)),
        ("total_minor", seen.total == total and seen.stated_total == total),
        ("currency", seen.currencies == {sealed.currency}),
        ("message_id", seen.message_id == sealed.message_id),
    ):
        if not fits:
            yield Violation(0, column, f"the file states the {column} of its seal", fix)
