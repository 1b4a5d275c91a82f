"""A feed's declaration: who sends it, how it is written, which column is which field.

YAML 1.2, read strictly: unknown keys, double keys and wrong types are refused. Everything that
differs between senders of one kind of feed stands here and nowhere in code.
"""

from __future__ import annotations

import codecs
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cct_engine.registry.intake.fields import FieldType

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "ColumnForm",
    "FactKind",
    "FeedDeclaration",
    "Manifest",
    "parse_declaration",
    "read_declaration",
]

_DECLARATION_BYTES_MAX: Final = 1 << 20

Text = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ColumnForm(_Strict):
    """Where a field stands in the file and how it is written; unset: as the whole file."""

    column: Text | None = None
    constant: Text | None = None
    """For every row, in place of a column."""
    optional: bool = False
    """The file may lack the column; then it says nothing."""
    required: bool | None = None
    """Whether each row must have a value; unset: as the kind says."""
    date: Text | None = None
    decimal: Literal[".", ","] | None = None
    missing: list[str] | None = None
    values: dict[str, str] | None = None
    """What the file writes → what we call it."""
    digits: int | None = Field(default=None, ge=1, le=40)
    """The number of digits such a number has."""
    restore_zeros: bool = False
    """Shorter numbers get their leading zeros back; otherwise they are rejected."""
    percent: Literal["whole", "fraction"] = "whole"
    least: int | None = None
    most: int | None = None


class OwnAttribute(_Strict):
    """An own attribute of a programme: its column and type; kept under its name."""

    column: Text
    type: Literal["int", "money", "bool", "date", "code"]
    optional: bool = False


class FactKind(_Strict):
    """What a kind of fact is about and how its numbers add up."""

    subject: Literal["person", "household", "pregnancy"]
    measure: Literal["ratio", "count", "sum", "date"]


class FeedDeclaration(_Strict):
    """One feed as one sender sends it."""

    feed: Code
    kind: Code
    title: Text
    source: Code
    basis: Literal["declared", "document_seen", "visited", "register_match", "imputed"] = "declared"
    references: Code = "registry"
    """The source whose numbers for households and persons stand in the file."""
    encoding: Text = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    date: Text = "%Y-%m-%d"
    month: Text = "%Y-%m"
    minor_digits: int = Field(default=2, ge=0, le=4)
    """Decimals of the money in the file."""
    missing: list[str] = [""]
    """What stands where nothing is known. 'NA' is text unless it is named here."""
    columns: dict[Code, Text | ColumnForm]
    attributes: dict[Code, OwnAttribute] = {}
    facts: dict[Code, FactKind] = {}
    article: str = ""
    """By which article (or order) the sender decides who enters and leaves a list."""
    exceptions_only: bool = False
    """A subject that is not in the file complied."""
    resend: Literal["adds", "replaces_window"] = "adds"
    """What a facility's second file for a month means for rows it no longer has."""
    conflicts: Literal["reject", "last_wins"] = "reject"
    """Two rows of one file about the same thing, with different values."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"{value!r} is no encoding that Python knows") from None

    def form(self, field: str) -> ColumnForm | None:
        """Return how a field is written, or None if this feed does not have it."""
        found = self.columns.get(field)
        return ColumnForm(column=found) if isinstance(found, str) else found

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The columns the file must have, each once."""
        forms: list[ColumnForm | OwnAttribute | None] = [self.form(name) for name in self.columns]
        forms += self.attributes.values()
        named = [form.column for form in forms if form and form.column and not form.optional]
        return tuple(dict.fromkeys(named))

    @cached_property
    def optional_names(self) -> tuple[str, ...]:
        """The columns the file may have."""
        forms: list[ColumnForm | OwnAttribute | None] = [self.form(name) for name in self.columns]
        forms += self.attributes.values()
        return tuple(form.column for form in forms if form and form.column and form.optional)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of what is declared: it stands with every file taken in under it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def written_as(self, name: str, type_: FieldType) -> str:
        """Return the date format of a field, for cells that come as dates and not as text."""
        form = self.form(name)
        if form is not None and form.date:
            return form.date
        return self.month if type_ is FieldType.MONTH else self.date


class Manifest(_Strict):
    """What the sender says about a file, beside it: checked before a row is loaded."""

    rows: int | None = Field(default=None, ge=0)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    facilities: tuple[str, ...] = ()
    """Facilities that have reported, also those of whom an exceptions-only file has no row."""
    months: tuple[Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")], ...] = ()
    """Months they have reported for, as 2026-09; those of the file's rows need not be named."""


def read_declaration(path: Path) -> FeedDeclaration:
    """Read a declaration file. Raises ValueError naming the file and what is wrong in it."""
    if path.stat().st_size > _DECLARATION_BYTES_MAX:
        raise ValueError(
            f"{path}: a declaration is a page of YAML, not {path.stat().st_size} bytes."
        )
    return parse_declaration(path.read_text(encoding="utf-8"), name=path.name)


def parse_declaration(text: str, *, name: str) -> FeedDeclaration:
    """Read a declaration's text; ``name`` stands in error texts."""
    try:
        content = YAML(typ="safe", pure=True).load(text)
        return FeedDeclaration.model_validate(content)
    except YAMLError as error:
        raise ValueError(f"{name} is no YAML: {error}") from None
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'the file'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise ValueError(f"{name} declares a feed wrongly – {places}.") from None
