"""A bank's own delimited file as data: its columns, marks, first and last line.

So the next bank's CSV is a profile and no code. A column takes its value from an instruction, from
the file's own facts, or is the same in all lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bank_adapters.model import INSTRUCTION_SCHEMA

if TYPE_CHECKING:
    from bank_adapters.profiles.model import BankProfile

__all__ = ["OF_FILE", "OF_ROW", "Column", "DelimitedTerms", "agreed", "terms_of"]

OF_ROW: Final = ("amount", "row", "spei_institution")
"""Values made for each payment besides the instruction's own: the amount with decimals, its number
from 1, and the five digits by which SPEI knows the bank of a CLABE."""
OF_FILE: Final = (
    "message_id",
    "sequence",
    "execution_on",
    "created_on",
    "count",
    "total",
    "total_minor",
)
_NUMBERS: Final = ("amount", "amount_minor")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Column(_Strict):
    """One column. Exactly one of ``source`` and ``constant`` is given."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    source: str | None = None
    constant: str | None = None
    upper: bool = False
    length_max: Annotated[int, Field(ge=1, le=140)] | None = None
    when_empty: str = ""

    @model_validator(mode="after")
    def _one_value(self) -> Column:
        if (self.source is None) == (self.constant is None):
            raise ValueError(f"column {self.name}: give either source or constant.")
        known = (*INSTRUCTION_SCHEMA.names, *OF_ROW, *OF_FILE)
        if self.source is not None and self.source not in known:
            raise ValueError(f"column {self.name}: source is one of {', '.join(known)}.")
        return self


class DelimitedTerms(_Strict):
    """What the bank's file looks like."""

    file_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.{}:%-]{1,80}$")] = "{message_id}.csv"
    """With the file's own facts in braces; {message_id}, or {execution_on} with {sequence}."""
    delimiter: Annotated[str, Field(min_length=1, max_length=2)] = ","
    quote: Literal["", '"'] = '"'
    """With none, a value that holds the delimiter is refused."""
    line_ending: Literal["\n", "\r\n"] = "\r\n"
    decimal_mark: Literal[".", ","] = "."
    date_format: Literal["%Y-%m-%d", "%Y%m%d", "%d%m%Y", "%d/%m/%Y", "%d-%m-%Y"] = "%Y-%m-%d"
    column_names: bool = True
    """Whether the first line names the columns."""
    first_line: str = ""
    last_line: str = ""
    """Lines of the file's own facts, as {count} and {total_minor}, before and after all others."""
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _is_unambiguous(self) -> DelimitedTerms:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("columns: a name stands twice.")
        if sum(column.source in _NUMBERS for column in self.columns) != 1:
            raise ValueError("columns: the amount stands in exactly one column.")
        if "{message_id}" not in self.file_name and not (
            "{execution_on" in self.file_name and "{sequence" in self.file_name
        ):
            raise ValueError("file_name: give {message_id}, or {execution_on} and {sequence}.")
        return self

    @property
    def amount_place(self) -> int:
        """The column of the amount, from 0."""
        return next(n for n, column in enumerate(self.columns) if column.source in _NUMBERS)


def terms_of(profile: BankProfile) -> DelimitedTerms:
    """Return the terms of a profile. Raises ValueError naming the key."""
    values = dict(profile.terms)
    values["columns"] = tuple(values.get("columns", ()))
    return DelimitedTerms.model_validate(values)


def agreed(profile: BankProfile) -> None:
    """Refuse terms that make no file. Raises ValueError."""
    terms = terms_of(profile)
    if profile.format == "spei.order" and (
        profile.currency != "MXN" or profile.account_kinds != ("CLABE",)
    ):
        raise ValueError(f"{profile.code}: SPEI pays MXN to CLABE accounts only.")
    if not terms.columns:
        raise ValueError(f"{profile.code}: terms: columns: the file has none.")
