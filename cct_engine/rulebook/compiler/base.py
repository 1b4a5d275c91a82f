"""The household's row before any judgement: all it is known by, every absence resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.grace import grace_names, grace_read
from cct_engine.rulebook.compiler.members import (
    aggregate_layers,
    asked_of_members,
    counted_test,
    member_layers,
    pregnancy_layers,
)
from cct_engine.rulebook.compiler.needs import PER_HEAD
from cct_engine.rulebook.compiler.past import past_layers, past_names, subject_joins
from cct_engine.rulebook.compiler.plan import Layer, Plan, named_in, select
from cct_engine.rulebook.compiler.sqltext import (
    bigint,
    case,
    conjunction,
    disjunction,
    flag,
    literal,
)
from cct_engine.rulebook.compiler.succession import succession, succession_names

if TYPE_CHECKING:
    from collections.abc import Collection

    from cct_engine.rulebook.compiler.payees import PayeeChoice

__all__ = ["base_layers", "household_names"]


def base_layers(plan: Plan, payee: PayeeChoice) -> list[Layer]:
    """Return the layers up to ``hh``: one row per household with all it is known by."""
    layers = past_layers(plan)
    home = _home_layers(plan, payee)
    layers += member_layers(plan, payee, home)
    layers += pregnancy_layers(plan, home)
    layers += aggregate_layers(plan, payee, home)
    return [*layers, *_household(plan, payee, [layer.name for layer in layers])]


def _home_layers(plan: Plan, payee: PayeeChoice) -> list[Layer]:
    """Return ``home``: what members, and sums over them, read of their household; often nothing."""
    sums = {alias for group in plan.needs.aggregates.values() for alias in group.values()}
    names = [name for name in household_names(plan) if name not in sums]
    read = named_in(names, asked_of_members(plan, payee))
    if not read:
        return []
    sized = bool(read & {"h_size", f"h_{PER_HEAD}"})
    counted, layers, source = counted_test(plan), [], "mem_0"
    first = named_in(names, [counted])
    if sized:
        if first:
            layers.append(Layer("home_0", _home(plan, first, "")))
            source += "\nJOIN home_0 USING (household_id)"
        size = ["household_id", f"{bigint('COUNT(*)')} AS h_size"]
        layers.append(Layer("sizes", select(size, source, where=counted, group_by="household_id")))
    return [*layers, Layer("home", _home(plan, read, "sizes" if sized else ""))]


def _home(plan: Plan, read: Collection[str], sizes: str) -> str:
    """Return the SELECT of some columns of the household that are known without its members."""
    more, past = subject_joins(plan, "household")
    columns = [*_enrolment(plan)[1:-1]]
    columns += [f"{sql} AS {alias}" for alias, sql in plan.needs.columns["household"].items()]
    joins = "src_household AS s" + (more if named_in(read, past) else "")
    columns += past
    if sizes:
        columns.append("COALESCE(h_size, 0) AS h_size")
        joins += f"\nLEFT JOIN {sizes} ON {sizes}.household_id = s.household_id"
    if plan.needs.elsewhere:
        joins += f"\nLEFT JOIN ({_elsewhere(plan)}) AS o ON o.household_id = s.household_id"
        columns += [f"COALESCE(i_{code}, 0) AS i_{code}" for code in plan.needs.elsewhere]
    chosen = [column for column in columns if column.rpartition(" AS ")[2] in read]
    return select(["s.household_id AS household_id", *dict.fromkeys(chosen)], joins)


def _household(plan: Plan, payee: PayeeChoice, before: list[str]) -> list[Layer]:
    needs = plan.needs
    columns = ["s.household_id AS household_id", *_enrolment(plan)]
    own = {**needs.columns["household"]}
    for derived in ("h_enrolled", "h_enrolled_on_month"):
        own.pop(derived, None)
    columns += [f"{sql} AS {alias}" for alias, sql in own.items()]
    groups = [group for group in ("member", "pregnancy") if f"agg_{group}" in before]
    for group in groups:
        aliases = needs.aggregates[group].values()
        columns += [f"COALESCE(agg_{group}.{alias}, 0) AS {alias}" for alias in aliases]
    named, successors = succession(plan, payee)
    columns += successors
    columns.append(f"{_incomplete(plan, groups)} AS incomplete")
    joins = "src_household AS s" + "".join(
        f"\nLEFT JOIN agg_{group} ON agg_{group}.household_id = s.household_id" for group in groups
    )
    more, past = subject_joins(plan, "household")
    joins, columns = joins + named + more, [*columns, *past]
    if needs.elsewhere:
        joins += f"\nLEFT JOIN ({_elsewhere(plan)}) AS o ON o.household_id = s.household_id"
        columns += [f"COALESCE(i_{code}, 0) AS i_{code}" for code in needs.elsewhere]
    joins, columns = _with_states(plan, joins, columns)
    name = "hh_0" if needs.unlisted["household"] else "hh"
    layers = [Layer(name, select(columns, joins))]
    if needs.unlisted["household"]:
        unlisted = flag(disjunction(["incomplete = 1", *needs.unlisted["household"]]))
        names = ["household_id", *_state_names(plan), *household_names(plan)]
        names += ["enrolment_id", "payee_key", "past_label", "past_since", *grace_names(plan)]
        names += succession_names(plan)
        layers.append(
            Layer("hh", select([*dict.fromkeys(names), f"{unlisted} AS incomplete"], "hh_0"))
        )
    return layers


def _enrolment(plan: Plan) -> list[str]:
    cycle = plan.cycle.number
    since = f"{cycle} - COALESCE(enrolled_on_month, {cycle})"
    span = plan.rulebook.cycle_months
    cycles = since if span == 1 else f"DIV({since}, {span})"
    started = f"enrolled_on_month < {cycle}"
    return [
        "COALESCE(enrolment_id, 0) AS enrolment_id",
        f"{flag('enrolled = 1')} AS h_enrolled",
        f"COALESCE(enrolled_on_month, {cycle}) AS h_enrolled_on_month",
        f"{bigint(case([(started, cycles)], '0'))} AS h_cycles_since_enrolment",
        "COALESCE(h_size, 0) AS h_size",
    ]


def _incomplete(plan: Plan, groups: list[str]) -> str:
    """Return whether something that decides money is not known of the household."""
    needs = plan.needs
    tests = [f"{name} IS NULL" for name in needs.incomplete["household"]]
    tests += [
        f"COALESCE({group[0]}_incomplete, 0) = 1"
        for group in groups
        if needs.incomplete[group] or needs.unlisted[group]
    ]
    tests += [
        conjunction([f"agg_{group}.{alias} IS NULL", needs.empty[alias]])
        for group in groups
        for alias in needs.aggregates[group].values()
        if alias in needs.empty
    ]
    return flag(disjunction(tests))


def _with_states(plan: Plan, joins: str, columns: list[str]) -> tuple[str, list[str]]:
    stored = ["state AS past_label", "since_month AS past_since", *grace_read(plan)]
    joins += (
        f"\nLEFT JOIN (SELECT household_id, {', '.join(stored)}"
        " FROM src_state WHERE ladder = 'standing') AS t ON t.household_id = s.household_id"
    )
    columns.append("COALESCE(past_label, '') AS past_label")
    columns += [f"COALESCE({name}, 0) AS {name}" for name in ("past_since", *grace_names(plan))]
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


def _state_names(plan: Plan) -> list[str]:
    names = []
    for name, ladder in plan.law.ladders.items():
        if ladder.each == "household" and any(s.ends is not None for s in ladder.states.values()):
            names += [f"ended_{name}", f"ended_{name}_since"]
    return names


def household_names(plan: Plan) -> list[str]:
    """Return the columns of ``hh`` that expressions may read."""
    needs = plan.needs
    names = ["h_enrolled", "h_enrolled_on_month", "h_cycles_since_enrolment", "h_size"]
    names += [alias for alias in needs.columns["household"] if alias not in names]
    names += [f"i_{code}" for code in needs.elsewhere]
    for group in needs.aggregates.values():
        names += group.values()
    return [*names, *past_names(plan, "household")]


def _elsewhere(plan: Plan) -> str:
    cycle = plan.cycle.number
    columns = ["household_id"]
    for code in plan.needs.elsewhere:
        hit = f"MAX(CASE WHEN programme = {literal(code)} THEN 1 ELSE 0 END)"
        columns.append(f"{bigint(hit)} AS i_{code}")
    in_force = f"from_month <= {cycle} AND (until_month IS NULL OR until_month >= {cycle})"
    return select(columns, "src_enrolled_elsewhere", where=in_force, group_by="household_id")
