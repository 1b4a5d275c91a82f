"""Templates of one payment, cut from pyiso20022's own output, through which columns stream.

One template per *shape*: which optional elements a payment has, and how its account and bank are
named. A specimen with marked values is built and serialised by pyiso20022 and xsdata, checked
against the XSD, and cut where the marks stand. Rendering joins the pieces with whole columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bank_adapters.arrays import integers, scalar, truths
from bank_adapters.currency import major_text
from bank_adapters.iso20022.schema import assert_valid
from bank_adapters.model import Expected, FileContext, Instruction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bank_adapters.profiles.model import BankProfile

__all__ = ["Shape", "Template", "escaped", "frame", "shapes_of", "template"]

_OPEN: Final = "<CdtTrfTxInf>"
_CLOSE: Final = "</CdtTrfTxInf>"

# Marks that fit every facet of the schema and cannot occur in a template by chance.
_MARKS: Final = {
    "end_to_end_id": "MARK-END-TO-END",
    "instruction_id_text": "MARK-INSTRUCTION",
    "uetr": "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
    "amount": "314159.27",
    "creditor_name": "MARK CREDITOR NAME",
    "account": "MARKACCOUNT",
    "agent": "MARKAGENT",
    "town": "MARK TOWN",
    "country": "QX",
    "purpose": "MRKP",
    "remittance": "MARK REMITTANCE",
}
_MARK_MINOR: Final = 31415927
_FORMAT_MARKS: Final = {"IBAN": "QX77MARKIBAN0000001", "BICFI": "MARKQXM1"}
_OPTIONAL: Final = ("uetr", "agent", "town", "country", "purpose", "remittance")


class Shape(NamedTuple):
    """What one payment has: the optional columns filled, its kinds of account and agent."""

    filled: frozenset[str]
    account_kind: str
    agent_scheme: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed texts with columns between them: texts[0] column[0] texts[1] … texts[-1]."""

    texts: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def fixed_bytes(self) -> int:
        """Bytes of a payment before its values."""
        return sum(len(text.encode()) for text in self.texts)

    def render(self, columns: dict[str, pa.Array]) -> pa.Array:
        """Return one text per row; the columns are escaped already."""
        parts: list[pa.Scalar | pa.Array] = [scalar(self.texts[0])]
        for name, text in zip(self.columns, self.texts[1:], strict=True):
            parts += (columns[name], scalar(text))
        return pc.binary_join_element_wise(*parts, scalar(""))


def shapes_of(batch: pa.RecordBatch) -> Iterator[tuple[Shape, NDArray[np.int64] | None]]:
    """Yield each shape in a batch with its rows, or None where all rows have that one shape."""
    bits = np.zeros(batch.num_rows, dtype=np.int64)
    for place, name in enumerate(_OPTIONAL):
        bits |= truths(batch.column(name).is_valid()).astype(np.int64) << place
    kinds = batch.column("account_kind").dictionary_encode()
    schemes = pc.fill_null(batch.column("agent_scheme"), scalar("")).dictionary_encode()
    shift = len(_OPTIONAL)
    key = bits | (integers(kinds.indices) << shift)
    key |= integers(schemes.indices) << (shift + 16)
    found = sorted(set(key.tolist()))  # np.unique would load masked arrays, 1 MB for nothing
    for value in found:
        filled = frozenset(name for place, name in enumerate(_OPTIONAL) if value >> place & 1)
        kind = kinds.dictionary[value >> shift & 0xFFFF].as_py()
        scheme = schemes.dictionary[value >> (shift + 16)].as_py() or None
        rows = None if len(found) == 1 else np.flatnonzero(key == value)
        yield Shape(filled, kind, scheme), rows


@cache
def template(shape: Shape, profile: BankProfile) -> Template:
    """Return the template of a shape, made once per process from pyiso20022's objects."""
    marks = dict(_MARKS)
    if shape.account_kind == "IBAN":
        marks["account"] = _FORMAT_MARKS["IBAN"]
    if shape.agent_scheme == "BICFI":
        marks["agent"] = _FORMAT_MARKS["BICFI"]
    marks["amount"] = major_text(_MARK_MINOR, profile.exponent)
    # One more minor unit than the mark, so that the mark stands once.
    expected = Expected(1, _MARK_MINOR + 1)
    _, text, _ = _rendered_once(
        _specimen_context(profile), expected, _marked(shape, profile, marks)
    )
    return _cut(text, marks)


def _rendered_once(
    context: FileContext, expected: Expected, instruction: Instruction
) -> tuple[str, str, str]:
    """Return a document of one payment as pyiso20022 and xsdata write it: head, payment, end."""
    # Loaded on the first file only: pyiso20022 and xsdata take 14 MB, and readers need neither.
    from bank_adapters.iso20022.specimen import (  # noqa: PLC0415 - see above
        document_text,
        instruction_object,
    )

    payment = instruction_object(instruction, context.profile)
    text = document_text(context, expected, [payment])
    assert_valid(text, context.profile.format)
    start, end = text.index(_OPEN), text.index(_CLOSE) + len(_CLOSE)
    return text[:start], text[start:end], text[end:]


def _marked(shape: Shape, profile: BankProfile, marks: dict[str, str]) -> Instruction:
    optional = {name: marks[name] if name in shape.filled else None for name in _OPTIONAL}
    return Instruction(
        end_to_end_id=marks["end_to_end_id"],
        instruction_id_text=marks["instruction_id_text"],
        amount_minor=_MARK_MINOR,
        currency=profile.currency,
        creditor_name=marks["creditor_name"],
        account=marks["account"],
        account_kind=shape.account_kind,
        agent_scheme=shape.agent_scheme,
        **optional,
    )


def _cut(text: str, marks: dict[str, str]) -> Template:
    places = sorted(
        (text.index(f">{mark}<") + 1, name) for name, mark in marks.items() if f">{mark}<" in text
    )
    texts: list[str] = []
    at = 0
    for start, name in places:
        texts.append(text[at:start])
        at = start + len(marks[name])
    texts.append(text[at:])
    return Template(tuple(texts), tuple(name for _, name in places))


def frame(context: FileContext, expected: Expected) -> tuple[bytes, bytes]:
    """Return what stands before the first and behind the last payment of a file."""
    plain = _marked(Shape(frozenset(), "OTHER", None), context.profile, _MARKS)
    head, _, end = _rendered_once(context, expected, plain)
    return head.encode(), end.encode()


def _specimen_context(profile: BankProfile) -> FileContext:
    instant = datetime(2000, 1, 1, tzinfo=UTC)
    return FileContext("SPECIMEN", instant, date(2000, 1, 1), profile)


def escaped(column: pa.Array) -> pa.Array:
    """Return a column of texts with what XML keeps for itself written as entities."""
    if not pc.any(pc.match_substring_regex(column, "[&<>]")).as_py():
        return column
    column = pc.replace_substring(column, "&", "&amp;")
    column = pc.replace_substring(column, "<", "&lt;")
    return pc.replace_substring(column, ">", "&gt;")
