"""A chunk of cells against the feed's contract: typed columns of good rows, and what is wrong.

The contract is a pandera schema made from the fields and the declaration. pandera checks the
columns of each file by it; rows are checked by the same rules in Arrow, because pandera needs
four times as long for them (measured: 0.77 s against 0.18 s for a million rows of six columns)
and would only tell that a cell is wrong, not what it means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cct_engine.registry.intake.declaration import ColumnForm
from cct_engine.registry.intake.fields import Field, FieldType
from cct_engine.registry.intake.findings import RefusedFeed
from cct_engine.registry.intake.parse import parse_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cct_engine.registry.intake.declaration import FeedDeclaration
    from cct_engine.registry.intake.fields import FeedKind
    from cct_engine.registry.intake.rows import Chunk

__all__ = ["Checked", "Contract", "StageColumn"]

# A finding shows short numbers and dates only: in a row shifted by a cell, anything else may be
# a name or an account. The reject file has the row.
_SHOWN: Final = r"^[0-9][0-9.,:/%-]{0,9}$"
_OWN_TYPES: Final = {
    "int": FieldType.INTEGER,
    "money": FieldType.MONEY,
    "bool": FieldType.FLAG,
    "date": FieldType.DATE,
    "code": FieldType.CODE,
}


class StageColumn(NamedTuple):
    """A column of the stage: a field, how it is written, and where."""

    field: Field
    form: ColumnForm


class Checked(NamedTuple):
    """What a chunk came to."""

    good: pa.Table
    """row_number and the stage's columns."""
    rejections: pa.Table
    """row_number, column_name, rule, value; one row per broken rule."""
    aside: pa.Table
    """reference: what the rejected rows are about, where that can be told."""


class Contract:
    """A kind's fields as one declaration writes them."""

    def __init__(self, kind: FeedKind, declaration: FeedDeclaration) -> None:
        self.declaration = declaration
        self.columns = tuple(_stage_columns(kind, declaration))

    @property
    def date_formats(self) -> dict[str, str]:
        """Per column of the file: how a date is written."""
        return {
            column.form.column: self.declaration.written_as(column.field.name, column.field.type)
            for column in self.columns
            if column.form.column
        }

    @property
    def column_of_field(self) -> dict[str, str]:
        """Per field: the file's name for it."""
        return {c.field.name: c.form.column or c.field.name for c in self.columns}

    def pandera_schema(self) -> Any:
        """Return the contract for people who check a file before they send it.

        Holds the columns, and for each the pattern its cells must match.
        """
        import pandera.pandas as pa_schema  # noqa: PLC0415 - half a second, and only for this

        return pa_schema.DataFrameSchema(
            {
                column.form.column: pa_schema.Column(
                    str, _pattern_checks(column, pa_schema), required=not column.form.optional
                )
                for column in self.columns
                if column.form.column
            },
            strict=False,
            name=self.declaration.feed,
        )

    def check_columns(self, cells: pa.Table) -> None:
        """Refuse a file whose columns are not those of the contract."""
        import pandera.errors  # noqa: PLC0415 - two seconds that only an intake pays

        frame = cells.slice(0, 0).to_pandas(types_mapper=_as_str)
        try:
            self.pandera_schema().validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            wrong = ", ".join(sorted({str(case) for case in error.failure_cases["failure_case"]}))
            raise RefusedFeed(
                f"The columns are not those of feed {self.declaration.feed}: {wrong}."
            ) from None

    def check(self, chunk: Chunk) -> Checked:
        """Read every cell of a chunk; a row with a fault is rejected whole, all its faults told."""
        rejected = chunk.short | chunk.long
        rejections = list(_ragged(chunk))
        stage: dict[str, pa.Array] = {"row_number": pa.array(chunk.row_numbers, pa.int32())}
        ragged = rejected.copy()
        for column in self.columns:
            cells = _cells(chunk, column)
            if cells is None:
                continue
            parsed = parse_column(cells, column.field, column.form, self.declaration)
            stage[column.field.name] = parsed.values
            for fault in parsed.faults:
                rows = fault.rows & ~ragged
                rejected |= rows
                rejections.append(_rejections(chunk, column, cells, fault.rule, rows))
        good = pa.table(stage)
        about = stage[self.columns[0].field.name]
        aside = pa.table({"reference": about.filter(pa.array(rejected)).cast(pa.string())})
        if rejected.any():
            good = good.filter(pa.array(~rejected))
        return Checked(good, pa.concat_tables([_NONE, *rejections]), aside)


def _stage_columns(kind: FeedKind, declaration: FeedDeclaration) -> Iterator[StageColumn]:
    known = {field.name for field in kind.fields}
    strange = sorted(set(declaration.columns) - known)
    if strange:
        raise ValueError(
            f"Feed {declaration.feed} declares field {strange[0]!r}, which kind {kind.name} has "
            f"not. It has: {', '.join(sorted(known))}."
        )
    if declaration.attributes and not kind.own_attributes:
        raise ValueError(f"Feed {declaration.feed}: kind {kind.name} takes no own attributes.")
    for field in kind.fields:
        form = declaration.form(field.name)
        if form is None and field.required:
            raise ValueError(
                f"Feed {declaration.feed} must declare where field {field.name!r} stands."
            )
        yield StageColumn(field, form or ColumnForm())
    for name, own in declaration.attributes.items():
        if name in known:
            raise ValueError(
                f"Feed {declaration.feed}: attribute {name!r} is a field; declare it there."
            )
        form = ColumnForm(column=own.column, optional=own.optional)
        yield StageColumn(Field(name, _OWN_TYPES[own.type]), form)


def _cells(chunk: Chunk, column: StageColumn) -> pa.Array | None:
    """The cells of a field, or None if this file does not have it: the stage then holds nulls."""
    if column.form.column is None:
        if column.form.constant is None:
            return None
        return pa.repeat(pa.scalar(column.form.constant, pa.string()), len(chunk.row_numbers))
    if column.form.column not in chunk.cells.column_names:
        return None
    found = chunk.cells.column(column.form.column).combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


# Not from lists: for the first of these Arrow loads pandas, half a second of every command.
_NONE: Final = pa.table(
    {
        "row_number": pa.nulls(0, pa.int32()),
        "column_name": pa.nulls(0, pa.string()),
        "rule": pa.nulls(0, pa.string()),
        "value": pa.nulls(0, pa.string()),
    }
)


def _ragged(chunk: Chunk) -> Iterator[pa.Table]:
    for rule, rows in (("too_few_cells", chunk.short), ("too_many_cells", chunk.long)):
        if rows.any():
            yield _told(chunk.row_numbers[rows], "", rule, None)


def _rejections(
    chunk: Chunk, column: StageColumn, cells: pa.Array, rule: str, rows: np.ndarray
) -> pa.Table:
    hidden = column.field.private or column.field.type is FieldType.NUMBER
    shown = None
    if not hidden:
        shown = cells.filter(pa.array(rows))
        shown = pc.if_else(pc.match_substring_regex(shown, _SHOWN), shown, "")
    return _told(chunk.row_numbers[rows], column.field.name, rule, shown)


def _told(row_numbers: np.ndarray, field: str, rule: str, shown: pa.Array | None) -> pa.Table:
    count = len(row_numbers)
    blank = pa.repeat(pa.scalar("", pa.string()), count)
    columns = [
        pa.array(row_numbers, pa.int32()),
        pa.repeat(pa.scalar(field, pa.string()), count),
        pa.repeat(pa.scalar(rule, pa.string()), count),
        blank if shown is None else shown,
    ]
    return pa.table(columns, names=_NONE.column_names)


_PATTERNS: Final = {
    FieldType.REFERENCE: r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}",
    FieldType.CODE: r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}",
    FieldType.TEXT: r"[^=+\-@\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,199}",
    FieldType.NUMBER: r"[A-Za-z0-9+][A-Za-z0-9 ._@/+-]{0,63}",
    FieldType.INTEGER: r"-?[0-9]{1,9}",
    FieldType.FLAG: r"(?i:true|false|1|0|yes|no)",
}


def _pattern_checks(column: StageColumn, pa_schema: Any) -> list[Any]:
    pattern = _PATTERNS.get(column.field.type)
    if column.field.type is FieldType.CHOICE and column.form.values is None:
        pattern = "|".join(re.escape(choice) for choice in column.field.choices)
    if pattern is None:
        return []
    required = column.field.required if column.form.required is None else column.form.required
    return [pa_schema.Check.str_matches(f"^(?:{pattern}){'' if required else '?'}$")]


def _as_str(kind: pa.DataType) -> Any:
    import pandas as pd  # noqa: PLC0415 - only an intake pays for the import

    return pd.StringDtype("pyarrow", na_value=np.nan) if pa.types.is_string(kind) else None
