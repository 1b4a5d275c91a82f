"""The sections that say what is known: head, conventions, attributes, facts, parameters, tables."""

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from cct_engine.rulebook.values import Duration, read_date, read_duration, read_percent

__all__ = [
    "Attribute",
    "Conventions",
    "CycleForm",
    "Dated",
    "DatedRows",
    "Day",
    "Fact",
    "Name",
    "Parameter",
    "Percent",
    "Rounding",
    "RoundingMode",
    "SchoolYear",
    "Section",
    "Span",
    "Table",
]

RoundingMode = Literal["half_up", "half_even", "down", "up"]


def _day(value: Any) -> date:
    try:
        return read_date(value)
    except ValueError as error:
        raise PydanticCustomError("RB-006", "{why}", {"why": str(error)}) from error


def _span(value: Any) -> Duration:
    try:
        return read_duration(value)
    except ValueError as error:
        raise PydanticCustomError("RB-006", "{why}", {"why": str(error)}) from error


def _percent(value: Any) -> Fraction:
    try:
        return read_percent(value)
    except ValueError as error:
        raise PydanticCustomError("RB-021", "{why}", {"why": str(error)}) from error


Day = Annotated[date, BeforeValidator(_day)]
Span = Annotated[Duration, BeforeValidator(_span)]
Percent = Annotated[Fraction, BeforeValidator(_percent)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
MonthName = Literal[
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
]

_CYCLE_MONTHS = {
    "month": 1,
    "two_months": 2,
    "quarter": 3,
    "four_months": 4,
    "half_year": 6,
    "year": 12,
}


class Section(BaseModel):
    """A part of a rulebook: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class CycleForm(Section):
    """How many months one cycle pays for, and in which months cycles start."""

    every: Literal["month", "two_months", "quarter", "four_months", "half_year", "year"]
    starts: tuple[MonthName, ...] = get_args(MonthName)

    @property
    def months(self) -> int:
        """Return the months one cycle covers."""
        return _CYCLE_MONTHS[self.every]


class SchoolYear(Section):
    """The month the school year starts in."""

    starts: MonthName


class Rounding(Section):
    """How a share is rounded: the mode, and the smallest amount there is."""

    mode: RoundingMode
    unit: str | int


class Conventions(Section):
    """What the law leaves open and the programme decided; see the page on the rule language."""

    leap_birthday: Literal["mar_1", "feb_28"]
    month_of_death: Literal["due", "not_due", "by_days"]
    entry_month: Literal["full", "none", "by_days"]
    exit_month: Literal["full", "none", "by_days"]
    new_payee: Literal["at_once", "next_cycle"]
    rounding: Rounding
    counted: str | None = None


class Attribute(Section):
    """An own attribute, and what its absence means."""

    type: Literal["money", "int", "bool", "date", "code"]
    absent: str | int | bool
    values: tuple[str, ...] = ()


class Fact(Section):
    """A kind of fact that feeds bring: about whom, how often, how several are added up."""

    of: Literal["household", "member"]
    per: Literal["month", "year"]
    measure: Literal["ratio", "count", "sum", "date"]
    reasons: tuple[str, ...] = ()
    feed: Literal["complete", "exceptions_only"] = "complete"


class Dated(Section):
    """A value from a day on, inclusive, until the next one, with the law that says so."""

    from_: Day = Field(alias="from")
    value: str | int | None
    law: str
    unsure: str = ""


class Parameter(Section):
    """A number of the law over time. ``fixed_by``: the household's own date decides and stays."""

    type: Literal["money", "int", "percent", "power", "date"]
    values: tuple[Dated, ...] = Field(min_length=1)
    fixed_by: str | None = None


class DatedRows(Section):
    """The rows of a table from a day on; one nesting level per key."""

    from_: Day = Field(alias="from")
    law: str
    rows: dict[str, Any]
    unsure: str = ""


class Table(Section):
    """Amounts by exact codes. ``missing: error``: a code not listed holds the household."""

    keys: tuple[str, ...] = Field(min_length=1)
    type: Literal["money", "int"]
    missing: str | int
    values: tuple[DatedRows, ...] = Field(min_length=1)
