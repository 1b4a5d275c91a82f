"""Writing the pack: tables, law, lists, verifier and report; then the hash of every file."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

import ledger
from cct_engine import entitlement
from cct_engine.audit.exporting import copy_csv, copy_text
from cct_engine.audit.pack import verify
from cct_engine.audit.pack.parquet import to_parquet
from cct_engine.audit.pack.report import answers_of, report_of
from cct_engine.audit.pack.tables import TABLES
from cct_engine.cycle import folder_of
from cct_engine.papers import to_csv, to_html, to_pdf
from ledger.export import write_pack as write_books

if TYPE_CHECKING:
    from datetime import datetime

    from cct_engine.audit.running import Audit
    from cct_engine.cycle import Cycle

__all__ = ["Pack", "refuse_taken", "write_pack"]

_SIGNED: Final = ("approved", "released", "closed")


class Pack(NamedTuple):
    """A written pack. Keep the digest elsewhere: it stands for every byte of every file."""

    folder: Path
    digest: str
    head: str | None
    file_count: int
    byte_count: int


def write_pack(
    connection: sa.Connection,
    folder: Path,
    *,
    home: Path,
    cycles: tuple[Cycle, ...],
    only: int | None,
    found: Audit,
    at: datetime,
) -> Pack:
    """Write the pack of ``cycles`` into ``folder``, which is made and must not be there yet.

    ``home`` is the data folder; ``only`` is the cycle whose lines of the journal go in, None for
    all. Call in a REPEATABLE READ transaction, so that all files show one moment. Raises
    ``FileExistsError``.
    """
    refuse_taken(folder)
    making = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        write_books(connection, making / "books", cycle_id=only)
        _write_tables(connection, making / "tables", cycles)
        _write_law(connection, making / "law", cycles)
        _write_lists(connection, making / "lists", cycles)
        _write_evidence(making / "evidence", cycles, home=home)
        _write_readings(connection, making, cycles=cycles, found=found, at=at)
        written = _seal(making, head=ledger.head(connection), at=at)
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return written._replace(folder=folder)


def refuse_taken(folder: Path) -> None:
    """Raise ``FileExistsError`` when something is there already: a pack is never overwritten."""
    if folder.exists():
        raise FileExistsError(17, "A pack is never overwritten; name a new folder", str(folder))


def _write_readings(
    connection: sa.Connection,
    folder: Path,
    *,
    cycles: tuple[Cycle, ...],
    found: Audit,
    at: datetime,
) -> None:
    """Write what is made of the tables: Parquet, the verifier, the answers and the report."""
    for source in sorted(folder.glob("*/*.csv")):
        if source.stem != "scope":
            to_parquet(source)
    (folder / "verify.py").write_bytes(Path(verify.__file__).read_bytes())
    report = report_of(connection, folder, cycles=cycles, found=found, at=at)
    (folder / "report.html").write_text(to_html(report), encoding="utf-8")
    (folder / "report.pdf").write_bytes(to_pdf(report))
    (folder / "controls.csv").write_text(
        to_csv(answers_of(found, at=at)), encoding="utf-8", newline=""
    )


def _write_tables(connection: sa.Connection, folder: Path, cycles: tuple[Cycle, ...]) -> None:
    folder.mkdir()
    ids = ", ".join(str(cycle.cycle_id) for cycle in cycles) or "0"
    which = f"c.cycle_id IN ({ids})"
    files = f"({which} OR c.file_id IN (SELECT file_id FROM bank.file_part c WHERE {which}))"
    for name, select in TABLES.items():
        copy_csv(connection, select.format(cycle=which, file=files), folder / f"{name}.csv")


def _write_law(connection: sa.Connection, folder: Path, cycles: tuple[Cycle, ...]) -> None:
    folder.mkdir()
    wanted = sorted({cycle.rulebook_digest for cycle in cycles if cycle.rulebook_digest})
    rows = connection.execute(
        sa.text(
            "SELECT digest, rulebook FROM cycle.programme_version WHERE digest = ANY (:wanted)"
        ),
        {"wanted": wanted},
    )
    for digest, text in rows:
        (folder / f"{digest}.yaml").write_bytes(text.encode())


def _write_lists(connection: sa.Connection, folder: Path, cycles: tuple[Cycle, ...]) -> None:
    """Write each approved list as the text whose SHA-256 the approval names."""
    folder.mkdir()
    for cycle in cycles:
        if cycle.state.value in _SIGNED:
            path = folder / f"{cycle.code}.txt"
            for number, select in enumerate(entitlement.canonical_selects(cycle.cycle_id)):
                copy_text(connection, select, path, more=number > 0)


def _write_evidence(folder: Path, cycles: tuple[Cycle, ...], *, home: Path) -> None:
    """Copy the manifests of frozen inputs and results, each under its SHA-256.

    They name every file by its hash: who is given those files can tell that they are the ones.
    """
    folder.mkdir()
    for cycle in cycles:
        for what in ("snapshot", "run"):
            source = folder_of(home, cycle.code) / what / "manifest.json"
            if source.is_file():
                text = source.read_bytes()
                (folder / f"{hashlib.sha256(text).hexdigest()}.json").write_bytes(text)


def _seal(folder: Path, *, head: str | None, at: datetime) -> Pack:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    hashes = {}
    for path in paths:
        with path.open("rb") as file:
            hashes[path.relative_to(folder).as_posix()] = hashlib.file_digest(
                file, "sha256"
            ).hexdigest()
    said = {"format": 1, "written_at": at.isoformat(), "head": head or "0" * 64, "files": hashes}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = json.dumps(said | {"digest": digest}, indent=1, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return Pack(folder, digest, head, len(paths) + 1, sum(path.stat().st_size for path in paths))
