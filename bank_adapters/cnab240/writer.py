"""CNAB 240 payment files (FEBRABAN 10.6): one lot of segments A and B, in one form of credit.

Our key is the short reference in seu número; the file's number (NSA) is the sequence of the day.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.cnab240 import layout
from bank_adapters.cnab240.segments import LOT, segments
from bank_adapters.cnab240.terms import PIX_FORM, agreed, terms_of
from bank_adapters.facets import violations
from bank_adapters.fixed_lines import Matrix, bytes_of, line
from bank_adapters.format_adapter import FormatAdapter
from bank_adapters.model import Violation
from bank_adapters.writing import Found, SchemaBroken

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bank_adapters.model import Expected, FileContext
    from bank_adapters.profiles.model import BankProfile

__all__ = ["ADAPTER"]

_FORMAT: Final = "cnab240.febraban.103"
_ROW_BYTES: Final = 2 * (layout.WIDTH + 2)


class _Rendering:
    def __init__(self, context: FileContext, expected: Expected) -> None:
        self._context = context
        self._expected = expected
        self._terms = terms_of(context.profile)

    def _company(self, lot: int, record_type: int) -> dict[str, str | int]:
        terms = self._terms
        return {
            "bank": terms.bank,
            "lot": lot,
            "record_type": record_type,
            "inscription_type": 2,
            "inscription": terms.cnpj,
            "agreement": terms.agreement,
            "agency": terms.agency,
            "agency_digit": terms.agency_digit,
            "account": terms.account,
            "account_digit": terms.account_digit,
            "company_name": self._context.profile.debtor.name.upper()[:30],
        }

    def head(self) -> bytes:
        terms, context = self._terms, self._context
        created = context.created_at.astimezone(UTC)
        file = self._company(0, 0) | {
            "bank_name": terms.bank_name,
            "direction": 1,
            "created_on": f"{created:%d%m%Y}",
            "created_at": f"{created:%H%M%S}",
            "sequence": _file_number(context),
            "layout": "103",
            "reserved_company": f"{context.execution_on:%Y%m%d}{context.sequence:06d}",
        }
        lot = self._company(LOT, 1) | {
            "operation": "C",
            "service": terms.service,
            "form": terms.form,
            "layout": "046",
        }
        return line(layout.FILE_HEADER, file) + line(layout.LOT_HEADER, lot)

    def body(self, chunk: pa.RecordBatch, first_row: int) -> memoryview:
        return bytes_of(segments(chunk, first_row, self._terms, self._context.execution_on))

    def tail(self) -> bytes:
        lot_lines = 2 * self._expected.count + 2
        common: dict[str, str | int] = {"bank": self._terms.bank}
        lot = common | {
            "lot": LOT,
            "record_type": 5,
            "record_count": lot_lines,
            "total_minor": self._expected.total_minor,
        }
        file = common | {
            "lot": 9999,
            "record_type": 9,
            "lot_count": 1,
            "record_count": lot_lines + 2,
        }
        return line(layout.LOT_TRAILER, lot) + line(layout.FILE_TRAILER, file)


def _file_number(context: FileContext) -> str:
    """Return the NSA, which rises with every file: days since 2020 and the file of the day.

    Six digits hold 99 files a day until 2047.
    """
    day = context.execution_on.toordinal() - _FIRST_DAY
    if not 0 <= day <= _DAYS_MAX or context.sequence > _FILES_MAX:
        raise ValueError(
            f"{context.message_id}: CNAB numbers 99 files a day in six digits; file "
            f"{context.sequence} of {context.execution_on} has no number."
        )
    return f"{day:04d}{context.sequence:02d}"


_FIRST_DAY: Final = 737_425  # 2020-01-01
_DAYS_MAX: Final = 9_999
_FILES_MAX: Final = 99


def _named(context: FileContext) -> str:
    return f"{context.message_id}.rem"


def _findings(chunk: pa.RecordBatch, profile: BankProfile, first_row: int) -> list[Violation]:
    found = violations(chunk, profile, first_row=first_row)
    needed = ["short_reference"] + ([] if terms_of(profile).form == PIX_FORM else ["agent"])
    for name in needed:
        for row in pc.indices_nonzero(chunk.column(name).is_null()).to_pylist():
            rule = "has a value: the bank knows the payment by it"
            found.append(Violation(first_row + row, name, rule, "give the payment one"))
    if not found and terms_of(profile).form != PIX_FORM:
        long_account = pc.match_substring_regex(chunk.column("account"), r"/[0-9]{13}")
        for row in pc.indices_nonzero(long_account).to_pylist():
            rule = "has an account number of at most 12 digits before its check digit"
            found.append(Violation(first_row + row, "account", rule, "ask for the right account"))
    return sorted(found)


def _sizes(batch: pa.RecordBatch, _profile: BankProfile, _first_row: int) -> NDArray[np.int64]:
    return np.full(batch.num_rows, _ROW_BYTES, np.int64)


def _recount(path: Path, _format_name: str, _profile: BankProfile | None) -> Found:
    found = Matrix(path, layout.WIDTH)
    kind, _ = layout.FILE_HEADER.span("record_type")
    is_detail, is_trailer = found.where(kind, "3"), found.where(kind, "5")
    segment, _ = layout.SEGMENT_A.span("segment")
    is_a = is_detail & found.where(segment, "A")
    is_b = is_detail & found.where(segment, "B")
    turns = is_a[2:-2:2].all() and is_b[3:-2:2].all()
    if not turns or is_trailer.sum() != 1 or len(found.rows) != is_detail.sum() + 4:
        raise SchemaBroken("the file is not one lot of segments A and B in turn.")
    records = int(found.digits(layout.LOT_TRAILER.span("record_count"), is_trailer)[0])
    return Found(
        count=int(is_a.sum()),
        total_minor=int(found.digits(layout.SEGMENT_A.span("amount_minor"), is_a).sum()),
        stated_count=(records - 2) // 2,
        stated_total_minor=int(found.digits(layout.LOT_TRAILER.span("total_minor"), is_trailer)[0]),
    )


ADAPTER: Final = FormatAdapter(
    formats=(_FORMAT,),
    agreed=agreed,
    named=_named,
    findings=_findings,
    sizes=_sizes,
    begin=_Rendering,
    recount=_recount,
    reader="bank_adapters.cnab240.reader",
)
