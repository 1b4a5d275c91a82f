"""Checks of tests: one that holds of nobody, or of everybody, was meant otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler import NotInForce
from cct_engine.rulebook.compiler.parameters import Parameters
from cct_engine.rulebook.tree import (
    AllOf,
    AnyOf,
    Call,
    Compare,
    Constant,
    Defined,
    InList,
    Name,
    Node,
    Type,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["check_tests"]

_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OLDEST = {"age_at": 130, "age_months_at": 130 * 12}


def check_tests(checked: Checked, rulebook: Rulebook) -> None:
    """Refuse tests whose parts exclude or complete each other, and ages that nobody reaches.

    Asked with the values of every day on which one begins.
    """
    values = Parameters(rulebook)
    days = {dated.from_ for p in rulebook.law.parameters.values() for dated in p.values}
    told: set[str] = set()
    for path, tree in rulebook.expressions.items():
        for node in walk(tree):
            found = list(_too_old(node))
            for day in sorted(days):
                found += _Parts(values, day).told(node)
            for message, instead in found:
                if message not in told:  # a definition is read in many places
                    told.add(message)
                    _refuse(checked, path, message, instead)


def _refuse(checked: Checked, path: Path, message: str, instead: str) -> None:
    checked.refuse(path, "RB-059", message, instead)


def _too_old(node: Node) -> Iterator[tuple[str, str]]:
    if not isinstance(node, Compare):
        return
    for age, years in ((node.left, node.right), (node.right, node.left)):
        if not (isinstance(age, Call) and isinstance(years, Constant)):
            continue
        most = _OLDEST.get(age.function)
        if most is not None and isinstance(years.value, int) and years.value > most:
            unit = "years" if age.function == "age_at" else "months"
            yield f"Nobody is {years.value} {unit} old.", f"An age of {most} {unit} at most."


@dataclass(slots=True)
class _Parts:
    """What the parts of a test say of one thing each, on one day."""

    values: Parameters
    day: date
    lows: dict[Node, int] = field(default_factory=dict)
    highs: dict[Node, int] = field(default_factory=dict)
    codes: dict[Node, list[set[object]]] = field(default_factory=dict)

    def told(self, node: Node) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a test, and what to write instead."""
        match node:
            case AllOf():
                for part in _flat(node, AllOf):
                    self._read(part, holds=True)
                yield from self._excluded()
            case AnyOf():
                for part in _flat(node, AnyOf):
                    self._read(part, holds=False)
                yield from self._completed()

    def _read(self, part: Node, *, holds: bool) -> None:
        """Note a part; of one of several ways, what it leaves open."""
        if isinstance(part, InList) and holds:
            listed: set[object] = {value.value for value in part.values}
            self.codes.setdefault(part.item, []).append(listed)
        if not isinstance(part, Compare):
            return
        item, value, sign = part.left, self._value(part.right), part.operator
        if value is None:
            item, value, sign = part.right, self._value(part.left), _FLIPPED[sign]
        if value is None or self._value(item) is not None:
            return
        if not holds:
            sign = _LEFT_OPEN[sign]
        if isinstance(value, int):
            low, high = value + (sign == ">"), value - (sign == "<")
            if sign in {"=", ">", ">="}:
                self.lows[item] = max(low, self.lows.get(item, low))
            if sign in {"=", "<", "<="}:
                self.highs[item] = min(high, self.highs.get(item, high))
        elif sign == "=":
            self.codes.setdefault(item, []).append({value})

    def _value(self, node: Node) -> int | str | None:
        match node:
            case Constant(value=value) if node.type in {Type.INT, Type.CODE}:
                return value if isinstance(value, int | str) else None
            case Name(of="parameter", name=name):
                if self.values.rulebook.law.parameters[name].fixed_by is not None:
                    return None
                try:
                    found = self.values.at(name, self.day)
                except NotInForce:
                    return None
                return found if isinstance(found, int) else None
        return None

    def _excluded(self) -> Iterator[tuple[str, str]]:
        for item, low in self.lows.items():
            high = self.highs.get(item, low)
            if high < low:
                message = f"This holds of nobody: `{_said(item)}` is never both {low} or more and "
                yield f"{message}{high} or less.", f"BETWEEN {high} AND {low}, or OR for AND."
        for item, sets in self.codes.items():
            if len(sets) > 1 and not set.intersection(*sets):
                codes = ", ".join(f"'{code}'" for code in sorted(map(str, set.union(*sets))))
                message = f"This holds of nobody: `{_said(item)}` is one of {codes} at a time."
                yield message, f"{_said(item)} IN ({codes}), or OR for AND."

    def _completed(self) -> Iterator[tuple[str, str]]:
        for item, low in self.lows.items():
            high = self.highs.get(item, low)
            if high < low:
                message = f"This holds of everybody: `{_said(item)}` is always {high + 1} or more, "
                yield f"{message}or {low - 1} or less.", "AND for OR, or TRUE."
        for item, sets in self.codes.items():
            if len(sets) > 1 and not set.intersection(*sets):
                codes = ", ".join(f"'{code}'" for code in sorted(map(str, set.union(*sets))))
                message = f"This holds of everybody: `{_said(item)}` is never all of {codes}."
                yield message, f"NOT {_said(item)} IN ({codes}), or AND for OR."


_LEFT_OPEN = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
"""What is left to the other ways where one does not hold."""


def _flat(node: Node, kind: type[AllOf | AnyOf]) -> Iterator[Node]:
    """Yield the parts of a test, those of definitions that join in the same way among them."""
    inner = node.node if isinstance(node, Defined) else node
    if isinstance(inner, kind):
        for part in inner.parts:
            yield from _flat(part, kind)
    else:
        yield inner


def _said(node: Node) -> str:
    if isinstance(node, Call):
        return f"{node.function}(…)"
    return node.name if isinstance(node, Name | Defined) else "this"
