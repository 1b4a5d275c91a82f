"""A bank's SFTP server as its own process, which can kill its client in the middle of an act."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
from elsewhere import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

__all__ = ["Bank", "running_bank"]


@dataclass(frozen=True)
class Bank:
    """A running server: where it listens, its key, and its folders as the test sees them."""

    port: int
    host_key: str
    client_key: Path
    root: Path

    @property
    def outbox(self) -> Path:
        return self.root / "home" / "in"

    @property
    def answers(self) -> Path:
        return self.root / "home" / "out"

    def kill_client_at(self, act: str, pid: int) -> None:
        """Kill a process when the server is next asked to 'write', 'rename' or has 'renamed'."""
        (self.root / "kill" / act).write_text(str(pid))

    def given(self) -> Counter[str]:
        """Return how often each file was given its name."""
        log = self.root / "given.log"
        return Counter(log.read_text().splitlines()) if log.is_file() else Counter()


@contextmanager
def running_bank(root: Path) -> Iterator[Bank]:
    """Run a bank below a folder; it ends with the block."""
    for part in ("home/in", "home/out", "kill"):
        (root / part).mkdir(parents=True)
    host = asyncssh.generate_private_key("ssh-ed25519")
    client = asyncssh.generate_private_key("ssh-ed25519")
    client.write_private_key(str(root / "client"))
    host.write_private_key(str(root / "host"))
    (root / "authorized").write_bytes(client.export_public_key())
    ours, theirs = multiprocessing.Pipe()
    process = started(_serve, root, theirs, daemon=True)
    port = ours.recv()
    key = " ".join(host.export_public_key().decode().split()[:2])
    try:
        yield Bank(port, key, root / "client", root)
    finally:
        process.terminate()
        process.join(10)


def _serve(root: Path, pipe: Connection) -> None:
    asyncio.run(_listen(root, pipe))


async def _listen(root: Path, pipe: Connection) -> None:
    def factory(chan: Any) -> _Server:
        return _Server(chan, root)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[str(root / "host")],
        authorized_client_keys=str(root / "authorized"),
        sftp_factory=factory,
    )
    pipe.send(server.get_port())
    await server.wait_closed()


class _Server(asyncssh.SFTPServer):
    def __init__(self, chan: Any, root: Path) -> None:
        self._root = root
        super().__init__(chan, chroot=str(root / "home").encode())

    def _kill_at(self, act: str) -> bool:
        order = self._root / "kill" / act
        if not order.is_file():
            return False
        pid = int(order.read_text())
        order.unlink()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        if self._kill_at("write"):
            data = data[: len(data) // 2]
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if self._kill_at("rename"):
            raise asyncssh.SFTPFailure("the client is gone")
        done = super().rename(oldpath, newpath)
        with (self._root / "given.log").open("a") as log:
            log.write(Path(newpath.decode()).name + "\n")
        self._kill_at("renamed")
        return done
