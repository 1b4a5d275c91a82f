"""From text to SQLGlot's tree: one expression, nothing outside the whitelist, no comments."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp, parse
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.postgres import PostgresParser

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
_INSTEAD = {
    exp.Div: "`share(amount, percent)` or `ratio_of(amount, a, b)`.",
    exp.Mod: "`round_to(amount, unit, mode)`.",
    exp.Is: "`known(name)` or a date comparison; see its `absent:`.",
    exp.Neg: "A difference; amounts are parameters.",
    exp.Like: "`name IN ('a', 'b')`: codes are compared whole.",
    exp.Greatest: "`at_least(x, y)`.",
    exp.Least: "`at_most(x, y)`.",
    exp.Coalesce: "The attribute's own `absent:`.",
}


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
    _check_tokens(text)
    try:
        trees = [tree for tree in parse(text, read=_Language) if tree is not None]
    except (ParseError, TokenError) as error:
        raise _unreadable(text, error) from error
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


def _check_tokens(text: str) -> None:
    try:
        tokens = Postgres().tokenize(text)
    except TokenError as error:
        raise _unreadable(text, error) from error
    for token in tokens:
        if token.comments or token.text == ";":
            raise ExpressionError(
                "RB-011",
                "More than one expression, or a comment.",
                "One expression; comments go after `#`.",
            )
        if token.text == "==":
            raise ExpressionError("RB-012", "`==` is not part of the language.", "`=`.")


def _unreadable(text: str, error: Exception) -> ExpressionError:
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
        symbol = node.sql(dialect="postgres")
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
