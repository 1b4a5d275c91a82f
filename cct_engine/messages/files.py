"""The files of a cycle for the gateway: made once, kept, and given out again as they were."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from psycopg.types.json import Jsonb

from cct_engine import rulebook
from cct_engine.clock import local_date
from cct_engine.cycle import State, by_code, law
from cct_engine.messages import listing
from cct_engine.messages.text import Shape, text_of
from cct_engine.messages.words import PLACE
from cct_engine.people import Permission, Refused, Role, accountable, acts, authorise
from cct_engine.plain import jsonable
from cct_engine.rulebook import LocalWording, Month, Telling

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from cct_engine.cycle import Cycle, Desk

__all__ = ["Files", "MessageError", "MessageFile", "make_files"]

_PERMISSION: Final = Permission("notice.files", frozenset({Role.MAKER}))
_AFTER: Final = (State.RELEASED, State.CLOSED)


class MessageError(Refused):
    """Files for families that cannot be made now; the text says what to do first."""

    def __init__(self, text: str) -> None:
        super().__init__("messages", text)


class MessageFile(NamedTuple):
    """One file: its messages, the parts the gateway will count, and its SHA-256."""

    language: str
    name: str
    message_count: int
    segment_count: int
    shortened_count: int
    sha256: str


class Files(NamedTuple):
    """What was handed out for a cycle; ``new``: made just now, else given out again."""

    cycle: str
    made_at: datetime
    new: bool
    family_count: int
    not_agreed_count: int
    files: tuple[MessageFile, ...]

    @property
    def message_count(self) -> int:
        """How many families are written to."""
        return sum(one.message_count for one in self.files)


def make_files(desk: Desk, code: str, *, out: Path) -> Files:
    """Make the files of a released cycle, or give the same ones out again, into a folder.

    The folder gets one CSV for each language (reference, phone, text, segments) and a manifest with
    counts and digests. Each family is told once for each cycle: the files are kept, and a second
    call copies them. Raises ``Refused`` and ``MessageError``.
    """
    at = desk.clock.now()
    kept = desk.home / "notices" / code
    with accountable(
        desk.database,
        at=at,
        officer_id=desk.officer_id,
        verb="notice.files",
        subject=f"cycle/{code}",
    ) as deed:
        deed.recorded = False  # recorded below, where the rows need its number
        connection = deed.connection
        cycle = by_code(connection, code)
        authorise(
            connection,
            _PERMISSION,
            officer_id=desk.officer_id,
            at=at,
            programme=cycle.programme,
        )
        connection.execute(
            sa.text("SELECT 1 FROM cycle.cycle WHERE cycle_id = :now FOR UPDATE"),
            {"now": cycle.cycle_id},
        )
        made = _made(connection, cycle)
        if not made:
            _make(connection, desk, cycle, kept, at=at)
        found = _files(connection, cycle, new=not made)
    _hand_out(found, kept, out)
    return found


def _made(connection: sa.Connection, cycle: Cycle) -> bool:
    known = sa.text("SELECT EXISTS (SELECT 1 FROM notice.file WHERE cycle_id = :now)")
    return bool(connection.execute(known, {"now": cycle.cycle_id}).scalar_one())


def _files(connection: sa.Connection, cycle: Cycle, *, new: bool) -> Files:
    rows = connection.execute(
        sa.text(
            "SELECT language, :code || '.' || language || '.csv', message_count, segment_count,"
            " shortened_count, sha256, made_at FROM notice.file WHERE cycle_id = :now"
            " ORDER BY language"
        ),
        {"now": cycle.cycle_id, "code": cycle.code},
    ).all()
    skipped = connection.execute(sa.text(listing.SKIPPED), {"now": cycle.cycle_id}).one()
    return Files(
        cycle.code,
        rows[0].made_at,
        new,
        skipped.family_count,
        skipped.not_agreed_count,
        tuple(MessageFile(*row[:6]) for row in rows),
    )


def _make(connection: sa.Connection, desk: Desk, cycle: Cycle, kept: Path, *, at: datetime) -> None:
    if cycle.state not in _AFTER:
        raise MessageError(
            f"{cycle.code} is {cycle.state.value}: families are told what was sent to the bank, so "
            "release it first. Nobody was written to."
        )
    languages = _word(connection, desk, cycle)
    if not languages:
        raise MessageError(
            f"No family of {cycle.code} has a telephone and agreed to messages. "
            "`cct notice choose` keeps what a family chose."
        )
    last = connection.execute(
        sa.text("SELECT coalesce(max(notice_id), 0) FROM registry.notice")
    ).scalar_one()
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    digests = {
        language: _written(connection, kept / f"{cycle.code}.{language}.csv", language, last)
        for language in languages
    }
    act = acts.record(
        connection,
        at=at,
        officer_id=desk.officer_id,
        verb="notice.files",
        subject=f"cycle/{cycle.code}",
        outcome="done",
        detail={"sha256": digests},
    )
    connection.execute(
        sa.text(listing.NOTICES),
        {
            "last": last,
            "programme_id": cycle.programme_id,
            "place": PLACE,
            "on": local_date(at, _zone(connection, cycle)),
            "act_id": act.act_id,
        },
    )
    for language, digest in digests.items():
        connection.execute(
            sa.text(_KEEP),
            {
                "now": cycle.cycle_id,
                "language": language,
                "sha256": digest,
                "at": at,
                "act_id": act.act_id,
            },
        )


def _word(connection: sa.Connection, desk: Desk, cycle: Cycle) -> list[str]:
    """Find who is told and write each distinct text; return the languages there are."""
    before = connection.execute(sa.text(_BEFORE), {"now": cycle.cycle_id}).scalar()
    connection.execute(
        sa.text(listing.TOLD),
        {"now": cycle.cycle_id, "before": before or 0, "value_on": cycle.value_on},
    )
    connection.execute(sa.text(listing.TEXTS))
    rows = connection.execute(sa.text(listing.SHAPES)).all()
    if not rows:
        return []
    month = Month.of(cycle.period)
    rules = law.of_cycle(connection, cycle)
    compiled = rulebook.compile_cycle(rules, month=month)

    @cache
    def telling(language: str) -> Telling:
        own = desk.home / "programmes"
        texts = rulebook.family_texts(own, cycle.programme, language=language, month=month)
        wording = LocalWording(texts.language, rules.currency)
        return Telling(rules, compiled, texts, {}, {}, wording)

    worded = []
    for row in rows:
        shape = Shape.of(row.shape)
        said = text_of(
            shape,
            telling(row.language),
            month,
            segments_max=desk.settings.sms_segments_max,
        )
        worded.append(
            {
                "language": row.language,
                "shape": Jsonb(row.shape),
                "said": said.text,
                "segment_count": said.segments.parts,
                "shortened": said.shortened,
                "kind": "paid_less" if shape.is_less or shape.kept else "paid",
            }
        )
    connection.execute(
        sa.text(
            "INSERT INTO worded VALUES (:language, :shape, :said, :segment_count, :shortened,"
            " :kind)"
        ),
        worded,
    )
    return sorted({row.language for row in rows})


def _zone(connection: sa.Connection, cycle: Cycle) -> ZoneInfo:
    zone = connection.execute(
        sa.text("SELECT time_zone FROM registry.programme WHERE programme_id = :number"),
        {"number": cycle.programme_id},
    ).scalar_one()
    return ZoneInfo(zone)


def _written(connection: sa.Connection, path: Path, language: str, last: int) -> str:
    """Write one file under its name only when it is whole; return its SHA-256."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("The connection is closed; the files need the open transaction.")
    statement = listing.FILE.replace(":last", "%(last)s").replace(":place", "%(place)s")
    statement = statement.replace(":language", "%(language)s")
    asked = {"last": last, "place": PLACE, "language": language}
    digest = hashlib.sha256()
    making = path.with_suffix(".part")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with driver.cursor() as cursor, cursor.copy(statement, asked) as copy:
            for block in copy:
                digest.update(block)
                file.write(block)
        file.flush()
        os.fsync(file.fileno())
    making.rename(path)
    return digest.hexdigest()


def _hand_out(found: Files, kept: Path, out: Path) -> None:
    """Copy the kept files, each looked at again, and write the manifest beside them."""
    out.mkdir(parents=True, exist_ok=True)
    for one in found.files:
        source = kept / one.name
        if not source.is_file() or _digest_of(source) != one.sha256:
            raise MessageError(
                f"{source} is not the file whose digest was recorded. Bring it back from the "
                "backup: families are told once, so it is not made again."
            )
        _copied(source, out / one.name)
    manifest = jsonable(found._asdict() | {"files": [one._asdict() for one in found.files]})
    _lines(out / f"{found.cycle}.manifest.json", [json.dumps(manifest, indent=1)])


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copied(source: Path, target: Path) -> None:
    if target.resolve() == source.resolve():
        return
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, source.open("rb") as kept:
        shutil.copyfileobj(kept, file)


def _lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


_BEFORE: Final = """
SELECT b.cycle_id FROM cycle.cycle n JOIN cycle.cycle b USING (programme_id)
WHERE n.cycle_id = :now AND b.period < n.period AND b.approved_at IS NOT NULL
ORDER BY b.period DESC LIMIT 1
"""
_KEEP: Final = """
INSERT INTO notice.file (cycle_id, language, message_count, segment_count, shortened_count, sha256,
    made_at, act_id)
SELECT :now, :language, count(*), sum(w.segment_count), count(*) FILTER (WHERE w.shortened),
       :sha256, :at, :act_id
FROM told t JOIN worded w USING (language, shape) WHERE t.language = :language
"""
