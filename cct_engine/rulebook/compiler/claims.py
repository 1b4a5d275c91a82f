"""Components of members and pregnancies: their claims, the limits, and the sums per household."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.base import household_names
from cct_engine.rulebook.compiler.limits import limit_layers, limited_codes
from cct_engine.rulebook.compiler.place import NotCompiled
from cct_engine.rulebook.compiler.plan import Layer, Plan, layered, named_in, select
from cct_engine.rulebook.compiler.sqltext import (
    Range,
    bigint,
    case,
    conjunction,
    disjunction,
    literal,
    rounded,
)
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances

__all__ = ["claim_layers", "own_parts", "rounded_share", "withheld_share"]

_STANDING = ("standing", "grace_month", "eligible", "registration")
_KEYS = {"member": ("member_id",), "pregnancy": ("pregnancy_id", "member_id")}
_SOURCES = {"member": "mem", "pregnancy": "preg"}


def claim_layers(
    plan: Plan, instances: Instances, effects: Mapping[str, LineEffects]
) -> list[Layer]:
    """Return the layers to ``claim_member``, ``claim_pregnancy`` and their sums ``part_…``."""
    layers: list[Layer] = []
    for each in _SOURCES:
        layers += _claims(plan, each, instances, effects)
    layers += limit_layers(plan, instances)
    for each in _SOURCES:
        mine = instances.of_kind(each)
        if mine:
            layers += _kept(plan, each, mine, effects)
    return layers


def _claims(
    plan: Plan, each: str, instances: Instances, effects: Mapping[str, LineEffects]
) -> list[Layer]:
    columns: dict[str, tuple[str, frozenset[str]]] = {}
    limited = limited_codes(plan)
    for instance in instances.of_kind(each):
        amount = instances.amount(instance)
        if amount is None:
            instances.drop(instance)
            continue
        sql, reads = amount
        own = effects[instance.column].own.any("not_due")
        if own != "1 = 0":
            sql = f"CASE WHEN {own} THEN CAST(0 AS BIGINT) ELSE {sql} END"
        if any(i.column in reads and i.code in limited for i in instances.found):
            raise NotCompiled(f"{instance.code}, which reads a component under a limit")
        name = instance.part("u") if instance.code in limited else instance.column
        columns[name] = (sql, reads)
    if not columns:
        return []
    source = _claim_source(plan, each, [sql for sql, _ in columns.values()], instances, effects)
    start = Layer(f"claimed_{each}", source)
    layers, last = layered(f"claimed_{each}", start.name, columns)
    return [start, *layers, Layer(f"claims_{each}", f"SELECT * FROM {last}")]


def _claim_source(
    plan: Plan,
    each: str,
    expressions: list[str],
    instances: Instances,
    effects: Mapping[str, LineEffects],
) -> str:
    """Join to the subjects only what their amounts and effects read."""
    table = _SOURCES[each]
    mine = [effects[i.column] for i in instances.of_kind(each)]
    tests = [e.test for m in mine for e in (*m.own.forfeits, *m.own.holds)]
    tests += [e.test + e.reason for m in mine for e, _ in m.own.reductions]
    columns, source = [f"{table}.*"], table
    texts = [*expressions, *tests]
    ladders = [
        f"{x}_{n}"
        for n, ladder in plan.law.ladders.items()
        for x in "xs"
        if ladder.each == "household"
    ]
    read = named_in([*household_names(plan), *_STANDING, *ladders], texts)
    if read:
        columns += [f"eff.{name} AS {name}" for name in sorted(read)]
        source += f"\nJOIN eff ON {table}.household_id = eff.household_id"
    if each == "member":
        for name, ladder in plan.law.ladders.items():
            if ladder.each != "member":
                continue
            columns += [
                f"COALESCE(l_{name}.effect, 0) AS x_{name}",
                f"COALESCE(l_{name}.state, 'none') AS s_{name}",
            ]
            source += (
                f"\nLEFT JOIN ladder_{name} AS l_{name} ON l_{name}.household_id = mem.household_id"
                f" AND l_{name}.subject_id = mem.member_id"
            )
        verdicts = sorted({c for m in mine for c in m.verdict_columns})
        if verdicts:
            columns += [f"COALESCE(j.{column}, 0) AS {column}" for column in verdicts]
            source += (
                "\nLEFT JOIN judged_member AS j ON j.household_id = mem.household_id"
                " AND j.subject_id = mem.member_id"
            )
    return select(columns, source)


def _kept(
    plan: Plan, each: str, mine: list[Instance], effects: Mapping[str, LineEffects]
) -> list[Layer]:
    """Keep the subjects with a line, and sum their lines and what their own effects do to them."""
    limited = any(instance.code in limited_codes(plan) for instance in mine)
    source = f"limited_{each}" if limited else f"claims_{each}"
    columns, sums = ["household_id", *_KEYS[each]], ["household_id"]
    for instance in mine:
        columns.append(instance.column)
        sums.append(f"{bigint(f'SUM({instance.column})')} AS {instance.column}")
        own = effects[instance.column].own
        parts = own_parts(plan, instance, effects[instance.column])
        for letter, sql in parts.items():
            columns.append(f"{bigint(sql)} AS {instance.part(letter)}")
            sums.append(f"{bigint(f'SUM({instance.part(letter)})')} AS {instance.part(letter)}")
        if parts.keys() & {"f", "h"}:
            told = [*own.forfeits, *(effect for effect, _ in own.reductions), *own.holds]
            reasons = [(effect.test, effect.reason) for effect in told]
            columns.append(f"{case(reasons, literal(''))} AS {instance.part('r')}")
    nonzero = disjunction(f"{instance.column} <> 0" for instance in mine)
    return [
        Layer(f"claim_{each}", select(columns, source, where=nonzero), stored=True),
        Layer(f"part_{each}", select(sums, f"claim_{each}", group_by="household_id")),
    ]


def own_parts(plan: Plan, instance: Instance, effects: LineEffects) -> dict[str, str]:
    """Return what a line's own effects forfeit, hold and withhold, by letter."""
    amount, own = instance.column, effects.own
    forfeit, hold = own.any("forfeits"), own.any("holds")
    parts: dict[str, str] = {}
    reductions = [
        (effect.test, rounded_share(plan, amount, share)) for effect, share in own.reductions
    ]
    lost = case([(forfeit, amount), *reductions], "0")
    if lost != "0":
        parts["f"] = lost
    left = amount if lost == "0" else f"({amount} - {lost})"
    if hold != "1 = 0":
        parts["h"] = case([(forfeit, "0"), (hold, left)], "0")
    share = withheld_share(plan, instance.code)
    if share is not None:
        free = conjunction([f"NOT ({test})" for test in (forfeit, hold) if test != "1 = 0"])
        parts["w"] = (
            case([(free, rounded_share(plan, left, share))], "0")
            if free != "1 = 1"
            else rounded_share(plan, left, share)
        )
    return parts


def withheld_share(plan: Plan, code: str) -> Fraction | None:
    """Return the share of a component that waits for a certificate, if any."""
    for withholding in plan.law.withholding:
        if code in withholding.of:
            value = plan.parameters.at(withholding.share, plan.cycle.first_day)
            return value if isinstance(value, Fraction) else None
    return None


def rounded_share(plan: Plan, amount: str, share: Fraction) -> str:
    """Return the share of an amount that is never negative, rounded by the convention."""
    convention = plan.law.conventions.rounding
    unit = read_minor(convention.unit, currency=plan.rulebook.currency)
    return rounded(amount, share, mode=convention.mode, unit=unit, bounds=Range(0, 10**13))
