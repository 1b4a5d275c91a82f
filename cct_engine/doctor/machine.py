"""Checks that need no database: Python, settings, the data folder, keys, channels, papers, mail."""

from __future__ import annotations

import os
import shutil
import smtplib
import stat
import sys
import tempfile
from typing import TYPE_CHECKING, Final

from cct_engine.doctor.findings import Finding, fine, look_at, mend
from cct_engine.mail import mail_server
from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["channels", "folder", "keys", "mail", "papers", "python", "settings"]

_PYTHON_MIN: Final = (3, 11)
_FREE_MIN, _FREE_LOW = 1 << 30, 10 << 30
_NOT_SETTINGS: Final = frozenset({"CCT_OFFICER", "CCT_FAILPOINTS"})
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def python() -> Iterator[Finding]:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _PYTHON_MIN:
        yield mend("python", f"Python {version}", "Install Python 3.11 or newer.")
    else:
        yield fine("python", f"Python {version}")


def settings(given: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """The settings: misspelt ones, keys of demo and tests, what production must set."""
    known = {f"CCT_{name.upper()}" for name in Settings.model_fields} | _NOT_SETTINGS
    tests = {name for name in environment if name.startswith(("CCT_TEST_", "CCT_CHROMIUM"))}
    wrong = sorted(n for n in environment if n.startswith("CCT_") and n not in known | tests)
    if wrong:
        yield mend(
            "settings",
            f"{', '.join(wrong)}: no setting of that name",
            "See docs/configuration.md; a misspelt setting does nothing.",
        )
    else:
        yield fine("settings", "every CCT_ name is one of a setting")
    if "CCT_FAILPOINTS" in environment:
        yield mend("settings", "CCT_FAILPOINTS is set", "It kills the engine in tests; unset it.")
    is_default = given.token_key == Settings.model_fields["token_key"].default
    if is_default and given.database_url is not None:
        yield mend(
            "settings",
            "CCT_TOKEN_KEY is the one of demo and tests",
            "Set a long random one before the first feed, and keep it in your vault: it cannot be "
            "changed later.",
        )
    if given.database_url is None:
        yield look_at(
            "settings",
            "the engine runs a PostgreSQL of its own",
            "That is for demo, tests and pilots; set CCT_DATABASE_URL in production.",
        )


def folder(home: Path) -> Iterator[Finding]:
    """The data folder: there, ours alone, with room, on a file system with hard links."""
    if not home.is_dir():
        yield mend("folder", f"{home} is not there", "Make it, owned by the service's user, 0700.")
        return
    try:
        with tempfile.TemporaryDirectory(dir=home, prefix=".doctor-") as place:
            first = os.path.join(place, "a")  # noqa: PTH118 - os.link takes plain paths
            with open(first, "wb") as file:  # noqa: PTH123 - as above
                file.write(b"a")
                file.flush()
                os.fsync(file.fileno())
            os.link(first, os.path.join(place, "b"))  # noqa: PTH118 - as above
    except OSError as error:
        yield mend(
            "folder",
            f"{home}: {error.strerror or type(error).__name__}",
            "The service's user must be able to write there, on a file system with hard links.",
        )
        return
    if home.stat().st_mode & stat.S_IRWXO:
        yield look_at("folder", f"{home} is open to every user", f"chmod 0750 {home}")
    free = shutil.disk_usage(home).free
    if free < _FREE_MIN:
        yield mend("folder", f"{free >> 20} MiB are free", "Make room: a cycle may not finish.")
    elif free < _FREE_LOW:
        yield look_at("folder", f"{free >> 30} GiB are free", "A million families take about 5.")
    else:
        yield fine("folder", f"{home}, {free >> 30} GiB free")


def keys(home: Path) -> Iterator[Finding]:
    """Private keys: nobody else's to read."""
    found = sorted(path for path in (home / "keys").rglob("*") if path.is_file())
    open_ones = [path for path in found if _is_open(path)]
    for path in open_ones:
        yield mend("keys", f"{path} can be read by others", f"chmod 0600 {path}")
    if not found:
        yield look_at(
            "keys", "the ledger's head is not signed", "Make a key: cct ledger key new --as ADMIN"
        )
    elif not open_ones:
        yield fine("keys", f"{len(found)} key files, ours alone")


def _is_open(path: Path) -> bool:
    is_public = path.suffix in {".pub", ".json"}
    return not is_public and bool(path.stat().st_mode & _OTHERS)


def channels(home: Path) -> Iterator[Finding]:
    """The ways to the banks: readable, their keys there and closed."""
    from cct_engine.cycle.channel import channel_of  # noqa: PLC0415 - a door of its own is not worth it

    place = home / "bank" / "channels"
    codes = sorted(file.stem for file in place.glob("*.yaml")) if place.is_dir() else []
    for code in codes:
        name = f"bank/channels/{code}.yaml"
        try:
            channel = channel_of(home, code)
        except ValueError as error:
            first = next(iter(str(error).splitlines()), "")
            yield mend("channels", f"{name}: {first}", "Correct the file; see docs/banks.md.")
            continue
        key = getattr(channel, "our_key", None)
        if key is None:
            yield fine("channels", f"{code}: by folder")
        elif not key.is_file():
            yield mend("channels", f"{name}: {key} is not there", "Put our private key there.")
        elif key.stat().st_mode & _OTHERS:
            yield mend("channels", f"{name}: {key} can be read by others", f"chmod 0600 {key}")
        else:
            yield fine("channels", f"{code}: by SFTP, host key pinned")
    if not codes:
        yield look_at(
            "channels", "files are laid into the outbox folder", "Agree on a way: docs/banks.md."
        )


def papers() -> Iterator[Finding]:
    """Reports as PDF: the typesetter and its fonts, Devanagari too."""
    import typst  # noqa: PLC0415 - only this check pays for it

    made = typst.compile(
        "#set page(width: 60pt, height: 60pt)\nok नमस्ते".encode(),
        format="pdf",
        ignore_system_fonts=True,
    )
    if bytes(made or b"").startswith(b"%PDF"):
        yield fine("papers", "PDF is set with the fonts that come along")
    else:
        yield mend("papers", "no PDF came out", "Install the engine again: uv sync --frozen.")


def mail(given: Settings) -> Iterator[Finding]:
    """The mail server: set, and answering."""
    server = mail_server(given)
    if server is None:
        yield look_at("mail", "officers get no mails", "Set CCT_SMTP_HOST and CCT_SMTP_FROM.")
        return
    try:
        with server.open() as session:
            session.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield mend(
            "mail",
            f"{server.host}:{server.port} does not answer rightly: {type(error).__name__}",
            "Cycles go on and mails wait; check CCT_SMTP_* and the server.",
        )
    else:
        yield fine("mail", f"{server.host}:{server.port} answers")
    if not given.console_url:
        yield look_at("mail", "mails have no link", "Set CCT_CONSOLE_URL.")
