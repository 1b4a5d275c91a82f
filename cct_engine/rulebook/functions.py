"""The functions of the language: their arguments and types. SQL knows none of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from cct_engine.rulebook.grammar import ExpressionError
from cct_engine.rulebook.tree import Call, Constant, Name, Node, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.rulebook.vocabulary import Vocabulary

__all__ = ["BALANCE_KINDS", "FUNCTIONS", "GROUPED", "ROUNDING_MODES"]

ROUNDING_MODES = ("half_up", "half_even", "down", "up")
BALANCE_KINDS = ("held", "withheld", "recoverable", "arrears")
_GROUPS = {"members": "member", "pregnancies": "pregnancy"}
_NUMBERS = (Type.MONEY, Type.INT)


class _Reader(Protocol):
    vocabulary: Vocabulary

    def typed(self, node: exp.Expr) -> Node: ...
    def within(self, subject: str) -> _Reader: ...


def _wrong(name: str, needed: str) -> ExpressionError:
    return ExpressionError(
        "RB-029", f"`{name}` is called with other arguments.", f"{name}({needed})."
    )


def _word(node: exp.Expr) -> str:
    if isinstance(node, exp.Column) and not node.table:
        return node.name
    return str(node.this) if isinstance(node, exp.Literal) and not node.is_string else ""


def _text(node: exp.Expr) -> str:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else ""


def _typed(
    reader: _Reader, name: str, nodes: tuple[exp.Expr, ...], types: tuple[Type, ...], needed: str
) -> tuple[Node, ...]:
    if len(nodes) != len(types):
        raise _wrong(name, needed)
    arguments = tuple(reader.typed(node) for node in nodes)
    for argument, kind in zip(arguments, types, strict=True):
        zero = isinstance(argument, Constant) and argument.value == 0 and kind is Type.MONEY
        if argument.type is not kind and not zero:
            raise _wrong(name, needed)
    return arguments


def _age(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    (day,) = _typed(reader, name, nodes, (Type.DATE,), "cycle.first_day")
    if reader.vocabulary.subject != "member":
        raise ExpressionError(
            "RB-015", f"`{name}`: only a member has an age.", "any_of(members, …)."
        )
    if not isinstance(day, Constant) and not (isinstance(day, Name) and day.of in _DAYS):
        raise _wrong(name, "a day of the cycle, month or window, the same for everybody")
    return Call(name, (day,), Type.AGE)


_DAYS = ("cycle", "month", "window", "parameter")


def _days_between(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    first, second = _typed(reader, name, nodes, (Type.DATE, Type.DATE), "earlier date, later date")
    if isinstance(first, Call) and first.function == "event_on":
        raise ExpressionError(
            "RB-028",
            "The day of an event that is not there is `never`, and days from never are negative: "
            "every 'less than' would hold.",
            "months_since(event_on('…')) beside event('…').",
        )
    if isinstance(first, Name) and first.of in reader.vocabulary.attributes:
        known = reader.vocabulary.attributes[first.of].get(first.name)
        if known is not None and known.absent == "never":
            raise ExpressionError(
                "RB-028",
                f"`{first.name}` may be `never`, and days from never are negative: "
                "every 'less than' would hold.",
                "`absent: long_ago` or another date in first place.",
            )
    return Call(name, (first, second), Type.INT)


def _months(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    count = 1 if name == "months_since" else 2
    types = (Type.DATE,) * count
    return Call(name, _typed(reader, name, nodes, types, ", ".join(["a date"] * count)), Type.INT)


_TESTING = frozenset({"any_of", "all_of", "count_of"})
GROUPED = _TESTING | {"sum_of", "max_of", "min_of"}
"""The functions over all members or pregnancies of a household."""


def _over_group(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    group = _GROUPS.get(_word(nodes[0])) if nodes else None
    needed = "members, a test" if name in _TESTING else "members, an amount, a test"
    if reader.vocabulary.subject != "household" and not reader.vocabulary.home_known:
        raise ExpressionError(
            "RB-036",
            f"`{name}` is asked of a {reader.vocabulary.subject}; only a household has members.",
            f"{name}({needed}) in a component, in a condition, or where the household speaks.",
        )
    if group is None:
        raise _wrong(name, needed)
    inner = reader.within(group)
    arguments = tuple(inner.typed(node) for node in nodes[1:])
    types = tuple(argument.type for argument in arguments)
    words: tuple[Node, ...] = (Constant(group, Type.WORD),)
    if name in _TESTING and types == (Type.BOOL,):
        return Call(name, words + arguments, Type.INT if name == "count_of" else Type.BOOL)
    valued = bool(types) and types[0] in _NUMBERS and types[1:] in {(), (Type.BOOL,)}
    if name in {"sum_of", "max_of", "min_of"} and valued:
        return Call(name, words + arguments, types[0])
    raise _wrong(name, needed)


def _share(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    needed = "money, percent" if name == "share" else "money, int, int"
    types = (Type.MONEY, Type.PERCENT) if name == "share" else (Type.MONEY, Type.INT, Type.INT)
    arguments = _typed(reader, name, nodes[: len(types)], types, needed)
    if name == "ratio_of":
        divisor = arguments[2]
        fixed = isinstance(divisor, Constant) or (
            isinstance(divisor, Name) and divisor.of == "parameter"
        )
        if not fixed:
            raise _wrong(name, "money, int, an int parameter")
    return Call(name, arguments + _rounding(name, nodes[len(types) :]), Type.MONEY)


def _scaled(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    needed = "a money parameter, int, a power parameter"
    types = (Type.MONEY, Type.INT, Type.POWER)
    arguments = _typed(reader, name, nodes[: len(types)], types, needed)
    for fixed in (arguments[0], arguments[2]):
        if not isinstance(fixed, Name) or fixed.of != "parameter":
            raise _wrong(name, needed)
    return Call(name, arguments + _rounding(name, nodes[len(types) :]), Type.MONEY)


def _rounding(name: str, nodes: tuple[exp.Expr, ...]) -> tuple[Node, ...]:
    if not nodes:
        return ()
    match tuple(_word(node) for node in nodes):
        case (mode, unit) if mode in ROUNDING_MODES and unit:
            return (Constant(mode, Type.WORD), Constant(unit, Type.WORD))
    raise _wrong(name, "…, half_up, 1")


def _round_to(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    match nodes:
        case (amount, unit, mode):
            arguments = _typed(reader, name, (amount,), (Type.MONEY,), "money, 2.00, up")
            return Call(name, arguments + _rounding(name, (mode, unit)), Type.MONEY)
    raise _wrong(name, "money, 2.00, up")


def _pair(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    sides = [reader.typed(node) for node in nodes]
    if len(sides) != len(("x", "y")):
        raise _wrong(name, "x, y")
    left, right = sides
    kind = left.type if left.type is not Type.INT else right.type
    for side in (left, right):
        zero = isinstance(side, Constant) and side.value == 0
        if side.type not in _NUMBERS or (side.type is not kind and not zero):
            raise _wrong(name, "x, y of one type, money or int")
    return Call(name, (left, right), kind)


def _lookup(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    table = _word(nodes[0]) if nodes else ""
    if table not in reader.vocabulary.tables:
        known = ", ".join(sorted(reader.vocabulary.tables)) or "none"
        raise ExpressionError("RB-015", f"Nobody knows the table `{table}`.", f"Known: {known}.")
    keys, kind = reader.vocabulary.tables[table]
    arguments = tuple(reader.typed(node) for node in nodes[1:])
    if len(arguments) != len(keys):
        raise _wrong(name, f"{table}, {', '.join(keys)}")
    for argument, key in zip(arguments, keys, strict=True):
        if argument.type not in {Type.CODE, Type.INT}:
            raise ExpressionError(
                "RB-029",
                f"`{name}` looks up `{key}` by {argument.type}.",
                "A code or a whole number, as the rows are written.",
            )
    return Call(name, (Constant(table, Type.WORD), *arguments), kind)


def _event(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    del reader
    code = _text(nodes[0]) if len(nodes) == 1 else ""
    if not code:
        raise _wrong(name, "'code'")
    return Call(name, (Constant(code, Type.WORD),), Type.DATE if name == "event_on" else Type.BOOL)


def _in_programme(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    return _event(reader, name, nodes)


def _history(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    code = (_word(nodes[0]) or _text(nodes[0])) if len(nodes) == 1 else ""
    known = set(reader.vocabulary.components) | reader.vocabulary.later
    if code not in known and "." not in code:
        raise ExpressionError("RB-015", f"Nobody knows the component `{code}`.", "Its code.")
    return Call(
        name, (Constant(code, Type.WORD),), Type.INT if name.endswith("_count") else Type.MONEY
    )


def _balance(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    kind, code = (_word(node) or _text(node) for node in nodes) if len(nodes) == 2 else ("", "")  # noqa: PLR2004 - kind, component
    if kind not in BALANCE_KINDS:
        raise _wrong(name, f"one of {', '.join(BALANCE_KINDS)}, a component's code")
    if code not in set(reader.vocabulary.components) | reader.vocabulary.later:
        raise ExpressionError("RB-015", f"Nobody knows the component `{code}`.", "Its code.")
    return Call(name, (Constant(kind, Type.WORD), Constant(code, Type.WORD)), Type.MONEY)


def _known(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    argument = reader.typed(nodes[0]) if len(nodes) == 1 else None
    if not isinstance(argument, Name) or argument.of not in reader.vocabulary.attributes:
        raise _wrong(name, "an attribute")
    return Call(name, (argument,), Type.BOOL)


def _verdict(reader: _Reader, name: str, nodes: tuple[exp.Expr, ...]) -> Node:
    condition = _word(nodes[0]) if len(nodes) == 1 else ""
    if "breach" in reader.vocabulary.extras:
        message = f"A ladder reads its conditions as `breach` and `judged`, not by `{name}`."
        raise ExpressionError("RB-036", message, "judged AND NOT breach")
    if reader.vocabulary.unjudged is not None:
        raise ExpressionError("RB-036", *reader.vocabulary.unjudged)
    if condition in reader.vocabulary.judged_later:
        raise ExpressionError(
            "RB-030",
            f"This asks for `{condition}`, which is not judged before it.",
            f"Move {condition} up, or ask for an earlier condition.",
        )
    each = reader.vocabulary.conditions.get(condition)
    if each is None:
        raise ExpressionError("RB-015", f"Nobody knows the condition `{condition}`.", "Its name.")
    if each != reader.vocabulary.subject:
        raise ExpressionError(
            "RB-036",
            f"`{condition}` is judged for each {each}, and a {reader.vocabulary.subject} asks.",
            f"Ask in a component of each {each}.",
        )
    if name != "reported":
        return Call(name, (Constant(condition, Type.WORD),), Type.BOOL)
    if condition not in reader.vocabulary.counting:
        raise ExpressionError(
            "RB-036",
            f"The reports of `{condition}` do not add up to a number.",
            "A condition on a fact with `measure: count` or `sum`.",
        )
    return Call(name, (Constant(condition, Type.WORD),), Type.INT)


FUNCTIONS: dict[str, Callable[[_Reader, str, tuple[exp.Expr, ...]], Node]] = {
    "age_at": _age,
    "age_months_at": _age,
    "days_between": _days_between,
    "months_since": _months,
    "months_between": _months,
    **dict.fromkeys(sorted(GROUPED), _over_group),
    "share": _share,
    "ratio_of": _share,
    "round_to": _round_to,
    "scaled": _scaled,
    **dict.fromkeys(("at_least", "at_most", "top_up"), _pair),
    "lookup": _lookup,
    "event": _event,
    "event_on": _event,
    "in_programme": _in_programme,
    **dict.fromkeys(("paid_count", "paid_sum", "due_count", "due_sum"), _history),
    "balance": _balance,
    "known": _known,
    "is_judged": _verdict,
    "is_met": _verdict,
    "reported": _verdict,
}
