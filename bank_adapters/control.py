"""Sealing a file: count, sum and SHA-256 in one pass, then temporary name, fsync, rename.

A sealed file is never overwritten. Writing the same content again finds it there and is no act;
another content under its name is refused. What was written half leaves no file behind.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from bank_adapters.model import SealedFile, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Protocol

    class _Digest(Protocol):
        def update(self, block: bytes | memoryview, /) -> None: ...
        def hexdigest(self) -> str: ...


__all__ = ["FileConflict", "OpenFile", "file_digest", "no_hit", "seal_findings", "sealing"]

_READ_BYTES: Final = 1 << 20
_OWNER_ONLY: Final = 0o600


class FileConflict(RuntimeError):  # noqa: N818 - reads as what happened
    """A sealed file with other content, or another writer, is in the way. Nothing was changed."""


def no_hit(_place: str) -> None:
    """Pass a named place without doing anything."""


def file_digest(path: Path) -> tuple[str, int]:
    """Return the SHA-256 and the size of a file as it is on disk now."""
    digest = sha256()
    size = 0
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


@dataclass(slots=True)
class OpenFile:
    """A file being written under its temporary name."""

    path: Path
    descriptor: int
    digest: _Digest
    size: int = 0

    def write(self, block: bytes | memoryview) -> None:
        """Append a block and take it into the digest."""
        self.digest.update(block)
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]
        self.size += len(block)

    def hexdigest(self) -> str:
        """Return the SHA-256 of everything written so far."""
        return self.digest.hexdigest()


@contextlib.contextmanager
def sealing(
    folder: Path, name: str, *, check: Callable[[Path], None], hit: Callable[[str], None]
) -> Iterator[OpenFile]:
    """Open ``name`` for writing under a temporary name; on leaving, check, sync and rename it.

    ``check`` reads the complete temporary file and raises if it may not be sealed. Any exception,
    from the disk being full to a failed check, removes the temporary file. Raises FileConflict.
    """
    final, temporary = folder / name, folder / f".{name}.part"
    descriptor = _claimed(temporary, name)
    try:
        os.ftruncate(descriptor, 0)
        file = OpenFile(temporary, descriptor, sha256())
        try:
            hit("bank.write.opened")
            yield file
            hit("bank.write.before_fsync")
            os.fsync(descriptor)
            hit("bank.write.before_check")
            check(temporary)
            hit("bank.write.before_rename")
            _link(temporary, final, file.hexdigest())
            hit("bank.write.linked")
        finally:
            temporary.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
    hit("bank.write.after_rename")
    _sync_folder(folder)
    hit("bank.write.sealed")


def _claimed(temporary: Path, name: str) -> int:
    """Open the temporary file for one writer: locked, and not a second name of a sealed file.

    A writer killed between giving the final name and dropping the temporary one leaves both on
    the same bytes; truncating them would destroy a sealed file.
    """
    while True:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
        try:
            _lock(descriptor, name)
            names = os.fstat(descriptor).st_nlink
        except BaseException:
            os.close(descriptor)
            raise
        if names == 1:
            return descriptor
        os.close(descriptor)
        if names > 1:
            temporary.unlink(missing_ok=True)


def _lock(descriptor: int, name: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        raise FileConflict(
            f"{name} is being written by another process. Wait for it; nothing was changed."
        ) from None


def _link(temporary: Path, final: Path, digest: str) -> None:
    """Give the file its name, unless something else has it. ``link`` never overwrites."""
    try:
        os.link(temporary, final)
    except FileExistsError:
        if file_digest(final)[0] != digest:
            raise FileConflict(
                f"{final.name} is sealed already with other content. A sealed file is never "
                "overwritten: give the new file another message id, or find out what changed."
            ) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def seal_findings(sealed: SealedFile) -> list[Violation]:
    """Return what is no longer as sealed, by the bytes alone."""
    if not sealed.path.is_file():
        return [Violation(0, "path", "the sealed file is there", "restore it from the archive")]
    digest, size = file_digest(sealed.path)
    fix = "do not send it; render it again and compare"
    found = []
    if size != sealed.bytes:
        found.append(Violation(0, "bytes", f"the file has {sealed.bytes} bytes, not {size}", fix))
    if digest != sealed.sha256:
        found.append(Violation(0, "sha256", f"the file's SHA-256 starts {sealed.sha256[:12]}", fix))
    return found
