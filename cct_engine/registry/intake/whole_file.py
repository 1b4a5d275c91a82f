"""The file as a whole, before any row is read: its hash, whether it is what it says, all of it.

Whatever is found here refuses the file: a cut, mis-encoded or mis-declared file must not be loaded
in part.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from contextlib import contextmanager
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Final, NamedTuple, cast

import numpy as np

from cct_engine.registry.intake.findings import RefusedFeed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cct_engine.registry.intake.declaration import FeedDeclaration, Manifest

__all__ = ["Examined", "FileFormat", "Layout", "examine", "opened"]

_BLOCK: Final = 1 << 20
_BYTES_MAX: Final = 1 << 36  # uncompressed; a row number has to fit 32 bits as well
_UNPACKED_MAX: Final = 1 << 31  # of a workbook
_CELL_CHARACTERS_MAX: Final = 1 << 17
_LONG_MAX: Final = 10_000
# Encodings in which a separator's byte is always a separator.
_PLAIN: Final = frozenset(
    {"ascii", "utf-8", "iso8859-1", "iso8859-15", "cp1250", "cp1251", "cp1252"}
)


class FileFormat(StrEnum):
    """How a file holds its rows."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Layout(NamedTuple):
    """What counting the cells of a CSV file found. Records count from 1, the header."""

    header: tuple[str, ...]
    record_count: int
    short: np.ndarray
    """Numbers of records with fewer cells than the header."""
    long: dict[int, list[str]]
    """Records with more cells than the header: number → cells."""


class Examined(NamedTuple):
    """A file that may be read."""

    path: Path
    format: FileFormat
    compressed: bool
    sha256: str
    bytes: int
    layout: Layout | None


def examine(path: Path, declaration: FeedDeclaration, manifest: Manifest | None) -> Examined:
    """Look at the whole file once. Raises RefusedFeed; reads in blocks, whatever its size."""
    if not path.is_file():
        raise RefusedFeed(f"{path.name}: there is no such file. Check the name and the folder.")
    size = path.stat().st_size
    if size == 0:
        raise RefusedFeed(f"{path.name} is empty (0 bytes). Ask the sender to send it again.")
    sha256 = _sha256(path)
    if manifest is not None and manifest.sha256 not in {None, sha256}:
        raise RefusedFeed(
            f"{path.name} is not the file its manifest names: the SHA-256 differs. It was changed "
            "or cut on its way; ask the sender to send both again."
        )
    format_, compressed = _format(path)
    layout = None
    if format_ is FileFormat.CSV:
        layout = _layout(path, declaration, compressed=compressed)
    elif format_ is FileFormat.XLSX:
        _check_workbook(path)
    return Examined(path, format_, compressed, sha256, size, layout)


@contextmanager
def opened(path: Path, *, compressed: bool) -> Iterator[IO[bytes]]:
    """Open a file for reading its uncompressed bytes; refuse it if the compression is cut."""
    try:
        if compressed:
            with gzip.open(path, "rb") as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            with path.open("rb") as stream:
                yield stream
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise RefusedFeed(
            f"{path.name} is a cut or damaged gzip file. Nothing was loaded; ask the sender to "
            "send it again."
        ) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _format(path: Path) -> tuple[FileFormat, bool]:
    """Tell the format by its first bytes; a suffix can lie."""
    with path.open("rb") as stream:
        first = stream.read(8)
    if first.startswith(b"PK\x03\x04"):
        return FileFormat.XLSX, False
    if first.startswith(b"PAR1"):
        return FileFormat.PARQUET, False
    if first.startswith(b"\xd0\xcf\x11\xe0"):
        raise RefusedFeed(f"{path.name} is an old .xls workbook. Save it as .xlsx or CSV.")
    if path.suffix.lower() in {".xlsx", ".parquet"}:
        raise RefusedFeed(
            f"{path.name} is no {path.suffix[1:]} file: its first bytes are others. It was renamed "
            "or damaged; ask the sender to send it again."
        )
    return FileFormat.CSV, first.startswith(b"\x1f\x8b")


def _check_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            damaged = archive.testzip() if unpacked <= _UNPACKED_MAX else None
    except (zipfile.BadZipFile, zlib.error, EOFError):
        damaged, unpacked = path.name, 0
    if damaged is not None:
        raise RefusedFeed(f"{path.name} is a cut or damaged workbook. Ask the sender for it again.")
    if unpacked > _UNPACKED_MAX:
        raise RefusedFeed(
            f"{path.name} would unpack to {unpacked:,} bytes, more than {_UNPACKED_MAX:,}. "
            "Send so many rows as CSV or Parquet."
        )


def _layout(path: Path, declaration: FeedDeclaration, *, compressed: bool) -> Layout:
    has_quotes = _check_text(path, declaration, compressed=compressed)
    header = _header(path, declaration, compressed=compressed)
    if not has_quotes and declaration.encoding in _PLAIN:
        counted = _counted_by_bytes(path, declaration, len(header), compressed=compressed)
        if counted is not None:
            return Layout(header, *counted)
    return Layout(
        header, *_counted_by_reading(path, declaration, len(header), compressed=compressed)
    )


def _check_text(path: Path, declaration: FeedDeclaration, *, compressed: bool) -> bool:
    """Check that the bytes are text in the declared encoding; tell whether there are quotes."""
    declared = codecs.getincrementaldecoder(declaration.encoding)()
    suspect_utf8 = declaration.encoding not in {"utf-8", "utf-8-sig", "ascii"}
    as_utf8 = codecs.getincrementaldecoder("utf-8")()
    has_quotes, foreign, place = False, False, 0
    with opened(path, compressed=compressed) as stream:
        while block := stream.read(_BLOCK):
            has_quotes |= b'"' in block
            foreign |= not block.isascii()
            if (
                b"\0" in block
                and "16" not in declaration.encoding
                and "32" not in declaration.encoding
            ):
                raise RefusedFeed(f"{path.name} holds null bytes: it is no text. Send it as CSV.")
            try:
                declared.decode(block)
            except UnicodeDecodeError as error:
                raise RefusedFeed(
                    f"{path.name} is not written in {declaration.encoding}, at byte "
                    f"{place + error.start:,}. Names would come out wrong; declare the encoding it "
                    "has (often latin-1 or cp1252) or save it as declared."
                ) from None
            if suspect_utf8:
                try:
                    as_utf8.decode(block)
                except UnicodeDecodeError:
                    suspect_utf8 = False
            place += len(block)
            if place > _BYTES_MAX:
                raise RefusedFeed(f"{path.name} has more than {_BYTES_MAX:,} bytes. Split it.")
    if suspect_utf8 and foreign:
        raise RefusedFeed(
            f"{path.name} is declared as {declaration.encoding} but is UTF-8. Names would come out "
            "wrong; correct the declaration."
        )
    try:
        declared.decode(b"", final=True)
    except UnicodeDecodeError:
        raise RefusedFeed(f"{path.name} ends in the middle of a character: it was cut.") from None
    return has_quotes


def _header(path: Path, declaration: FeedDeclaration, *, compressed: bool) -> tuple[str, ...]:
    with opened(path, compressed=compressed) as stream:
        reader = csv.reader(_as_text(stream, declaration), delimiter=declaration.delimiter)
        header = tuple(name.strip() for name in next(reader, []))
    check_header(header, path, declaration)
    return header


def check_header(header: tuple[str, ...], path: Path, declaration: FeedDeclaration) -> None:
    """Refuse a file whose columns cannot be told apart or do not hold what is declared."""
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        declared = twice[0] in declaration.column_names
        which = repr(twice[0]) if declared else f"number {header.index(twice[0]) + 1}"
        raise RefusedFeed(
            f"{path.name} has column {which} twice; nobody can tell which is meant. Remove one."
        )
    absent = [name for name in declaration.column_names if name not in header]
    if absent:
        # The first line may be a family's row: only names the feed declares are repeated.
        known = [name for name in declaration.column_names if name in header]
        raise RefusedFeed(
            f"{path.name} has no column {', '.join(repr(name) for name in absent)}, which feed "
            f"{declaration.feed} declares. Of its {len(header)} columns these are declared: "
            f"{', '.join(known) or 'none'}. Check that this is the right file, that its first "
            f"line names the columns, and that they are separated by {declaration.delimiter!r}."
        )


def _as_text(stream: IO[bytes], declaration: FeedDeclaration) -> io.TextIOWrapper:
    encoding = "utf-8-sig" if declaration.encoding == "utf-8" else declaration.encoding
    return io.TextIOWrapper(stream, encoding=encoding, newline="")


def _counted_by_bytes(
    path: Path, declaration: FeedDeclaration, cell_count: int, *, compressed: bool
) -> tuple[int, np.ndarray, dict[int, list[str]]] | None:
    """Count cells without reading them: a file without quotes. None: some record is too long."""
    newline, delimiter = (ord("\n"), ord(declaration.delimiter))
    records, carried, short = 0, b"", []
    with opened(path, compressed=compressed) as stream:
        while True:
            block = stream.read(_BLOCK)
            text = carried + block
            if block:
                end = text.rfind(b"\n") + 1
                text, carried = text[:end], text[end:]
            elif text:
                text += b"\n"
            view = np.frombuffer(text, dtype=np.uint8)
            ends = np.flatnonzero(view == newline)
            if len(ends):
                marks = np.flatnonzero(view == delimiter)
                cells = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
                starts = np.concatenate(([0], ends[:-1] + 1))
                blank = (ends - starts == 0) | ((ends - starts == 1) & (view[starts] == ord("\r")))
                if (cells > cell_count).any():
                    return None
                short.append(np.flatnonzero((cells < cell_count) & ~blank) + records + 1)
                records += len(ends)
            if not block:
                return records, np.concatenate(short) if short else np.empty(0, np.int64), {}


def _counted_by_reading(
    path: Path, declaration: FeedDeclaration, cell_count: int, *, compressed: bool
) -> tuple[int, np.ndarray, dict[int, list[str]]]:
    """Count cells by reading the records: quotes decide what a separator is."""
    csv.field_size_limit(_CELL_CHARACTERS_MAX)
    number = 0
    short: list[int] = []
    long: dict[int, list[str]] = {}
    with opened(path, compressed=compressed) as stream:
        reader = csv.reader(_as_text(stream, declaration), delimiter=declaration.delimiter)
        try:
            for number, cells in enumerate(reader, start=1):
                if len(cells) == cell_count or not cells:
                    continue
                if len(cells) < cell_count:
                    short.append(number)
                elif len(long) == _LONG_MAX:
                    raise RefusedFeed(
                        f"{path.name} has more than {_LONG_MAX:,} rows with more cells than the "
                        "header: header and rows do not belong together. Check the separator."
                    )
                else:
                    long[number] = cells
        except csv.Error:
            raise RefusedFeed(
                f"{path.name} has a cell longer than {_CELL_CHARACTERS_MAX:,} characters after row "
                f"{number:,}: a quote is not closed, or the file was cut. Ask for it again."
            ) from None
    return number, np.asarray(short, dtype=np.int64), long
