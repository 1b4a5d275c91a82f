"""The bank's SFTP server: host key pinned, our own key, ``.part`` then rename, size checked."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from functools import partial
from posixpath import join
from typing import TYPE_CHECKING, Any, Final

import asyncssh
from anyio.from_thread import BlockingPortal, start_blocking_portal

from bank_adapters.delivery.door import PART, DoorClosed, Remote, assert_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from bank_adapters.delivery.channel import SftpChannel

__all__ = ["SftpDoor", "sftp_door"]


@contextmanager
def sftp_door(channel: SftpChannel, *, passphrase: str | None = None) -> Iterator[SftpDoor]:
    """Connect. Raises DoorClosed when the server is not the one whose key is pinned.

    The connection lives on a thread of its own: it is kept alive between two questions, and may be
    opened from inside another event loop.
    """
    trusted = [asyncssh.import_public_key(channel.host_key)]
    with start_blocking_portal() as loop:
        options: dict[str, Any] = {
            "port": channel.port,
            "username": channel.user,
            "known_hosts": (trusted, [], []),
            "client_keys": [asyncssh.read_private_key(str(channel.our_key), passphrase)],
            "agent_path": None,
            "config": None,
            "password": None,
            "connect_timeout": channel.seconds_max,
            "login_timeout": channel.seconds_max,
            "keepalive_interval": 15,
        }
        connection = _answered(loop, partial(asyncssh.connect, channel.host, **options), channel)
        try:
            client = _answered(loop, connection.start_sftp_client, channel)
            yield SftpDoor(client, channel, loop)
        finally:
            connection.abort()
            loop.call(connection.wait_closed)


def _answered(loop: BlockingPortal, asked: Callable[[], Any], channel: SftpChannel) -> Any:
    """Wait for the bank, not for ever; what goes wrong is told without paths or content."""

    async def bounded() -> Any:
        return await asyncio.wait_for(asked(), channel.seconds_max)

    try:
        return loop.call(bounded)
    except asyncssh.SFTPNoSuchFile:
        raise
    except asyncssh.HostKeyNotVerifiable as error:
        raise DoorClosed(
            f"the server at {channel.host} shows another host key than the one agreed. Nothing "
            "was sent. Ask the bank by telephone before the key is changed."
        ) from error
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise DoorClosed(
            f"the bank's server {channel.host} did not do what was asked ({type(error).__name__}). "
            "Try again; what was sent before is not sent twice."
        ) from error


class SftpDoor:
    """A ``Door`` onto an SFTP server."""

    kind: Final = "sftp"
    taken_is_gone: Final = False

    def __init__(
        self, client: asyncssh.SFTPClient, channel: SftpChannel, loop: BlockingPortal
    ) -> None:
        self._client = client
        self._channel = channel
        self._loop = loop

    def _ask(self, question: Callable[..., Coroutine[Any, Any, Any]], *about: str) -> Any:
        return _answered(self._loop, partial(question, *about), self._channel)

    def _size(self, folder: str, name: str) -> int | None:
        try:
            return int(self._ask(self._client.stat, join(folder, name)).size or 0)
        except asyncssh.SFTPNoSuchFile:
            return None

    def lay_aside(self, file: Path, name: str) -> None:
        """Upload as ``name.part`` and ask for its size."""
        waiting = join(self._channel.outbox, assert_plain(name) + PART)
        self._ask(self._client.put, str(file), waiting)
        if self.waits(name) != file.stat().st_size:
            raise DoorClosed(f"{name} did not arrive whole at the bank; send it again.")

    def give(self, name: str) -> None:
        """Rename without replacing: SFTP's plain rename fails where the name is taken."""
        folder = self._channel.outbox
        if self.has(name) is not None:
            raise DoorClosed(f"the bank has a file {name} already; nothing was replaced.")
        self._ask(self._client.rename, join(folder, name + PART), join(folder, assert_plain(name)))

    def waits(self, name: str) -> int | None:
        """Return the size of what is laid aside, or None."""
        return self._size(self._channel.outbox, assert_plain(name) + PART)

    def has(self, name: str) -> int | None:
        """Return the size of the file in the outbox, or among what the bank took."""
        found = self._size(self._channel.outbox, assert_plain(name))
        if found is None and self._channel.taken is not None:
            found = self._size(self._channel.taken, name)
        return found

    def answers(self) -> list[Remote]:
        """Return the files of the answers' folder."""
        if self._channel.answers is None:
            return []
        found = []
        for entry in self._ask(self._client.readdir, self._channel.answers):
            name = str(entry.filename)
            is_file = entry.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR
            if is_file and not name.startswith(".") and not name.endswith(PART):
                found.append(Remote(name, int(entry.attrs.size or 0), int(entry.attrs.mtime or 0)))
        return sorted(found)

    def fetch(self, remote: Remote, target: Path) -> None:
        """Download an answer and compare its size."""
        if self._channel.answers is None:
            raise DoorClosed("this channel has no folder of answers.")
        source = join(self._channel.answers, assert_plain(remote.name))
        self._ask(self._client.get, source, str(target))
        if target.stat().st_size != remote.size:
            raise DoorClosed(f"{remote.name} did not arrive whole; fetch it again.")
