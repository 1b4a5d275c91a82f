"""What was before: events in force, lines of earlier cycles, money still open, by subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.needs import NEVER
from cct_engine.rulebook.compiler.plan import Layer, select
from cct_engine.rulebook.compiler.sqltext import bigint, literal
from cct_engine.rulebook.months import MONTH_NAMES, Month, day_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook.compiler.plan import Plan

__all__ = ["past_layers", "past_names", "recorded_sums", "school_year_start", "subject_joins"]

_EVENT_KEYS = {
    "household": ("household_id", "subject_id = 0"),
    "member": ("household_id, subject_id", "subject_id <> 0"),
}
# The mother of a pregnancy has a history of her own, over all her pregnancies.
_HISTORY_KEYS = {
    "household": "household_id",
    "member": "household_id, person_id",
    "pregnancy": "household_id, pregnancy_id",
    "mother": "household_id, person_id",
}

_NEVER = {
    "_month": str(Month.of(NEVER).number),
    "_day": str(day_number(NEVER)),
    "_on": literal(NEVER),
}
"""The day of an event that is not there, in each form a day is asked in."""


def past_layers(plan: Plan) -> list[Layer]:
    """Return one layer per kind of past and subject that some expression asks about."""
    return [*_events(plan), *_history(plan), *_balances(plan)]


def _events(plan: Plan) -> list[Layer]:
    cycle = plan.cycle.number
    in_force = f"from_month <= {cycle} AND (until_month IS NULL OR until_month >= {cycle})"
    never = _NEVER["_month"]
    layers = []
    for of, (key, scope) in _EVENT_KEYS.items():
        codes = plan.needs.events[of]
        if not codes:
            continue
        columns = [key]
        for code in codes:
            stem = plan.needs.event(of, code)
            hit = f"code = {literal(code)}"
            columns.append(f"{bigint(f'MAX(CASE WHEN {hit} THEN 1 ELSE 0 END)')} AS {stem}")
            month = f"MIN(CASE WHEN {hit} THEN COALESCE(on_date_month, {never}) ELSE {never} END)"
            columns.append(f"{bigint(month)} AS {stem}_month")
        for code, form in plan.needs.event_days[of]:
            day, hit = f"on_date{form.removesuffix('_on')}", f"code = {literal(code)}"
            latest = _NEVER[form]
            first = f"MIN(CASE WHEN {hit} THEN COALESCE({day}, {latest}) ELSE {latest} END)"
            typed = first if form == "_on" else bigint(first)
            columns.append(f"{typed} AS {plan.needs.event_day(of, code, form)}")
        listed = ", ".join(literal(code) for code in codes)
        where = f"{scope} AND code IN ({listed}) AND {in_force}"
        layers.append(Layer(f"event_{of}", select(columns, "src_event", where=where, group_by=key)))
    return layers


def _history(plan: Plan) -> list[Layer]:
    layers = []
    for of, key in _HISTORY_KEYS.items():
        wanted = plan.needs.history[of]
        if not wanted:
            continue
        columns = [key]
        for (component, measure), alias in wanted.items():
            hit = f"component = {literal(component)}"
            columns.append(f"{bigint(_measured(hit, measure))} AS {alias}")
        codes = ", ".join(literal(code) for code in dict.fromkeys(c for c, _ in wanted))
        sql = select(columns, "src_history", where=f"component IN ({codes})", group_by=key)
        layers.append(Layer(f"past_{of}", sql))
    return layers


def _measured(hit: str, measure: str) -> str:
    """Return the aggregate of a history measure.

    ``month_n`` asks whether a month was recorded, ``took_n`` whether it was due, ``sum_n`` how much
    was, ``since_n`` how often it was due from a month on.
    """
    summed = {"paid_sum": "payable", "due_sum": "due"}
    if measure in summed:
        return f"SUM(CASE WHEN {hit} THEN {summed[measure]} ELSE 0 END)"
    word, _, number = measure.partition("_")
    if word == "sum":
        return f"SUM(CASE WHEN {hit} AND for_month = {number} THEN due ELSE 0 END)"
    tests = {
        "paid_count": f"{hit} AND payable > 0",
        "due_count": f"{hit} AND due > 0",
    }
    by_month = f"{hit} AND for_month = {number}"
    if word == "since":
        by_month = f"{hit} AND due > 0 AND for_month >= {number}"
    if word == "took":
        by_month = f"{hit} AND due > 0 AND for_month = {number}"
    kind = "MAX" if word in {"month", "took"} else "SUM"
    return f"{kind}(CASE WHEN {tests.get(measure, by_month)} THEN 1 ELSE 0 END)"


def _balances(plan: Plan) -> list[Layer]:
    layers = []
    for of in ("household", "member", "pregnancy"):
        wanted = plan.needs.balances[of]
        if not wanted:
            continue
        key = _HISTORY_KEYS[of]
        columns = [key]
        for (kind, component), alias in wanted.items():
            hit = f"kind = {literal(kind)} AND component = {literal(component)}"
            columns.append(f"{bigint(f'SUM(CASE WHEN {hit} THEN amount ELSE 0 END)')} AS {alias}")
        layers.append(Layer(f"open_{of}", select(columns, "src_balance", group_by=key)))
    return layers


def recorded_sums(plan: Plan, code: str, months: Sequence[Month], *, of: str) -> list[str]:
    """Return the columns of what is recorded as due to a subject, one a month."""
    return [plan.needs.past(of, code, f"sum_{month.number}") for month in months]


def past_names(plan: Plan, of: str) -> list[str]:
    """Return the columns that the past adds to a household, member or pregnancy."""
    needs = plan.needs
    names: list[str] = []
    for code in needs.events.get(of, ()):
        stem = needs.event(of, code)
        names += [stem, f"{stem}_month"]
    names += [needs.event_day(of, *asked) for asked in needs.event_days.get(of, ())]
    names += needs.history[of].values()
    if of == "pregnancy":
        names += needs.history["mother"].values()
    return [*names, *needs.balances[of].values()]


def subject_joins(plan: Plan, of: str) -> tuple[str, list[str]]:
    """Return the joins that bring its past to a subject ``s``, and their columns."""
    needs, joins = plan.needs, ""
    key, past_key = {
        "household": ("", ""),
        "member": ("member_id", "person_id"),
        "pregnancy": ("pregnancy_id", "pregnancy_id"),
    }[of]
    absent = _absent(plan, of)
    columns = [
        f"COALESCE({name}, {absent.get(name, '0')}) AS {name}" for name in past_names(plan, of)
    ]
    for table, alias, wanted in (
        (f"past_{of}", "n", needs.history[of]),
        (f"open_{of}", "w", needs.balances[of]),
    ):
        if wanted:
            joins += _join(table, alias, past_key, key)
    if needs.events.get(of):
        joins += _join(f"event_{of}", "e", "subject_id" if key else "", key)
    if of == "pregnancy" and needs.history["mother"]:
        joins += _join("past_mother", "nw", "person_id", "member_id")
    return joins, columns


def _join(table: str, alias: str, theirs: str, ours: str) -> str:
    same = f"{alias}.household_id = s.household_id"
    if ours:
        same += f" AND {alias}.{theirs} = s.{ours}"
    return f"\nLEFT JOIN {table} AS {alias} ON {same}"


def _absent(plan: Plan, of: str) -> dict[str, str]:
    """Return what stands for the day of an event that is not there, by column."""
    needs = plan.needs
    asked = [(code, "_month") for code in needs.events.get(of, ())]
    asked += needs.event_days.get(of, ())
    return {needs.event_day(of, code, form): _NEVER[form] for code, form in asked}


def school_year_start(plan: Plan) -> int:
    """Return the number of the month in which the cycle's school year began."""
    starts = plan.law.school_year.starts if plan.law.school_year else "Jan"
    first = MONTH_NAMES.index(starts) + 1
    year = plan.cycle.year if plan.cycle.of_year >= first else plan.cycle.year - 1
    return year * 12 + first - 1
