"""A file's way into the stage: read in chunks, checked, and split into good rows and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.registry.intake.findings import RefusedFeed
from cct_engine.registry.intake.rejects import REASON_COLUMNS, restored
from cct_engine.registry.intake.rows import read_chunks
from cct_engine.registry.intake.stage import copy_in, make_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    import sqlalchemy as sa

    from cct_engine.registry.intake.check import Contract
    from cct_engine.registry.intake.rejects import Spool
    from cct_engine.registry.intake.whole_file import Examined

__all__ = ["Reading", "read_into_stage"]


class Reading:
    """A file while it is read: good rows flow to the stage, everything else is kept aside."""

    def __init__(self, examined: Examined, contract: Contract, spool: Spool) -> None:
        self._examined = examined
        self._contract = contract
        self._spool = spool
        self.row_count = 0
        self.ignored_columns: tuple[str, ...] = ()
        self.is_correction = False

    def good_rows(self) -> Iterator[pa.Table]:
        """Give the good rows, chunk by chunk."""
        contract, declaration = self._contract, self._contract.declaration
        expected = {*declaration.column_names, *declaration.optional_names, *REASON_COLUMNS}
        for given in read_chunks(self._examined, declaration, contract.date_formats):
            names = given.cells.column_names
            self.is_correction = set(REASON_COLUMNS) <= set(names)
            chunk = given._replace(cells=restored(given.cells)) if self.is_correction else given
            if not self.row_count:
                contract.check_columns(chunk.cells)
                self.ignored_columns = tuple(name for name in names if name not in expected)
            checked = contract.check(chunk)
            self._spool.keep_cells(chunk)
            self._spool.keep("rejection", checked.rejections)
            self._spool.keep("set_aside", checked.aside)
            self.row_count += len(chunk.row_numbers)
            yield checked.good


def read_into_stage(
    connection: sa.Connection, examined: Examined, contract: Contract, spool: Spool
) -> Reading:
    """Read the file into the stage."""
    make_stage(connection, contract.columns)
    reading = Reading(examined, contract, spool)
    copy_in(connection, "stage", reading.good_rows())
    for table in ("rejection", "set_aside"):
        copy_in(connection, table, spool.kept(table))
    if not reading.row_count and not contract.declaration.exceptions_only:
        raise RefusedFeed(
            f"{examined.path.name} has no rows. An empty file is not a report; ask the sender for "
            "the rows, or declare the feed as exceptions only."
        )
    return reading
