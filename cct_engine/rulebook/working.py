"""Each component with the numbers that made it, from the statement's own columns and lines."""

from __future__ import annotations

from collections import Counter
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
from cct_engine.rulebook.values import format_minor, read_minor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cct_engine.rulebook.compiler import Compiled, ParameterRead
    from cct_engine.rulebook.model_money import Cap, Component
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["workings"]


def workings(
    rulebook: Rulebook,
    compiled: Compiled,
    row: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
) -> dict[str, str]:
    """Return, for each component that is due, its expression, with numbers, and its amount.

    Several lines are added up as they stand (``4 x 45.00``); what a limit leaves out and what a
    ceiling cuts is told with its law. A deduction is told as what it takes off, so that it adds up.
    """
    values: dict[str, list[ParameterRead]] = {}
    for read in sorted(compiled.parameters_read):
        values.setdefault(read.name, []).append(read)
    found: dict[str, str] = {}
    for number, component in enumerate(rulebook.law.components):
        due = _sum(row, component.code)
        if due == 0 and not component.keep_zero:
            continue
        amount = rulebook.expression("components", number, "amount")
        writing = _Writing(rulebook, compiled, values, row, component.code)
        filled = writing.write(amount)
        if component.each != "household":
            filled = f"{filled} for each {component.each} counted"
        own = [line for line in lines if line["source"] == "due" and line["due"]]
        mine = [line["due"] for line in own if line["component"] == component.code]
        taken = component.kind == "deduction"
        shown = _added(
            [-one for one in mine] if taken else mine, -due if taken else due, rulebook.currency
        )
        whole = f"{component.amount} = {filled}"
        cut = _sum(row, component.code, "g") - due
        cap = _cap(rulebook, component) if cut > 0 else None
        if cap is None:
            joined = "; " if " × " in shown else " = "
            added = "" if filled == shown else f"{joined}{shown}"
            told = f"{whole}{added}{', taken off' if taken else ''} ({component.law})"
        else:
            before = format_minor(due + cut, currency=rulebook.currency)
            most = writing.named(
                rulebook.expression("caps", rulebook.law.caps.index(cap), "at_most")
            )
            told = (
                f"{whole}; in all {before} ({component.law}), cut to {shown}, because "
                f"{' + '.join(cap.of)} a {cap.per} may be {most} at most ({cap.law})"
            )
        notes = "".join(f"; {note}" for note in _left_out(rulebook, component, own, writing))
        found[component.code] = told + notes
    return found


def _sum(row: Mapping[str, Any], code: str, part: str = "") -> int:
    """Return a component's amount of the whole cycle: of its column, or those of its months."""
    own = f"{code} {part}".rstrip()
    columns = [name for name in row if name == own or _is_month_of(name, code, part)]
    return sum(row[name] or 0 for name in columns)


def _is_month_of(column: str, code: str, part: str) -> bool:
    month = column.removeprefix(f"{code} ").removesuffix(f" {part}" if part else "")
    named = column == f"{code} {month} {part}".rstrip()
    return named and len(month) == len("2026-09") and month[4:5] == "-"


def _added(mine: Sequence[int], due: int, currency: str) -> str:
    """Return ``2 x 475.00 = 950.00`` where several lines make the amount."""
    total = format_minor(due, currency=currency)
    if len(mine) <= 1 or sum(mine) != due:
        return total
    parts = [
        f"{times} × {format_minor(amount, currency=currency)}"
        for amount, times in Counter(mine).items()
    ]
    return f"{' + '.join(parts)} = {total}"


def _left_out(
    rulebook: Rulebook,
    component: Component,
    lines: Sequence[Mapping[str, Any]],
    writing: _Writing,
) -> Iterator[str]:
    """Tell a limit that is reached: more may have been claimed than is counted."""
    for number, limit in enumerate(rulebook.law.limits):
        most = rulebook.expression("limits", number, "at_most")
        over = [line for line in lines if line["component"] in limit.over]
        subject = ("person_id",) if limit.counts == "member" else ("component", "person_id")
        counted = {tuple(line[name] for name in subject) for line in over}
        if component.code in limit.over and writing.write(most) == str(len(counted)):
            of = " and ".join(limit.over)
            yield f"of {of} at most {writing.named(most)} are counted ({limit.law})"


def _cap(rulebook: Rulebook, component: Component) -> Cap | None:
    """Return the ceiling that takes from a component."""
    return next((c for c in rulebook.law.caps if component.code in c.reduce.lines), None)


class _Writing:
    """Writes an expression with the household's own numbers in it."""

    def __init__(
        self,
        rulebook: Rulebook,
        compiled: Compiled,
        values: Mapping[str, Sequence[ParameterRead]],
        row: Mapping[str, Any],
        code: str,
    ) -> None:
        self.rulebook = rulebook
        self.counted = compiled.counted
        self.values = values
        self.row = row
        self.code = code

    def named(self, node: Node) -> str:
        """Return a value with its name where it has one: ``ceiling = 120.00``."""
        written = self.write(node)
        return f"{node.name} = {written}" if isinstance(node, Name) else written

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
                return f"{self._factor(left, sign)} {sign} {self._factor(right, sign, last=True)}"
            case Call(function=function, arguments=arguments):
                column = self.counted.get(node, "")
                told = ", ".join(self.write(argument) for argument in arguments)
                shown = column in self.row
                return self._counted(node, self.row[column]) if shown else f"{function}({told})"
        return self._test(node)

    def _factor(self, node: Node, sign: str, *, last: bool = False) -> str:
        """Return a part of a sum or product, in brackets where the reader would bind it wrongly."""
        inner = node
        while isinstance(inner, Defined):
            inner = inner.node
        sums = isinstance(inner, Arithmetic) and inner.operator in {"+", "-"}
        binds = sums and (sign == "*" or (sign == "-" and last))
        return f"({self.write(node)})" if binds else self.write(node)

    def _counted(self, node: Call, value: Any) -> str:
        """Return what a function over members came to: a number, an amount, yes or no."""
        if node.type is Type.BOOL:
            return "yes" if (value >= 1) == (node.function == "any_of") else "no"
        if node.type is Type.MONEY:
            return format_minor(value, currency=self.rulebook.currency)
        return str(value)

    def _test(self, node: Node) -> str:
        match node:
            case Compare(operator=sign, left=left, right=right):
                told = f"{self.write(left)} {sign} {self.write(right)}"
            case InList(item=item, values=values):
                told = f"{self.write(item)} in ({', '.join(str(v.value) for v in values)})"
            case AllOf(parts=parts):
                told = " and ".join(self.write(part) for part in parts)
            case AnyOf(parts=parts):
                told = f"({' or '.join(self.write(part) for part in parts)})"
            case Negation(part=part):
                told = f"not {self.write(part)}"
            case Case(branches=branches, otherwise=otherwise):
                each = [f"{self.write(then)} if {self.write(when)}" for when, then in branches]
                told = f"({', '.join([*each, f'else {self.write(otherwise)}'])})"
            case _:
                told = ""
        return told

    def _name(self, node: Name) -> str:
        if node.of == "parameter":
            return self._parameter(node)
        column = {"household": f"h_{node.name}", "component": node.name}.get(node.of, node.name)
        if node.of == "extra":
            column = f"{self.code} {node.name}"
        if column not in self.row:
            return node.name
        value = self.row[column]
        if node.type is Type.MONEY:
            return format_minor(value, currency=self.rulebook.currency)
        return str(value)

    def _parameter(self, node: Name) -> str:
        """Return a value of the law; each with its day where one that was read took over."""
        told: list[str] = []
        for read in self.values.get(node.name, ()):
            value = read.value
            if node.type is Type.MONEY:
                amount = read_minor(value, currency=self.rulebook.currency)
                value = format_minor(amount, currency=self.rulebook.currency)
            told.append(f"from {read.from_on} {value}" if told else value)
        return f"({', '.join(told)})" if told[1:] else "".join(told) or node.name
