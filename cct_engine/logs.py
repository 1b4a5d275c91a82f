"""Logs for machines and people: one canonical line per step, and never a name or a number.

Personal data is kept out twice: only known-safe types of values pass, and whatever looks like an
account, a national id, a card, an e-mail address or an IBAN is masked wherever it stands.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, TextIO

import structlog

if TYPE_CHECKING:
    from pathlib import Path

    from structlog.typing import EventDict, WrappedLogger

__all__ = ["configure", "place_only", "redact"]

_PRIVATE_KEYS = frozenset(
    {"aadhaar", "account", "account_number", "address", "birth_date", "cpf", "creditor_name"}
    | {"family", "given", "iban", "name", "national_id", "nis", "password", "phone", "pix_key"}
    | {"secret", "token", "url"}
)
_LOOKS_PRIVATE = re.compile(
    r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"  # IBAN
    r"|[\w.+-]+@[\w-]+\.[\w.]+"  # e-mail
    r"|(?<![0-9a-fA-F])\d[\d .-]{7,}\d(?![0-9a-fA-F])"  # nine digits or more
)
_MASK = "•••"


def place_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep of an exception what it was and where: its text may quote a row. A processor."""
    if isinstance(event.get("exception"), list):
        event["exception"] = [
            {
                "type": one["exc_type"],
                "at": [f"{at['filename']}:{at['lineno']} in {at['name']}" for at in one["frames"]],
            }
            for one in event["exception"]
        ]
    return event


def _on_a_terminal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write the places of an exception as text: the terminal's renderer takes nothing else."""
    if isinstance(event.get("exception"), list):
        event["exception"] = "\n".join(
            f"{one['type']}\n  " + "\n  ".join(one["at"]) for one in event["exception"]
        )
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what could tell who a person is. A structlog processor."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: object) -> object:
    if key == "timestamp":
        return value
    if key in _PRIVATE_KEYS:
        return _MASK
    if isinstance(value, str):
        return _LOOKS_PRIVATE.sub(_MASK, value)
    if isinstance(value, dict):
        return {k: _masked(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(key, item) for item in value]
    return value


def configure(*, style: str = "auto", level: str = "info", file: Path | None = None) -> None:
    """Set up structlog for this process: JSON lines, or colours on a terminal.

    With ``file`` the lines are appended there, as JSON; else they go to standard error.
    """
    to_people = file is None and (style == "console" or (style == "auto" and sys.stderr.isatty()))
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if to_people else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            place_only,
            redact,
            *([_on_a_terminal] if to_people else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr if file is None else _opened(file)),
        cache_logger_on_first_use=False,
    )


def _opened(file: Path) -> TextIO:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("a", buffering=1)
