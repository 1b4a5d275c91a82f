"""Expressions after checking: every node has a type, every name is known, nothing is null."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

__all__ = [
    "AllOf",
    "AnyOf",
    "Arithmetic",
    "Call",
    "Case",
    "Compare",
    "Constant",
    "Defined",
    "InList",
    "Name",
    "Negation",
    "Node",
    "Type",
    "children",
    "walk",
]


class Type(StrEnum):
    """What a value is. There is no float, no decimal, no text operation and no null."""

    MONEY = "money"
    INT = "int"
    PERCENT = "percent"
    POWER = "power"  # of a number of people, in an equivalence scale
    BOOL = "bool"
    DATE = "date"
    CODE = "code"
    AGE = "age"
    WORD = "word"  # an argument that only names something: a table, a component, a rounding mode


@dataclass(frozen=True, slots=True)
class Constant:
    """A whole number, a code, a date or a truth value written in the expression."""

    value: int | str | bool | date
    type: Type


@dataclass(frozen=True, slots=True)
class Name:
    """Something known: ``of`` says whose (household, member, parameter, component, …)."""

    of: str
    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition, inlined; its name stays for the explanation."""

    name: str
    node: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum, difference or product."""

    operator: str
    left: Node
    right: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison within one type."""

    operator: str
    left: Node
    right: Node
    type: Type = Type.BOOL


@dataclass(frozen=True, slots=True)
class InList:
    """Membership in a list of constants."""

    item: Node
    values: tuple[Constant, ...]
    type: Type = Type.BOOL


@dataclass(frozen=True, slots=True)
class AllOf:
    """True if every part is."""

    parts: tuple[Node, ...]
    type: Type = Type.BOOL


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if one part is."""

    parts: tuple[Node, ...]
    type: Type = Type.BOOL


@dataclass(frozen=True, slots=True)
class Negation:
    """True if the part is not."""

    part: Node
    type: Type = Type.BOOL


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the first branch whose test holds, else the last."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """One of the language's own functions."""

    function: str
    arguments: tuple[Node, ...]
    type: Type


Node: TypeAlias = (
    Constant
    | Name
    | Defined
    | Arithmetic
    | Compare
    | InList
    | AllOf
    | AnyOf
    | Negation
    | Case
    | Call
)


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node."""
    parts: tuple[Node, ...] = ()
    match node:
        case Defined(node=part) | InList(item=part) | Negation(part=part):
            parts = (part,)
        case Arithmetic(left=left, right=right) | Compare(left=left, right=right):
            parts = (left, right)
        case AllOf(parts=several) | AnyOf(parts=several) | Call(arguments=several):
            parts = several
        case Case(branches=branches, otherwise=otherwise):
            parts = (*(part for branch in branches for part in branch), otherwise)
        case _:
            pass
    return parts


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything in it, from the outside in."""
    yield node
    for child in children(node):
        yield from walk(child)
