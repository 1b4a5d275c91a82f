"""Types of an expression: the whitelisted tree becomes ours, or the reason why not is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from cct_engine.rulebook.functions import FUNCTIONS
from cct_engine.rulebook.grammar import ExpressionError, parse_expression
from cct_engine.rulebook.tree import (
    AllOf,
    AnyOf,
    Arithmetic,
    Case,
    Compare,
    Constant,
    Defined,
    InList,
    Name,
    Negation,
    Node,
    Type,
    children,
)

if TYPE_CHECKING:
    from cct_engine.rulebook.vocabulary import Vocabulary

__all__ = ["type_expression"]

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_OF = {
    Type.PERCENT: "`share(money, percent)` for a percent.",
    Type.POWER: "`scaled(money, int, power)` for a power.",
    Type.DATE: "`days_between(day, day)` or `months_since(day)`, compared with a number.",
}
_NUMBERS = frozenset({Type.MONEY, Type.INT})
_MOST, _DEEPEST, _SHOWN = 5000, 60, 60
"""Words of an expression with its definitions, levels of brackets, and signs told of it."""


def type_expression(text: str, vocabulary: Vocabulary, expected: Type | None) -> Node:
    """Return the typed tree of ``text``, which must be of type ``expected`` (None: of any).

    Raises :class:`ExpressionError` with the RB-code, the sentence and what to write instead.
    """
    try:
        node = _Typing(vocabulary, (), []).typed(parse_expression(text))
    except RecursionError:
        raise _too_deep(text) from None
    if _depth(node) > _DEEPEST:
        raise _too_deep(text)
    if expected is None or node.type is expected or (expected is Type.MONEY and _is_zero(node)):
        return node
    raise ExpressionError(
        "RB-014",
        f"`{text}` is {node.type}, but {expected} is needed here.",
        "A test with a comparison." if expected is Type.BOOL else f"An expression of {expected}.",
    )


def _too_deep(text: str) -> ExpressionError:
    shown = text if len(text) < _SHOWN else f"{text[:_SHOWN]}…"
    message = f"`{shown}` stands in too many brackets, its definitions counted."
    return ExpressionError("RB-010", message, "Fewer levels, one after the other.")


def _depth(node: Node) -> int:
    return 1 + max((_depth(child) for child in children(node)), default=0)


def _is_zero(node: Node) -> bool:
    return isinstance(node, Constant) and node.type is Type.INT and node.value == 0


class _Typing:
    """Walks one SQLGlot tree; ``open_`` are the definitions being read, against recursion.

    ``read``: what was read so far, the same for all definitions that one expression reads.
    """

    def __init__(
        self, vocabulary: Vocabulary, open_: tuple[str, ...], read: list[exp.Expr]
    ) -> None:
        self.vocabulary = vocabulary
        self.open = open_
        self.read = read

    def typed(self, node: exp.Expr) -> Node:
        """Return our node for one of SQLGlot's."""
        self.read.append(node)
        if len(self.read) > _MOST:
            raise ExpressionError(
                "RB-010",
                f"More than {_MOST} words come together here, definitions in definitions counted.",
                "A definition that is read fewer times.",
            )
        if isinstance(node, exp.Paren):
            return self.typed(node.this)
        if isinstance(node, exp.And | exp.Or):
            return self._logic(node)
        if isinstance(node, exp.Not):
            return Negation(self._test(node.this))
        if isinstance(node, exp.Column):
            return self._name(node)
        if isinstance(node, exp.Literal | exp.Boolean | exp.Cast):
            return _constant(node)
        return self._compound(node)

    def _compound(self, node: exp.Expr) -> Node:
        if isinstance(node, exp.Between):
            item, low, high = (
                self.typed(part) for part in (node.this, node.args["low"], node.args["high"])
            )
            return AllOf(
                (self._compared(">=", item, low, node), self._compared("<=", item, high, node))
            )
        if isinstance(node, exp.In):
            return self._in(node)
        if isinstance(node, exp.Case):
            return self._case(node)
        if isinstance(node, exp.Anonymous):
            return self._call(node)
        if type(node) in _COMPARISONS:
            left, right = self.typed(node.this), self.typed(node.expression)
            return self._compared(_COMPARISONS[type(node)], left, right, node)
        return self._arithmetic(_ARITHMETIC[type(node)], node)

    def _test(self, node: exp.Expr) -> Node:
        typed = self.typed(node)
        if typed.type is not Type.BOOL:
            raise ExpressionError(
                "RB-014",
                f"`{_text(node)}` is {typed.type}, but a test is needed here.",
                "A comparison.",
            )
        return typed

    def _logic(self, node: exp.And | exp.Or) -> Node:
        kind = AllOf if isinstance(node, exp.And) else AnyOf
        parts: list[Node] = []
        for side in (node.this, node.expression):
            part = self._test(side)
            parts += part.parts if isinstance(part, kind) else (part,)
        return kind(tuple(parts))

    def _name(self, node: exp.Column) -> Node:
        if any(part.args.get("quoted") for part in node.parts) or len(node.parts) > 2:  # noqa: PLR2004 - prefix.name
            raise ExpressionError(
                "RB-015", f"Nobody knows `{_text(node)}`.", f"A code is written '{node.name}'."
            )
        if node.table:
            return self.vocabulary.prefixed(node.table, node.name)
        meaning = self.vocabulary.bare(node.name)
        if isinstance(meaning, Name):
            return meaning
        if node.name in self.open:
            raise ExpressionError(
                "RB-026", f"Definition `{node.name}` reads itself.", "Break the circle."
            )
        inner = _Typing(self.vocabulary, (*self.open, node.name), self.read).typed(
            parse_expression(meaning)
        )
        return Defined(node.name, inner, inner.type)

    def _compared(self, operator: str, left: Node, right: Node, node: exp.Expr) -> Node:
        for one, other in ((left, right), (right, left)):
            if one.type is Type.AGE and other.type is not Type.INT:
                raise ExpressionError(
                    "RB-018",
                    f"`{_text(node)}`: ages can only be compared.",
                    "A whole number of years.",
                )
        types = {left.type, right.type}
        same = len(types) == 1 or types == {Type.AGE, Type.INT}
        if not same and not (Type.MONEY in types and (_is_zero(left) or _is_zero(right))):
            instead = f"A {left.type} parameter." if left.type in _NUMBERS else f"A {left.type}."
            if Type.DATE in types:
                instead = "DATE '2020-01-01', or another date."
            message = f"Compares {left.type} with {right.type}: `{_text(node)}`."
            raise ExpressionError("RB-017", message, instead)
        if Type.BOOL in types or Type.WORD in types:
            raise ExpressionError(
                "RB-017", f"Compares {left.type}: `{_text(node)}`.", "The test itself, or NOT."
            )
        if types == {Type.CODE} and operator not in {"=", "<>"}:
            raise ExpressionError("RB-017", f"Orders codes: `{_text(node)}`.", "= or IN (…).")
        for one, other in ((left, right), (right, left)):
            self._check_code(one, (other,))
        return Compare(operator, left, right)

    def _check_code(self, item: Node, values: tuple[Node, ...]) -> None:
        if not isinstance(item, Name) or item.type is not Type.CODE:
            return
        allowed = self.vocabulary.codes(item)
        for value in values:
            if allowed and isinstance(value, Constant) and value.value not in allowed:
                raise ExpressionError(
                    "RB-025",
                    f"`{item.name}` is never '{value.value}'.",
                    f"One of: {', '.join(allowed)}.",
                )

    def _in(self, node: exp.In) -> Node:
        item = self.typed(node.this)
        values = tuple(self.typed(value) for value in node.expressions)
        constants = tuple(value for value in values if isinstance(value, Constant))
        if len(constants) != len(values) or not values:
            raise ExpressionError(
                "RB-012", f"`{_text(node)}`: a list of values is needed.", "IN ('a', 'b')."
            )
        if item.type not in {Type.CODE, Type.INT} or any(
            v.type is not item.type for v in constants
        ):
            raise ExpressionError(
                "RB-017",
                f"Compares {item.type} with a list: `{_text(node)}`.",
                "Values of one type.",
            )
        self._check_code(item, constants)
        return InList(item, constants)

    def _case(self, node: exp.Case) -> Node:
        if node.this is not None or node.args.get("default") is None:
            raise ExpressionError(
                "RB-027", f"`{_text(node)}` does not say ELSE.", "CASE WHEN test THEN … ELSE … END."
            )
        branches = tuple(
            (self._test(case.this), self.typed(case.args["true"])) for case in node.args["ifs"]
        )
        otherwise = self.typed(node.args["default"])
        results = [result for _, result in branches] + [otherwise]
        types = {result.type for result in results if not _is_zero(result)} or {Type.INT}
        if types == {Type.INT} or len(types) == 1:
            return Case(branches, otherwise, types.pop())
        kinds = " and ".join(sorted(types))
        raise ExpressionError("RB-017", f"Branches of {kinds}: `{_text(node)}`.", "One type.")

    def _arithmetic(self, operator: str, node: exp.Expr) -> Node:
        left, right = self.typed(node.this), self.typed(node.expression)
        types = {left.type, right.type}
        if Type.AGE in types:
            raise ExpressionError(
                "RB-018", f"Calculates with an age: `{_text(node)}`.", "Ages can only be compared."
            )
        if not types <= _NUMBERS:
            odd = next(kind for kind in (left.type, right.type) if kind not in _NUMBERS)
            raise ExpressionError(
                "RB-017",
                f"Calculates with {odd}: `{_text(node)}`.",
                _OF.get(odd, "A number or an amount."),
            )
        if operator == "*":
            if types == {Type.MONEY}:
                raise ExpressionError(
                    "RB-019", f"Multiplies money by money: `{_text(node)}`.", "money * int."
                )
            return Arithmetic(
                operator, left, right, Type.MONEY if Type.MONEY in types else Type.INT
            )
        if len(types) > 1 and not (_is_zero(left) or _is_zero(right)):
            raise ExpressionError(
                "RB-017", f"Adds money and a plain number: `{_text(node)}`.", "A money parameter."
            )
        return Arithmetic(operator, left, right, Type.MONEY if Type.MONEY in types else Type.INT)

    def _call(self, node: exp.Anonymous) -> Node:
        name = str(node.this)
        read = FUNCTIONS.get(name)
        if read is None:
            raise ExpressionError(
                "RB-012",
                f"`{name}(…)` is not a function of the language.",
                f"One of: {', '.join(sorted(FUNCTIONS))}.",
            )
        return read(self, name, tuple(node.expressions))

    def within(self, subject: str) -> _Typing:
        """Return the reader for the inside of ``any_of(members, …)``: another subject speaks."""
        inner = replace(
            self.vocabulary,
            subject=subject,
            components={},
            extras={},
            standing_known=False,
            home_known=False,
            unjudged=self.vocabulary.unjudged or self.vocabulary.unjudged_sums,
        )
        return _Typing(inner, self.open, self.read)


def _constant(node: exp.Expr) -> Constant:
    if isinstance(node, exp.Boolean):
        return Constant(bool(node.this), Type.BOOL)
    if isinstance(node, exp.Cast):
        try:
            return Constant(date.fromisoformat(str(node.this.this)), Type.DATE)
        except ValueError as error:
            raise ExpressionError(
                "RB-006", f"`{_text(node)}` is no day of the calendar.", "DATE '2025-06-01'."
            ) from error
    text = str(node.this)
    if node.args.get("is_string"):
        return Constant(text, Type.CODE)
    if not text.isdigit():
        raise ExpressionError(
            "RB-013", f"{text} stands in an expression.", "A parameter with `from` and `law`."
        )
    return Constant(int(text), Type.INT)


def _text(node: exp.Expr) -> str:
    return node.sql(dialect="postgres")
