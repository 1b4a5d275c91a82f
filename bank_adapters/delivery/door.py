"""What a channel can do while it is open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bank_adapters.delivery.channel import FolderChannel, SftpChannel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["PART", "Door", "DoorClosed", "Remote", "assert_plain", "opened"]

PART = ".part"
"""The end of a name that a bank leaves alone."""


class DoorClosed(RuntimeError):  # noqa: N818 - reads as what happened
    """The bank could not be reached, or refused us. What was sent before stays as it was."""


class Remote(NamedTuple):
    """A file at the bank: its name, size in bytes and time of change (seconds since 1970)."""

    name: str
    size: int
    changed: int


class Door(Protocol):
    """An open channel. Every method raises DoorClosed when the bank does not answer."""

    @property
    def kind(self) -> str:
        """'folder' or 'sftp', as the record of deliveries names it."""

    @property
    def taken_is_gone(self) -> bool:
        """Whether nobody but the bank takes files away, so that what is gone has arrived."""

    def lay_aside(self, file: Path, name: str) -> None:
        """Copy a file to the bank as ``name.part``, whole: its size there is checked."""

    def give(self, name: str) -> None:
        """Give what was laid aside its own name. Never replaces a file of that name."""

    def waits(self, name: str) -> int | None:
        """Return the size of what is laid aside under a name, or None."""

    def has(self, name: str) -> int | None:
        """Return the size of the file the bank has under a name, or None."""

    def answers(self) -> list[Remote]:
        """Return what the bank has laid out for us, by name."""

    def fetch(self, remote: Remote, target: Path) -> None:
        """Copy an answer to ``target``, whole."""


@contextmanager
def opened(
    channel: FolderChannel | SftpChannel, *, passphrase: str | None = None
) -> Iterator[Door]:
    """Open a channel. Raises DoorClosed when the bank is not reached or is not the one pinned."""
    if isinstance(channel, FolderChannel):
        from bank_adapters.delivery.folder import FolderDoor  # noqa: PLC0415 - one of two

        yield FolderDoor(channel)
        return
    from bank_adapters.delivery.sftp import sftp_door  # noqa: PLC0415 - its library is large

    with sftp_door(channel, passphrase=passphrase) as door:
        yield door


def assert_plain(name: str) -> str:
    """Return a file's name if it can only name a file in its folder. Raises DoorClosed."""
    if not name or name.startswith(".") or "/" in name or "\\" in name or "\0" in name:
        raise DoorClosed("a file's name points outside its folder; nothing was moved.")
    return name
