"""Each component with the numbers that made it, from the statement's own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.tree import (
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Case,
    Compare,
    Constant,
    Defined,
    InList,
    Name,
    Negation,
    Node,
    Type,
)
from cct_engine.rulebook.values import format_minor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler import Compiled
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["workings"]


def workings(rulebook: Rulebook, compiled: Compiled, row: Mapping[str, Any]) -> dict[str, str]:
    """Return, for each component that is due, its expression, with numbers, and its amount."""
    values = {read.name: read.value for read in compiled.parameters_read}
    found: dict[str, str] = {}
    for number, component in enumerate(rulebook.law.components):
        columns = [c for c in row if c == component.code or _is_month_of(c, component.code)]
        due = sum(row[column] for column in columns)
        if due == 0 and not component.keep_zero:
            continue
        amount = rulebook.expression("components", number, "amount")
        writing = _Writing(rulebook, values, row, component.code)
        plain, filled = component.amount, writing.write(amount)
        if component.each != "household":
            filled = f"{filled} for each {component.each} counted"
        shown = format_minor(due, currency=rulebook.currency)
        found[component.code] = f"{plain} = {filled} = {shown} ({component.law})"
    return found


def _is_month_of(column: str, code: str) -> bool:
    head, _, tail = column.partition(" ")
    return head == code and len(tail) == len("2026-09") and tail[4:5] == "-"


class _Writing:
    """Writes an expression with the household's own numbers in it."""

    def __init__(
        self, rulebook: Rulebook, values: Mapping[str, str], row: Mapping[str, Any], code: str
    ) -> None:
        self.rulebook = rulebook
        self.values = values
        self.row = row
        self.code = code

    def write(self, node: Node) -> str:
        """Return a node in words and numbers."""
        match node:
            case Defined(node=inner):
                return self.write(inner)
            case Constant(value=value):
                return str(value)
            case Name():
                return self._name(node)
            case Arithmetic(operator=sign, left=left, right=right):
                return f"{self.write(left)} {sign} {self.write(right)}"
            case Call(function=function, arguments=arguments):
                told = ", ".join(self.write(argument) for argument in arguments)
                return f"{function}({told})"
            case _:
                return self._test(node)

    def _test(self, node: Node) -> str:
        match node:
            case Compare(operator=sign, left=left, right=right):
                told = f"{self.write(left)} {sign} {self.write(right)}"
            case InList(item=item, values=values):
                told = f"{self.write(item)} in ({', '.join(str(v.value) for v in values)})"
            case AllOf(parts=parts):
                told = " and ".join(self.write(part) for part in parts)
            case AnyOf(parts=parts):
                told = " or ".join(self.write(part) for part in parts)
            case Negation(part=part):
                told = f"not {self.write(part)}"
            case Case(branches=branches, otherwise=otherwise):
                each = [f"{self.write(then)} if {self.write(when)}" for when, then in branches]
                told = f"({', '.join([*each, self.write(otherwise)])})"
            case _:
                told = ""
        return told

    def _name(self, node: Name) -> str:
        if node.of == "parameter":
            return self.values.get(node.name, node.name)
        column = {"household": f"h_{node.name}", "component": node.name}.get(node.of, node.name)
        if node.of == "extra":
            column = f"{self.code} {node.name}"
        if column not in self.row:
            return node.name
        value = self.row[column]
        if node.type is Type.MONEY:
            return format_minor(value, currency=self.rulebook.currency)
        return str(value)
