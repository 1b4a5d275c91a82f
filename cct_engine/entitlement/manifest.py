"""What a sealed folder says about itself: its shards, their files, and what each file was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

__all__ = [
    "FileFinding",
    "FileSeal",
    "Manifest",
    "Shard",
    "ShardRange",
    "canonical",
    "shard_file",
]


@dataclass(frozen=True, slots=True)
class FileSeal:
    """One sealed file: its name relative to the folder, and what was true of it when sealed."""

    name: str
    sha256: str
    byte_count: int
    row_count: int


class ShardRange(NamedTuple):
    """The households of one shard; ``first`` and ``last`` are inclusive household ids."""

    number: int
    first: int
    last: int
    household_count: int


@dataclass(frozen=True, slots=True)
class Shard:
    """A sealed shard: its households and its files."""

    range: ShardRange
    files: tuple[FileSeal, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the shard as the manifest writes it."""
        return {
            "number": self.range.number,
            "first": self.range.first,
            "last": self.range.last,
            "household_count": self.range.household_count,
            "files": [
                {
                    "name": file.name,
                    "sha256": file.sha256,
                    "byte_count": file.byte_count,
                    "row_count": file.row_count,
                }
                for file in self.files
            ],
        }

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Self:
        """Return the shard that ``as_dict`` wrote."""
        households = ShardRange(
            entry["number"], entry["first"], entry["last"], entry["household_count"]
        )
        return cls(households, tuple(FileSeal(**file) for file in entry["files"]))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a sealed folder holds. ``digest`` is the SHA-256 of the manifest file."""

    header: dict[str, Any]
    shards: tuple[Shard, ...]
    digest: str

    def row_counts(self) -> dict[str, int]:
        """Return the rows per table, over all shards."""
        counts: dict[str, int] = {}
        for shard in self.shards:
            for file in shard.files:
                table = file.name.partition("/")[0]
                counts[table] = counts.get(table, 0) + file.row_count
        return counts


class FileFinding(NamedTuple):
    """A sealed file that is no longer what was sealed."""

    name: str
    expected: str
    found: str  # '' when the file is not there

    @property
    def text(self) -> str:
        """Say what is wrong and what to do."""
        state = f"now hashes to {self.found}" if self.found else "is missing"
        return (
            f"{self.name} was sealed as {self.expected} and {state}. "
            "Bring it back from a copy; a run over changed inputs proves nothing."
        )


def canonical(value: object) -> bytes:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8, a newline at the end."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def shard_file(table: str, number: int) -> str:
    """Return the name of a table's file of one shard, relative to the folder."""
    return f"{table}/{number:05d}.parquet"
