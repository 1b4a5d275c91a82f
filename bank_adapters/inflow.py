"""The bytes of a file on their way in: measured and hashed as they pass, never more than agreed."""

from __future__ import annotations

from hashlib import sha256
from typing import IO, Final, Protocol

from bank_adapters.refusals import RefusalCode, RefusedFile

__all__ = ["BLOCK_BYTES", "Inflow", "Readable"]

BLOCK_BYTES: Final = 1 << 20


class Readable(Protocol):
    """Anything that gives bytes, perhaps fewer than asked for."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""


class Inflow:
    """A stream that can be looked into before it is read."""

    def __init__(
        self, source: Readable | IO[bytes], *, name: str, bytes_max: int, is_hashed: bool = True
    ) -> None:
        self._source = source
        self._name = name
        self._bytes_max = bytes_max
        self._digest = sha256() if is_hashed else None
        self._ahead = b""
        self.size = 0

    @property
    def sha256(self) -> str:
        """The SHA-256 of everything read so far."""
        return self._digest.hexdigest() if self._digest is not None else ""

    def peek(self, size: int) -> bytes:
        """Return the next bytes without taking them; fewer only where the file ends."""
        while len(self._ahead) < size and (part := self._next(size - len(self._ahead))):
            self._ahead += part
        return self._ahead[:size]

    def read(self, size: int = -1, /) -> bytes:
        """Take the next bytes: as many as asked for, fewer only where the file ends.

        Raises RefusedFile where the file is larger than agreed.
        """
        first = self._ahead if size < 0 else self._ahead[:size]
        self._ahead = b"" if size < 0 else self._ahead[size:]
        parts = [first] if first else []
        wanted = self._bytes_max + 1 if size < 0 else size - len(first)
        while wanted > 0 and (part := self._next(min(wanted, BLOCK_BYTES))):
            parts.append(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def drain(self) -> None:
        """Read what is left, so that size and SHA-256 are those of the whole file."""
        while self.read(BLOCK_BYTES):
            pass

    def _next(self, size: int) -> bytes:
        part = self._source.read(size)
        self.size += len(part)
        if self.size > self._bytes_max:
            place = f"byte {self._bytes_max}"
            raise RefusedFile(RefusalCode.TOO_LARGE, name=self._name, place=place)
        if self._digest is not None:
            self._digest.update(part)
        return part
