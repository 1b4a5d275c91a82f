"""From text to SQLGlot's tree: one expression, nothing outside the whitelist, no comments."""

from __future__ import annotations

import re
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import Token, TokenType

__all__ = ["ExpressionError", "parse_expression"]

_ALLOWED = (
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Boolean,
    exp.And,
    exp.Or,
    exp.Not,
    exp.Paren,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Between,
    exp.In,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Case,
    exp.If,
    exp.Anonymous,
    exp.Cast,
    exp.DataType,
)
# The language's own words, and those of SQL that are refused by what they do.
_WORDS = {
    *("AND", "OR", "NOT", "BETWEEN", "IN", "CASE", "WHEN", "THEN", "ELSE", "END"),
    *("TRUE", "FALSE", "DATE", "IS", "NULL", "LIKE", "ILIKE", "SELECT", "FROM", "WHERE"),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INSTEAD = {
    exp.Div: "`share(amount, percent)` or `ratio_of(amount, a, b)`.",
    exp.Mod: "`round_to(amount, unit, mode)`.",
    exp.Is: "`known(name)` or a date comparison; see its `absent:`.",
    exp.Neg: "A difference; amounts are parameters.",
    exp.Like: "`name IN ('a', 'b')`: codes are compared whole.",
    exp.Greatest: "`at_least(x, y)`.",
    exp.Least: "`at_most(x, y)`.",
    exp.Coalesce: "The attribute's own `absent:`.",
    exp.Pow: "`scaled(amount, count, power)`, for an equivalence scale.",
    exp.Bracket: "`lookup(table, key)`.",
    exp.Count: "`count_of(members, test)`.",
    exp.Sum: "`sum_of(members, amount)`.",
    exp.Max: "`max_of(members, value)` or `at_least(x, y)`.",
    exp.Min: "`min_of(members, value)` or `at_most(x, y)`.",
    exp.Alias: "The number alone, without its unit.",
    exp.Command: "CASE WHEN test THEN x ELSE y END.",
}


_LONGEST = 1000
"""Words and signs; the longest expression of a programme has a tenth of them."""


class _Language(Postgres):
    """PostgreSQL without its own reading of `MONTHS_BETWEEN`: that is a function of ours."""

    class Parser(PostgresParser):
        FUNCTIONS: ClassVar = {
            name: build
            for name, build in PostgresParser.FUNCTIONS.items()
            if name != "MONTHS_BETWEEN"
        }


class ExpressionError(Exception):
    """Why an expression is refused: the rule's code, the sentence, and what to write instead."""

    def __init__(self, code: str, message: str, instead: str) -> None:
        self.code = code
        self.message = message
        self.instead = instead
        super().__init__(f"{code} {message} {instead}")


def parse_expression(text: str) -> exp.Expr:
    """Return the tree of one expression, or raise :class:`ExpressionError`."""
    tokens = _tokens(text)
    if len(tokens) > _LONGEST:
        message = f"An expression of {len(tokens)} words and signs cannot be read by anybody."
        raise ExpressionError("RB-010", message, "Part it into `definitions`.")
    try:
        parsed = _Language().parser().parse(tokens, text)
    except ParseError as error:
        raise _unreadable(text, error) from error
    trees = [tree for tree in parsed if tree is not None]
    if len(trees) != 1:
        raise ExpressionError(
            "RB-011",
            "More than one expression, or a comment.",
            "One expression; comments go after `#`.",
        )
    tree = trees[0]
    for node in tree.walk():
        _check_node(node, text)
    return tree


def _tokens(text: str) -> list[Token]:
    """Return the tokens of an expression; a word that is none of the language's is a name.

    SQL keeps many words for itself that a law uses (grant, show, any): with a bracket before them
    none starts a statement, and none but the language's own has a meaning.
    """
    try:
        tokens = Postgres().tokenize(f"({text}\n)")[1:-1]
    except TokenError as error:
        raise _unreadable(text, error) from error
    if not tokens:
        raise ExpressionError("RB-010", "There is no expression.", "TRUE, or a test.")
    for token in tokens:
        if token.comments or token.text == ";":
            raise ExpressionError(
                "RB-011",
                "More than one expression, or a comment.",
                "One expression; comments go after `#`.",
            )
        if token.text == "==":
            raise ExpressionError("RB-012", "`==` is not part of the language.", "`=`.")
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        typed = following is not None and following.token_type is TokenType.STRING
        if not typed and _is_name(token):
            token.token_type = TokenType.VAR
    return tokens


def _is_name(token: Token) -> bool:
    word = token.text.upper()
    quoted = token.token_type in {TokenType.STRING, TokenType.IDENTIFIER}
    kept = word in _WORDS or word.startswith("CURRENT_") or quoted
    return not kept and _NAME.fullmatch(token.text) is not None


def _unreadable(text: str, error: Exception) -> ExpressionError:
    if "%" in text:
        why = "a percentage stands in no expression"
        instead = "A percent parameter in `share(amount, percent)`."
        return ExpressionError("RB-013", f"`{text}`: {why}.", instead)
    first = str(error).splitlines()[0]
    last = text.rsplit(maxsplit=1)[-1] if text.split() else ""
    if "Required keyword" in first:
        why = f"something is missing after `{last}`"
    else:
        why = first.split(". Line")[0]
    return ExpressionError("RB-010", f"Cannot read `{text}`: {why}.", "Finish the expression.")


def _check_node(node: exp.Expr, text: str) -> None:
    if isinstance(node, exp.Is):
        raise ExpressionError("RB-020", f"`{text}`: there are no nulls.", _INSTEAD[exp.Is])
    if not isinstance(node, _ALLOWED):
        symbol = text if isinstance(node, exp.Command) else node.sql(dialect="postgres")
        kind = type(node).__name__
        instead = next((say for of, say in _INSTEAD.items() if isinstance(node, of)), "")
        raise ExpressionError(
            "RB-012",
            f"`{symbol}` ({kind}) is not part of the language.",
            instead or "See the table of functions.",
        )
    is_literal_date = (
        isinstance(node, exp.Cast)
        and isinstance(node.this, exp.Literal)
        and node.this.is_string
        and node.to.this == exp.DataType.Type.DATE
    )
    if isinstance(node, exp.Cast) and not is_literal_date:
        raise ExpressionError("RB-012", "Casts are not part of the language.", "DATE '2025-06-01'.")
