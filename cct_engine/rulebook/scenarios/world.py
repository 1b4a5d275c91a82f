"""The shard rows of one scenario: what is not said is favourable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.months import Month, day_number
from cct_engine.rulebook.scenarios.scenario import UnreadableScenario, listed
from cct_engine.rulebook.scenarios.words import check_words
from cct_engine.rulebook.values import read_date, read_minor
from cct_engine.rulebook.vocabulary import known_attributes

if TYPE_CHECKING:
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios.scenario import Entry, Scenario, ScenarioFile

__all__ = ["Change", "Row", "World", "day_of", "put_date", "tables"]

Row = dict[str, Any]
_DATED = ("household", "member", "pregnancy", "fact", "event", "state", "balance")

# What a case may say besides its household.
_GIVEN_WORDS = {
    *("history", "breaches", "attendance", "absences", "health", "interruption_of_effects"),
    *("status", "protection", "nursing_instalment", "overpayment", "held", "events", "changes"),
    *("enrolled", "entitled_from", "applied", "appeals", "noncompliant_cycles", "libreta"),
    *("withheld_by_month", "withheld_year", "milestones", "written_notice", "arrears_months"),
    *("noncompliant_through", "paid", "components_in_scope", "first_period_after_enrolment"),
}
_LISTS = (
    *("history", "breaches", "attendance", "absences", "health", "held", "events", "changes"),
    *("appeals", "paid", "noncompliant_cycles", "withheld_by_month"),
)
# What is told beside it, and decides nothing here.
_TOLD_WORDS = {
    "compliance",
    *("status_since", "income_rise_recorded", "income_fell", "payment_date", "arrears_period"),
    *("current_month", "id_last_digits", "amount", "available_from", "monthly", "rate_change"),
    *("withdrawn", "channel", "channels", "class_months", "emergency_override", "recorded"),
    *("deadline_default", "deadline_override", "verification_window"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """Something of a household or member that is known from a month on, and not before."""

    month: Month
    row: Row
    values: Row


@dataclass(slots=True)
class World:
    """One scenario's household through its cycles: rows that stay, and rows that cycles write.

    ``silent`` are the reports that the scenario says are missing, as (kind, member id, month);
    ``annulled`` is the number of effects that an appeal took away and ``lapsed`` the money lost at
    a deadline; ``later`` is the month that bears what none of the scenario's own does; ``codes``
    are the closed lists of codes, by attribute.
    """

    scenario: Scenario
    file: ScenarioFile
    rulebook: Rulebook
    household_id: int
    members: dict[str, int] = field(default_factory=dict)
    born: dict[str, date] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    silent: set[tuple[str, int, int]] = field(default_factory=set)
    annulled: int = 0
    lapsed: int = 0
    later: Month | None = None
    first_person: int = 0
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, scenario: Scenario, file: ScenarioFile, rulebook: Rulebook, household_id: int
    ) -> World:
        """Return an empty world: nobody in it, nothing has happened."""
        world = cls(scenario, file, rulebook, household_id, first_person=household_id * 100)
        world.rows = tables()
        nouns = known_attributes(rulebook.law).values()
        world.codes = {name: one.values for noun in nouns for name, one in noun.items()}
        known = {*_GIVEN_WORDS, *rulebook.own_attributes("household"), *rulebook.law.facts}
        known |= {"household"}
        check_words(scenario.id, "`given`", scenario.given, known, _TOLD_WORDS)
        for word in (*_LISTS, *(rulebook.law.facts.keys() - _GIVEN_WORDS)):
            if isinstance(scenario.given.get(word), dict):
                raise UnreadableScenario(f"{scenario.id}: `{word}` is a list: [{{…}}, {{…}}].")
        return world

    @property
    def first(self) -> Month:
        """Return the first cycle that is asked for."""
        return self.scenario.months[0]

    @property
    def first_day(self) -> date:
        """Return the first day of the first cycle."""
        return self.first.first_day

    def money(self, written: Any) -> int:
        """Return minor units of an amount of the scenario."""
        return read_minor(written, currency=self.rulebook.currency)

    def person(self, name: Any) -> int:
        """Return the id of a member by the name the scenario gives."""
        if str(name) not in self.members:
            raise UnreadableScenario(f"{self.scenario.id}: nobody is called `{name}`.")
        return self.members[str(name)]

    def row(self, table: str, **values: Any) -> Row:
        """Add a row of this household to a table."""
        added: Row = {"household_id": self.household_id}
        for name, value in values.items():
            if isinstance(value, date):
                put_date(added, name, value)
            else:
                added[name] = value
        self.rows[table].append(added)
        return added

    def event(
        self, code: str, start: Month, *, until: Month | None = None, subject: int = 0, **more: Any
    ) -> None:
        """Add a dated decision that is in force from a month on."""
        values = {"on_date": start.first_day, "detail": ""} | more
        self.row(
            "event",
            subject_id=subject,
            code=code,
            from_month=start.number,
            until_month=None if until is None else until.number,
            **values,
        )

    def fact_kinds(self, word: str) -> tuple[str, ...]:
        """Return the facts behind a condition's word: itself, or as the file's header says."""
        named = self.file.conditions.get(word, word)
        kinds = tuple(str(kind) for kind in named) if isinstance(named, list) else (str(named),)
        for kind in kinds:
            if kind not in self.rulebook.law.facts:
                raise UnreadableScenario(
                    f"{self.scenario.id}: nobody knows the condition `{word}`."
                )
        return kinds

    def typed(self, value: Any, kind: str) -> Any:
        """Return a value of the scenario as a shard has it."""
        if kind == "money":
            return self.money(value)
        if kind == "date":
            return read_date(str(value))
        if kind not in {"int", "bool"}:
            return str(value)
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            right = "true or false" if kind == "bool" else "a whole number"
            raise UnreadableScenario(f"`{value}` is not {right}.") from error

    def put(self, row: Row, attribute: str, value: Any, kind: str) -> None:
        """Write an attribute; a date as the shard has it."""
        typed = self.typed(value, kind)
        codes = self.codes.get(attribute, ())
        if kind == "code" and codes and typed not in codes:
            raise UnreadableScenario(
                f"{self.scenario.id}: `{attribute}` is never `{typed}`. One of: {', '.join(codes)}."
            )
        if kind == "date":
            put_date(row, attribute, typed)
        else:
            row[attribute] = typed

    def reach(self, month: Month) -> None:
        """Make known what becomes known up to a cycle."""
        last = month.plus(self.rulebook.cycle_months - 1)
        for change in list(self.changes):
            if change.month <= last:
                change.row.update(change.values)
                self.changes.remove(change)

    def entries(self, key: str) -> list[Entry]:
        """Return the entries under a key of what is given."""
        return list(listed(self.scenario.given, key))


def tables() -> dict[str, list[Row]]:
    """Return the tables of a shard, empty."""
    return {table: [] for table in (*_DATED, "history", "enrolled_elsewhere")}


def put_date(row: Row, name: str, value: date | None) -> None:
    """Write a date as the shard has it: itself, its day number, its month number."""
    row[name] = value
    row[f"{name}_day"] = None if value is None else day_number(value)
    row[f"{name}_month"] = None if value is None else Month.of(value).number


def day_of(entry: Entry, key: str) -> date | None:
    """Return the day written under a key, if there is one."""
    return read_date(str(entry[key])) if key in entry else None
