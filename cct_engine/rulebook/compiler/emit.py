"""Typed expressions become SQL text at a moment; what they need is registered on the way."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import wraps
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.compiler.emit_bounds import bounds
from cct_engine.rulebook.compiler.emit_dates import age_test, grace_start_test, is_grace_start
from cct_engine.rulebook.compiler.emit_functions import call_test, call_value
from cct_engine.rulebook.compiler.emit_groups import household_size
from cct_engine.rulebook.compiler.place import ALWAYS, NEVER_HOLDS, Place
from cct_engine.rulebook.compiler.sqltext import (
    LIMIT,
    bigint,
    case,
    conjunction,
    disjunction,
    literal,
    negated,
    sized,
)
from cct_engine.rulebook.compiler.unwritable import NotCompiled, TooLarge, Unwritable
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

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from cct_engine.rulebook.compiler.needs import Needs
    from cct_engine.rulebook.compiler.parameters import Parameters, Value
    from cct_engine.rulebook.compiler.sqltext import Range
    from cct_engine.rulebook.compiler.verdicts import Judging
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook

__all__ = ["Emitter"]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _told_where(write: Callable[[Emitter, Node, Place], str]) -> Callable[..., str]:
    """Let what cannot be written name the innermost entry of the law that asks for it."""

    @wraps(write)
    def told(emitter: Emitter, node: Node, place: Place) -> str:
        try:
            return write(emitter, node, place)
        except Unwritable as error:
            error.at = error.at or emitter.rulebook.path_of(node)
            raise

    return told


@dataclass(slots=True)
class Emitter:
    """Writes SQL for one rulebook and one cycle.

    ``judgings`` are the cycle's verdicts, once they are known; ``verdicts_read`` those of their
    columns that expressions read, with whom they are judged for.
    """

    rulebook: Rulebook
    cycle: Month
    needs: Needs
    parameters: Parameters
    judgings: tuple[Judging, ...] = ()
    verdicts_read: dict[str, str] = field(default_factory=dict)

    @_told_where
    def test(self, node: Node, place: Place) -> str:
        """Return the SQL predicate of a test."""
        match node:
            case Defined(node=inner):
                found = self.test(inner, place)
            case Constant(value=value):
                found = ALWAYS if value else NEVER_HOLDS
            case AllOf(parts=parts):
                found = self._until(parts, place, NEVER_HOLDS, conjunction)
            case AnyOf(parts=parts):
                found = self._until(parts, place, ALWAYS, disjunction)
            case Negation(part=part):
                found = negated(self.test(part, place))
            case Compare():
                found = self._compare(node, place)
            case InList(item=item, values=values):
                listed = ", ".join(literal(value.value) for value in values)
                found = f"{self.value(item, place)} IN ({listed})"
            case Case():
                found = self._case_test(node, place)
            case Call():
                found = call_test(self, node, place)
            case _:
                found = f"{self.value(node, place)} = 1"
        return found

    @_told_where
    def value(self, node: Node, place: Place) -> str:
        """Return the SQL value of an amount, number, code or date."""
        match node:
            case Defined(node=inner):
                found = self.value(inner, place)
            case Constant(value=value):
                found = literal(value)
            case Name():
                found = self._name(node, place)
            case Arithmetic(operator=sign, left=left, right=right):
                self._check_size(node, place)
                found = f"({self.value(left, place)} {sign} {self.value(right, place)})"
            case Case():
                possible, last = self.possible(node, place)
                written = [(test, self.value(then, place)) for test, then in possible]
                found = case(written, self.value(last, place))
            case Call(type=kind) if kind is not Type.BOOL:
                found = call_value(self, node, place)
            case _:
                found = bigint(f"CASE WHEN {self.test(node, place)} THEN 1 ELSE 0 END")
        return found

    def constant(self, node: Node, place: Place) -> Value | str | None:
        """Return what a node is at this moment if it is the same for everybody, else None.

        Such values decide in Python, so that a branch the moment rules out asks for nothing.
        """
        match node:
            case Defined(node=inner):
                return self.constant(inner, place)
            case Constant(value=value):
                return value
            case Name(of="cycle" | "month" | "window", name=name):
                return place.moment.value(node.of, name)
            case Name(of="parameter", name=name):
                if self.rulebook.law.parameters[name].fixed_by is None:
                    return self.parameters.at(name, self.day(place))
        return None

    def day(self, place: Place) -> date:
        """Return the day whose values of the law hold at a place."""
        return place.moment.month.first_day

    def range(self, node: Node, place: Place) -> Range:
        """Return the smallest and largest value of a node."""
        return bounds(self, node, place)

    def possible(self, node: Case, place: Place) -> tuple[list[tuple[str, Node]], Node]:
        """Return the branches that the moment leaves possible, and what holds if none does."""
        branches: list[tuple[str, Node]] = []
        for when, then in node.branches:
            test = self.test(when, place)
            if test == ALWAYS:
                return branches, then
            if test != NEVER_HOLDS:
                branches.append((test, then))
        return branches, node.otherwise

    def _until(
        self,
        parts: tuple[Node, ...],
        place: Place,
        stop: str,
        join: Callable[[list[str]], str],
    ) -> str:
        """Write parts in order; what follows a part that decides is never asked for."""
        tests: list[str] = []
        for part in parts:
            test = self.test(part, place)
            if test == stop:
                return stop
            tests.append(test)
        return join(tests)

    def _compare(self, node: Compare, place: Place) -> str:
        left, right, sign = node.left, node.right, node.operator
        if right.type is Type.AGE or is_grace_start(right):
            left, right, sign = right, left, _FLIPPED[sign]
        if isinstance(left, Call) and left.type is Type.AGE:
            return age_test(self, left, sign, right, place)
        if is_grace_start(left):
            return grace_start_test(self, sign, right, place)
        ours, theirs = self.constant(left, place), self.constant(right, place)
        if ours is not None and theirs is not None:
            return ALWAYS if _COMPARE[sign](ours, theirs) else NEVER_HOLDS
        return f"{self.value(left, place)} {sign} {self.value(right, place)}"

    def _case_test(self, node: Case, place: Place) -> str:
        possible, last = self.possible(node, place)
        written = [(test, f"({self.test(then, place)})") for test, then in possible]
        return case(written, f"({self.test(last, place)})")

    def _name(self, node: Name, place: Place) -> str:
        if node.of in self.needs.attributes:
            is_size = (node.of, node.name) == ("household", "size")
            return household_size(self, place) if is_size else self.needs.column(node.of, node.name)
        if node.of in {"cycle", "month", "window"}:
            return literal(place.moment.value(node.of, node.name))
        if node.of == "parameter":
            return self._parameter(node.name, place)
        if node.of == "component":
            if place.components is None:
                raise NotCompiled(
                    f"{node.name}, read outside components,", "A component below it, or a cap."
                )
            found = place.components.read(node.name, subject=place.subject, moment=place.moment)
            return found[0]
        if node.of == "standing":
            return self._standing(node.name, place)
        return place.words[node.name]

    def _standing(self, name: str, place: Place) -> str:
        if name == "state":
            return "standing"
        if name == "months_in_grace":
            return f"({place.moment.cycle_first.number} - grace_month)"
        raise NotCompiled(
            "`standing.grace_started_on` in this place",
            "A comparison with a day, or `standing.months_in_grace`.",
        )

    def _parameter(self, name: str, place: Place) -> str:
        if self.rulebook.law.parameters[name].fixed_by is None:
            return sized(_plain(self.parameters.at(name, self.day(place))))
        written = [(test, sized(_plain(value))) for test, value in self._fixed(name, place)]
        return case(written[:-1], written[-1][1])

    def _fixed(self, name: str, place: Place) -> list[tuple[str, Value]]:
        """Return the values of a parameter that a household's own date decides, oldest first."""
        source = self.rulebook.expression("parameters", name, "fixed_by")
        values = self.parameters.over_time(name, place.moment.cycle_first.first_day)
        written: list[tuple[str, Value]] = []
        for (_, value), (next_from, _) in pairwise(values):
            until = Compare("<", source, Constant(next_from, Type.DATE))
            written.append((self.test(until, place), value))
        return [*written, (ALWAYS, values[-1][1])]

    def percents(self, node: Node, place: Place) -> list[tuple[str, Fraction]]:
        """Return the shares a percent can be and when; the last holds if none before it does."""
        if isinstance(node, Name) and node.of == "parameter":
            if self.rulebook.law.parameters[node.name].fixed_by is None:
                value = self.parameters.at(node.name, self.day(place))
                return [(ALWAYS, Fraction(value))] if isinstance(value, int | Fraction) else []
            return [
                (test, Fraction(value))
                for test, value in self._fixed(node.name, place)
                if isinstance(value, int | Fraction)
            ]
        raise NotCompiled("A percent that is no parameter", "A parameter, or a CASE of them.")

    def _check_size(self, node: Arithmetic, place: Place) -> None:
        found = bounds(self, node, place)
        if max(abs(found.low), abs(found.high)) >= LIMIT:
            raise TooLarge("An amount", "A smaller factor.")


def _plain(value: Value) -> int | date:
    if isinstance(value, Fraction):
        raise NotCompiled("A percent outside `share(…)`", "share(amount, percent).")
    return value
