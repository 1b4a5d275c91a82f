"""Random expressions, each of a type, that may stand in one place of a law."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

__all__ = ["MONTHS", "Place", "Words"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_SIGNS = ("=", "<>", "<", "<=", ">", ">=")
_ORDERS = ("<", "<=", ">", ">=")
_MODES = ("half_up", "half_even", "down", "up")


@dataclass(frozen=True)
class Place:
    """What may be said where an expression stands.

    ``components``: those above that may be read here; ``verdicts``: conditions that may be asked;
    ``tests`` and ``counts``: words that only a ladder has.
    """

    subject: str = "household"
    moments: tuple[str, ...] = ("cycle", "month")
    components: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    moneys: tuple[str, ...] = ()
    grouped: bool = False
    standing: bool = True
    gaps: bool = False
    home: bool = True


@dataclass
class Words:
    """The names of one law by type, and a seeded choice among them."""

    rng: np.random.Generator
    attributes: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = field(default_factory=dict)
    parameters: dict[str, list[str]] = field(default_factory=dict)
    fixed: dict[str, list[str]] = field(default_factory=dict)
    gaps: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    definitions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    events: tuple[str, ...] = ("visited", "notice")

    def one(self, options: Sequence[Any]) -> Any:
        """Return one of several."""
        return options[int(self.rng.integers(len(options)))]

    def some(self, options: Sequence[Any], most: int = 99) -> list[Any]:
        """Return at least one of several, in their order."""
        count = 1 + int(self.rng.integers(min(len(options), most)))
        chosen = sorted(self.rng.permutation(len(options))[:count].tolist())
        return [options[n] for n in chosen]

    def chance(self, share: float) -> bool:
        """Return true so often."""
        return bool(self.rng.random() < share)

    # Names

    def _names(self, place: Place, kind: str) -> list[str]:
        own = [n for n, (k, _) in self.attributes[place.subject].items() if k == kind]
        if place.subject != "household" and place.home:
            above = [n for n, (k, _) in self.attributes["household"].items() if k == kind]
            own += [f"household.{n}" for n in above]
        return own

    def _parameters(self, place: Place, kind: str) -> list[str]:
        found = list(self.parameters.get(kind, ()))
        if not place.grouped:
            found += self.fixed.get(kind, ())
        return found + (self.gaps.get(kind, []) if place.gaps else [])

    def _defined(self, place: Place, kind: str) -> list[str]:
        return self.definitions.get((place.subject, kind), []) if not place.grouped else []

    # Tests

    def test(self, place: Place, depth: int = 2) -> str:
        """Return a test."""
        if depth and self.chance(0.35):
            word = self.one(("AND", "OR"))
            parts = [self.test(place, depth - 1) for _ in range(2)]
            return f"({parts[0]} {word} {parts[1]})"
        if depth and self.chance(0.1):
            return f"NOT ({self.test(place, depth - 1)})"
        ways = [self._numbers, self._numbers, self._money_test, self._dates, self._flag, self._code]
        ways += [self._event, self._defined_test]
        if place.subject == "member":
            ways += [self._age] * 4
        if place.subject == "household" and not place.grouped:
            ways += [self._group] * 2
        if place.verdicts:
            ways += [self._verdict] * 2
        if place.tests:
            ways += [self._word] * 3
        if place.standing and place.subject == "household" and not place.grouped:
            ways.append(self._standing)
        if depth:
            ways.append(self._case_test)
        return str(self.one(ways)(place, depth))

    def _numbers(self, place: Place, depth: int) -> str:
        left, right = self.number(place, depth), self.number(place, 0)
        if self.chance(0.15):
            low = int(self.rng.integers(0, 6))
            return f"{left} BETWEEN {low} AND {low + int(self.rng.integers(0, 9))}"
        if self.chance(0.1):
            return f"{left} IN (0, 1, {int(self.rng.integers(2, 9))})"
        return f"{left} {self.one(_SIGNS)} {right}"

    def _money_test(self, place: Place, depth: int) -> str:
        return f"{self.money(place, min(depth, 1))} {self.one(_SIGNS)} {self.money(place, 0)}"

    def _dates(self, place: Place, depth: int) -> str:
        del depth
        names = self._names(place, "date")
        if not names:
            return "TRUE"
        left = self.one(names)
        if self.chance(0.2):
            low = self.one(place.moments)
            return f"{left} BETWEEN {low}.first_day AND {low}.last_day"
        right = self.one([*names, self.day(place), self.day(place), self.day(place)])
        return f"{left} {self.one(_SIGNS)} {right}"

    def day(self, place: Place) -> str:
        """Return a day that is the same for everybody."""
        moment = self.one(place.moments)
        options = [f"{moment}.first_day", f"{moment}.last_day", "DATE '2024-02-29'"]
        return str(self.one([*options, "DATE '2023-12-31'", *self.parameters.get("date", [])]))

    def _flag(self, place: Place, depth: int) -> str:
        del depth
        names = self._names(place, "bool")
        if place.subject == "pregnancy" and self.chance(0.5):
            return "open"
        if not names:
            return "TRUE"
        name = self.one(names)
        return f"NOT {name}" if self.chance(0.3) else str(name)

    def _code(self, place: Place, depth: int) -> str:
        del depth
        names = self._names(place, "code")
        if not names:
            return "TRUE"
        name = self.one(names)
        of, _, bare = name.rpartition(".")
        values = self.attributes[of or place.subject][bare][1]
        if self.chance(0.3):
            listed = ", ".join(f"'{value}'" for value in self.some(values))
            return f"{name} IN ({listed})"
        return f"{name} {self.one(('=', '<>'))} '{self.one(values)}'"

    def _event(self, place: Place, depth: int) -> str:
        del depth
        if place.grouped and place.subject == "pregnancy":
            return "TRUE"
        code = self.one(self.events)
        if self.chance(0.3):
            return f"months_since(event_on('{code}')) >= {int(self.rng.integers(0, 14))}"
        if self.chance(0.25):
            names = self._names(place, "date") + self._names(place, "code")
            return f"known({self.one(names)})" if names else "TRUE"
        return f"event('{code}')" if self.chance(0.8) else "in_programme('other')"

    def _defined_test(self, place: Place, depth: int) -> str:
        names = self._defined(place, "bool")
        return str(self.one(names)) if names else self._numbers(place, depth)

    def _age(self, place: Place, depth: int) -> str:
        del depth
        function, years = self.one((("age_at", 20), ("age_at", 66), ("age_months_at", 40)))
        limit = str(int(self.rng.integers(0, years)))
        counts = self.parameters.get("int", [])
        if counts and self.chance(0.3):
            limit = self.one(counts)
        age = f"{function}({self.day(place)})"
        if self.chance(0.25):
            low = int(self.rng.integers(0, 16))
            return f"{age} BETWEEN {low} AND {low + int(self.rng.integers(0, 12))}"
        return (
            f"{limit} {self.one(_SIGNS)} {age}"
            if self.chance(0.15)
            else (f"{age} {self.one((*_ORDERS, *_ORDERS, '=', '<>'))} {limit}")
        )

    def _group(self, place: Place, depth: int) -> str:
        group = self.one(("members", "members", "pregnancies"))
        inside = self._inside(place, group)
        return f"{self.one(('any_of', 'all_of'))}({group}, {self.test(inside, max(depth - 1, 0))})"

    def _inside(self, place: Place, group: str) -> Place:
        subject = "member" if group == "members" else "pregnancy"
        return Place(
            subject, place.moments, grouped=True, standing=False, gaps=place.gaps, home=False
        )

    def _verdict(self, place: Place, depth: int) -> str:
        del depth
        return f"{self.one(('is_met', 'is_judged'))}({self.one(place.verdicts)})"

    def _word(self, place: Place, depth: int) -> str:
        del depth
        return str(self.one(place.tests))

    def _standing(self, place: Place, depth: int) -> str:
        del place, depth
        ways = ("standing = 'full'", "standing <> 'grace'", "standing IN ('grace', 'full')")
        more = ("standing.months_in_grace >= 2", "standing.grace_started_on < DATE '2024-03-01'")
        return str(self.one((*ways, *more)))

    def _case_test(self, place: Place, depth: int) -> str:
        parts = [self.test(place, depth - 1) for _ in range(3)]
        return f"CASE WHEN {parts[0]} THEN {parts[1]} ELSE {parts[2]} END"

    # Numbers

    def number(self, place: Place, depth: int = 1) -> str:
        """Return a whole number."""
        names = self._names(place, "int")
        options = [str(int(self.rng.integers(0, 9))), *self._parameters(place, "int"), *names]
        options += [*place.counts, *place.counts, *self._defined(place, "int")]
        options += [f"{self.one(place.moments)}.of_year"]
        found = str(self.one(options))
        if not depth:
            return found
        ways = [lambda: found] * 3
        ways.append(lambda: f"({found} {self.one('+-*')} {self.number(place, 0)})")
        ways.append(lambda: f"{self.one(('at_least', 'at_most'))}({found}, {self.number(place)})")
        ways.append(lambda: self._elapsed(place))
        if place.subject == "household" and not place.grouped:
            ways += [lambda: self._counted(place)] * 2
        tables = [t for t, (_, kind) in self.tables.items() if kind == "int"]
        if tables:
            ways.append(lambda: self.lookup(place, self.one(tables)))
        if self.codes and not place.grouped:
            ways.append(lambda: f"paid_count({self.one(self.codes)})")
        ways.append(lambda: self._case(place, self.number, depth))
        return self.one(ways)()

    def _elapsed(self, place: Place) -> str:
        names = self._names(place, "date")
        if not names:
            return "3"
        one, other = self.one(names), self.one([*names, self.day(place)])
        ways = (f"months_since({one})", f"months_between({one}, {other})")
        return str(self.one(ways))

    def _counted(self, place: Place) -> str:
        group = self.one(("members", "members", "pregnancies"))
        inside = self._inside(place, group)
        function = self.one(("count_of", "count_of", "sum_of", "max_of", "min_of"))
        if function == "count_of":
            return f"count_of({group}, {self.test(inside, 1)})"
        more = f", {self.test(inside, 1)}" if self.chance(0.5) else ""
        return f"{function}({group}, {self.number(inside, 0)}{more})"

    def lookup(self, place: Place, table: str) -> str:
        """Return the value of a table for the subject's codes, or for a written one."""
        keys = []
        for key in self.tables[table][0]:
            nouns = (place.subject, "household") if place.home else (place.subject,)
            noun = next((n for n in nouns if key in self.attributes[n]), "")
            if not noun or self.chance(0.1):
                found = next(a[key] for a in self.attributes.values() if key in a)
                keys.append(f"'{self.one(found[1])}'")
            else:
                keys.append(key if noun == place.subject else f"household.{key}")
        return f"lookup({table}, {', '.join(keys)})"

    def _case(self, place: Place, value: Any, depth: int) -> str:
        test = self.test(place, depth - 1)
        return f"CASE WHEN {test} THEN {value(place, 0)} ELSE {value(place, depth - 1)} END"

    # Money

    def money(self, place: Place, depth: int = 2) -> str:
        """Return an amount."""
        options = [*self._parameters(place, "money") * 2, *self._names(place, "money")]
        options += [*place.components, *place.components, *place.moneys * 4]
        options += self._defined(place, "money")
        found = str(self.one(options))
        if not depth:
            return found
        inner = lambda: self.money(place, depth - 1)  # noqa: E731 - said once, drawn many times
        rounding = f", {self.one(_MODES)}, {self.one(('0.01', '1.00', '0.25', '7'))}"
        how = rounding if self.chance(0.4) else ""
        ways = [
            lambda: found,
            lambda: found,
            lambda: f"({inner()} {self.one('+-')} {inner()})",
            lambda: f"{self.one(('at_least', 'at_most', 'top_up'))}({inner()}, {inner()})",
            lambda: f"({found} * {self.number(place, 0)})",
            lambda: (
                f"round_to({inner()}, {self.one(('0.05', '2.00', '3', '10'))}, {self.one(_MODES)})"
            ),
            lambda: self._case(place, self.money, depth),
        ]
        shares = self._parameters(place, "percent")
        if shares:
            ways += [lambda: f"share({inner()}, {self.one(shares)}{how})"] * 3
        counts = self.parameters.get("divisor", [])
        if counts:
            number = self.number(place, 0)
            ways.append(lambda: f"ratio_of({found}, {number}, {self.one(counts)}{how})")
        tables = [t for t, (_, kind) in self.tables.items() if kind == "money"]
        if tables:
            ways += [lambda: self.lookup(place, self.one(tables))] * 2
        if place.subject == "household" and not place.grouped:
            ways.append(lambda: self._sum(place))
        if self.codes and not place.grouped:
            ways.append(lambda: f"paid_sum({self.one(self.codes)})")
            kind = self.one(("held", "withheld", "recoverable", "arrears"))
            ways.append(lambda: f"balance('{kind}', {self.one(self.codes)})")
        return self.one(ways)()

    def _sum(self, place: Place) -> str:
        group = self.one(("members", "members", "pregnancies"))
        inside = self._inside(place, group)
        function = self.one(("sum_of", "sum_of", "max_of", "min_of"))
        more = f", {self.test(inside, 1)}" if self.chance(0.6) else ""
        return f"{function}({group}, {self.money(inside, 1)}{more})"

    def amount(self, place: Place, depth: int = 2) -> str:
        """Return an amount that is never below zero."""
        found = self.money(place, depth)
        return found if found.isidentifier() else f"at_least({found}, 0)"
