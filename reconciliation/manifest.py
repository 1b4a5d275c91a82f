"""The chain of sealed files, and whether the files on disk are still those that were sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from bank_adapters import ManifestEntry, SealedFile, chain_findings, manifest_entry, verify_file
from reconciliation import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["FileFinding", "append", "verify"]


class FileFinding(NamedTuple):
    """Something about a sealed file that is no longer true."""

    rule: str
    file: str
    """Its name, or its message id where it has none."""
    text: str


def append(connection: sa.Connection, file_id: int, sealed: SealedFile) -> None:
    """Join a sealed file to the chain. The caller holds the turn of files."""
    last = connection.execute(
        sa.select(schema.manifest.c.position, schema.manifest.c.digest)
        .order_by(schema.manifest.c.position.desc())
        .limit(1)
    ).first()
    position, previous = (last.position + 1, last.digest) if last else (1, None)
    entry = manifest_entry(sealed, previous=previous)
    connection.execute(
        sa.insert(schema.manifest).values(
            position=position,
            file_id=file_id,
            body=entry.body.decode(),
            previous=previous,
            digest=entry.digest,
        )
    )


def verify(
    connection: sa.Connection, folder: Path, *, handed_over: Path | None = None
) -> tuple[FileFinding, ...]:
    """Re-read the chain and every sealed file in ``folder``; return what does not hold.

    A changed byte, a missing or exchanged file, a manifest entry edited, moved or left out is
    named by the file's name. An empty answer means that every file is what was approved. Copies
    that still lie in ``handed_over`` for the bank must be the same; one it took away is no finding.
    """
    rows = _sealed(connection)
    copies = [row for row in rows if handed_over and _in(handed_over, row).path.is_file()]
    return (
        *_chain(rows),
        *_contents(rows, folder),
        *(_contents(copies, handed_over) if handed_over else ()),
    )


def _chain(rows: Sequence[sa.Row[Any]]) -> Iterator[FileFinding]:
    chained = [row for row in rows if row.position is not None]
    entries = [ManifestEntry(row.body.encode(), row.digest) for row in chained]
    for found in chain_findings(entries):
        name = chained[found.position].name
        text = f"In the manifest it does not hold that {found.rule}: {found.fix}."
        yield FileFinding("manifest chain", name, text)
    for row in rows:
        if row.position is None:
            yield FileFinding(
                "manifest entry",
                row.name,
                "The file is sealed, but the manifest does not name it: an entry was taken out.",
            )
        elif not _agrees(row):
            yield FileFinding(
                "manifest entry",
                row.name,
                "The register and the manifest say different things about this file: one of the "
                "two was changed after the seal. Compare both with a backup.",
            )


def _agrees(row: sa.Row[Any]) -> bool:
    said = json.loads(row.body)
    return (
        said["file"],
        said["sha256"],
        said["bytes"],
        said["count"],
        said["total_minor"],
        said["currency"],
        said["message_id"],
        said["previous"],
    ) == (
        row.name,
        row.sha256,
        row.byte_count,
        row.instruction_count,
        row.total_minor,
        row.currency,
        row.message_id,
        row.previous,
    )


def _sealed(connection: sa.Connection) -> Sequence[sa.Row[Any]]:
    file, manifest = schema.file, schema.manifest
    return connection.execute(
        sa.select(
            file, manifest.c.position, manifest.c.body, manifest.c.previous, manifest.c.digest
        )
        .join(manifest, manifest.c.file_id == file.c.file_id, isouter=True)
        .where(file.c.sha256.is_not(None))
        .order_by(manifest.c.position.nulls_last(), file.c.file_id)
    ).all()


def _in(folder: Path, row: sa.Row[Any]) -> SealedFile:
    return SealedFile(
        name=row.name,
        path=folder / Path(row.name).name,
        count=row.instruction_count,
        total_minor=row.total_minor,
        currency=row.currency,
        sha256=row.sha256,
        bytes=row.byte_count,
        message_id=row.message_id,
        schema=row.schema_name,
    )


def _contents(rows: Sequence[sa.Row[Any]], folder: Path) -> Iterator[FileFinding]:
    for row in rows:
        sealed = _in(folder, row)
        if not sealed.path.is_file():
            yield FileFinding(
                "file present", row.name, "The file is not in the folder; restore it from a backup."
            )
            continue
        for found in verify_file(sealed):
            yield FileFinding(
                found.column, row.name, f"It does not hold: {found.rule}. {found.fix}."
            )
