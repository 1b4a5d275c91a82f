"""What a browser sends, read strictly: few fields, known names, one value each, bounded bytes."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from cct_engine.console.visit import Upload

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from cct_engine.console.routes import Route

__all__ = ["FILE_MAX", "BadForm", "Posted", "plain_name", "read"]

FORM_MAX: Final = 64 * 1024
FILE_MAX: Final = 64 * 1024 * 1024
_FIELDS_MAX: Final = 600
_ALWAYS: Final = frozenset({"csrf", "once"})
CHOSEN: Final = "chosen"
"""The only field that may stand several times: what was selected in a list."""


class BadForm(Exception):  # noqa: N818 - what it is
    """A request that no form of ours sends. ``status`` is the answer's, ``rule`` one word."""

    def __init__(self, status: int, rule: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.rule = rule


class Posted(NamedTuple):
    """The fields of a form, what was selected, and its file."""

    fields: dict[str, str]
    chosen: tuple[str, ...]
    uploads: dict[str, Upload]


async def read(request: Request, route: Route, *, uploads: Path) -> Posted:
    """Read a form for a route. Raises ``BadForm`` for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded" and not route.file:
        body = b"".join([chunk async for chunk in _bounded(request, FORM_MAX)])
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=bool(body),
                max_num_fields=_FIELDS_MAX,
                errors="strict",
            )
        except ValueError as error:
            raise BadForm(400, "malformed", "The form cannot be read.") from error
        return _known(pairs, route, {})
    if kind == "multipart/form-data" and route.file:
        return await _multipart(request, route, uploads)
    raise BadForm(415, "content_type", "This address takes a form, nothing else.")


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise BadForm(413, "too_large", f"More than {most // 1024:,} KiB were sent.")
        yield chunk


async def _multipart(request: Request, route: Route, uploads: Path) -> Posted:
    stream = _bounded(request, FILE_MAX + FORM_MAX)
    parser = MultiPartParser(
        request.headers, stream, max_files=1, max_fields=20, max_part_size=FORM_MAX
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise BadForm(400, "malformed", "The form cannot be read.") from error
    try:
        pairs = [(key, value) for key, value in form.multi_items() if isinstance(value, str)]
        files = [(key, value) for key, value in form.multi_items() if isinstance(value, UploadFile)]
        kept = {}
        for key, file in files:
            if key != route.file:
                raise BadForm(400, "unknown_field", "The form has a file that it does not ask for.")
            if file.filename:
                kept[key] = await run_in_threadpool(_kept, file, uploads)
    finally:
        await form.close()
    return _known(pairs, route, kept)


def _kept(file: UploadFile, uploads: Path) -> Upload:
    uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=uploads, delete=False) as target:
        while chunk := file.file.read(1 << 20):
            target.write(chunk)
        size = target.tell()
    return Upload(plain_name(file.filename or ""), Path(target.name), size)


def plain_name(name: str) -> str:
    """Return the last part of a file's name with only harmless characters, at most 80.

    >>> plain_name("../../etc/passwd")
    'passwd'
    """
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]", "_", last).lstrip(".")[-80:] or "file"


def _known(pairs: list[tuple[str, str]], route: Route, uploads: dict[str, Upload]) -> Posted:
    fields: dict[str, str] = {}
    chosen: list[str] = []
    for key, value in pairs:
        if key == CHOSEN and CHOSEN in route.fields:
            chosen.append(value)
        elif key not in route.fields and key not in _ALWAYS:
            raise BadForm(400, "unknown_field", "The form has a field that it does not ask for.")
        elif key in fields:
            raise BadForm(400, "repeated_field", "The form has a field twice.")
        elif "\0" in value:
            raise BadForm(400, "malformed", "The form cannot be read.")
        else:
            fields[key] = value
    return Posted(fields, tuple(chosen), uploads)
