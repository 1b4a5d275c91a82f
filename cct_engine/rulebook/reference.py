"""The reference of the language, written from the model itself: it cannot be out of date."""

from __future__ import annotations

import inspect
import types
from datetime import date
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from cct_engine.rulebook.business_days import business_calendars
from cct_engine.rulebook.functions import FUNCTIONS
from cct_engine.rulebook.model import Law
from cct_engine.rulebook.months import MONTH_NAMES
from cct_engine.rulebook.names import BUILT_IN_NAMES, MOMENT_NAMES, STANDING_NAMES
from cct_engine.rulebook.reading import read_text
from cct_engine.rulebook.texts import FILLED
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
`2 cycles`. A value holds from its day on, inclusive, until the next one. Under *without it* stands
what holds where a key is left out: `refused` keys must be written, – means nothing happens.
"""
_EXPRESSIONS: Final = """## Expressions

`where`, `when`, `amount` and their like are expressions: names, whole numbers, `'codes'`, days
(`DATE '2025-06-01'`), `+ - *`, comparisons (`= <> < <= > >=`), `BETWEEN … AND …`, `IN (…)`, `AND`,
`OR`, `NOT`, `CASE WHEN … THEN … ELSE … END`, and the functions below. There is no division, no
null, no text operation, and no amount or percentage in an expression: those are parameters. An
expression with a comma inside `{…}` must stand in quotes.

An expression speaks of one subject, the household, a member or a pregnancy, and may use the
subject's attributes without their noun: `sex = 'F'` in a component of each member. The household's
attributes always need theirs: `household.area`. A parameter, table, definition or condition is
called by its name. Money is added to money, multiplied by whole numbers, and compared with money.

| function | meaning | for instance |
|---|---|---|"""
_WORDS_OF_PLACES: Final = """## Words of single places

| word | meaning |
|---|---|"""
_SCENARIOS: Final = """## Scenarios

`<programme>.scenarios.yaml` stands beside the law: `programme:` and a list `scenarios:` of
`{id, name, given, when, then}`. What is not said is favourable. `when: {cycle: 2026-04}` asks for
the cycle that pays for that month, `{cycle: 2026-04..2026-08}` for several, `{month: 2026-04}` for
that month alone of a longer cycle. What is not expected is not asked, but for `components`.
"""
_TEXTS: Final = """## Sentences

`<programme>.texts.<language>.yaml` (`en`, `hi`, `pt`, `es`) says to families what the law does:
`programme:`, `language:`, and the sentences below. `cct programme check` lists those it misses, and
words in braces that nothing fills.

| key | what it says | words |
|---|---|---|"""
_TIMES: Final = """## When things happen

1. Members are counted, then the standing is decided.
2. Reports are added up over their windows, conditions judged, ladders take their step.
3. Components are calculated in their order; limits choose, caps cut. What is left is *due*.
4. Conditions and ladders take what is forfeited, then hold, then a share is withheld.
5. Earlier money is released, lapses, or is taken back. What is left is paid now.

A line that is `not_due` leaves its place under a limit to the next child; one that is forfeited
keeps it. Parameters and tables are read on the first day of the month a line is for, or of the
cycle where the amount is for the whole cycle; thresholds on the first day of the month that bears
the effect.
"""
_CALENDARS: Final = """## Business calendars

Known: {known}.
"""


@cache
def _meanings() -> dict[str, Any]:
    """Return what each key, function and name means, as it stands beside the model."""
    file = resources.files("cct_engine.rulebook").joinpath("meanings.yaml")
    tree = read_text(file.read_text(encoding="utf-8"), file="meanings.yaml").tree
    return tree if isinstance(tree, dict) else {}


def reference() -> str:
    """Return the whole reference as Markdown."""
    told = _meanings()
    parts = [_HEAD, _TIMES, *_sections(), _EXPRESSIONS]
    for name in sorted(FUNCTIONS):
        form, meaning, example = told["functions"].get(name, (name, "", ""))
        parts.append(f"| `{form}` | {meaning} | `{example}` |")
    parts += ["", *_names(), _WORDS_OF_PLACES]
    parts += [f"| {_code(word)} | {meaning} |" for word, meaning in told["words"].items()]
    parts += ["", *_scenarios(), _TEXTS]
    for kind, meaning in told["texts"].items():
        words = ", ".join(f"`{{{word}}}`" for word in sorted(FILLED.get(kind, ())))
        parts.append(f"| `{kind}` | {meaning} | {words or '–'} |")
    parts += ["", _CALENDARS.format(known=", ".join(f"`{c}`" for c in business_calendars()))]
    return "\n".join(parts).rstrip() + "\n"


def _scenarios() -> Iterator[str]:
    yield _SCENARIOS
    for part, words in _meanings()["scenarios"].items():
        yield f"| of `{part}` | meaning |\n|---|---|"
        yield from (f"| {_code(word)} | {meaning} |" for word, meaning in words.items())
        yield ""


def _code(word: str) -> str:
    """Return a word as it is written, or what stands for any word of a kind."""
    return f"*{word}*" if " " in word else f"`{word}`"


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
    yield "| key | value | without it | meaning |"
    yield "|---|---|---|---|"
    told = _meanings()["sections"].get(model.__name__, {})
    for name, field in model.model_fields.items():
        key = field.alias or name
        value = _type(field.annotation)
        yield f"| `{key}` | {value} | {_default(field)} | {told.get(key, '')} |"
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
        words = " or ".join(f"`{word}`" for word in inner)
        return "month (`Jan`)" if inner == MONTH_NAMES else words
    if origin in {Union, types.UnionType}:
        several = (_type(one) for one in inner if one is not type(None))
        return " or ".join(dict.fromkeys(several))
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
    if value == MONTH_NAMES:
        return "every month"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _names() -> Iterator[str]:
    told = _meanings()["names"]
    yield "## Names every programme knows\n"
    yield "| name | type | when it is not known | meaning |"
    yield "|---|---|---|---|"
    for noun, names in BUILT_IN_NAMES.items():
        for name, known in names.items():
            absent = str(known.absent).lower() if isinstance(known.absent, bool) else known.absent
            shown = f"`{absent}`" if absent != "" else "–"
            word = f"{noun}.{name}"
            yield f"| `{word}` | {known.type.value} | {shown} | {told.get(word, '')} |"
    for name, kind in STANDING_NAMES.items():
        word = f"standing.{name}"
        yield f"| `{word}` | {kind.value} | – | {told.get(word, '')} |"
    yield "\n`cycle.`, `month.` and `window.` each know:\n"
    yield "| name | type | meaning |"
    yield "|---|---|---|"
    for name, kind in MOMENT_NAMES.items():
        yield f"| `{name}` | {kind.value} | {told.get(name, '')} |"
    yield ""
