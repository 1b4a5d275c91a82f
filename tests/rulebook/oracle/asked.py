"""What a law asks about everybody in one month, whoever he is: so what must be known of him.

A month alone may decide a test (`cycle.first_day < DATE '2024-01-01'`, a number of the law against
a number); what follows then is asked of nobody. Whatever else is asked must be known and in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .judging import windows
from .language import COMPARE
from .law import NotInForceError, first_day, last_day, month_of

if TYPE_CHECKING:
    from datetime import date

    from .law import PlainLaw

UNKNOWN = object()
_GROUPS = {"members": "member", "pregnancies": "pregnancy"}
_RECORDED = frozenset({"paid_count", "paid_sum", "due_count", "due_sum", "balance"})
_JUDGED = frozenset({"is_met", "is_judged", "reported"})
_GRACE = ("name", "standing.grace_started_on")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class When:
    """The months an expression speaks of.

    ``late``: they are paid now, with the enrolment. ``monthly``: one month speaks by itself.
    """

    cycle: int
    month: int
    window: tuple[int, int] = (0, 0)
    late: bool = False
    monthly: bool = False


def when_due(component: dict[str, Any], cycle: int, month: int, *, late: bool = False) -> When:
    """Return the months that a component speaks of in a month."""
    return When(cycle, month, late=late, monthly=component.get("months") == "each")


@dataclass
class Asked:
    """Walks expressions and notes what they ask of whom."""

    law: PlainLaw
    names: set[tuple[str, str]] = field(default_factory=set)
    groups: list[tuple[Any, When]] = field(default_factory=list)
    tables: list[tuple[Any, str, When, list[Any]]] = field(default_factory=list)
    guards: list[Any] = field(default_factory=list)

    def of(self, text: Any, subject: str, when: When) -> Any:
        """Note what a text asks; return its value if it is the same for everybody."""
        return self.tree(self.law.tree(text), subject, when)

    def tree(  # noqa: PLR0911 - one form, one return
        self, tree: Any, subject: str, when: When
    ) -> Any:
        kind = tree[0]
        if kind == "value":
            return tree[1]
        if kind == "name":
            return self._name(tree[1], subject, when)
        if kind == "call":
            if tree[1] in {"is_met", "is_judged"}:
                return self._verdict(tree[1], tree[2][0][1], when)
            self._call(tree[1], tree[2], subject, when)
            return UNKNOWN
        if kind in {"and", "or"}:
            return self._logic(kind == "or", tree[1:], subject, when)
        if kind == "not":
            found = self.tree(tree[1], subject, when)
            return found if found is UNKNOWN else not found
        if kind == "case":
            return self._case(tree, subject, when)
        if kind in COMPARE:
            return self._compared(tree, subject, when)
        for part in tree[1:2] if kind == "in" else tree[1:]:
            self.tree(part, subject, when)
        return UNKNOWN

    def _logic(self, stop: bool, parts: Any, subject: str, when: When) -> Any:  # noqa: FBT001 - or
        known = True
        for part in parts:
            found = self.tree(part, subject, when)
            if found is stop:
                return stop
            known &= found is not UNKNOWN
        return (not stop) if known else UNKNOWN

    def _case(self, tree: Any, subject: str, when: When) -> Any:
        for test, then in tree[1]:
            found = self.tree(test, subject, when)
            if found is not False:
                self.tree(then, subject, when)
            if found is True:
                return UNKNOWN
        self.tree(tree[2], subject, when)
        return UNKNOWN

    def _same(self, tree: Any, subject: str, when: When) -> Any:
        """Return what a plain word is if it is the same for everybody."""
        if tree[0] == "value":
            return tree[1]
        if tree[0] == "name":
            quiet = replace(self, names=set(), groups=[], tables=[])
            return quiet._name(tree[1], subject, when)
        return UNKNOWN

    def _compared(self, tree: Any, subject: str, when: When) -> Any:
        sign, left, right = tree
        if right == _GRACE:
            sign, left, right = _FLIPPED.get(sign, sign), right, left
        ours, theirs = self._same(left, subject, when), self._same(right, subject, when)
        if left == _GRACE:
            return _since_grace(sign, theirs, first_day(when.cycle))
        if ours is not UNKNOWN and theirs is not UNKNOWN:
            return COMPARE[sign](ours, theirs)
        for side in (left, right):
            self.tree(side, subject, when)
        return UNKNOWN

    def _name(self, word: str, subject: str, when: When) -> Any:
        law, (prefix, _, rest) = self.law, word.rpartition(".")
        if prefix in {"cycle", "month", "window"}:
            first, last = {
                "cycle": (when.cycle, when.cycle + law.span - 1),
                "month": (when.month, when.month),
                "window": when.window,
            }[prefix]
            if rest.endswith("day"):
                return first_day(first) if rest == "first_day" else last_day(last)
            return first if rest == "month" else first % 12 + 1
        if not prefix and word in law.section("definitions"):
            return self.of(law.section("definitions")[word], subject, when)
        if not prefix and word in law.section("parameters"):
            return self._parameter(word, subject, when)
        noun = prefix or subject
        if prefix != "standing" and law.knows(noun, rest):
            self.names.add((noun, rest))
        elif rest == "per_capita_income":
            self.names.add(("household", "income_total"))
        return UNKNOWN

    def _parameter(self, word: str, subject: str, when: When) -> Any:
        entry = self.law.section("parameters")[word]
        if "fixed_by" not in entry:
            return self.law.parameter(word, first_day(when.month))
        begun = [d for d in entry["values"] if d["from"] <= first_day(when.cycle).isoformat()]
        if len(begun) > 1:
            self.of(entry["fixed_by"], subject, when)
        return UNKNOWN

    def _verdict(self, function: str, name: str, when: When) -> Any:
        """Return what a month decides: whoever nobody judges in it is not met, and was before."""
        if when.late:
            return function == "is_met"
        condition = self.law.section("conditions")[name]
        by_month = condition.get("grain") == "month"
        quiet = replace(self, names=set(), groups=[], tables=[])
        for seen, month in windows(self.law, condition, when.cycle):
            if by_month and when.monthly and month != when.month:
                continue
            here = When(when.cycle, month, (seen[0], seen[-1]), monthly=by_month)
            if quiet.of(condition.get("where", "TRUE"), condition["each"], here) is not False:
                return UNKNOWN
        return False

    def _call(self, function: str, arguments: list[Any], subject: str, when: When) -> None:
        if function in {"event", "event_on", "in_programme", "known", *_RECORDED, *_JUDGED}:
            return
        if function in {"age_at", "age_months_at"}:
            self.names.add(("member", "birth_date"))
        if function in {"any_of", "all_of", "count_of", "sum_of", "max_of", "min_of"}:
            for argument in arguments[1:]:
                self.tree(argument, _GROUPS[arguments[0][1]], when)
            if function in {"max_of", "min_of"}:
                self.groups.append((("call", function, arguments), when))
            return
        if function == "lookup":
            self._table(("call", function, arguments), subject, when)
            arguments = arguments[1:]
        read = {"round_to": 1, "share": 2, "ratio_of": 3, "scaled": 3}.get(function, 9)
        for argument in arguments[:read]:
            self.tree(argument, subject, when)

    def _table(self, call: Any, subject: str, when: When) -> None:
        entry = self.law.section("tables")[call[2][0][1]]
        if first_day(when.month).isoformat() < entry["values"][0]["from"]:
            raise NotInForceError(str(call[2][0][1]))
        if entry["missing"] == "error":
            self.tables.append((call, subject, when, list(self.guards)))

    def own_parts(self, where: Any, subject: str) -> list[Any]:
        """Return those parts of a test that the subject's own words alone decide."""
        while where[0] == "name" and where[1] in self.law.section("definitions"):
            where = self.law.tree(self.law.section("definitions")[where[1]])
        parts = _flat(where)
        return [part for part in parts if self._is_own(part, subject)]

    def _is_word(self, prefix: str, word: str, subject: str) -> bool:
        """Return whether a name is the subject's own; inside a sum (``""``) members speak."""
        if prefix:
            return prefix in {subject or "household", "cycle", "month"}
        if not subject:
            return False
        more = {"size", "per_capita_income", "cycles_since_enrolment", "open"}
        return self.law.knows(subject, word) or word in more or word.endswith("_id")

    def _is_own(self, tree: Any, subject: str) -> bool:  # noqa: PLR0911 - one form, one return
        if not isinstance(tree, tuple | list) or not tree:
            return True
        if tree[0] == "name":
            prefix, _, word = tree[1].rpartition(".")
            if not prefix and word in self.law.section("definitions"):
                return self._is_own(self.law.tree(self.law.section("definitions")[word]), subject)
            if not prefix and word in self.law.section("parameters"):
                return True
            return self._is_word(prefix, word, subject)
        if tree[0] == "call":
            if tree[1] in {"event", "in_programme", *_JUDGED}:
                return False
            if tree[1] in {"any_of", "all_of", "count_of", "sum_of", "max_of", "min_of"}:
                return all(self._is_own(t, "") for t in tree[2][1:])
            first = 1 if tree[1] == "lookup" else 0
            return tree[1] in _RECORDED or all(self._is_own(t, subject) for t in tree[2][first:])
        return all(self._is_own(part, subject) for part in tree[1:])


def _flat(tree: Any) -> list[Any]:
    if tree[0] != "and":
        return [tree]
    return [part for inner in tree[1:] for part in _flat(inner)]


def _since_grace(sign: str, day: date | Any, now: date) -> Any:
    """The grace began this cycle or earlier, so a day after the cycle's first decides at once."""
    if sign in {"<", ">="}:
        return (sign == "<") if now < day else UNKNOWN
    if sign in {"<=", ">"}:
        return (sign == "<=") if now <= day else UNKNOWN
    return UNKNOWN if day == first_day(month_of(day)) else sign == "<>"
