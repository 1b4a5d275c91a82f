"""NPCI credit files: NACH (306 characters, by IFSC and account) and APBS (165, by Aadhaar).

One header with count and sum, then one line per payment. Our key is the short reference. Sources:
see ``layout``. The clear Aadhaar number exists nowhere but in these lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.facets import violations
from bank_adapters.fixed_lines import Matrix, bytes_of, line, lines
from bank_adapters.format_adapter import FormatAdapter
from bank_adapters.model import Violation
from bank_adapters.npci import layout
from bank_adapters.npci.terms import ApbsTerms, agreed, nach_terms
from bank_adapters.writing import Found, SchemaBroken

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bank_adapters.fixed_width import Record
    from bank_adapters.model import Expected, FileContext
    from bank_adapters.profiles.model import BankProfile

__all__ = ["ADAPTER", "file_reference"]

_NACH: Final = "npci.nach.306"
_APBS: Final = "npci.apbs.165"
_LINE_END: Final = 2


def file_reference(context: FileContext) -> str:
    """Return our 14 digits for the file: day of settlement and number of the day's file."""
    return f"{context.execution_on:%Y%m%d}{context.sequence:06d}"


def _named(context: FileContext) -> str:
    terms = nach_terms(context.profile)
    rail = "ACH" if context.profile.format == _NACH else "APB"
    day = f"{context.execution_on:%d%m%Y}"
    return f"{rail}-CR-{terms.bank_code}-{terms.login}-{day}-{context.sequence:06d}-INP.txt"


class _Rendering:
    def __init__(self, context: FileContext, expected: Expected) -> None:
        self._context = context
        self._expected = expected
        self._terms = nach_terms(context.profile)

    def head(self) -> bytes:
        profile, terms = self._context.profile, self._terms
        values: dict[str, str | int] = {
            "user_name": terms.user_name,
            "user_reference": file_reference(self._context),
            "user_account": profile.debtor.account,
            "user_limit": profile.limits.amount_max_minor,
            "item_count": self._expected.count,
            "total_minor": self._expected.total_minor,
            "settlement_on": f"{self._context.execution_on:%d%m%Y}",
            "user_number": terms.utility_code,
        }
        if isinstance(terms, ApbsTerms):
            sponsor = {"transaction_code": "33", "sponsor_iin": terms.sponsor_iin}
            return line(layout.APBS_HEADER, values | sponsor)
        sponsor = {
            "transaction_code": "12",
            "sponsor_ifsc": profile.debtor.agent,
            "settlement_cycle": terms.settlement_cycle,
        }
        return line(layout.ACH_HEADER, values | sponsor)

    def body(self, chunk: pa.RecordBatch, first_row: int) -> memoryview:
        profile, terms = self._context.profile, self._terms
        values: dict[str, Any] = {
            "beneficiary_name": chunk.column("creditor_name"),
            "narration": chunk.column("remittance"),
            "amount_minor": chunk.column("amount_minor"),
            "item_sequence": pa.array(np.arange(first_row + 1, first_row + chunk.num_rows + 1)),
            "user_number": terms.utility_code,
        }
        if isinstance(terms, ApbsTerms):
            item = {
                "transaction_code": terms.product_code,
                "destination_iin": chunk.column("agent"),
                "aadhaar": chunk.column("account"),
                "sponsor_iin": terms.sponsor_iin,
                "credit_reference": chunk.column("short_reference"),
            }
            return bytes_of(lines(layout.APBS_DETAIL, values | item))
        item = {
            "transaction_code": "23",
            "destination_ifsc": chunk.column("agent"),
            "beneficiary_account": chunk.column("account"),
            "sponsor_ifsc": profile.debtor.agent,
            "transaction_reference": chunk.column("short_reference"),
            "product_type": terms.product_type,
        }
        return bytes_of(lines(layout.ACH_DETAIL, values | item))

    def tail(self) -> bytes:
        return b""


def _findings(chunk: pa.RecordBatch, profile: BankProfile, first_row: int) -> list[Violation]:
    found = violations(chunk, profile, first_row=first_row)
    needed = ["short_reference"] + (["agent"] if profile.format == _NACH else [])
    for name in needed:
        for row in pc.indices_nonzero(chunk.column(name).is_null()).to_pylist():
            rule = "has a value: the rail knows the payment by it"
            found.append(Violation(first_row + row, name, rule, "give the payment one"))
    return sorted(found)


def _sizes(batch: pa.RecordBatch, profile: BankProfile, _first_row: int) -> NDArray[np.int64]:
    width = layout.ACH_WIDTH if profile.format == _NACH else layout.APBS_WIDTH
    return np.full(batch.num_rows, width + _LINE_END, np.int64)


def _recount(path: Path, format_name: str, _profile: BankProfile | None) -> Found:
    head, item, width, code = (
        (layout.ACH_HEADER, layout.ACH_DETAIL, layout.ACH_WIDTH, "12")
        if format_name == _NACH
        else (layout.APBS_HEADER, layout.APBS_DETAIL, layout.APBS_WIDTH, "33")
    )
    found = Matrix(path, width)
    first = np.zeros(len(found.rows), bool)
    first[0] = True
    if (found.where(0, code) != first).any():
        raise SchemaBroken("the file has not one header in front of its payments.")

    def number(record: Record, name: str, rows: NDArray[np.bool_]) -> int:
        return int(found.digits(record.span(name), rows).sum())

    return Found(
        count=len(found.rows) - 1,
        total_minor=number(item, "amount_minor", ~first),
        stated_count=number(head, "item_count", first),
        stated_total_minor=number(head, "total_minor", first),
    )


ADAPTER: Final = FormatAdapter(
    formats=(_NACH, _APBS),
    agreed=agreed,
    named=_named,
    findings=_findings,
    sizes=_sizes,
    begin=_Rendering,
    recount=_recount,
    reader="bank_adapters.npci.reader",
)
