"""A small reader and evaluator of expressions."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)|(?P<sign><>|<=|>=|[-+*=<>(),]))"
)


def read(text: str) -> Any:
    """Return an expression as nested tuples."""
    tokens: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        assert match is not None, (text, place)
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        place = match.end()
    reader = _Reader(tokens)
    tree = reader.either()
    assert reader.left() == "", (text, reader.left())
    return tree


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def left(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def word(self) -> str:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return text.upper() if kind == "name" else text if kind == "sign" else ""

    def take(self) -> tuple[str, str]:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def eat(self, word: str) -> bool:
        if self.word() == word:
            self.at += 1
            return True
        return False

    def either(self) -> Any:
        parts = [self.both()]
        while self.eat("OR"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else ("or", *parts)

    def both(self) -> Any:
        parts = [self.negated()]
        while self.eat("AND"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def negated(self) -> Any:
        return ("not", self.negated()) if self.eat("NOT") else self.compared()

    def compared(self) -> Any:
        left = self.total()
        if self.eat("BETWEEN"):
            low = self.total()
            assert self.eat("AND")
            return ("and", (">=", left, low), ("<=", left, self.total()))
        if self.eat("IN"):
            return ("in", left, *self.listed())
        if self.word() in {"=", "<>", "<", "<=", ">", ">="}:
            return (self.take()[1], left, self.total())
        return left

    def listed(self) -> list[Any]:
        assert self.eat("(")
        found = []
        while not self.eat(")"):
            found.append(self.either())
            self.eat(",")
        return found

    def total(self) -> Any:
        left = self.product()
        while self.word() in {"+", "-"}:
            left = (self.take()[1], left, self.product())
        return left

    def product(self) -> Any:
        left = self.single()
        while self.eat("*"):
            left = ("*", left, self.single())
        return left

    def single(self) -> Any:  # noqa: PLR0911 - one form, one return
        if self.eat("("):
            inner = self.either()
            assert self.eat(")")
            return inner
        if self.eat("CASE"):
            branches = []
            while self.eat("WHEN"):
                test = self.either()
                assert self.eat("THEN")
                branches.append((test, self.total_or_test()))
            assert self.eat("ELSE")
            last = self.total_or_test()
            assert self.eat("END")
            return ("case", branches, last)
        kind, text = self.take()
        if kind == "text":
            return ("value", text[1:-1])
        if kind == "number":
            return ("value", int(text)) if text.isdigit() else ("written", text)
        if text.upper() in {"TRUE", "FALSE"}:
            return ("value", text.upper() == "TRUE")
        if text == "DATE":
            return ("value", date.fromisoformat(self.take()[1][1:-1]))
        if self.word() == "(":
            return ("call", text, self.listed())
        return ("name", text)

    def total_or_test(self) -> Any:
        return self.either()


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def value(tree: Any, scope: Any) -> Any:  # noqa: C901, PLR0911 - one form, one return
    """Return what an expression is in a scope, which knows names and functions."""
    kind = tree[0]
    if kind == "value":
        return tree[1]
    if kind == "name":
        return scope.name(tree[1])
    if kind == "call":
        return scope.call(tree[1], tree[2])
    if kind == "and":
        return all(value(part, scope) for part in tree[1:])
    if kind == "or":
        return any(value(part, scope) for part in tree[1:])
    if kind == "not":
        return not value(tree[1], scope)
    if kind == "in":
        return value(tree[1], scope) in [value(part, scope) for part in tree[2:]]
    if kind == "case":
        for test, then in tree[1]:
            if value(test, scope):
                return value(then, scope)
        return value(tree[2], scope)
    left, right = value(tree[1], scope), value(tree[2], scope)
    if kind in COMPARE:
        return COMPARE[kind](left, right)
    return {"+": left + right, "-": left - right, "*": left * right}[kind]


def rounded(amount: Fraction, unit: int, mode: str) -> int:
    """Return an amount as a multiple of the unit; the sign is taken outside."""
    if amount < 0:
        return -rounded(-amount, unit, mode)
    whole, rest = divmod(amount / unit, 1)
    up = {
        "down": False,
        "up": rest > 0,
        "half_up": rest >= Fraction(1, 2),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
    }[mode]
    return (int(whole) + int(up)) * unit
