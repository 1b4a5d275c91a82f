"""From blocks of units to one message: numbered events, sums, and the totals checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import integer_array, scalar
from bank_adapters.events import rows_of
from bank_adapters.iso20022 import statement, status_report
from bank_adapters.iso20022.counting import COUNTED, counted
from bank_adapters.iso20022.totals import (
    Runnings,
    assert_report,
    assert_stated,
    assert_statement,
)
from bank_adapters.model import EVENT_SCHEMA, Violation
from bank_adapters.refusals import RefusalCode, RefusedFile
from bank_adapters.values import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bank_adapters.events import Built
    from bank_adapters.iso20022.raw import Raw, Record
    from bank_adapters.telling import Order

__all__ = ["Assembly", "built"]

_TOLD_MAX: Final = 1_000


def built(raw: Raw, family_name: str, original_message_id: str | None, place: Place) -> Built:
    """Return the events of a block of units. Pure: may run in any thread."""
    if family_name.startswith("camt.05"):
        return statement.entries(raw, place)
    if family_name in COUNTED:
        return counted(raw, place)
    return status_report.items(raw, family_name, original_message_id, place)


class Assembly:
    """Takes blocks and ended elements in the order of the file.

    Events of units come first, in the order of the file; what is told of groups and balances
    follows them, so that the numbering does not depend on how the file was cut into blocks.
    """

    def __init__(self, order: Order) -> None:
        self.message_id = ""
        self.original_message_id: str | None = None
        self.left_out: list[Violation] = []
        self._name = order.name
        self._deliver = order.deliver
        self._doubt = order.doubt
        self._runnings = Runnings()
        self._position = 0
        self._file: Record | None = None
        self._later: list[Built] = []

    @property
    def units(self) -> int:
        """Units taken so far."""
        return self._runnings.overall.units

    def take_built(self, block: Built) -> None:
        """Number the events of a block and hand them on."""
        rows = block.table.num_rows
        room = _TOLD_MAX - len(self.left_out)
        self.left_out += [
            v._replace(position=v.position + self._position) for v in block.left_out[:room]
        ]
        place = block.table.schema.get_field_index("entry_no")
        entry_no = pc.add(block.table["entry_no"], scalar(self.units))
        table = block.table.set_column(place, EVENT_SCHEMA.field("entry_no"), entry_no)
        positions = integer_array(np.arange(self._position + 1, self._position + rows + 1))
        self._position += rows
        self._runnings.add(block.tally)
        for batch in table.add_column(0, "position", positions).to_batches():
            if batch.num_rows:
                self._deliver(pa.RecordBatch.from_arrays(batch.columns, schema=EVENT_SCHEMA))

    def take_ended(self, records: Sequence[Record]) -> None:
        """Check the totals of enclosing elements that ended, and keep what they tell."""
        groups = [record for record in records if record.name == "group"]
        statements = [record for record in records if record.name == "statement"]
        self._end_groups(groups)
        self._end_statements(statements)
        for record in records:
            if record.name == "file":
                self._end_file(record)
            elif record.name == "message":
                self._end_message(record)

    def _end_file(self, record: Record) -> None:
        self._file = record
        self.original_message_id = record.text("original_message_id")
        event = status_report.file_status(record)
        if event is not None:
            self.take_built(rows_of([event]))

    def _end_groups(self, records: Sequence[Record]) -> None:
        events: list[dict[str, Any]] = []
        for record in records:
            running = self._runnings.ended(record.number)
            place = f"payment group {record.number}"
            self._check(assert_stated, record, running, self._name, place)
            self._check(assert_report, record, running.statuses, self._name, place)
            event = status_report.group_status(record, self.original_message_id)
            if event is not None:
                events.append(event)
        if events:
            self._later.append(rows_of(events))

    def _end_statements(self, records: Sequence[Record]) -> None:
        for record in records:
            running = self._runnings.ended(record.number)
            self._check(assert_statement, record, running, self._name)
        if records:
            place = Place(self._name, what="balance", first=1)
            self._later.append(statement.balances(records, place))

    def _end_message(self, record: Record) -> None:
        self.message_id = record.text("message_id") or ""
        if not self.message_id:
            raise RefusedFile(RefusalCode.MESSAGE, name=self._name, place="header, message id")
        overall = self._runnings.overall
        if self._file is not None:
            self._check(assert_report, self._file, overall.statuses, self._name, "original group")
        self._check(assert_stated, record, overall, self._name, "header of the message")
        for block in self._later:
            self.take_built(block)

    def doubt(self, code: RefusalCode, place: str) -> None:
        """Doubt the file, which refuses it unless one only looks."""
        self._doubt(RefusedFile(code, name=self._name, place=place))

    def _check(self, assertion: Callable[..., None], *of: object) -> None:
        """Let a contradiction of totals count as a doubt, which refuses unless one only looks."""
        try:
            assertion(*of)
        except RefusedFile as refusal:
            self._doubt(refusal)

    def totals(self) -> Mapping[str, int]:
        """Return money by currency and direction, and items by status."""
        overall = self._runnings.overall
        found: dict[str, int] = {}
        for key, (_, total) in overall.money.items():
            name = f"{key.currency}.{key.way}"
            found[name] = found.get(name, 0) + total
        return dict(sorted(found.items())) | dict(sorted(overall.statuses.items()))
