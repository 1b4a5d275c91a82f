"""Decides for each piece of a file who reads it, and keeps the results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from bank_adapters.iso20022.assembly import Assembly, built
from bank_adapters.iso20022.bulk import rows_in_bulk, units_in_bulk
from bank_adapters.iso20022.collector import Collector
from bank_adapters.iso20022.paths import Standing
from bank_adapters.iso20022.raw import Raw, Units
from bank_adapters.iso20022.regular import Regular
from bank_adapters.iso20022.runs import (
    Run,
    behind_declaration,
    behind_tag,
    has_markup,
    joined,
    last_end,
    opening,
)
from bank_adapters.iso20022.strict import has_namespaces, is_well_formed, may_have_long_text
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.values import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from bank_adapters.events import Built
    from bank_adapters.iso20022.family import Family, ManyRows
    from bank_adapters.iso20022.raw import Block, Record
    from bank_adapters.limits import ReadLimits

    _Build = Callable[[Place], Built]

__all__ = ["Conductor"]

_RUN_BYTES_MIN: Final = 128 << 10  # shorter runs are not worth a call
_UNIT_BYTES_MAX: Final = 4 << 20  # a longer unit is taken apart into its rows
_HEAD_BYTES: Final = 1_024
_WORKERS: Final = 2
_WAITING_MAX: Final = 2
_OTHER_ENCODINGS: Final = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00")


class Conductor:
    """Takes blocks of bytes, gives events to an assembly."""

    def __init__(self, name: str, limits: ReadLimits, assembly: Assembly) -> None:
        self._name = name
        self._limits = limits
        self._assembly = assembly
        self._collector = Collector(name, limits, self._take_block)
        self._regular: Regular | None = None
        self._rest = b""
        self._before = 0  # bytes of the file before ``_rest``
        self._is_exact = False  # once set, for the rest of the file
        self._original: str | None = None
        self._waiting: deque[tuple[Record, ...] | Future[Built | _Build]] = deque()
        self._workers = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="bank-read")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._workers.shutdown(wait=True, cancel_futures=True)

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
        self._is_exact |= has_markup(buffer, behind_declaration(buffer) if is_first else 0)
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
        if standing is Standing.UNITS and buffer.startswith(opening(family.unit), at):
            return self._units_from(buffer, at, family)
        many = family.many
        if many and standing is Standing.ROWS and buffer.startswith(opening(many.tag), at):
            return self._rows_from(buffer, at, family, many)
        return self._exactly(buffer, at, behind_tag(buffer, at))

    def _next_start(self, buffer: bytes, at: int, family: Family) -> int:
        """Return where the next run may start, or how far the frame can be read exactly."""
        starts = [buffer.find(opening(family.unit), at)]
        if self._collector.has_open_unit and family.many is not None:
            starts.append(buffer.find(opening(family.many.tag), at))
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
        stop = last_end(buffer, at, family.unit, family.path_to_holder[-1])
        if stop < 0:
            is_long = len(buffer) - at > _UNIT_BYTES_MAX
            return self._exactly(buffer, at, behind_tag(buffer, at)) if is_long else at
        if stop - at < _RUN_BYTES_MIN:
            return self._exactly(buffer, at, stop)
        run = self._run(buffer, at, stop, family.unit, family.path_to_holder)
        self._collector.flush()
        self._regular = self._regular or Regular(family)
        self._collector.skip(stop - at)
        holder = self._collector.holder
        self._build(partial(self._run_built, run, family, holder, self._original))
        return stop

    def _rows_from(self, buffer: bytes, at: int, family: Family, many: ManyRows) -> int:
        stop = last_end(buffer, at, many.tag, many.container)
        if stop < 0:
            return self._exactly(buffer, at, behind_tag(buffer, at))
        if stop - at < _RUN_BYTES_MIN:
            return self._exactly(buffer, at, stop)
        around = (*family.path_to_holder, family.unit, many.container)
        run = self._run(buffer, at, stop, many.tag, around)
        wrapped = run.wrapped()
        if has_namespaces(wrapped) or may_have_long_text(wrapped):
            return self._exactly(buffer, at, stop)
        rows = None
        if is_well_formed(wrapped):
            rows = rows_in_bulk(wrapped, run.closings(), family.table_columns, many)
        if rows is None:
            rows = self._read_exactly(run).table.drop_columns(["unit"])
        self._collector.skip(stop - at)
        self._collector.add_rows(rows)
        return stop

    def _run(self, buffer: bytes, at: int, stop: int, tag: str, around: tuple[str, ...]) -> Run:
        namespaces = self._collector.declarations
        return Run(buffer, at, stop, tag, self._before + at, around, namespaces)

    def _run_built(
        self, run: Run, family: Family, holder: Record, original: str | None, place: Place
    ) -> Built:
        found = self._found(run, family)
        of_holder = np.zeros(found.units.num_rows, np.int64)
        raw = Raw((holder,), of_holder, found.units, found.table, found.is_clean)
        return built(raw, family.name, original, place)

    def _found(self, run: Run, family: Family) -> Units:
        """Read a run by the fastest extractor that takes it."""

        def exactly(unit: bytes) -> Units:
            return self._read_exactly(run._replace(buffer=unit, start=0, stop=len(unit)))

        found = self._regular.units(run, exactly) if self._regular else None
        if found is None:
            wrapped = run.wrapped()
            is_odd = has_namespaces(wrapped) or may_have_long_text(wrapped)
            if not is_odd and is_well_formed(wrapped):
                found = units_in_bulk(wrapped, run.closings(), family)
        return found or self._read_exactly(run)

    def _read_exactly(self, run: Run) -> Units:
        """Read a run again by itself, wrapped into a document."""
        blocks: list[Block] = []
        start = f"<Document {run.namespaces}>" + "".join(f"<{tag}>" for tag in run.around)
        end = "".join(f"</{tag}>" for tag in reversed(run.around)) + "</Document>"
        first_byte = run.first_byte - len(start)
        collector = Collector(self._name, self._limits, blocks.append, first_byte=first_byte)
        collector.feed(start.encode())
        collector.feed(run.plain)
        collector.feed(end.encode(), final=True)
        exact = joined([block.raw for block in blocks if block.raw is not None])
        return Units(exact.units, exact.table)

    def _take_block(self, block: Block) -> None:
        """Take what the collector read exactly."""
        family = self._collector.family
        assert family is not None  # noqa: S101 - the collector hands on below the message only
        if block.raw is not None:
            self._build(partial(built, block.raw, family.name, self._original))
        for record in block.ended:
            if record.name == "file":
                self._original = record.text("original_message_id")
        self._waiting.append(block.ended)

    def _build(self, build: _Build) -> None:
        """Let a worker build events, and wait until few enough are left waiting."""
        self._waiting.append(self._workers.submit(_tried, build, self._name))
        self._drain(_WAITING_MAX)

    def _drain(self, waiting_max: int) -> None:
        """Give the assembly what is ready, in order, until few enough are left waiting."""
        while len(self._waiting) > waiting_max:
            ready = self._waiting.popleft()
            if isinstance(ready, Future):
                tried = ready.result()
                self._assembly.take_built(self._again(tried) if callable(tried) else tried)
                self._assert_few(self._assembly.units)
            else:
                self._assembly.take_ended(ready)

    def _again(self, build: _Build) -> Built:
        """Refuse what a worker refused, now that it is known how many units stand before it."""
        family = self._collector.family
        assert family is not None  # noqa: S101 - units are built below the message only
        return build(Place(self._name, what=family.unit, first=self._assembly.units + 1))

    def _assert_few(self, units: int) -> None:
        if units > self._limits.entries_max:
            place = f"unit {self._limits.entries_max + 1}"
            raise RefusedFile(RefusalCode.TOO_MANY, name=self._name, place=place)


def _tried(build: _Build, name: str) -> Built | _Build:
    """Return events; where they are refused, what refuses them again, with the right place.

    How many units stand before a run is known only when all runs before it have been read.
    """
    try:
        return build(Place(name, what="unit", first=1))
    except RefusedFile:
        return build
