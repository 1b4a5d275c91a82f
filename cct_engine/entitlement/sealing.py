"""Files that are whole or not there: written aside, flushed to disk, hashed, then named.

A folder of shards is sealed one shard after another. Each finished shard leaves a marker; a run
that was killed goes on with the first shard that has none. When all are there the manifest is
written, and its SHA-256 stands for everything in the folder. Nothing in it says when it was made:
the same content gives the same digest, killed or not.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

from cct_engine.abreast import abreast
from cct_engine.entitlement.errors import FolderTaken, SealBroken
from cct_engine.entitlement.manifest import (
    FileFinding,
    FileSeal,
    Manifest,
    Shard,
    ShardRange,
    canonical,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = [
    "changed_files",
    "open_manifest",
    "seal_file",
    "seal_manifest",
    "seal_shards",
    "sha256_of",
    "verified",
]

_BLOCK = 1 << 20
_MANIFEST = "manifest.json"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def seal_file(folder: Path, name: str, write: Callable[[Path], int]) -> FileSeal:
    """Let ``write`` make a file and say how many rows it has; seal it under ``name``.

    The file appears under its name only when it is whole and on the disk.
    """
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.part")
    row_count = write(making)
    with making.open("rb+") as file:
        os.fsync(file.fileno())
        byte_count = file.seek(0, os.SEEK_END)
    sha256 = sha256_of(making)
    making.rename(path)
    _flush_folder(path.parent)
    return FileSeal(name, sha256, byte_count, row_count)


def seal_shards(
    folder: Path,
    ranges: Sequence[ShardRange],
    made_from: dict[str, Any],
    *,
    write: Callable[[ShardRange], tuple[FileSeal, ...]],
    after: Callable[[Shard, bool], None],
    read_back: Callable[[Shard], None] | None = None,
    workers: int = 1,
) -> tuple[Shard, ...]:
    """Seal one shard after another; what an earlier attempt sealed intact is not made again.

    A shard left by an attempt that was ``made_from`` something else is made anew. ``write``, and
    ``read_back`` for every shard, are called in ``workers`` threads, where that is more than one.
    ``after(shard, made)`` is called for each shard in order, in the calling thread; ``made`` is
    false for a shard that was there.
    """
    key = hashlib.sha256(canonical(made_from)).hexdigest()

    def seal(households: ShardRange) -> tuple[Shard, bool]:
        shard = _sealed_before(folder, households, key)
        made = shard is None
        if shard is None:
            shard = Shard(households, write(households))
            _write_small(_marker(folder, households), {"key": key} | shard.as_dict())
        if read_back is not None:
            read_back(shard)
        return shard, made

    shards = []
    with closing(abreast(seal, ranges, workers=workers)) as sealed:
        for shard, made in sealed:
            shards.append(shard)
            after(shard, made)
    return tuple(shards)


def seal_manifest(folder: Path, header: dict[str, Any], shards: tuple[Shard, ...]) -> Manifest:
    """Write the manifest over all shards. A folder that holds another manifest is refused."""
    content = header | {"shards": [shard.as_dict() for shard in shards]}
    digest = hashlib.sha256(canonical(content)).hexdigest()
    path = folder / _MANIFEST
    if path.exists() and sha256_of(path) != digest:
        raise FolderTaken(
            f"{path} seals something else than was made now. A sealed folder is never overwritten; "
            "name another folder."
        )
    _write_small(path, content)
    return Manifest(header, shards, digest)


def open_manifest(folder: Path) -> Manifest:
    """Read the manifest of a sealed folder. Raises SealBroken when there is none."""
    path = folder / _MANIFEST
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise SealBroken(
            f"{path} is not there: the folder was never sealed, or the manifest was removed. "
            "Run the step again; it goes on where it stopped."
        ) from error
    content = json.loads(text)
    shards = tuple(Shard.read(entry) for entry in content.pop("shards"))
    return Manifest(content, shards, hashlib.sha256(text).hexdigest())


def changed_files(folder: Path, shards: Iterable[Shard]) -> Iterator[FileFinding]:
    """Hash every sealed file again; yield those that are missing or changed."""
    for shard in shards:
        for file in shard.files:
            path = folder / file.name
            found = sha256_of(path) if path.is_file() else ""
            if found != file.sha256:
                yield FileFinding(file.name, file.sha256, found)


def verified(folder: Path, manifest: Manifest) -> tuple[FileFinding, ...]:
    """Compare a folder, manifest first, with the manifest it was opened or recorded with."""
    found = open_manifest(folder).digest
    findings = [] if found == manifest.digest else [FileFinding(_MANIFEST, manifest.digest, found)]
    return (*findings, *changed_files(folder, manifest.shards))


def _marker(folder: Path, households: ShardRange) -> Path:
    return folder / "shards" / f"{households.number:05d}.json"


def _sealed_before(folder: Path, households: ShardRange, key: str) -> Shard | None:
    """Return the shard an earlier attempt sealed, if it is of this making and intact."""
    try:
        entry = json.loads(_marker(folder, households).read_bytes())
    except FileNotFoundError:
        return None
    if entry.pop("key") != key:
        return None
    shard = Shard.read(entry)
    if shard.range != households or any(changed_files(folder, [shard])):
        return None
    return shard


def _write_small(path: Path, content: dict[str, Any]) -> None:
    def write(making: Path) -> int:
        making.write_bytes(canonical(content))
        return 1

    seal_file(path.parent, path.name, write)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
