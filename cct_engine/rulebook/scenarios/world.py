"""The shard rows of one scenario: what is not said is favourable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.months import Month, day_number, minus_months, minus_years
from cct_engine.rulebook.scenarios.scenario import Entry, Scenario, UnreadableScenario, listed
from cct_engine.rulebook.values import read_date, read_minor

if TYPE_CHECKING:
    from cct_engine.rulebook.model_rules import State
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.scenarios.scenario import ScenarioFile

__all__ = ["Row", "World"]

Row = dict[str, Any]
_HOUSEHOLD_WORDS = {
    "members",
    "per_capita_income",
    "income_total",
    "other_programmes",
    "id_last_digit",
    "area",
    "updated_on",
}
_MEMBER_WORDS = {
    "id",
    "rel",
    "age",
    "age_months",
    "born",
    "sex",
    "pregnant",
    "nursing",
    "responsible",
    "died",
    "joined_on",
    "left_on",
    "id_digit",
}


# What a case may say besides its household. The last lines are told, and decide nothing here.
_GIVEN_WORDS = {
    *("history", "breaches", "attendance", "absences", "health", "interruption_of_effects"),
    *("status", "protection", "nursing_instalment", "overpayment", "held", "events"),
    *("enrolled", "entitled_from", "applied"),
    *("status_since", "income_rise_recorded", "income_fell", "payment_date", "arrears_period"),
    *("arrears_months", "current_month", "id_last_digits", "amount", "available_from"),
    *("withdrawn", "channel", "compliance", "first_period_after_enrolment", "class_months"),
}


@dataclass(slots=True)
class World:
    """One scenario's household through its cycles: rows that stay, and rows that cycles write."""

    scenario: Scenario
    file: ScenarioFile
    rulebook: Rulebook
    household_id: int
    members: dict[str, int] = field(default_factory=dict)
    born: dict[str, date] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, scenario: Scenario, file: ScenarioFile, rulebook: Rulebook, household_id: int
    ) -> World:
        """Return the world before the scenario's first cycle."""
        world = cls(scenario, file, rulebook, household_id)
        tables = ("household", "member", "pregnancy", "fact", "event", "state", "balance")
        world.rows = {table: [] for table in (*tables, "history", "enrolled_elsewhere")}
        world._check_words()
        world._add_members()
        world._add_household()
        world._add_past()
        return world

    @property
    def first_day(self) -> date:
        """Return the first day of the first cycle."""
        return self.scenario.months[0].first_day

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

    def _check_words(self) -> None:
        own = self.rulebook.own_attributes("household")
        unknown = self.scenario.given.keys() - _GIVEN_WORDS - own.keys()
        if unknown:
            raise UnreadableScenario(
                f"{self.scenario.id}: `given` has {sorted(unknown)}, which nobody reads."
            )

    # Members

    def _add_members(self) -> None:
        for number, entry in enumerate(listed(self.scenario.household, "members"), start=1):
            name = str(entry["id"])
            self.members[name] = self.household_id * 100 + number
            self.born[name] = self._birth_date(entry)
            self._add_member(entry, name, first=number == 1)

    def _birth_date(self, entry: Entry) -> date:
        if "born" in entry:
            return read_date(str(entry["born"]))
        if "age_months" in entry:
            return minus_months(self.first_day, int(str(entry["age_months"]))) - timedelta(days=15)
        return minus_months(minus_years(self.first_day, int(str(entry["age"]))), 6)

    def _add_member(self, entry: Entry, name: str, *, first: bool) -> None:
        own = self.rulebook.own_attributes("member")
        unknown = entry.keys() - _MEMBER_WORDS - own.keys() - {"grade", "disability"}
        if unknown:
            raise UnreadableScenario(
                f"{self.scenario.id}: member `{name}` has {sorted(unknown)}, which nobody reads."
            )
        row = self.row(
            "member",
            member_id=self.members[name],
            birth_date=self.born[name],
            sex=str(entry.get("sex", "")),
            relationship=str(entry.get("rel", "")),
            responsible=int(bool(entry.get("responsible", first))),
            is_mother=int(bool(entry.get("nursing", False))),
            pregnant=int(bool(entry.get("pregnant", False))),
            joined_on=_day(entry, "joined_on") or date(2000, 1, 1),
            id_digit=str(entry.get("id_digit", self.scenario.household.get("id_last_digit", "0"))),
        )
        for word, column in {"died": "died_on", "left_on": "left_on"}.items():
            put_date(row, column, _day(entry, word))
        for attribute, declared in own.items():
            if attribute in entry:
                row[attribute] = self._typed(entry[attribute], declared.type)
        if entry.get("pregnant"):
            self.row(
                "pregnancy",
                pregnancy_id=self.members[name],
                member_id=self.members[name],
                lmp_on=self.first_day - timedelta(days=100),
                registered_on=self.first_day - timedelta(days=60),
            )

    def _typed(self, value: Any, kind: str) -> Any:
        if kind == "money":
            return self.money(value)
        if kind == "date":
            return read_date(str(value))
        return int(value) if kind in {"int", "bool"} else str(value)

    # Household

    def _add_household(self) -> None:
        given, household = self.scenario.given, {**self.file.defaults, **self.scenario.household}
        own = self.rulebook.own_attributes("household")
        unknown = household.keys() - _HOUSEHOLD_WORDS - own.keys()
        if unknown:
            raise UnreadableScenario(
                f"{self.scenario.id}: the household has {sorted(unknown)}, which nobody reads."
            )
        applicant = given.get("status") == "applicant"
        enrolled_on = _day(given, "enrolled") or minus_months(self.first_day, 24)
        if given.get("first_period_after_enrolment"):
            enrolled_on = self.first_day
        size = max(len(self.members), 1)
        income = household.get("income_total")
        total = (
            self.money(household.get("per_capita_income", 0)) * size
            if income is None
            else self.money(income)
        )
        row = self.row(
            "household",
            enrolment_id=0 if applicant else self.household_id,
            enrolled=0 if applicant else 1,
            area=str(household.get("area", "")),
            income_total=total,
            updated_on=_day(household, "updated_on") or minus_months(self.first_day, 1),
        )
        put_date(row, "enrolled_on", None if applicant else enrolled_on)
        put_date(row, "entitled_from", _day(given, "entitled_from"))
        put_date(row, "applied_on", _day(given, "applied"))
        for attribute, declared in own.items():
            value = household.get(attribute, given.get(attribute))
            value = self._translated(attribute, value)
            if value is not None:
                row[attribute] = self._typed(value, declared.type)
        programmes = household.get("other_programmes")
        for programme in programmes if isinstance(programmes, list) else []:
            self.row("enrolled_elsewhere", person_id=0, programme=str(programme), from_month=0)

    def _translated(self, attribute: str, value: Any) -> Any:
        protection = self.scenario.given.get("protection")
        if value is None and isinstance(protection, dict):
            value = protection.get(attribute)
        words = self.file.words.get(attribute)
        if isinstance(words, dict) and str(value) in words:
            return words[str(value)]
        return value

    # What was before

    def _add_past(self) -> None:
        given = self.scenario.given
        protection = given.get("protection")
        if isinstance(protection, dict):
            since = Month.parse(str(protection["started"])).number
            self._state("standing", 0, "grace", since=since)
        for subject, entries in self._histories().items():
            self._add_ladder(subject, entries)
        interruption = given.get("interruption_of_effects")
        if isinstance(interruption, dict):
            start = Month.parse(str(interruption["applies_from"]))
            self._event("effects_interrupted", start)
        for event in listed(given, "events"):
            until = event.get("until")
            self._event(
                str(event["event"]),
                Month.parse(str(event["from"])),
                until=None if until is None else Month.parse(str(until)),
                subject=self.person(event["person"]) if "person" in event else 0,
            )
        self._add_money()

    def _event(
        self, code: str, start: Month, *, until: Month | None = None, subject: int = 0
    ) -> None:
        self.row(
            "event",
            subject_id=subject,
            code=code,
            on_date=start.first_day,
            from_month=start.number,
            until_month=None if until is None else until.number,
            detail="",
        )

    def _add_money(self) -> None:
        given = self.scenario.given
        debt = given.get("overpayment")
        if isinstance(debt, dict):
            start = Month.parse(str(debt["collect_from"]).partition("..")[0]).plus(-1).number
            code = self.rulebook.law.components[0].code
            self._balance("recoverable", code, debt["open"], start, "")
        for held in listed(given, "held"):
            month = Month.parse(str(held["month"])).number
            self._balance(
                "held", str(held["component"]), held["amount"], month, str(held["reason"])
            )
        count = given.get("nursing_instalment")
        for paid in range(int(str(count)) - 1 if count is not None else 0):
            for name, born in self.born.items():
                if born > minus_years(self.first_day, 1):
                    month = self.scenario.months[0].plus(-1 - paid).number
                    self._history(self.file.nursing, self.members[name], month, 1, 1)

    def _balance(self, kind: str, component: str, amount: Any, month: int, reason: str) -> None:
        self.row(
            "balance",
            kind=kind,
            component=component,
            person_id=0,
            pregnancy_id=0,
            for_month=month,
            origin_month=month,
            amount=self.money(amount),
            reason_code=reason,
        )

    def _history(self, component: str, person: int, month: int, due: int, paid: int) -> None:
        self.row(
            "history",
            component=component,
            person_id=person,
            pregnancy_id=0,
            for_month=month,
            due=due,
            payable=paid,
        )

    def _state(self, ladder: str, subject: int, state: str, **months: int | None) -> None:
        before = self.scenario.months[0].plus(-self.rulebook.cycle_months).number
        self.row(
            "state",
            ladder=ladder,
            subject_id=subject,
            cycle_month=before,
            state=state,
            since_month=months.get("since"),
            until_month=months.get("until"),
            last_effect_month=months.get("last"),
            phase_since_month=months.get("phase"),
            counter_1=0,
            counter_2=0,
            counter_3=0,
        )

    def _histories(self) -> dict[tuple[str, int], list[Entry]]:
        found: dict[tuple[str, int], list[Entry]] = {}
        for entry in listed(self.scenario.given, "history"):
            ladder, state = self._ladder_of(str(entry["state"]))
            each = self.rulebook.law.ladders[ladder].each
            subject = self.person(entry["person"]) if each == "member" else 0
            found.setdefault((ladder, subject), []).append({**entry, "state": state})
        return found

    def _ladder_of(self, state: str) -> tuple[str, str]:
        """Return the ladder and state behind a shown word: a state, a label, ladder:state."""
        prefix, _, rest = state.rpartition(":")
        for name, ladder in self.rulebook.law.ladders.items():
            if prefix not in {"", name} or (prefix == "" and ladder.each != "household"):
                continue
            for code, entry in ladder.states.items():
                if rest in {code, entry.shows_after}:
                    return name, code
        raise UnreadableScenario(f"{self.scenario.id}: no ladder knows the state `{state}`.")

    def _add_ladder(self, subject: tuple[str, int], entries: list[Entry]) -> None:
        name, person = subject
        states = self.rulebook.law.ladders[name].states
        phase: int | None = None
        before: State | None = None
        for entry in entries:
            first = Month.parse(str(entry.get("month", entry.get("from")))).number
            state = states[str(entry["state"])]
            same = before is not None and before.phase == state.phase
            phase = (phase if same else first) if state.phase else None
            before = state
        last = entries[-1]
        state = states[str(last["state"])]
        span = state.months or (state.cycles or 0) * self.rulebook.cycle_months
        if "to" in last:
            until = Month.parse(str(last["to"])).number
            first = until - span + 1 if span else until
        else:
            first = Month.parse(str(last["month"])).number
            until = first + span - 1
        self._state(
            name,
            person,
            str(last["state"]),
            since=first,
            until=until if span else None,
            last=first,
            phase=phase,
        )


def put_date(row: Row, name: str, value: date | None) -> None:
    """Write a date as the shard has it: itself, its day number, its month number."""
    row[name] = value
    row[f"{name}_day"] = None if value is None else day_number(value)
    row[f"{name}_month"] = None if value is None else Month.of(value).number


def _day(entry: Entry, key: str) -> date | None:
    return read_date(str(entry[key])) if key in entry else None
