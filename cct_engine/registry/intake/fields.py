"""What a kind of feed is made of: its fields, the rules between them, and how its rows are kept.

Field names are ours; a declaration says which column of a file holds each, and how it is written.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import sqlalchemy as sa

    from cct_engine.registry.bitemporal import Stamp
    from cct_engine.registry.intake.declaration import FeedDeclaration, Manifest

__all__ = ["FeedKind", "Field", "FieldType", "Intake", "RowRule", "Written"]


class FieldType(StrEnum):
    """How a cell is read, and what it becomes."""

    REFERENCE = "reference"
    """A number or name another system gave: text."""
    CODE = "code"
    TEXT = "text"
    NUMBER = "number"
    """An account or identity number: text, always private."""
    INTEGER = "integer"
    MONEY = "money"
    """Minor units."""
    PERCENT = "percent"
    """Hundredths of a percent, 0 to 10,000."""
    DATE = "date"
    MONTH = "month"
    """The month's first day."""
    FLAG = "flag"
    CHOICE = "choice"

    @property
    def sql(self) -> str:
        """The column type of the stage."""
        return _SQL.get(self, "text")

    @property
    def is_repetitive(self) -> bool:
        """Whether a column of it holds few different values, so that only those are looked at."""
        return self not in {FieldType.REFERENCE, FieldType.TEXT, FieldType.NUMBER, FieldType.MONEY}


_SQL = {
    FieldType.INTEGER: "bigint",
    FieldType.MONEY: "bigint",
    FieldType.PERCENT: "bigint",
    FieldType.DATE: "date",
    FieldType.MONTH: "date",
    FieldType.FLAG: "boolean",
}


class Field(NamedTuple):
    """One field of a kind of feed."""

    name: str
    type: FieldType
    required: bool = False
    private: bool = False
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


class RowRule(NamedTuple):
    """A rule about one row of the stage: an SQL condition that is true where it is broken.

    Conditions may bind ``:collected_on``.
    """

    field: str
    rule: str
    broken: str


class Written(NamedTuple):
    """What the rows that were not rejected came to."""

    loaded: int
    repeated: int
    """Rows that said nothing new."""
    withdrawn: int = 0


class Intake(NamedTuple):
    """A file being taken in: its good rows stand in ``pg_temp.stage``, one row number each."""

    connection: sa.Connection
    declaration: FeedDeclaration
    collected_on: date
    parameters: Mapping[str, object]
    """Bound by the kind's statements: known_at, issued_by, officer_id, the token's pads."""
    manifest: Manifest | None
    is_correction: bool
    """A reject file fed again: it speaks for its own rows, never for a whole window."""


class FeedKind(NamedTuple):
    """A kind of feed: households, persons, facts and the like.

    ``prepare`` finds the rows that the registry must refuse, writes them to ``pg_temp.rejection``
    and returns how many rows only repeat another row of the file; ``write`` keeps the others. Both
    see only rows that passed the fields' own checks.
    """

    name: str
    fields: tuple[Field, ...]
    rules: tuple[RowRule, ...]
    prepare: Callable[[Intake], int]
    write: Callable[[Intake, Stamp], Written]
    tables: tuple[str, ...] = ()
    """Where it writes; after a large file their statistics are taken anew."""
    own_attributes: bool = False
