"""Every component's amount on the household's row: before caps, after them, and of past months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.caps import is_capped
from cct_engine.rulebook.compiler.parts import own_parts
from cct_engine.rulebook.compiler.plan import Columns, Layer, Plan, layered, select
from cct_engine.rulebook.compiler.reasons import summed_reasons
from cct_engine.rulebook.compiler.retro import late_of
from cct_engine.rulebook.compiler.sqltext import bigint, total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler.caps import Capped
    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.retro import Retro

__all__ = ["due_layers", "gross_layers", "with_parts"]


def due_layers(
    instances: Instances,
    effects: Mapping[str, LineEffects],
    retro: list[Retro],
    start: Layer,
) -> tuple[list[Layer], str]:
    """Return the layers that put every component's amount on the household's row.

    ``start``: the row with the sums of members' and pregnancies' lines. Where it already has what
    is due before a cap, only what comes after the cap is added.
    """
    amounts: Columns = {}
    capped = is_capped(instances, retro)
    for instance in instances.of_kind("household"):
        if not capped or instance.component.kind == "deduction":
            _add_amount(instances, instance, effects[instance.column].live, amounts)
    for late in late_of(retro, "household"):
        if not capped or late.instance.component.kind == "deduction":
            amounts[late.column] = (late.sql, late.reads)
    layers, last = layered("due", start.name, amounts)
    return [start, *layers], last


def gross_layers(
    instances: Instances,
    effects: Mapping[str, LineEffects],
    retro: list[Retro],
    sources: Mapping[str, str],
) -> tuple[list[Layer], str]:
    """Return the layers to the household's row before any cap, and the name of the last."""
    columns, source = ["eff.*"], "eff"
    layers: list[Layer] = []
    for each, claims in sources.items():
        mine = instances.of_kind(each)
        names = [instances.read_name(instance) for instance in mine]
        past = [instances.read_name(late.instance) for late in late_of(retro, each)]
        if not mine and not past:
            continue
        summed = [*names, *past]
        sums = ["household_id", *(f"{bigint(f'SUM({name})')} AS {name}" for name in summed)]
        layers.append(Layer(f"gross_{each}", select(sums, claims, group_by="household_id")))
        source += f"\nLEFT JOIN gross_{each} ON gross_{each}.household_id = eff.household_id"
        columns += [
            _gated(effects[i.column].live, f"gross_{each}.{name}", name)
            for i, name in zip(mine, names, strict=True)
        ]
        columns += [f"COALESCE(gross_{each}.{name}, 0) AS {name}" for name in past]
    layers.append(Layer("gross_0", select(columns, source)))
    amounts: Columns = {}
    for instance in instances.of_kind("household"):
        if instance.component.kind == "benefit":
            _add_amount(instances, instance, effects[instance.column].live, amounts)
    for late in late_of(retro, "household"):
        if late.instance.component.kind == "benefit":
            amounts[late.written] = (late.sql, late.reads)
    more, last = layered("gross", "gross_0", amounts)
    layers += [*more, Layer("gross", f"SELECT * FROM {last}", stored=True)]
    return layers, "gross"


def with_parts(
    plan: Plan,
    instances: Instances,
    effects: Mapping[str, LineEffects],
    retro: list[Retro],
    capped: Capped | None,
) -> Layer:
    """Bring the sums of members' and pregnancies' lines to the household's row."""
    start = "eff" if capped is None else "gross"
    columns, source = [f"{start}.*"], start
    for each in ("member", "pregnancy"):
        mine = instances.of_kind(each)
        late = [
            past.column
            for past in late_of(retro, each)
            if capped is None or "g" in instances.stages(past.instance)
        ]
        if not mine and not late:
            continue
        alias = f"part_{each}"
        source += f"\nLEFT JOIN {alias} ON {alias}.household_id = {start}.household_id"
        columns += [f"COALESCE({alias}.{name}, 0) AS {name}" for name in late]
        for instance in mine:
            line = effects[instance.column]
            names = [instance.part(letter) for letter in own_parts(plan, instance, line)]
            if capped is None or "g" in instances.stages(instance):
                names.append(instance.column)
            columns += [_gated(line.live, f"{alias}.{name}", name) for name in names]
            for letter in summed_reasons(plan, instances, instance, line):
                told = instance.part(letter)
                columns.append(f"COALESCE({alias}.{told}, '') AS {told}")
    for number, instance in enumerate(capped.lines if capped else ()):
        if instance.component.each == "household":
            columns.append(f"COALESCE(cut_household.k_{number}, 0) AS {instance.column}")
    if capped is not None and capped.of_household:
        source += f"\nLEFT JOIN cut_household ON cut_household.household_id = {start}.household_id"
    return Layer("due_0", select(columns, source))


def _gated(live: str, value: str, name: str) -> str:
    return f"CASE WHEN {live} THEN COALESCE({value}, 0) ELSE {bigint('0')} END AS {name}"


def _add_amount(instances: Instances, instance: Instance, live: str, amounts: Columns) -> None:
    above = instances.above(instance)
    subtotal = instance.part("subtotal")
    amount = instances.amount(instance, {"subtotal": subtotal})
    if amount is None:
        instances.drop(instance)
        return
    sql, reads = amount
    if instance.component.kind == "deduction":
        amounts[subtotal] = (bigint(total(above)), frozenset(above) & amounts.keys())
        reads |= {subtotal}
        sql = f"-({sql})"
    guarded = f"CASE WHEN {live} THEN {sql} ELSE {bigint('0')} END"
    amounts[instances.before(instance, "")] = (guarded, reads & amounts.keys())
    refusal = instances.refusal(instance)
    if refusal is not None:
        told = f"CASE WHEN {live} THEN {refusal} ELSE '' END"
        amounts[instance.part("n")] = (told, reads & amounts.keys())
