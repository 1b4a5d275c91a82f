"""What all values of the API have in common, and the words that addresses are made of."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final, Self

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "Body",
    "Code",
    "Count",
    "Day",
    "Line",
    "LongNumber",
    "Minor",
    "Number",
    "Query",
    "Reason",
    "Value",
    "Whole",
    "household_path",
]

_NUMBER_MAX: Final = 2**31 - 1


class Value(BaseModel):
    """Something the API gives."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")

    @classmethod
    def of(cls, found: Any, **more: Any) -> Self:
        """Make it of a row or a value of the engine's doors, and of what is known besides."""
        if not more:
            return cls.model_validate(found)
        row = dict(found) if isinstance(found, dict) else found._asdict()
        return cls.model_validate(row | more)


class Body(BaseModel):
    """Something the API takes: every field is named, none is taken for another kind."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """What may stand behind the question mark, and nothing else."""

    model_config = ConfigDict(extra="forbid")


Minor = Annotated[int, Field(description="Minor units of the currency.")]
Count = Annotated[int, Field(ge=0)]
Code = Annotated[
    str,
    Path(
        description="A cycle, such as bolsa_familia-2026-11.",
        pattern=r"^[a-z][a-z0-9_]{1,60}-[0-9]{4}-[0-9]{2}$",
    ),
]
Number = Annotated[int, Path(ge=1, le=_NUMBER_MAX)]
Line = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A line of text of an address or a filter."""
Reason = Annotated[
    str,
    Field(
        description="So that an auditor understands it in five years; no names in it.",
        min_length=15,
        max_length=400,
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f]{2}[^\x00-\x1f\x7f]*$",
    ),
]


def _whole(value: object) -> object:
    """Take 3.0 for 3, as JSON does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _iso(value: object) -> object:
    """Take nothing for a day but its ISO text; a number would be seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a day is written 2026-12-31")
    return value


Whole = Annotated[int, Field(ge=0, le=_NUMBER_MAX), BeforeValidator(_whole)]
LongNumber = Annotated[int, Field(ge=1, le=2**53), BeforeValidator(_whole)]
"""A number of ours in a body, as long as JSON carries it exactly."""
Day = Annotated[date, BeforeValidator(_iso)]
household_path = Path(
    description="A household's number with its check digit.", pattern=r"^[0-9]{11}$"
)
