"""Decides for each piece of a file who reads it, and keeps the results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
import pyarrow as pa

from bank_adapters.iso20022.assembly import Assembly, built
from bank_adapters.iso20022.bulk import rows_in_bulk, units_in_bulk
from bank_adapters.iso20022.collector import XSI, Collector
from bank_adapters.iso20022.paths import Standing
from bank_adapters.iso20022.raw import Block, Raw, Record
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.values import Place

if TYPE_CHECKING:
    from types import TracebackType

    from bank_adapters.events import Built
    from bank_adapters.iso20022.family import Family
    from bank_adapters.limits import ReadLimits

__all__ = ["Conductor"]

_RUN_BYTES_MIN: Final = 128 << 10  # shorter runs are not worth a call
_UNIT_BYTES_MAX: Final = 4 << 20  # a longer unit is taken apart into its rows
_HEAD_BYTES: Final = 1_024
_SLICE_BYTES: Final = 128 << 10
_WAITING_MAX: Final = 2
_OTHER_ENCODINGS: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00")


class _Run(NamedTuple):
    """Units, or rows of one unit, cut out of the file at closing tags."""

    plain: memoryview
    wrapped: bytes
    """The same as ``<r>…</r>``."""
    closings: int
    first_byte: int
    around: tuple[str, ...]
    """Tags that must stand around it to make it a document again."""


class Conductor:
    """Takes blocks of bytes, gives events to an assembly."""

    def __init__(self, name: str, limits: ReadLimits, assembly: Assembly) -> None:
        self._name = name
        self._limits = limits
        self._assembly = assembly
        self._collector = Collector(name, limits, self._take_block)
        self._rest = b""
        self._before = 0  # bytes of the file before ``_rest``
        self._is_exact = False  # once set, for the rest of the file
        self._units = 0
        self._original: str | None = None
        self._waiting: deque[tuple[Record, ...] | Future[Built]] = deque()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bank-read")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._worker.shutdown(wait=True, cancel_futures=True)

    @property
    def format(self) -> str:
        """Message and version, as pain.002.001.10."""
        return self._collector.format

    @property
    def dialects(self) -> frozenset[str]:
        """Deviations that were met."""
        return frozenset(self._collector.dialects)

    def take(self, block: bytes) -> None:
        """Read on. Raises RefusedFile."""
        if self._before == 0 and not self._rest and block.startswith(_OTHER_ENCODINGS):
            raise RefusedFile(RefusalCode.ENCODING, name=self._name, place="byte 0")
        buffer = self._rest + block if self._rest else block
        is_first = self._before == 0
        self._is_exact |= _has_markup(buffer, _behind_declaration(buffer) if is_first else 0)
        at = 0
        while at < len(buffer):
            stop = self._piece(buffer, at)
            if stop == at:
                break
            at = stop
        self._rest = buffer[at:]
        self._before += at

    def finish(self) -> None:
        """Read the last bytes and close the message. Raises RefusedFile."""
        self._collector.feed(self._rest, final=True)
        self._drain(0)
        if not self._assembly.message_id and not self._collector.is_unread:
            self._assembly.doubt(RefusalCode.MESSAGE, "Document is empty")

    def _piece(self, buffer: bytes, at: int) -> int:
        """Read one piece and return where the next begins; ``at`` itself to wait for more."""
        family = self._collector.family
        if family is None:
            return self._exactly(buffer, at, min(at + _HEAD_BYTES, len(buffer)))
        self._is_exact |= family.is_small or not self._collector.is_plain
        if self._is_exact:
            return self._exactly(buffer, at, len(buffer))
        start = self._next_start(buffer, at, family)
        if start > at:
            return self._exactly(buffer, at, start)
        standing = self._collector.standing
        if standing is Standing.UNITS and buffer.startswith(_opening(family.unit), at):
            return self._units_from(buffer, at, family)
        if standing is Standing.ROWS and buffer.startswith(_opening(family.bulk_rows), at):
            return self._rows_from(buffer, at, family)
        return self._exactly(buffer, at, _behind_tag(buffer, at))

    def _next_start(self, buffer: bytes, at: int, family: Family) -> int:
        """Return where the next run may start, or how far the frame can be read exactly."""
        starts = [buffer.find(_opening(family.unit), at)]
        if self._collector.has_open_unit and family.bulk_rows is not None:
            starts.append(buffer.find(_opening(family.bulk_rows), at))
        found = [start for start in starts if start >= 0]
        if found:
            return min(found)
        # A tag that is cut by the end of the block waits for the rest of it.
        last = buffer.rfind(b"<", at)
        return last if last >= 0 and buffer.find(b">", last) < 0 else len(buffer)

    def _exactly(self, buffer: bytes, at: int, stop: int) -> int:
        self._collector.feed(memoryview(buffer)[at:stop])
        return stop

    def _units_from(self, buffer: bytes, at: int, family: Family) -> int:
        stop = _last_end(buffer, at, family.unit, family.path_to_holder[-1])
        if stop < 0:
            is_long = len(buffer) - at > _UNIT_BYTES_MAX
            return self._exactly(buffer, at, _behind_tag(buffer, at)) if is_long else at
        if stop - at < _RUN_BYTES_MIN:
            return self._exactly(buffer, at, stop)
        self._collector.flush()
        run = self._run(buffer, at, stop, family.unit, family.path_to_holder)
        self._count(run.closings)
        first = self._units - run.closings + 1
        place = Place(self._name, what=family.unit, first=first)
        reading = self._worker.submit(
            self._bulk_built, run, family, self._collector.holder, self._original, place
        )
        if not self._passed_by(run):
            reading = self._worker.submit(
                self._exactly_built, run, family, self._collector.holder, self._original, place
            )
        self._wait_for(reading)
        return stop

    def _rows_from(self, buffer: bytes, at: int, family: Family) -> int:
        assert family.bulk_rows is not None  # noqa: S101 - rows stand only where there are some
        assert family.table is not None  # noqa: S101
        stop = _last_end(buffer, at, family.bulk_rows, family.table.container)
        if stop < 0:
            return self._exactly(buffer, at, _behind_tag(buffer, at))
        if stop - at < _RUN_BYTES_MIN:
            return self._exactly(buffer, at, stop)
        around = (*family.path_to_holder, family.unit, family.table.container)
        run = self._run(buffer, at, stop, family.bulk_rows, around)
        reading = self._worker.submit(rows_in_bulk, run.wrapped, run.closings, family)
        is_plain = self._passed_by(run)
        rows = reading.result()
        if rows is None or not is_plain:
            rows = self._read_exactly(run).table.drop_columns(["unit"])
        self._collector.add_rows(rows)
        return stop

    def _run(self, buffer: bytes, at: int, stop: int, tag: str, around: tuple[str, ...]) -> _Run:
        plain = memoryview(buffer)[at:stop]
        wrapped = b"".join((b"<r>", plain, b"</r>"))
        closings = wrapped.count(f"</{tag}>".encode())
        return _Run(plain, wrapped, closings, self._before + at, around)

    def _passed_by(self, run: _Run) -> bool:
        """Let expat check a run, and tell whether it stands in the message's namespace alone.

        In slices, so that the other thread gets its turns. xml2arrow knows no namespaces: where
        another one begins inside a run, or an element stands in that of xsi, it is not believed.
        """
        declared = self._collector.declarations
        self._collector.pass_by()
        for start in range(0, len(run.plain), _SLICE_BYTES):
            self._collector.feed(run.plain[start : start + _SLICE_BYTES])
        self._collector.attend()
        return self._collector.declarations == declared and b"<xsi:" not in run.wrapped

    def _bulk_built(
        self, run: _Run, family: Family, holder: Record, original: str | None, place: Place
    ) -> Built:
        raw = units_in_bulk(run.wrapped, run.closings, family, holder)
        if raw is None:
            return self._exactly_built(run, family, holder, original, place)
        return built(raw, family.name, original, place)

    def _exactly_built(
        self, run: _Run, family: Family, holder: Record, original: str | None, place: Place
    ) -> Built:
        exact = self._read_exactly(run)
        raw = exact._replace(holders=(holder,), holder=np.zeros_like(exact.holder))
        return built(raw, family.name, original, place)

    def _read_exactly(self, run: _Run) -> Raw:
        """Read a run again by itself, wrapped into a document."""
        blocks: list[Block] = []
        names = f'xmlns="{self._collector.namespace}" xmlns:xsi="{XSI}"'
        start = f"<Document {names}>" + "".join(f"<{tag}>" for tag in run.around)
        end = "".join(f"</{tag}>" for tag in reversed(run.around)) + "</Document>"
        first_byte = run.first_byte - len(start)
        collector = Collector(self._name, self._limits, blocks.append, first_byte=first_byte)
        collector.feed(start.encode())
        collector.feed(run.plain)
        collector.feed(end.encode(), final=True)
        return _joined([block.raw for block in blocks if block.raw is not None])

    def _take_block(self, block: Block) -> None:
        """Take what the collector read exactly."""
        family = self._collector.family
        assert family is not None  # noqa: S101 - the collector hands on below the message only
        if block.raw is not None:
            count = block.raw.units.num_rows
            self._count(count)
            place = Place(self._name, what=family.unit, first=self._units - count + 1)
            now: Future[Built] = Future()
            now.set_result(built(block.raw, family.name, self._original, place))
            self._wait_for(now)
        for record in block.ended:
            if record.name == "file":
                self._original = record.text("original_message_id")
        self._waiting.append(block.ended)

    def _count(self, units: int) -> None:
        self._units += units
        if self._units > self._limits.entries_max:
            place = f"unit {self._limits.entries_max + 1}"
            raise RefusedFile(RefusalCode.TOO_MANY, name=self._name, place=place)

    def _wait_for(self, reading: Future[Built]) -> None:
        self._waiting.append(reading)
        self._drain(_WAITING_MAX)

    def _drain(self, waiting_max: int) -> None:
        """Give the assembly what is ready, in order, until few enough are left waiting."""
        while len(self._waiting) > waiting_max:
            ready = self._waiting.popleft()
            if isinstance(ready, Future):
                self._assembly.take_built(ready.result())
            else:
                self._assembly.take_ended(ready)


def _behind_declaration(buffer: bytes) -> int:
    return buffer.find(b"?>") + 2 if buffer.startswith((b"<?xml ", b"\xef\xbb\xbf<?xml ")) else 0


def _has_markup(buffer: bytes, at: int) -> bool:
    """Tell whether there are comments, CDATA or instructions, where a tag may be no tag.

    One letter is found ten times faster than two, and neither is frequent.
    """
    return (buffer.find(b"!", at) >= 0 and buffer.find(b"<!", at) >= 0) or (
        buffer.find(b"?", at) >= 0 and buffer.find(b"<?", at) >= 0
    )


def _opening(tag: str | None) -> bytes:
    return f"<{tag}>".encode()


def _behind_tag(buffer: bytes, at: int) -> int:
    """Return the place behind the tag that starts at ``at``."""
    end = buffer.find(b">", at)
    return end + 1 if end >= 0 else len(buffer)


def _last_end(buffer: bytes, at: int, tag: str, enclosing: str) -> int:
    """Return the place behind the last closing tag before the enclosing element ends, or −1."""
    limit = buffer.find(f"</{enclosing}>".encode(), at)
    closing = f"</{tag}>".encode()
    last = buffer.rfind(closing, at, limit if limit >= 0 else len(buffer))
    return last + len(closing) if last >= 0 else -1


def _joined(raws: list[Raw]) -> Raw:
    offsets = np.cumsum([0, *(raw.units.num_rows for raw in raws)])
    tables = []
    for raw, offset in zip(raws, offsets, strict=False):
        unit = pa.array(raw.table["unit"].to_numpy() + offset)
        place = raw.table.schema.get_field_index("unit")
        tables.append(raw.table.set_column(place, "unit", unit))
    return Raw(
        raws[0].holders,
        np.concatenate([raw.holder for raw in raws]),
        pa.concat_tables([raw.units for raw in raws]),
        pa.concat_tables(tables),
    )
