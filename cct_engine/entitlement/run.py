"""The sealed results of one cycle, on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cct_engine.entitlement.identities import IdentityFinding
from cct_engine.entitlement.manifest import shard_file
from cct_engine.entitlement.results import OUTLETS
from cct_engine.entitlement.sealing import open_manifest, verified

if TYPE_CHECKING:
    from pathlib import Path

    from cct_engine.entitlement.manifest import FileFinding, Manifest, Shard

__all__ = ["KEPT", "Run", "open_run", "results_of", "statement_file", "verify_run"]

KEPT = (*OUTLETS, "explain")
"""The outlets whose whole statements are kept with a run."""


@dataclass(frozen=True, slots=True)
class Run:
    """Sealed results on disk."""

    folder: Path
    manifest: Manifest

    @property
    def findings(self) -> tuple[IdentityFinding, ...]:
        """Households whose figures contradict themselves; empty for a run that may be stored."""
        return tuple(IdentityFinding(*entry) for entry in self.manifest.header["findings"])

    @property
    def digest(self) -> str:
        """The SHA-256 of the manifest of all result files."""
        return self.manifest.digest

    @property
    def cycle(self) -> str:
        """The code of the cycle."""
        return str(self.manifest.header["cycle"])

    @property
    def first_month(self) -> int:
        """The first month paid for, as year * 12 + month - 1."""
        return int(self.manifest.header["first_month"])

    @property
    def engine(self) -> str:
        """The engine that ran the statement, and its version."""
        return str(self.manifest.header["engine"])

    @property
    def compiled_digest(self) -> str:
        """The digest of the compiled rulebook."""
        return str(self.manifest.header["compiled_digest"])

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The shards, in order of household ids."""
        return self.manifest.shards

    @property
    def statement(self) -> str:
        """The text that was run, all outlets one after another."""
        parts = (self.folder / statement_file(outlet) for outlet in KEPT)
        return "".join(f"-- outlet {path.stem}\n{path.read_text()}" for path in parts)

    def row_counts(self) -> dict[str, int]:
        """Return the rows per outlet."""
        return self.manifest.row_counts()


def open_run(folder: Path) -> Run:
    """Open sealed results. Raises SealBroken when the folder has no manifest."""
    return Run(folder, open_manifest(folder))


def verify_run(run: Run, folder: Path | None = None) -> tuple[FileFinding, ...]:
    """Hash every result file again; return a finding for each that is missing or changed.

    ``folder`` is where the files lie now, if they have moved.
    """
    return verified(folder or run.folder, run.manifest)


def results_of(folder: Path, shard: Shard) -> dict[str, Path]:
    """Return where each outlet of a shard lies."""
    return {outlet: folder / shard_file(outlet, shard.range.number) for outlet in OUTLETS}


def statement_file(outlet: str) -> str:
    """Return the name of the file that keeps an outlet's whole statement."""
    return f"statements/{outlet}.sql"
