"""Who speaks in an expression, when, and what the words mean there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .judging import counted
from .language import rounded, value
from .law import NEVER, NotInForceError, first_day, last_day, month_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .law import PlainLaw

Row = dict[str, Any]
MOST_SCALED = 50
GROUPS = {"members": "member", "pregnancies": "pregnancy"}


@dataclass
class Home:
    """One household's rows, and what the calculation has found of it so far."""

    row: Row
    members: list[Row]
    pregnancies: list[Row]
    events: list[Row]
    facts: list[Row]
    states: list[Row]
    balances: list[Row]
    history: list[Row]
    elsewhere: list[Row]
    standing: str = ""
    grace_month: int = 0
    grace_had: int = 0
    in_grace: bool = False
    verdicts: list[Row] = field(default_factory=list)
    unlisted: bool = False


@dataclass
class Scope:
    """A place of the law: subject, months, and the words only this place has."""

    law: PlainLaw
    home: Home
    cycle: int
    month: int
    subject: str = "household"
    row: Row = field(default_factory=dict)
    window: tuple[int, int] = (0, 0)
    extras: dict[str, Any] = field(default_factory=dict)
    component: Callable[[str, Scope], int] | None = None
    monthly: bool = False
    now: int = 0

    def members(self) -> list[Row]:
        """Return the members counted, and in a cycle that is over those who were there then."""
        if self.cycle == self.now:
            return self.home.members
        return [m for m in self.home.members if counted(self.law, m, self)]

    def of_group(self, group: str) -> list[Scope]:
        """Return the members, or the pregnancies of those who are there, each speaking itself."""
        rows = self.members()
        if group == "pregnancies":
            there = {member["member_id"] for member in rows}
            rows = [p for p in self.home.pregnancies if p["member_id"] in there]
        return [self.of(GROUPS[group], row) for row in rows]

    def of(self, subject: str, row: Row) -> Scope:
        return replace(self, subject=subject, row=row)

    def test(self, text: Any) -> bool:
        return bool(value(self.law.tree(text), self))

    def value(self, text: Any) -> Any:
        return value(self.law.tree(text), self)

    # Names

    def name(self, word: str) -> Any:
        prefix, _, rest = word.rpartition(".")
        if prefix in {"cycle", "month", "window"}:
            return self._moment(prefix, rest)
        if prefix == "standing":
            started = self.home.grace_month
            return first_day(started) if rest == "grace_started_on" else self.cycle - started
        if prefix:
            row = self.home.row if prefix == "household" else self.row
            return self.attribute(prefix, row, rest)
        return self._bare(word)

    def _bare(self, word: str) -> Any:
        law = self.law
        if word in self.extras:
            return self.extras[word]
        if word == "standing":
            return self.home.standing
        if word in law.section("definitions"):
            return self.value(law.section("definitions")[word])
        if word in law.section("parameters"):
            return self._parameter(word)
        if any(component["code"] == word for component in law.components):
            assert self.component is not None, word
            return self.component(word, self)
        return self.attribute(self.subject, self.row, word)

    def _moment(self, prefix: str, rest: str) -> Any:
        first, last = {
            "cycle": (self.cycle, self.cycle + self.law.span - 1),
            "month": (self.month, self.month),
            "window": self.window,
        }[prefix]
        if rest == "first_day":
            return first_day(first)
        if rest == "last_day":
            return last_day(last)
        return first if rest == "month" else first % 12 + 1

    def _parameter(self, word: str) -> Any:
        fixed = self.law.section("parameters")[word].get("fixed_by")
        if fixed is None:
            return self.law.parameter(word, first_day(self.month))
        on = max(self.value(fixed), self.law.oldest(word))
        return self.law.parameter(word, min(on, first_day(self.cycle)))

    def attribute(  # noqa: PLR0911 - one form, one return
        self, noun: str, row: Row, name: str
    ) -> Any:
        if noun == "household":
            row = self.home.row
        if (noun, name) == ("household", "size"):
            return len(self.members())
        if name == "per_capita_income":
            size = len(self.home.members)
            return (row.get("income_total") or 0) // size if size else 0
        if name == "cycles_since_enrolment":
            since = row.get("enrolled_on_month")
            return 0 if since is None or since >= self.now else (self.now - since) // self.law.span
        if name == "open":
            return self._is_open(row)
        found = row.get(name)
        kind = "int" if name.endswith("_id") else self.law.kind(noun, name)
        if found is None:
            found = self.law.absent(noun, name)
            if found == "cycle":
                return first_day(self.now)
            if found == "error":
                empty = {"money": 0, "int": 0, "bool": False, "date": date.min}
                return empty.get(kind, "")
        return bool(found) if kind == "bool" else found

    def _is_open(self, row: Row) -> bool:
        registered, delivered = row.get("registered_on"), row.get("delivery_on")
        cycle_end = last_day(self.now + self.law.span - 1)
        return (registered is None or registered <= cycle_end) and (
            delivered is None or delivered >= first_day(self.now)
        )

    # Functions

    def call(self, function: str, arguments: list[Any]) -> Any:
        if function in {"any_of", "all_of", "count_of", "sum_of", "max_of", "min_of"}:
            return self._group(function, arguments)
        if function in {"share", "ratio_of", "round_to", "scaled"}:
            rounds = self._scaled if function == "scaled" else self._rounded
            return rounds(function, arguments)
        words = [argument[1] for argument in arguments if argument[0] in {"name", "value"}]
        if function in {"event", "event_on", "in_programme", "lookup", "balance", "known"}:
            return getattr(self, f"_{function}")(words, arguments)
        if function in {"paid_count", "paid_sum", "due_count", "due_sum"}:
            kind = "due" if function.startswith("due") else "payable"
            lines = [h[kind] for h in self.history(str(words[0]))]
            return sum(li > 0 for li in lines) if function.endswith("_count") else sum(lines)
        if function in {"is_met", "is_judged", "reported"}:
            return self._verdict(function, str(words[0]))
        given = [value(argument, self) for argument in arguments]
        return getattr(self, f"_{function}")(*given)

    def _group(self, function: str, arguments: list[Any]) -> Any:
        inside = self.of_group(arguments[0][1])
        if function in {"any_of", "all_of", "count_of"}:
            held = [bool(value(arguments[1], scope)) for scope in inside]
            return {"any_of": any(held), "all_of": all(held), "count_of": sum(held)}[function]
        values = [value(arguments[1], scope) for scope in self.chosen(arguments)]
        if function == "sum_of":
            return sum(values)
        return {"max_of": max, "min_of": min}[function](values, default=0)

    def chosen(self, arguments: list[Any]) -> list[Scope]:
        """Return the members or pregnancies that a sum over them takes."""
        inside = self.of_group(arguments[0][1])
        return [s for s in inside if not arguments[2:] or value(arguments[2], s)]

    def holds(self, tree: Any) -> bool:
        """Return whether a test already read holds here."""
        return bool(value(tree, self))

    def is_unlisted(self, tree: Any) -> bool:
        """Return whether a table has no row for the codes asked here."""
        keys = [str(value(argument, self)) for argument in tree[2][1:]]
        return self.law.lookup(str(tree[2][0][1]), keys, first_day(self.month)) is None

    def _rounded(self, function: str, arguments: list[Any]) -> int:
        mode, unit = self.law.convention
        amount = Fraction(value(arguments[0], self))
        rest = arguments[1:]
        if function == "round_to":
            return rounded(amount, self.law.money(rest[0][1]), rest[1][1])
        taken = 1 if function == "share" else 2
        if rest[taken:]:
            mode, unit = rest[taken][1], self.law.money(rest[taken + 1][1])
        factors = [value(argument, self) for argument in rest[:taken]]
        share = factors[0] if function == "share" else Fraction(factors[0], factors[1])
        return rounded(amount * share, unit, mode)

    def _scaled(self, _: str, arguments: list[Any]) -> int:
        """Return amount times count to the power, by decimals of 60 digits."""
        mode, unit = self.law.convention
        if arguments[3:]:
            mode, unit = arguments[3][1], self.law.money(arguments[4][1])
        amount, count, power = (value(argument, self) for argument in arguments[:3])
        if count > MOST_SCALED:
            self.home.unlisted = True
        if not 0 < count <= MOST_SCALED:
            return 0
        with localcontext(prec=60):
            return rounded(Fraction(amount * Decimal(count) ** power), unit, mode)

    def _age_at(self, day: date) -> int:
        born = self.attribute("member", self.row, "birth_date")
        birthday = (born.month, born.day)
        if birthday == (2, 29) and not _is_leap(day.year):
            early = self.law.law["conventions"]["leap_birthday"] == "feb_28"
            birthday = (2, 28) if early else (3, 1)
        return day.year - born.year - ((day.month, day.day) < birthday)

    def _age_months_at(self, day: date) -> int:
        born = self.attribute("member", self.row, "birth_date")
        return month_of(day) - month_of(born) - (day.day < born.day)

    def _days_between(self, first: date, second: date) -> int:
        return (second - first).days

    def _months_between(self, first: date, second: date) -> int:
        return month_of(second) - month_of(first)

    def _months_since(self, day: date) -> int:
        return self.cycle - month_of(day)

    def _at_least(self, one: int, other: int) -> int:
        return max(one, other)

    def _at_most(self, one: int, other: int) -> int:
        return min(one, other)

    def _top_up(self, amount: int, floor: int) -> int:
        return max(0, floor - amount)

    def _lookup(self, words: list[Any], arguments: list[Any]) -> int:
        keys = [str(value(argument, self)) for argument in arguments[1:]]
        return self.law.lookup(str(words[0]), keys, first_day(self.month)) or 0

    def events(self, code: str) -> list[Row]:
        subjects = {0, self.row.get("member_id", 0)} if self.subject == "member" else {0}
        return [
            e
            for e in self.home.events
            if e["code"] == code
            and e["subject_id"] in subjects
            and (e["from_month"] or 0) <= self.now
            and (e["until_month"] is None or e["until_month"] >= self.now)
        ]

    def _event(self, words: list[Any], _: list[Any]) -> bool:
        return bool(self.events(str(words[0])))

    def _event_on(self, words: list[Any], _: list[Any]) -> date:
        days = [e["on_date"] for e in self.events(str(words[0])) if e["on_date"] is not None]
        return min(days, default=NEVER)

    def _in_programme(self, words: list[Any], _: list[Any]) -> bool:
        return any(
            e["programme"] == words[0]
            and e["from_month"] <= self.now
            and (e["until_month"] is None or e["until_month"] >= self.now)
            for e in self.home.elsewhere
        )

    def _known(self, words: list[Any], _: list[Any]) -> bool:
        prefix, _dot, name = str(words[0]).rpartition(".")
        row = self.home.row if (prefix or self.subject) == "household" else self.row
        return row.get(name) is not None

    def _balance(self, words: list[Any], _: list[Any]) -> int:
        kind, code = words
        return sum(
            b["amount"]
            for b in self.home.balances
            if b["kind"] == kind and b["component"] == code and self._mine(b, self.subject)
        )

    def _mine(self, row: Row, per: str) -> bool:
        if per == "household":
            return True
        key = {"member": "person_id", "pregnancy": "pregnancy_id", "mother": "person_id"}[per]
        own = self.row["pregnancy_id" if per == "pregnancy" else "member_id"]
        return bool(row[key] == own)

    def history(self, code: str, per: str = "") -> list[Row]:
        return [
            h
            for h in self.home.history
            if h["component"] == code and self._mine(h, per or self.subject)
        ]

    def _verdict(self, function: str, condition: str) -> int:
        if self.cycle != self.now:
            return function == "is_met"  # deemed, before the enrolment
        own = self.row.get("member_id", 0) if self.subject == "member" else 0
        by_month = self.law.section("conditions")[condition].get("grain") == "month"
        asked = [
            v
            for v in self.home.verdicts
            if v["condition"] == condition
            and v["subject_id"] == own
            and not v["back"]
            and (not (self.monthly and by_month) or v["for_month"] == self.month)
        ]
        if function == "reported":
            return sum(int(v["reported"]) for v in asked)
        mine = {v["code"] for v in asked}
        if function == "is_judged":
            return bool(mine & {"met", "not_met"})
        return "met" in mine and "not_met" not in mine


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


__all__ = ["Home", "NotInForceError", "Row", "Scope"]
