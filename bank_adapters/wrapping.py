"""Files that come packed: gzip and zip, holding exactly one file, and never a bomb.

A member's name is not used, so none can climb out of a folder; nothing is written to disk.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, Protocol

from bank_adapters.inflow import BLOCK_BYTES, Inflow
from bank_adapters.refusals import RefusalCode, RefusedFile

__all__ = ["is_packed", "unpacked"]

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_PACKED: Final = (
    _GZIP,
    _ZIP,
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
)
_UNMEASURED_BYTES: Final = 1 << 20  # the ratio of less than this harms nobody
_SLICE_BYTES: Final = 64 << 10
_DIRECTORY_BYTES_MAX: Final = 200_000
_STORED, _DEFLATED = 0, 8
_IS_ENCRYPTED, _SIZE_FOLLOWS = 0x1, 0x8
_LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
_CENTRAL_HEADER: Final = struct.Struct("<4s6H3L5H2L")
_END_RECORD: Final = struct.Struct("<4s4H2LH")
_DESCRIPTORS: Final = (16, 12, 24, 20)  # with or without a signature; zip64


def is_packed(head: bytes) -> bool:
    """Tell whether a file is packed, in a way we open or not."""
    return head.startswith(_PACKED)


def unpacked(source: Inflow, *, name: str, ratio_max: int) -> _Unpacking:
    """Return the one file in a gzip or zip as a stream. Raises RefusedFile (PACKED)."""
    head = source.peek(4)
    if head.startswith(_GZIP):
        return _Unpacking(source, zlib.decompressobj(31), name=name, ratio_max=ratio_max)
    if head.startswith(_ZIP):
        opener = _opened_member(source, name)
        return _Unzipping(source, opener, name=name, ratio_max=ratio_max)
    raise RefusedFile(RefusalCode.PACKED, name=name, place="byte 0")


class _Opener(Protocol):
    """What zlib gives, and a copier of what is only stored."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, packed: bytes, wanted: int, /) -> bytes: ...


class _Copier:
    """Hands on a stored member as it is."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.unconsumed_tail = b""
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._left == 0

    def decompress(self, packed: bytes, wanted: int, /) -> bytes:
        part = packed[: min(wanted, self._left)]
        self._left -= len(part)
        rest = packed[len(part) :]
        self.unconsumed_tail, self.unused_data = (b"", rest) if self.eof else (rest, b"")
        return part


class _Unpacking:
    """Unpacks a deflated stream as far as it is asked for."""

    def __init__(self, source: Inflow, unpacker: _Opener, *, name: str, ratio_max: int) -> None:
        self._source = source
        self._unpacker = unpacker
        self._name = name
        self._ratio_max = ratio_max
        self._taken = 0
        self._given = 0
        self._crc = 0
        self._is_at_end = False

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes."""
        wanted = max(1, min(size, BLOCK_BYTES))
        while not self._is_at_end:
            packed = self._unpacker.unconsumed_tail or self._more()
            part = self._inflated(packed, wanted)
            self._given += len(part)
            self._crc = zlib.crc32(part, self._crc)
            if self._given > max(_UNMEASURED_BYTES, self._taken * self._ratio_max):
                raise self._refusal(RefusalCode.TOO_LARGE)
            if self._unpacker.eof:
                self._is_at_end = True
                self._end(self._unpacker.unused_data)
            elif not packed and not part:
                raise self._refusal(RefusalCode.NOT_WELL_FORMED)
            if part:
                return part
        return b""

    def _more(self) -> bytes:
        packed = self._source.read(_SLICE_BYTES)
        self._taken += len(packed)
        return packed

    def _inflated(self, packed: bytes, wanted: int) -> bytes:
        try:
            return self._unpacker.decompress(packed, wanted)
        except zlib.error:
            raise self._refusal(RefusalCode.NOT_WELL_FORMED) from None

    def _end(self, behind: bytes) -> None:
        """Check that nothing follows: a second member would be a second file."""
        if behind.strip(b"\0") or self._source.read(BLOCK_BYTES).strip(b"\0"):
            raise self._refusal(RefusalCode.PACKED)
        self._source.drain()

    def _refusal(self, code: RefusalCode) -> RefusedFile:
        place = f"packed byte {self._taken}"
        return RefusedFile(code, name=self._name, place=place)


class _Unzipping(_Unpacking):
    """Unpacks the only member of a zip, and checks that its directory lists no other."""

    def _end(self, behind: bytes) -> None:
        rest = behind + self._source.read(_DIRECTORY_BYTES_MAX + 1)
        if len(rest) > _DIRECTORY_BYTES_MAX:
            raise self._refusal(RefusalCode.PACKED)
        at = rest.find(b"PK\x01\x02")
        if at not in (0, *_DESCRIPTORS) or len(rest) < at + _CENTRAL_HEADER.size:
            raise self._refusal(RefusalCode.PACKED)
        central = _CENTRAL_HEADER.unpack_from(rest, at)
        crc, unpacked_size = central[7], central[9]
        after = at + _CENTRAL_HEADER.size + sum(central[10:13])
        end = rest.find(b"PK\x05\x06", after)
        if end < 0 or len(rest) < end + _END_RECORD.size:
            raise self._refusal(RefusalCode.NOT_WELL_FORMED)
        closing = _END_RECORD.unpack_from(rest, end)
        if b"PK\x01\x02" in rest[after:end] or closing[4] != 1:
            raise self._refusal(RefusalCode.PACKED)
        if len(rest) != end + _END_RECORD.size + closing[7]:
            raise self._refusal(RefusalCode.NOT_WELL_FORMED)
        if crc != self._crc or unpacked_size not in (self._given, 0xFFFFFFFF):
            raise self._refusal(RefusalCode.NOT_WELL_FORMED)


def _opened_member(source: Inflow, name: str) -> _Opener:
    """Read to where the packed bytes begin, and return what opens them."""
    head = source.read(_LOCAL_HEADER.size)
    if len(head) < _LOCAL_HEADER.size:
        raise RefusedFile(RefusalCode.NOT_WELL_FORMED, name=name, place="byte 0")
    fields = _LOCAL_HEADER.unpack(head)
    flags, method, stored_size = fields[2], fields[3], fields[7]
    if flags & _IS_ENCRYPTED:
        raise RefusedFile(RefusalCode.PACKED, name=name, place="zip, encryption")
    source.read(fields[9] + fields[10])
    if method == _DEFLATED:
        return zlib.decompressobj(-15)
    if method == _STORED and not flags & _SIZE_FOLLOWS:
        return _Copier(stored_size)
    raise RefusedFile(RefusalCode.PACKED, name=name, place="zip, way of packing")
