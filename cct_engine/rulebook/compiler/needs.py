"""What the expressions of a cycle ask of the shard: columns, aggregates, events, history.

Expressions are written first and register here; the reading CTEs are written last and hold exactly
what was asked. Names: ``h_`` household, ``m_`` member, ``p_`` pregnancy, ``g_`` aggregate over a
group, ``e_`` event, ``i_`` enrolment elsewhere, ``n_`` history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.place import ALWAYS, NEVER_HOLDS
from cct_engine.rulebook.compiler.sqltext import disjunction, flag, literal
from cct_engine.rulebook.months import Month, day_number
from cct_engine.rulebook.tree import Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.names import Known
    from cct_engine.rulebook.tree import Call

__all__ = ["NEVER", "PER_HEAD", "PREFIX", "Needs"]

PER_HEAD = "per_capita_income"
_PER_HEAD_SQL = (
    "CASE WHEN h_size > 0 THEN CAST(DIV(COALESCE(income_total, 0), h_size) AS BIGINT)"
    " ELSE CAST(0 AS BIGINT) END"
)
PREFIX = {"household": "h_", "member": "m_", "pregnancy": "p_"}
NEVER = date(9999, 12, 31)
_LONG_AGO = date(1, 1, 1)
_DERIVED = {
    ("household", "size"),
    ("household", "cycles_since_enrolment"),
    ("pregnancy", "open"),
}
_KEYS = {("member", "member_id"), ("pregnancy", "pregnancy_id")}


@dataclass(slots=True)
class Needs:
    """Registers of one compilation; dictionaries keep the order of asking."""

    attributes: Mapping[str, Mapping[str, Known]]
    cycle: Month
    columns: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"household": {}, "member": {}, "pregnancy": {}}
    )
    incomplete: dict[str, dict[str, None]] = field(
        default_factory=lambda: {"household": {}, "member": {}, "pregnancy": {}}
    )
    aggregates: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"member": {}, "pregnancy": {}}
    )
    events: dict[str, dict[str, None]] = field(
        default_factory=lambda: {"household": {}, "member": {}}
    )
    event_days: dict[str, dict[tuple[str, str], None]] = field(
        default_factory=lambda: {"household": {}, "member": {}}
    )
    elsewhere: dict[str, None] = field(default_factory=dict)
    history: dict[str, dict[tuple[str, str], str]] = field(
        default_factory=lambda: {"household": {}, "member": {}, "pregnancy": {}, "mother": {}}
    )
    balances: dict[str, dict[tuple[str, str], str]] = field(
        default_factory=lambda: {"household": {}, "member": {}, "pregnancy": {}}
    )
    unlisted: dict[str, dict[str, None]] = field(
        default_factory=lambda: {"household": {}, "member": {}, "pregnancy": {}}
    )
    empty: dict[str, str] = field(default_factory=dict)
    counted: dict[Call, str] = field(default_factory=dict)
    judged_sums: dict[str, str] = field(default_factory=dict)
    mothers_then: dict[str, str] = field(default_factory=dict)

    def column(self, of: str, name: str, form: str = "") -> str:
        """Return the column of an attribute; ``form`` is ``_day`` or ``_month`` of a date."""
        alias = f"{PREFIX[of]}{name}{form}"
        if (of, name) in _KEYS:
            return name
        if (of, name) not in _DERIVED:
            self.columns[of].setdefault(alias, self._wrapped(of, name, form))
        return alias

    def known(self, of: str, name: str) -> str:
        """Return the 0/1 column that says whether an attribute has a value."""
        alias = f"{PREFIX[of]}{name}_known"
        self.columns[of].setdefault(alias, flag(f"{name} IS NOT NULL"))
        return alias

    def aggregate(
        self, group: str, expression: str, *, how: str = "SUM", asked: str = ALWAYS
    ) -> str:
        """Return the column of an aggregate over the members or pregnancies of a household.

        The largest or smallest of nobody is not known: a household for which it is asked (a test
        over its stored row) is held (``empty``).
        """
        aggregates = self.aggregates[group]
        prefix = "gm_" if group == "member" else "gp_"
        alias = aggregates.setdefault(f"{how}({expression})", f"{prefix}{len(aggregates) + 1}")
        if how != "SUM":
            self.empty[alias] = disjunction([self.empty.get(alias, NEVER_HOLDS), asked])
        return alias

    def mother_then(self, cycle: Month, test: str) -> str:
        """Return the 0/1 column that says whether a pregnancy's mother counted in a past cycle."""
        alias = f"p_then_{cycle.number}"
        self.mothers_then[alias] = test
        return alias

    def noted(self, call: Call, column: str) -> str:
        """Note the column of a function over members, for the explanation; months may differ."""
        self.counted[call] = column if self.counted.get(call, column) == column else ""
        return column

    def judged(self, expression: str, *, how: str = "SUM") -> str:
        """Return the column of an aggregate over the members that asks for verdicts."""
        sums = self.judged_sums
        return sums.setdefault(f"{how}({expression})", f"gj_{len(sums) + 1}")

    def event(self, of: str, code: str) -> str:
        """Return the column stem of an event in force for a household or a member."""
        self.events[of].setdefault(code)
        return f"e{PREFIX[of][0]}_{code}"

    def event_day(self, of: str, code: str, form: str) -> str:
        """Return the column of an event's day: ``_month`` and ``_day`` its numbers, ``_on`` it."""
        if form != "_month":
            self.event_days[of].setdefault((code, form))
        return f"{self.event(of, code)}{form}"

    def in_programme(self, code: str) -> str:
        """Return the 0/1 column of an enrolment in another programme."""
        self.elsewhere.setdefault(code)
        return f"i_{code}"

    def past(self, of: str, component: str, measure: str) -> str:
        """Return the column of a subject's history with a component."""
        key = (component, measure)
        stem = "nw" if of == "mother" else f"n{PREFIX[of][0]}"
        alias = f"{stem}_{component}_{measure}".lower().replace(".", "_")
        return self.history[of].setdefault(key, alias)

    def balance(self, of: str, kind: str, component: str) -> str:
        """Return the column of a subject's open money of a kind and component."""
        key = (kind, component)
        return self.balances[of].setdefault(key, f"b{PREFIX[of][0]}_{kind}_{component}".lower())

    def _wrapped(self, of: str, name: str, form: str) -> str:
        known = self.attributes[of][name]
        if name == PER_HEAD:
            self.incomplete[of].setdefault("income_total")
            return _PER_HEAD_SQL
        if known.absent == "error":
            self.incomplete[of].setdefault(name)
        if known.type is Type.DATE:
            return f"COALESCE({name}{form}, {self._date(known.absent, form)})"
        if known.type in {Type.MONEY, Type.INT, Type.BOOL}:
            value = 0 if known.absent == "error" else int(known.absent)
            return f"COALESCE({name}, {value})"
        text = "" if known.absent == "error" else str(known.absent)
        return f"COALESCE({name}, {literal(text)})"

    def _date(self, absent: object, form: str) -> str:
        day = {"never": NEVER, "cycle": self.cycle.first_day}.get(str(absent), _LONG_AGO)
        if form == "_day":
            return str(day_number(day))
        return str(Month.of(day).number) if form == "_month" else literal(day)
