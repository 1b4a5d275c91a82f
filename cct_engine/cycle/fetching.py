"""Fetching the bank's answers into the inbox: by the agreed channels, each new file once.

What was fetched is noted by name, size and time, so that a bank that leaves its answers lying is
not asked for them again; should it change one, it is fetched again. The inbox itself takes every
content once, by its SHA-256.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bank_adapters.delivery import NotFromTheBank, opened, read_sealed
from cct_engine.cycle.bridge import inbox_of
from cct_engine.cycle.channel import channels

if TYPE_CHECKING:
    from pathlib import Path

    from bank_adapters.delivery import Door, FolderChannel, Remote, SftpChannel
    from cct_engine.cycle.desk import Desk

__all__ = ["Fetched", "fetch"]

_ENDINGS = (".pgp", ".gpg", ".asc")


class Fetched(NamedTuple):
    """What was fetched into the inbox, and what could not be opened, by name and why."""

    names: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def fetch(desk: Desk) -> Fetched:
    """Fetch new answers of every agreed channel. Raises DoorClosed."""
    inbox = inbox_of(desk.home)
    inbox.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    refused: list[tuple[str, str]] = []
    passphrase = desk.settings.bank_key_passphrase
    for fund, channel in channels(desk.home).items():
        if channel.answers is None:
            continue
        noted = _Noted(desk.home / "bank" / "fetched" / f"{fund}.tsv")
        with opened(
            channel, passphrase=passphrase.get_secret_value() if passphrase else None
        ) as door:
            for remote in door.answers():
                if noted.has(remote):
                    continue
                try:
                    names.append(_carried(door, remote, inbox, channel))
                except NotFromTheBank as stranger:
                    refused.append((remote.name, str(stranger)))
                noted.add(remote)
    return Fetched(tuple(names), tuple(refused))


def _carried(door: Door, remote: Remote, inbox: Path, channel: FolderChannel | SftpChannel) -> str:
    """Copy one answer into the inbox; it has its name there only when it is whole."""
    draft = inbox / f".{remote.name}.part"
    door.fetch(remote, draft)
    name = remote.name
    if channel.pgp is not None and name.endswith(_ENDINGS):
        name = name.rsplit(".", 1)[0]
        clear = inbox / f".{name}.clear.part"
        try:
            read_sealed(draft, clear, channel.pgp)
        finally:
            draft.unlink(missing_ok=True)
        draft = clear
    target = inbox / name
    for number in range(2, 1000):
        if not target.exists():
            break
        target = inbox / f"{target.stem}-{number}{target.suffix}"
    draft.rename(target)
    return target.name


class _Noted:
    """The list of what was fetched by one channel; a line each."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines = set(file.read_text("utf-8").splitlines()) if file.is_file() else set()

    def has(self, remote: Remote) -> bool:
        return _line(remote) in self._lines

    def add(self, remote: Remote) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(_line(remote) + "\n")
        self._lines.add(_line(remote))


def _line(remote: Remote) -> str:
    return f"{remote.name}\t{remote.size}\t{remote.changed}"
