"""The reading layers: the shard's rows with every absence resolved, members counted, sums made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.needs import NEVER
from cct_engine.rulebook.compiler.plan import Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import bigint, case, disjunction, flag, literal
from cct_engine.rulebook.months import Month

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.payees import PayeeChoice

__all__ = ["base_layers", "household_names", "member_names"]

_STORED_STANDING = "past_standing"


def base_layers(plan: Plan, payee: PayeeChoice) -> list[Layer]:
    """Return the layers up to ``hh``: one row per household with all it is known by."""
    layers = _event_layers(plan) + _history_layers(plan)
    layers += _members(plan, payee)
    if _reads_pregnancies(plan):
        layers.append(_pregnancies(plan))
    layers += _aggregates(plan)
    layers.append(_household(plan))
    return layers


def _reads_pregnancies(plan: Plan) -> bool:
    needs = plan.needs
    asked = needs.columns["pregnancy"] or needs.aggregates["pregnancy"]
    return bool(asked) or any(c.each == "pregnancy" for c in plan.law.components)


def _event_layers(plan: Plan) -> list[Layer]:
    cycle = plan.cycle.number
    in_force = f"from_month <= {cycle} AND (until_month IS NULL OR until_month >= {cycle})"
    layers = []
    for of, key, scope in (
        ("household", "household_id", "subject_id = 0"),
        ("member", "household_id, subject_id", "subject_id <> 0"),
    ):
        codes = plan.needs.events[of]
        if not codes:
            continue
        columns = [key]
        for code in codes:
            stem = plan.needs.event(of, code)
            hit = f"code = {literal(code)}"
            columns.append(f"{bigint(f'MAX(CASE WHEN {hit} THEN 1 ELSE 0 END)')} AS {stem}")
            never = Month.of(NEVER).number
            month = f"MIN(CASE WHEN {hit} THEN COALESCE(on_date_month, {never}) ELSE {never} END)"
            columns.append(f"{bigint(month)} AS {stem}_month")
        listed = ", ".join(literal(code) for code in codes)
        where = f"{scope} AND code IN ({listed}) AND {in_force}"
        layers.append(Layer(f"event_{of}", select(columns, "src_event", where=where, group_by=key)))
    return layers


_HISTORY_KEYS = {
    "household": "household_id",
    "member": "household_id, person_id",
    "pregnancy": "household_id, pregnancy_id",
}


def _history_layers(plan: Plan) -> list[Layer]:
    layers = []
    for of, key in _HISTORY_KEYS.items():
        wanted = plan.needs.history[of]
        if not wanted:
            continue
        columns = [key]
        for (component, measure), alias in wanted.items():
            hit = f"component = {literal(component)}"
            columns.append(f"{bigint(_measured(hit, measure, plan))} AS {alias}")
        codes = ", ".join(literal(code) for code in dict.fromkeys(c for c, _ in wanted))
        sql = select(columns, "src_history", where=f"component IN ({codes})", group_by=key)
        layers.append(Layer(f"past_{of}", sql))
    return layers


def _measured(hit: str, measure: str, plan: Plan) -> str:
    """Return the aggregate of a history measure; ``month_n`` asks whether a month was recorded."""
    if measure == "paid_sum":
        return f"SUM(CASE WHEN {hit} THEN payable ELSE 0 END)"
    tests = {
        "paid_count": f"{hit} AND payable > 0",
        "due_count": f"{hit} AND due > 0",
        "due_year": f"{hit} AND due > 0 AND for_month >= {plan.cycle.year * 12}",
    }
    test = tests.get(measure, f"{hit} AND for_month = {measure.removeprefix('month_')}")
    kind = "MAX" if measure.startswith("month_") else "SUM"
    return f"{kind}(CASE WHEN {test} THEN 1 ELSE 0 END)"


def _counted(plan: Plan) -> str:
    first, last = (
        literal(plan.moment.cycle_first.first_day),
        literal(plan.moment.cycle_last.last_day),
    )
    conventions = plan.law.conventions
    joined = last if conventions.entry_month == "full" else first
    gone = first if conventions.exit_month == "full" else last
    died = f">= {first}" if conventions.month_of_death == "due" else f"> {last}"
    return (
        f"(joined_on IS NULL OR joined_on <= {joined}) AND (left_on IS NULL OR left_on > {gone})"
        f" AND (died_on IS NULL OR died_on {died})"
    )


def _members(plan: Plan, payee: PayeeChoice) -> list[Layer]:
    needs = plan.needs
    own = [f"{sql} AS {alias}" for alias, sql in needs.columns["member"].items()]
    joins, extra = _subject_joins(plan, "member", "member_id", "person_id")
    first = ["s.household_id AS household_id", "s.member_id AS member_id", *own, *extra]
    source = f"src_member AS s{joins}"
    counted = plan.law.conventions.counted
    inner = select(first, source, where=_counted(plan) if counted is None else "")
    rest = "FROM mem_0"
    if counted is not None:
        rest += f"\nWHERE {plan.test('conventions', 'counted', subject='member')}"
    choice = [("household_id", "household_id"), ("member_id", "member_id")]
    choice += [(name, name) for name in member_names(plan)]
    choice.append(("payee_rank", bigint(payee.key)))
    return [Layer("mem_0", inner), Layer("mem", rest, stored=True, choice=tuple(choice))]


def _subject_joins(plan: Plan, of: str, key: str, past_key: str) -> tuple[str, list[str]]:
    """Return the joins that bring history and events to a subject, and their columns."""
    joins, columns = "", []
    if plan.needs.history[of]:
        same = f"n.household_id = s.household_id AND n.{past_key} = s.{key}"
        joins += f"\nLEFT JOIN past_{of} AS n ON {same}"
        columns += [f"COALESCE({alias}, 0) AS {alias}" for alias in plan.needs.history[of].values()]
    if plan.needs.events.get(of):
        same = f"e.household_id = s.household_id AND e.subject_id = s.{key}"
        joins += f"\nLEFT JOIN event_{of} AS e ON {same}"
        columns += _event_columns(plan, of)
    return joins, columns


def _event_columns(plan: Plan, of: str) -> list[str]:
    never = Month.of(NEVER).number
    columns = []
    for code in plan.needs.events[of]:
        stem = plan.needs.event(of, code)
        columns.append(f"COALESCE({stem}, 0) AS {stem}")
        columns.append(f"COALESCE({stem}_month, {never}) AS {stem}_month")
    return columns


def _pregnancies(plan: Plan) -> Layer:
    first, last = (
        literal(plan.moment.cycle_first.first_day),
        literal(plan.moment.cycle_last.last_day),
    )
    is_open = (
        f"(registered_on IS NULL OR registered_on <= {last})"
        f" AND (delivery_on IS NULL OR delivery_on >= {first})"
    )
    own = [f"{sql} AS {alias}" for alias, sql in plan.needs.columns["pregnancy"].items()]
    joins, extra = _subject_joins(plan, "pregnancy", "pregnancy_id", "pregnancy_id")
    columns = [
        "s.household_id AS household_id",
        "s.pregnancy_id AS pregnancy_id",
        "s.member_id AS member_id",
        f"{flag(is_open)} AS p_open",
        *own,
        *extra,
    ]
    counted = (
        "EXISTS (SELECT 1 FROM mem WHERE mem.household_id = s.household_id"
        " AND mem.member_id = s.member_id)"
    )
    return Layer("preg", select(columns, f"src_pregnancy AS s{joins}", where=counted))


def _aggregates(plan: Plan) -> list[Layer]:
    needs = plan.needs
    columns = ["household_id", f"{bigint('COUNT(*)')} AS h_size"]
    columns += [
        f"{bigint(f'SUM({sql})')} AS {alias}" for sql, alias in needs.aggregates["member"].items()
    ]
    missing = _incomplete(plan, "member")
    if missing != "1 = 0":
        columns.append(f"{bigint(f'MAX(CASE WHEN {missing} THEN 1 ELSE 0 END)')} AS m_incomplete")
    columns.append(f"{bigint('MIN(payee_rank)')} AS payee_key")
    layers = [Layer("agg_member", select(columns, "mem", group_by="household_id"))]
    if needs.aggregates["pregnancy"]:
        columns = ["household_id"]
        columns += [
            f"{bigint(f'SUM({sql})')} AS {alias}"
            for sql, alias in needs.aggregates["pregnancy"].items()
        ]
        layers.append(Layer("agg_pregnancy", select(columns, "preg", group_by="household_id")))
    return layers


def _incomplete(plan: Plan, of: str) -> str:
    names = plan.needs.incomplete[of]
    return disjunction(f"{plan.needs.known(of, name)} = 0" for name in names)


def _household(plan: Plan) -> Layer:
    needs, cycle = plan.needs, plan.cycle.number
    since = f"{cycle} - COALESCE(enrolled_on_month, {cycle})"
    cycles = (
        since if plan.rulebook.cycle_months == 1 else f"DIV({since}, {plan.rulebook.cycle_months})"
    )
    started = f"enrolled_on_month < {cycle}"
    joins = "src_household AS s\nLEFT JOIN agg_member AS a ON a.household_id = s.household_id"
    columns = [
        "s.household_id AS household_id",
        "COALESCE(enrolment_id, 0) AS enrolment_id",
        f"{flag('enrolled = 1')} AS h_enrolled",
        f"COALESCE(enrolled_on_month, {cycle}) AS h_enrolled_on_month",
        f"{bigint(case([(started, cycles)], '0'))} AS h_cycles_since_enrolment",
        "COALESCE(h_size, 0) AS h_size",
    ]
    own = {**needs.columns["household"]}
    for derived in ("h_enrolled", "h_enrolled_on_month"):
        own.pop(derived, None)
    columns += [f"{sql} AS {alias}" for alias, sql in own.items()]
    columns += [f"COALESCE({a}, 0) AS {a}" for a in needs.aggregates["member"].values()]
    if needs.aggregates["pregnancy"]:
        joins += "\nLEFT JOIN agg_pregnancy AS p ON p.household_id = s.household_id"
        columns += [f"COALESCE({a}, 0) AS {a}" for a in needs.aggregates["pregnancy"].values()]
    columns.append("COALESCE(payee_key, -1) AS payee_key")
    columns.append(f"{_all_incomplete(plan)} AS incomplete")
    joins, columns = _more_about_household(plan, joins, columns)
    return Layer("hh", select(columns, joins))


def _all_incomplete(plan: Plan) -> str:
    tests = [f"{name} IS NULL" for name in plan.needs.incomplete["household"]]
    if plan.needs.incomplete["member"]:
        tests.append("m_incomplete = 1")
    return flag(disjunction(tests))


def _more_about_household(plan: Plan, joins: str, columns: list[str]) -> tuple[str, list[str]]:
    needs = plan.needs
    if needs.events["household"]:
        joins += "\nLEFT JOIN event_household AS e ON e.household_id = s.household_id"
        columns += _event_columns(plan, "household")
    if needs.history["household"]:
        joins += "\nLEFT JOIN past_household AS n ON n.household_id = s.household_id"
        columns += [f"COALESCE({a}, 0) AS {a}" for a in needs.history["household"].values()]
    if needs.elsewhere:
        joins += f"\nLEFT JOIN ({_elsewhere(plan)}) AS o ON o.household_id = s.household_id"
        columns += [f"COALESCE(i_{code}, 0) AS i_{code}" for code in needs.elsewhere]
    joins += (
        "\nLEFT JOIN (SELECT household_id, state AS past_label, since_month AS past_since"
        " FROM src_state WHERE ladder = 'standing') AS t ON t.household_id = s.household_id"
    )
    columns += ["COALESCE(past_label, '') AS past_label", "COALESCE(past_since, 0) AS past_since"]
    for name, ladder in plan.law.ladders.items():
        ending = [code for code, state in ladder.states.items() if state.ends is not None]
        if ending and ladder.each == "household":
            listed = ", ".join(literal(code) for code in ending)
            joins += (
                f"\nLEFT JOIN (SELECT household_id, state AS ended_{name},"
                f" since_month AS ended_{name}_since FROM src_state"
                f" WHERE ladder = {literal(name)} AND subject_id = 0 AND state IN ({listed}))"
                f" AS end_{name} ON end_{name}.household_id = s.household_id"
            )
            columns.append(f"COALESCE(ended_{name}, '') AS ended_{name}")
            columns.append(f"COALESCE(ended_{name}_since, 0) AS ended_{name}_since")
    return joins, columns


def member_names(plan: Plan) -> list[str]:
    """Return the columns of ``mem`` that expressions may read."""
    needs = plan.needs
    names = [*needs.columns["member"], *needs.history["member"].values()]
    for code in needs.events["member"]:
        stem = needs.event("member", code)
        names += [stem, f"{stem}_month"]
    return names


def household_names(plan: Plan) -> list[str]:
    """Return the columns of ``hh`` that expressions may read."""
    needs = plan.needs
    names = ["h_enrolled", "h_enrolled_on_month", "h_cycles_since_enrolment", "h_size"]
    names += [alias for alias in needs.columns["household"] if alias not in names]
    for code in needs.events["household"]:
        stem = needs.event("household", code)
        names += [stem, f"{stem}_month"]
    names += [f"i_{code}" for code in needs.elsewhere]
    for group in needs.aggregates.values():
        names += group.values()
    return [*names, *needs.history["household"].values()]


def _elsewhere(plan: Plan) -> str:
    cycle = plan.cycle.number
    columns = ["household_id"]
    for code in plan.needs.elsewhere:
        hit = f"MAX(CASE WHEN programme = {literal(code)} THEN 1 ELSE 0 END)"
        columns.append(f"{bigint(hit)} AS i_{code}")
    in_force = f"from_month <= {cycle} AND (until_month IS NULL OR until_month >= {cycle})"
    return select(columns, "src_enrolled_elsewhere", where=in_force, group_by="household_id")
