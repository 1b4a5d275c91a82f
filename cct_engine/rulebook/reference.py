"""The reference of the language, written from the model itself: it cannot be out of date."""

from __future__ import annotations

import inspect
import types
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from cct_engine.rulebook.functions import FUNCTIONS
from cct_engine.rulebook.model import Law
from cct_engine.rulebook.names import BUILT_IN_NAMES, MOMENT_NAMES, STANDING_NAMES
from cct_engine.rulebook.values import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

__all__ = ["reference"]

_WORDS: Final = {
    str: "text",
    int: "number",
    bool: "true or false",
    date: "day",
    Duration: "length of time",
    Fraction: "share",
    Any: "rows",
}
_HEAD: Final = """# The rulebook language

This page is written by `cct programme reference` from the language itself. A law is one YAML file;
its sections are the tables below. The [tutorial](tutorial.md) writes one from nothing.

Reading is strict: a key nobody knows, a key given twice, an anchor, a number with a point where no
amount may stand are refused with line and column. Amounts are written in major units (`600.00`),
shares with their sign (`85 %`), days as `2026-09-01`, lengths as `24 months`, `60 days` or
`2 cycles`. A value holds from its day on, inclusive, until the next one.
"""
_EXPRESSIONS: Final = """## Expressions

`where`, `when`, `amount` and their like are expressions: names, whole numbers, `'codes'`, days
(`DATE '2025-06-01'`), `+ - *`, comparisons (`= <> < <= > >=`), `BETWEEN … AND …`, `IN (…)`, `AND`,
`OR`, `NOT`, `CASE WHEN … THEN … ELSE … END`, and the functions below. There is no division, no
null, no text operation, and no amount or percentage in an expression: those are parameters. An
expression with a comma inside `{…}` must stand in quotes.

| function | meaning |
|---|---|"""
_MEANINGS: Final = {
    "age_at": "completed years on a day of the cycle, month or window; only compared",
    "age_months_at": "completed months on such a day; only compared",
    "all_of": "whether a test holds for all members (or pregnancies); of none: true",
    "any_of": "whether a test holds for one of the members (or pregnancies)",
    "at_least": "the larger of two",
    "at_most": "the smaller of two",
    "balance": "open money of earlier cycles of a kind (held, withheld, …) and component",
    "count_of": "how many members (or pregnancies) pass a test",
    "days_between": "days from the first day to the second",
    "event": "whether a decision of this code is in force",
    "event_on": "the day of that decision",
    "in_programme": "whether the household is enrolled in another programme",
    "is_judged": "whether a condition was judged for this subject",
    "is_met": "whether a condition was met by this subject",
    "known": "whether an attribute has a value",
    "lookup": "the value of a table for these codes or whole numbers",
    "max_of": "the largest value among members (or pregnancies)",
    "min_of": "the smallest value among members (or pregnancies)",
    "months_between": "calendar months from the first day to the second",
    "months_since": "calendar months from a day to the cycle",
    "paid_count": "how many lines of a component were paid before",
    "paid_sum": "how much of a component was paid before",
    "ratio_of": "an amount times a number, divided by a number, rounded",
    "reported": "what was reported to a condition on a count or sum, added up over its window",
    "round_to": "an amount rounded to a unit: `round_to(x, 2.00, up)`",
    "scaled": "an amount times a number of people to a power: `scaled(base, children, power)`",
    "share": "a percentage of an amount, rounded as the law says or as written",
    "sum_of": "the sum of an amount over members (or pregnancies)",
    "top_up": "what is missing to a floor",
}


def reference() -> str:
    """Return the whole reference as Markdown."""
    parts = [_HEAD, *_sections(), _EXPRESSIONS]
    parts += [f"| `{name}` | {_MEANINGS.get(name, '')} |" for name in sorted(FUNCTIONS)]
    parts += ["", *_names()]
    return "\n".join(parts).rstrip() + "\n"


def _sections() -> Iterator[str]:
    """Yield each section of the model once, in the order it is first met."""
    waiting: list[type[BaseModel]] = [Law]
    told: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop(0)
        if model in told:
            continue
        told.add(model)
        yield from _section(model)
        for field in model.model_fields.values():
            waiting += _models(field.annotation)


def _section(model: type[BaseModel]) -> Iterator[str]:
    title = "The file" if model is Law else _spaced(model.__name__)
    yield f"## {title}\n"
    yield inspect.cleandoc(model.__doc__ or "") + "\n"
    yield "| key | value | without it |"
    yield "|---|---|---|"
    for name, field in model.model_fields.items():
        yield f"| `{field.alias or name}` | {_type(field.annotation)} | {_default(field)} |"
    yield ""


def _spaced(name: str) -> str:
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in name).strip()
    return words.capitalize()


def _type(kind: Any) -> str:
    """Return an annotation in words."""
    origin, inner = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        return _type(inner[0])
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in inner)
    if origin in {Union, types.UnionType}:
        words = (_type(one) for one in inner if one is not type(None))
        return " or ".join(dict.fromkeys(words))
    if origin in {tuple, dict}:
        return f"list of {_type(inner[0])}" if origin is tuple else f"by name: {_type(inner[1])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        title = _spaced(kind.__name__).lower()
        return f"[{title}](#{title.replace(' ', '-')})"
    return _WORDS.get(kind, str(kind))


def _models(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for inner in get_args(kind) for model in _models(inner)]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "refused"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}) or isinstance(value, BaseModel):
        return "–"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _names() -> Iterator[str]:
    yield "## Names every programme knows\n"
    yield "| name | type | when it is not known |"
    yield "|---|---|---|"
    for noun, names in BUILT_IN_NAMES.items():
        for name, known in names.items():
            absent = str(known.absent).lower() if isinstance(known.absent, bool) else known.absent
            yield f"| `{noun}.{name}` | {known.type.value} | `{absent}` |"
    for name, kind in STANDING_NAMES.items():
        yield f"| `standing.{name}` | {kind.value} | – |"
    for moment in ("cycle", "month", "window"):
        for name, kind in MOMENT_NAMES.items():
            yield f"| `{moment}.{name}` | {kind.value} | – |"
