"""NACHA files of PPD credits: one batch, entries by routing number, blocks of ten lines.

Our key is the short reference in the individual's identification; the trace number is the bank's
eight digits and the number of the entry. Returns come back under both.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.facets import violations
from bank_adapters.fixed_lines import Matrix, bytes_of, line, lines
from bank_adapters.format_adapter import FormatAdapter
from bank_adapters.model import Violation
from bank_adapters.nacha import layout
from bank_adapters.nacha.terms import MODIFIERS, agreed, terms_of
from bank_adapters.writing import Found, SchemaBroken

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bank_adapters.model import Expected, FileContext
    from bank_adapters.profiles.model import BankProfile

__all__ = ["ADAPTER"]

_FORMAT: Final = "nacha.ppd"
_ENDING: Final = "\n"
_LINE_BYTES: Final = layout.WIDTH + 1
_CREDITS: Final = "220"
_WEIGHTS: Final = np.array([3, 7, 1, 3, 7, 1, 3, 7, 1])
_HASH_DIGITS: Final = 10**10


class _Rendering:
    def __init__(self, context: FileContext, expected: Expected) -> None:
        self._context = context
        self._expected = expected
        self._terms = terms_of(context.profile)
        self._hash = 0

    def head(self) -> bytes:
        terms, context = self._terms, self._context
        created = context.created_at.astimezone(UTC)
        file: dict[str, str | int] = {
            "record_type": 1,
            "priority": "01",
            "destination": f" {terms.destination}",
            "origin": terms.company_id,
            "created_on": f"{created:%y%m%d}",
            "created_at": f"{created:%H%M}",
            "modifier": MODIFIERS[(context.sequence - 1) % len(MODIFIERS)],
            "record_size": "094",
            "blocking_factor": 10,
            "format_code": 1,
            "destination_name": terms.destination_name,
            "origin_name": context.profile.debtor.name.upper()[:23],
            "reference": f"{context.sequence:08d}",
        }
        batch: dict[str, str | int] = {
            "record_type": 5,
            "service_class": _CREDITS,
            "company_name": context.profile.debtor.name.upper()[:16],
            "company_id": terms.company_id,
            "entry_class": "PPD",
            "description": terms.description,
            "descriptive_on": f"{context.execution_on:%y%m%d}",
            "effective_on": f"{context.execution_on:%y%m%d}",
            "originator_status": "1",
            "odfi": terms.odfi,
            "batch_number": 1,
        }
        return line(layout.FILE_HEADER, file, ending=_ENDING) + line(
            layout.BATCH_HEADER, batch, ending=_ENDING
        )

    def body(self, chunk: pa.RecordBatch, first_row: int) -> memoryview:
        agent = chunk.column("agent")
        receiving = pc.utf8_slice_codeunits(agent, 0, 8)
        self._hash += pc.sum(receiving.cast(pa.int64())).as_py() or 0
        number = np.arange(first_row + 1, first_row + chunk.num_rows + 1)
        is_savings = pc.equal(chunk.column("account_kind"), "ABA_SAVINGS")
        values: dict[str, Any] = {
            "record_type": 6,
            "transaction_code": pc.if_else(is_savings, "32", "22"),
            "rdfi": receiving,
            "check_digit": pc.utf8_slice_codeunits(agent, 8, 9),
            "account": chunk.column("account"),
            "amount_minor": chunk.column("amount_minor"),
            "individual_id": chunk.column("short_reference"),
            "individual_name": pc.ascii_upper(chunk.column("creditor_name")),
            "trace": pa.array(int(self._terms.odfi) * 10**7 + number),
        }
        return bytes_of(lines(layout.ENTRY, values, ending=_ENDING))

    def tail(self) -> bytes:
        terms, expected = self._terms, self._expected
        sums: dict[str, str | int] = {
            "entry_count": expected.count,
            "entry_hash": self._hash % _HASH_DIGITS,
            "credit_minor": expected.total_minor,
        }
        batch = sums | {
            "record_type": 8,
            "service_class": _CREDITS,
            "company_id": terms.company_id,
            "odfi": terms.odfi,
            "batch_number": 1,
        }
        used = expected.count + 4
        blocks = -(-used // layout.BLOCK_LINES)
        file = sums | {"record_type": 9, "batch_count": 1, "block_count": blocks}
        filler = ("9" * layout.WIDTH + _ENDING).encode() * (blocks * layout.BLOCK_LINES - used)
        return (
            line(layout.BATCH_CONTROL, batch, ending=_ENDING)
            + line(layout.FILE_CONTROL, file, ending=_ENDING)
            + filler
        )


def _findings(chunk: pa.RecordBatch, profile: BankProfile, first_row: int) -> list[Violation]:
    found = violations(chunk, profile, first_row=first_row)
    for name in ("short_reference", "agent"):
        for row in pc.indices_nonzero(chunk.column(name).is_null()).to_pylist():
            rule = "has a value: the bank knows the payment by it"
            found.append(Violation(first_row + row, name, rule, "give the payment one"))
    if found:
        return sorted(found)
    digits = np.array(chunk.column("agent").to_pylist(), "S9").view(np.uint8).reshape(-1, 9)
    wrong = ((digits.astype(np.int64) - ord("0")) * _WEIGHTS).sum(axis=1) % 10 != 0
    rule = "is a routing number whose check digit fits"
    return [
        Violation(first_row + row, "agent", rule, "ask for the routing number")
        for row in np.flatnonzero(wrong).tolist()
    ]


def _sizes(batch: pa.RecordBatch, _profile: BankProfile, _first_row: int) -> NDArray[np.int64]:
    return np.full(batch.num_rows, _LINE_BYTES, np.int64)


def _recount(path: Path, _format_name: str, _profile: BankProfile | None) -> Found:
    found = Matrix(path, layout.WIDTH, ending=_ENDING.encode())
    if len(found.rows) % layout.BLOCK_LINES:
        raise SchemaBroken("the file does not fill its last block of ten lines.")
    is_entry = found.where(0, "6")
    is_control = found.where(0, "9") & ~found.where(0, "9" * layout.WIDTH)
    if is_control.sum() != 1:
        raise SchemaBroken("the file has not one file control.")
    receiving = found.digits(layout.ENTRY.span("rdfi"), is_entry)
    control = {
        name: int(found.digits(layout.FILE_CONTROL.span(name), is_control)[0])
        for name in ("entry_count", "entry_hash", "credit_minor")
    }
    if int(receiving.sum()) % _HASH_DIGITS != control["entry_hash"]:
        raise SchemaBroken("the entry hash is not that of the entries.")
    return Found(
        count=int(is_entry.sum()),
        total_minor=int(found.digits(layout.ENTRY.span("amount_minor"), is_entry).sum()),
        stated_count=control["entry_count"],
        stated_total_minor=control["credit_minor"],
    )


ADAPTER: Final = FormatAdapter(
    formats=(_FORMAT,),
    agreed=agreed,
    named=lambda context: f"{context.message_id}.ach",
    findings=_findings,
    sizes=_sizes,
    begin=_Rendering,
    recount=_recount,
    reader="bank_adapters.nacha.reader",
)
