"""The state of one compilation: what is being compiled, and the layers written so far."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cct_engine.rulebook.compiler.emit import Emitter
from cct_engine.rulebook.compiler.moment import Moment
from cct_engine.rulebook.compiler.needs import Needs
from cct_engine.rulebook.compiler.parameters import Parameters
from cct_engine.rulebook.compiler.place import Place
from cct_engine.rulebook.vocabulary import known_attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = [
    "UNION_ALL",
    "Columns",
    "Layer",
    "Plan",
    "folded",
    "in_order",
    "inner_layers",
    "layered",
    "named_in",
    "pruned",
    "select",
    "with_chain",
]


UNION_ALL = "\nUNION ALL\n"
"""Between the SELECTs of an outlet: each names what it reads by itself."""
_LITERAL = re.compile(r"'[^']*'")
_ALL_COLUMNS = re.compile(r"\.\*|SELECT\s+\*")

Columns: TypeAlias = "dict[str, tuple[str, frozenset[str]]]"
"""Columns by name: their SQL, and the names of other columns of the mapping that it reads."""


class Layer(NamedTuple):
    """One named SELECT of the chain. ``stored``: read more than once, so worth keeping.

    ``choice``: its columns by name where those that nobody reads can be left out; then ``sql`` is
    the rest of the SELECT, from FROM on.
    """

    name: str
    sql: str
    stored: bool = False
    choice: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One rulebook, one cycle."""

    rulebook: Rulebook
    cycle: Month
    moment: Moment
    needs: Needs
    parameters: Parameters
    emitter: Emitter

    @classmethod
    def of(cls, rulebook: Rulebook, cycle: Month) -> Plan:
        """Return an empty plan."""
        needs = Needs(known_attributes(rulebook.law), cycle)
        parameters = Parameters(rulebook)
        emitter = Emitter(rulebook, cycle, needs, parameters)
        moment = Moment.of_cycle(cycle, rulebook.cycle_months)
        return cls(rulebook, cycle, moment, needs, parameters, emitter)

    @property
    def law(self) -> Law:
        """Return the law being compiled."""
        return self.rulebook.law

    def test(
        self,
        *path: str | int,
        subject: str = "household",
        moment: Moment | None = None,
        early: bool = False,
    ) -> str:
        """Return the SQL predicate of the expression at a path; ``early``: before any judgement."""
        place = Place(subject, moment or self.moment, grouped=early)
        return self.emitter.test(self.rulebook.expression(*path), place)

    def value(
        self, *path: str | int, subject: str = "household", moment: Moment | None = None
    ) -> str:
        """Return the SQL value of the expression at a path."""
        place = Place(subject, moment or self.moment)
        return self.emitter.value(self.rulebook.expression(*path), place)


def pruned(layers: Sequence[Layer], outlets: Sequence[str]) -> tuple[Layer, ...]:
    """Return the layers with the columns of each ``choice`` that who reads the layer names.

    From the last layer to the first: a column that a later layer leaves out is not read for it.
    """
    result: list[Layer] = []
    later = [("", select) for outlet in outlets for select in outlet.split(UNION_ALL)]
    for layer in reversed(layers):
        written = layer
        if layer.choice:
            read = named_in([name for name, _ in layer.choice], _readers(layer.name, later))
            columns = [f"{sql} AS {name}" for name, sql in layer.choice if name in read]
            sql = "SELECT\n  " + ",\n  ".join(columns) + f"\n{layer.sql}"
            written = Layer(layer.name, sql, layer.stored)
        result.append(written)
        later.append((layer.name, written.sql))
    return tuple(reversed(result))


def _readers(name: str, later: Sequence[tuple[str, str]]) -> list[str]:
    """Return the SELECTs that read a layer, at once or through others that pass all columns on.

    ``later``: the layers after it by name, the last one first, and before them the outlets.
    """
    passing, found = {name}, []
    for reader, sql in reversed(later):
        if named_in(passing, [sql]):
            found.append(sql)
            if reader and _ALL_COLUMNS.search(sql):
                passing.add(reader)
    return found


def inner_layers(sql: str, layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return the layers that are not stored and that a SELECT reads, directly or not."""
    passing = {layer.name: layer.sql for layer in layers if not layer.stored}
    inner: set[str] = set()
    texts = [sql]
    while texts:
        found = named_in(passing, [texts.pop()]) - inner
        inner |= found
        texts += [passing[name] for name in found]
    return tuple(layer for layer in layers if layer.name in inner)


def with_chain(layers: Sequence[Layer], sql: str) -> str:
    """Return a SELECT with the layers it reads before it."""
    chain = ",\n".join(f"{layer.name} AS (\n{layer.sql}\n)" for layer in layers)
    return f"WITH {chain}\n{sql}" if chain else sql


def folded(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return the stored layers, each with the layers only it reads in a WITH of its own.

    What is read once need not be kept, and one SELECT is planned faster than a tower of views.
    """
    return tuple(
        Layer(layer.name, with_chain(inner_layers(layer.sql, layers), layer.sql), stored=True)
        for layer in layers
        if layer.stored
    )


def named_in(names: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Return those of the names that a text names; quoted names are looked for as they stand.

    A word inside a literal names nothing.
    """
    text = _LITERAL.sub("", "\n".join(texts))
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))
    return frozenset(name for name in names if name in words or (name[0] == '"' and name in text))


def select(columns: Sequence[str], source: str, *, where: str = "", group_by: str = "") -> str:
    """Return a SELECT, one column a line."""
    text = "SELECT\n  " + ",\n  ".join(columns) + f"\nFROM {source}"
    if where and where != "1 = 1":
        text += f"\nWHERE {where}"
    return text + (f"\nGROUP BY {group_by}" if group_by else "")


def in_order(rows: str, keys: str) -> str:
    """Return the source of an outlet that widens its rows after they were sorted.

    Neither engine changes the order of a subquery whose rows it only writes out.
    """
    return f"(\n{rows}\nORDER BY {keys}\n) AS in_order"


def layered(
    stem: str, source: str, columns: Mapping[str, tuple[str, frozenset[str]]]
) -> tuple[list[Layer], str]:
    """Return layers that add columns to ``source``, and the name of the last one.

    ``columns``: name to (SQL, names of other columns of the mapping that the SQL reads). A column
    stands in the first layer in which all it reads is there, because PostgreSQL cannot read an
    alias of the same SELECT.
    """
    layers: list[Layer] = []
    done: set[str] = set()
    current, left = source, dict(columns)
    while left:
        ready = [name for name, (_, reads) in left.items() if not (reads & left.keys())]
        if not ready:
            raise ValueError(f"Columns of {stem} read each other: {sorted(left)}.")
        added = [f"{left[name][0]} AS {name}" for name in ready]
        name = f"{stem}_{len(layers) + 1}"
        layers.append(Layer(name, select([f"{current}.*", *added], current)))
        current = name
        done |= set(ready)
        left = {name: column for name, column in left.items() if name not in done}
    return layers, current
