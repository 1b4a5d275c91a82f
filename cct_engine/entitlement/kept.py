"""A cycle as it was calculated: its law, its statement, its sealed inputs and results.

Years later the engine's compiler may write another text for the same law. Then the statement that
was kept with the run is executed, word for word; the law is parsed only to read its names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cct_engine import rulebook
from cct_engine.entitlement.errors import SealBroken, UnknownHousehold
from cct_engine.entitlement.pins import CyclePins
from cct_engine.entitlement.run import KEPT, Run, open_run, statement_file
from cct_engine.entitlement.sealing import sha256_of
from cct_engine.entitlement.snapshot import Snapshot, open_snapshot
from cct_engine.rulebook import Month

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cct_engine.entitlement.statements import HasStatements
    from cct_engine.rulebook import Compiled, Rulebook

__all__ = ["KeptCycle", "KeptStatements", "kept_cycle", "parsed_law", "recompiled"]


@dataclass(frozen=True, slots=True)
class KeptStatements:
    """The texts that were kept with a run: each outlet is one whole statement."""

    digest: str
    outlets: Mapping[str, str]

    @property
    def layers(self) -> tuple[()]:
        """Nothing is shared between the outlets."""
        return ()

    def statement(self, outlet: str) -> str:
        """Return the statement of an outlet."""
        return self.outlets[outlet]


@dataclass(frozen=True, slots=True)
class KeptCycle:
    """A calculated cycle with everything that it was calculated from.

    ``row`` is the cycle's row in the database (state, currency, pins).
    """

    row: sa.Row[Any]
    pins: CyclePins
    snapshot: Snapshot
    run: Run

    @property
    def law(self) -> Rulebook:
        """The law the cycle is pinned to."""
        return parsed_law(self.row.rulebook, self.pins.programme)

    @property
    def compiled(self) -> Compiled | None:
        """The law compiled again; None where today's compiler writes another text."""
        found = recompiled(self.row.rulebook, self.pins.programme, Month.of(self.pins.period))
        return found if found.digest == self.run.compiled_digest else None

    @property
    def statements(self) -> HasStatements:
        """What the run was calculated by, in the form that is quickest to execute."""
        return self.compiled or self.kept_statements()

    def kept_statements(self) -> KeptStatements:
        """Return the texts kept with the run. Raises SealBroken when one has changed."""
        recorded = self.run.manifest.header["statements"]
        texts = {}
        for outlet in KEPT:
            path = self.run.folder / statement_file(outlet)
            same(sha256_of(path), recorded[outlet], f"Statement {outlet} of {self.pins.code}")
            texts[outlet] = path.read_text()
        return KeptStatements(self.run.compiled_digest, texts)


def kept_cycle(connection: sa.Connection, home: Path, code: str) -> KeptCycle:
    """Return a calculated cycle. ``home`` is the data folder.

    Raises UnknownHousehold when the cycle is not there or was not calculated, SealBroken when its
    folders are not the ones the database names.
    """
    row = connection.execute(sa.text(_CYCLE), {"code": code}).one_or_none()
    if row is None:
        raise UnknownHousehold(
            f"Cycle {code} has no results to explain: it does not exist, or was not calculated "
            "yet. `cct cycle list` shows the cycles and their states."
        )
    pins = CyclePins(
        cycle_id=row.cycle_id,
        code=row.code,
        programme_id=row.programme_id,
        programme=row.programme,
        first_month=Month.of(row.period).number,
        month_count=row.month_count,
        as_of_valid=row.as_of_valid,
        as_of_known=row.as_of_known,
        rulebook_digest=row.rulebook_digest,
    )
    snapshot, run = open_snapshot(home / row.snapshot_folder), open_run(home / row.run_folder)
    same(snapshot.digest, row.snapshot_digest, f"The snapshot of {code}")
    same(run.digest, row.run_digest, f"The run of {code}")
    return KeptCycle(row, pins, snapshot, run)


def same(found: str, recorded: str, what: str) -> None:
    """Raise SealBroken unless a digest is the one that was recorded."""
    if found != recorded:
        raise SealBroken(
            f"{what} was recorded as {recorded} and the folder holds {found}. An explanation from "
            "other inputs would be false. Bring the folder back from a copy."
        )


def parsed_law(text: str, programme: str) -> Rulebook:
    """Return a stored law."""
    return rulebook.parse(text, file=f"{programme}.yaml")


@lru_cache(maxsize=32)
def recompiled(text: str, programme: str, month: Month) -> Compiled:
    """Return a stored law compiled for a month, once."""
    return rulebook.compile_cycle(parsed_law(text, programme), month=month)


_CYCLE = """
SELECT c.cycle_id, c.code, c.state, c.currency, c.period, c.month_count, c.as_of_valid,
       c.as_of_known, c.programme_id, c.rulebook_digest, c.approved_at, c.fund_id,
       split_part(c.code, '-', 1) AS programme, v.rulebook,
       s.folder AS snapshot_folder, s.digest AS snapshot_digest,
       r.folder AS run_folder, r.digest AS run_digest
FROM cycle.cycle AS c
JOIN cycle.snapshot AS s USING (cycle_id)
JOIN cycle.programme_version AS v ON v.digest = c.rulebook_digest
JOIN LATERAL (
    SELECT folder, digest FROM cycle.run WHERE run.cycle_id = c.cycle_id
    ORDER BY number DESC LIMIT 1
) AS r ON true
WHERE c.code = :code"""
