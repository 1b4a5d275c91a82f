"""A folder that the bank empties, and one that it fills."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from bank_adapters.delivery.door import PART, DoorClosed, Remote, assert_plain

if TYPE_CHECKING:
    from pathlib import Path

    from bank_adapters.delivery.channel import FolderChannel

__all__ = ["FolderDoor"]


class FolderDoor:
    """A ``Door`` onto folders."""

    kind: Final = "folder"
    taken_is_gone: Final = True

    def __init__(self, channel: FolderChannel) -> None:
        self._outbox = channel.outbox
        self._answers = channel.answers

    def lay_aside(self, file: Path, name: str) -> None:
        """Link or copy a file beside its place."""
        waiting = self._outbox / (assert_plain(name) + PART)
        self._outbox.mkdir(parents=True, exist_ok=True)
        waiting.unlink(missing_ok=True)
        try:
            os.link(file, waiting)
        except OSError:  # another file system, or one without links
            shutil.copyfile(file, waiting)
            with waiting.open("rb") as copied:
                os.fsync(copied.fileno())
        _sync(self._outbox)
        if waiting.stat().st_size != file.stat().st_size:
            raise DoorClosed(f"{name} did not arrive whole beside the bank's folder.")

    def give(self, name: str) -> None:
        """Rename; a file that has the name already is not replaced."""
        final, waiting = self._outbox / assert_plain(name), self._outbox / (name + PART)
        if final.exists():
            raise DoorClosed(f"{name} is in the bank's folder already; nothing was replaced.")
        waiting.rename(final)
        _sync(self._outbox)

    def waits(self, name: str) -> int | None:
        """Return the size of the .part file, or None."""
        return _size(self._outbox / (assert_plain(name) + PART))

    def has(self, name: str) -> int | None:
        """Return the size of the file, or None: it was never given, or the bank took it."""
        return _size(self._outbox / assert_plain(name))

    def answers(self) -> list[Remote]:
        """Return the files of the answers' folder."""
        if self._answers is None or not self._answers.is_dir():
            return []
        found = []
        for file in sorted(self._answers.iterdir()):
            if file.is_file() and not file.name.startswith(".") and file.suffix != PART:
                stat = file.stat()
                found.append(Remote(file.name, stat.st_size, int(stat.st_mtime)))
        return found

    def fetch(self, remote: Remote, target: Path) -> None:
        """Copy an answer."""
        if self._answers is None:
            raise DoorClosed("this channel has no folder of answers.")
        shutil.copyfile(self._answers / assert_plain(remote.name), target)
        if target.stat().st_size != remote.size:
            raise DoorClosed(f"{remote.name} changed while it was copied; fetch it again.")


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
