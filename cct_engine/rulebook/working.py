"""Each component with the numbers that made it, from the statement's own columns and lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.bounds import ceiling_of, left_out
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
from cct_engine.rulebook.values import read_minor
from cct_engine.rulebook.working_words import WORKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cct_engine.rulebook.compiler import ParameterRead
    from cct_engine.rulebook.model_money import Cap
    from cct_engine.rulebook.sentences import Telling

__all__ = ["workings"]


def workings(telling: Telling) -> dict[str, str]:
    """Return, for each component that is due, its expression, with numbers, and its amount.

    Several lines are added up as they stand (``4 x 45.00``); what a limit leaves out and what a
    ceiling cuts is told with its law. A deduction is told as what it takes off, so that it adds up.
    """
    [row] = telling.rows["explain"]
    words = telling.texts.words(WORKING)
    notes = _left_out(telling, words)
    found: dict[str, str] = {}
    for number, component in enumerate(telling.rulebook.law.components):
        due = _sum(row, component.code)
        if due == 0 and not component.keep_zero:
            continue
        writing = _Writing(telling, words, row, component.code)
        filled = writing.write(telling.rulebook.expression("components", number, "amount"))
        own = filled == component.amount
        if component.each != "household":
            filled = words[component.each].format(filled=filled)
        lines = telling.rows["line"]
        mine = [
            line["due"]
            for line in lines
            if line["source"] == "due" and line["due"] and line["component"] == component.code
        ]
        taken = component.kind == "deduction"
        shown = _added([-one for one in mine] if taken else mine, -due if taken else due, writing)
        whole = filled if own else f"{component.amount} = {filled}"
        cut = _sum(row, component.code, "g") - due
        ceiling = ceiling_of(telling, component.code) if cut > 0 else None
        if ceiling is None:
            joined = "; " if " × " in shown else " = "
            told = whole if filled == shown else f"{whole}{joined}{shown}"
            told = words["deduction"].format(filled=told) if taken else told
            told = f"{told} ({component.law})"
        else:
            cap, allowed = ceiling
            told = words["cut"].format(
                whole=whole,
                before=writing.amount(due + cut),
                law=component.law,
                shown=shown,
                of=" + ".join(cap.of),
                per=words[cap.per],
                most=writing.allowed(cap, allowed),
                cap_law=cap.law,
            )
        found[component.code] = "; ".join([told, *notes.pop(component.code, ())])
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


def _added(mine: Sequence[int], due: int, writing: _Writing) -> str:
    """Return ``2 x 475.00 = 950.00`` where several lines make the amount."""
    total = writing.amount(due)
    if len(mine) <= 1 or sum(mine) != due:
        return total
    parts = [f"{times} × {writing.amount(amount)}" for amount, times in Counter(mine).items()]
    return f"{' + '.join(parts)} = {total}"


def _left_out(telling: Telling, words: Mapping[str, str]) -> dict[str, list[str]]:
    """Tell whom limits left out, at the first component that is due under each."""
    [row] = telling.rows["explain"]
    notes: dict[str, list[str]] = {}
    for found in left_out(telling):
        limit = found.limit
        at = next((code for code in limit.over if _sum(row, code)), "")
        named = f"{limit.at_most}"
        note = words[found.why].format(
            of=" + ".join(limit.over),
            most=named if named == f"{found.most}" else f"{named} = {found.most}",
            claims=", ".join(f"{code} ({telling.who(person)})" for code, person in found.claims),
            law=limit.law,
        )
        notes.setdefault(at, []).append(note)
    return notes


class _Writing:
    """Writes an expression with the household's own numbers in it."""

    def __init__(
        self, telling: Telling, words: Mapping[str, str], row: Mapping[str, Any], code: str
    ) -> None:
        self.rulebook = telling.rulebook
        self.wording = telling.wording
        self.counted = telling.compiled.counted
        self.words = words
        self.row = row
        self.code = code
        self.values: dict[str, list[ParameterRead]] = {}
        for read in sorted(telling.compiled.parameters_read):
            self.values.setdefault(read.name, []).append(read)

    def amount(self, amount_minor: int) -> str:
        """Return an amount without its currency."""
        return self.wording.amount(amount_minor, self.rulebook.currency)

    def allowed(self, cap: Cap, ceilings: Sequence[int]) -> str:
        """Return the most that a ceiling allowed, and how the law writes it."""
        number = self.rulebook.law.caps.index(cap)
        node = self.rulebook.expression("caps", number, "at_most")
        written = self.write(node)
        if isinstance(node, Name):
            written = f"{node.name} = {written}"
        allowed = ", ".join(map(self.amount, ceilings))
        return written if written.endswith(allowed) else f"{written} = {allowed}"

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
            return self.words["yes" if (value >= 1) == (node.function == "any_of") else "no"]
        if node.type is Type.MONEY:
            return self.amount(value)
        return str(value)

    def _test(self, node: Node) -> str:
        match node:
            case Compare(operator=sign, left=left, right=right):
                told = f"{self.write(left)} {sign} {self.write(right)}"
            case InList(item=item, values=values):
                listed = ", ".join(str(v.value) for v in values)
                told = f"{self.write(item)} {self.words['in']} ({listed})"
            case AllOf(parts=parts):
                told = f" {self.words['and']} ".join(self.write(part) for part in parts)
            case AnyOf(parts=parts):
                told = f" {self.words['or']} ".join(self.write(part) for part in parts)
                told = f"({told})"
            case Negation(part=part):
                told = f"{self.words['not']} {self.write(part)}"
            case Case(branches=branches, otherwise=otherwise):
                each = [
                    self.words["case"].format(then=self.write(then), when=self.write(when))
                    for when, then in branches
                ]
                each.append(self.words["else"].format(then=self.write(otherwise)))
                told = f"({', '.join(each)})"
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
            return self.amount(value)
        return str(value)

    def _parameter(self, node: Name) -> str:
        """Return a value of the law; each with its day where one that was read took over."""
        told: list[str] = []
        for read in self.values.get(node.name, ()):
            value = read.value
            if node.type is Type.MONEY:
                amount = read_minor(value, currency=self.rulebook.currency)
                value = self.amount(amount)
            later = self.words["from"].format(day=read.from_on, value=value)
            told.append(later if told else value)
        return f"({', '.join(told)})" if told[1:] else "".join(told) or node.name
