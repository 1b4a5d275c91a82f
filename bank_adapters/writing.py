"""Writing a file of any format: limits, values, count, sum, SHA-256, seal; then a second look.

A format brings a ``Rendering`` (head, payments, end) and a ``recount`` that reads the finished
file again; everything that makes a file trustworthy is here, once, for all formats.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bank_adapters.arrays import spare_memory
from bank_adapters.control import seal_findings, sealing
from bank_adapters.facets import RefusedInstructions
from bank_adapters.model import SealedFile, Violation
from bank_adapters.tally import Tally, chunks, expected_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from bank_adapters.model import Expected, FileContext
    from bank_adapters.profiles.model import BankProfile

__all__ = ["Found", "Rendering", "SchemaBroken", "checked", "verified", "written"]


class SchemaBroken(RuntimeError):  # noqa: N818 - a broken promise of ours, not an error of a user
    """What we wrote does not fit its schema or layout: a defect of ours, nothing was sealed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a second reader found in a payment file; None where the format has no place for it."""

    count: int
    total_minor: int
    stated_count: int | None
    stated_total_minor: int | None
    message_id: str | None = None
    currencies: frozenset[str] = frozenset()


class Rendering(Protocol):
    """One file being written; the order of calls is head, body…, tail."""

    def head(self) -> bytes:
        """Return what stands before the first payment."""

    def body(self, chunk: pa.RecordBatch, first_row: int) -> bytes | memoryview:
        """Return the payments of a chunk, in the order given."""

    def tail(self) -> bytes:
        """Return what stands behind the last payment."""


def written(
    rows: pa.Table | Iterable[pa.RecordBatch],
    context: FileContext,
    folder: Path,
    *,
    name: str,
    begin: Callable[[Expected], Rendering],
    findings: Callable[[pa.RecordBatch, BankProfile, int], list[Violation]],
    recount: Callable[[Path, str, BankProfile | None], Found | None],
    hit: Callable[[str], None],
) -> SealedFile:
    """Write, check and seal one payment file; the same rows and context give the same bytes."""
    spare_memory()
    expected = context.expected or expected_of(rows)
    profile = context.profile
    _assert_within_limits(expected, context)
    rendering = begin(expected)

    def check(path: Path) -> None:
        tally.assert_is(expected)
        seen = recount(path, profile.format, profile)
        wrong = _differences(seen, expected, context) if seen else ["everything"]
        if wrong:
            raise SchemaBroken(
                f"{context.message_id}: read back, the file differs from what was written in "
                f"{', '.join(wrong)} ({expected.count} payments were written). Nothing was "
                "sealed; report this as a defect."
            )

    with closing(Tally()) as tally, sealing(folder, name, check=check, hit=hit) as file:
        file.write(rendering.head())
        for chunk in chunks(rows):
            found = findings(chunk, profile, tally.count)
            if found:
                raise RefusedInstructions(tuple(found))
            first = tally.count
            tally.add(chunk)
            file.write(rendering.body(chunk, first))
            hit("bank.write.chunk")
        file.write(rendering.tail())
        _assert_bytes(file.size, context)
    return SealedFile(
        name=name,
        path=folder / name,
        count=expected.count,
        total_minor=expected.total_minor,
        currency=profile.currency,
        sha256=file.hexdigest(),
        bytes=file.size,
        message_id=context.message_id,
        schema=profile.format,
    )


def checked(
    rows: pa.Table | Iterable[pa.RecordBatch],
    profile: BankProfile,
    findings: Callable[[pa.RecordBatch, BankProfile, int], list[Violation]],
) -> tuple[Violation, ...]:
    """Return every value a bank would refuse, by row; empty means that it can be written."""
    found: list[Violation] = []
    with closing(Tally()) as tally:
        for chunk in chunks(rows):
            found += findings(chunk, profile, tally.count)
            tally.add(chunk)
        return tuple(found) + tally.repeats()


def verified(
    sealed: SealedFile, recount: Callable[[Path, str, BankProfile | None], Found | None]
) -> tuple[Violation, ...]:
    """Read a sealed file again: bytes, SHA-256, layout, count, sum, header."""
    found = seal_findings(sealed)
    if found:
        return tuple(found)
    try:
        seen = recount(sealed.path, sealed.schema, None)
    except SchemaBroken as error:
        return (Violation(0, "schema", str(error), "do not send it"),)
    return tuple(_seal_differences(seen, sealed)) if seen else ()


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


def _differences(seen: Found, expected: Expected, context: FileContext) -> list[str]:
    wanted = {
        "count": (seen.count, expected.count),
        "sum": (seen.total_minor, expected.total_minor),
        "stated count": (seen.stated_count, expected.count),
        "stated sum": (seen.stated_total_minor, expected.total_minor),
        "message id": (seen.message_id, context.message_id),
        "currency": (seen.currencies or None, {context.profile.currency}),
    }
    return [name for name, (is_, must) in wanted.items() if is_ is not None and is_ != must]


def _seal_differences(seen: Found, sealed: SealedFile) -> Iterator[Violation]:
    fix = "do not send it; the seal and the file disagree"
    for column, fits in (
        ("count", seen.count == sealed.count and seen.stated_count in {None, sealed.count}),
        (
            "total_minor",
            seen.total_minor == sealed.total_minor
            and seen.stated_total_minor in {None, sealed.total_minor},
        ),
        ("currency", not seen.currencies or seen.currencies == {sealed.currency}),
        ("message_id", seen.message_id in {None, sealed.message_id}),
    ):
        if not fits:
            yield Violation(0, column, f"the file states the {column} of its seal", fix)
