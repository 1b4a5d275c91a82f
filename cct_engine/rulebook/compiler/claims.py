"""Components of members and pregnancies: their claims, and the sums per household."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.base import household_names
from cct_engine.rulebook.compiler.limits import limit_layers
from cct_engine.rulebook.compiler.once import once_layers
from cct_engine.rulebook.compiler.parts import own_parts
from cct_engine.rulebook.compiler.plan import Columns, Layer, Plan, layered, named_in, select
from cct_engine.rulebook.compiler.reasons import own_reasons, summed_reasons
from cct_engine.rulebook.compiler.retro import late_of
from cct_engine.rulebook.compiler.sqltext import bigint, disjunction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.retro import Retro

__all__ = ["claim_layers", "kept_layers"]

_STANDING = ("standing", "grace_month", "eligible", "registration")
_KEYS = {"member": ("member_id",), "pregnancy": ("pregnancy_id", "member_id")}
_SOURCES = {"member": "mem", "pregnancy": "preg"}


def claim_layers(
    plan: Plan, instances: Instances, effects: Mapping[str, LineEffects], retro: Sequence[Retro]
) -> tuple[list[Layer], dict[str, str]]:
    """Return the layers of claims, chosen under the limits, and the last of them by subject."""
    layers: list[Layer] = []
    sources: dict[str, str] = {}
    for each in _SOURCES:
        layers += _claims(plan, each, instances, effects, retro)
        if instances.of_kind(each) or late_of(retro, each):
            sources[each] = f"claims_{each}"
    layers += once_layers(instances, sources)
    layers += limit_layers(plan, instances, retro, sources)
    return layers, sources


def kept_layers(
    plan: Plan,
    instances: Instances,
    effects: Mapping[str, LineEffects],
    retro: Sequence[Retro],
    sources: Mapping[str, str],
) -> list[Layer]:
    """Return the layers ``claim_member``, ``claim_pregnancy`` and their sums ``part_…``."""
    layers: list[Layer] = []
    for each, source in sources.items():
        layers += _kept(plan, instances, effects, (each, source), late_of(retro, each))
    return layers


def _claims(
    plan: Plan,
    each: str,
    instances: Instances,
    effects: Mapping[str, LineEffects],
    retro: Sequence[Retro],
) -> list[Layer]:
    columns: Columns = {}
    many = len({effects[i.column].live for i in instances.found}) > 1
    for instance in instances.of_kind(each):
        amount = instances.amount(instance)
        if amount is None:
            instances.drop(instance)
            continue
        sql, reads = amount
        mine = effects[instance.column]
        own = mine.own.any("not_due")
        if mine.stopped and (many or instances.stages(instance)):
            # What is not due takes no place under a limit, no share under a cap, and others that
            # read it read nothing. Where all lines stop together, nothing is left to read them.
            own = disjunction([f"NOT ({mine.live})", own])
        if own != "1 = 0":
            sql = f"CASE WHEN {own} THEN CAST(0 AS BIGINT) ELSE {sql} END"
        columns[instances.before(instance, "")] = (sql, reads)
        refusal = instances.refusal(instance)
        if refusal is not None:
            told = refusal if own == "1 = 0" else f"CASE WHEN {own} THEN '' ELSE {refusal} END"
            columns[instance.part("n")] = (told, reads)
    for late in late_of(retro, each):
        columns[late.written] = (late.sql, late.reads)
        if "u" in instances.stages(late.instance):
            columns[late.instance.part("t")] = (_taken(plan, late.instance), frozenset())
    if not columns:
        return []
    source = _claim_source(plan, each, [sql for sql, _ in columns.values()], instances, effects)
    start = Layer(f"claimed_{each}", source)
    layers, last = layered(f"claimed_{each}", start.name, columns)
    return [start, *layers, Layer(f"claims_{each}", f"SELECT * FROM {last}")]


def _taken(plan: Plan, instance: Instance) -> str:
    """Return whether a month paid late was due to the subject before, and so has its place."""
    return plan.needs.past(instance.component.each, instance.code, f"took_{instance.month.number}")


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
    gates = {m.live.partition(" ")[0] for m in mine if m.stopped}
    sums = plan.needs.judged_sums.values()
    read = named_in([*household_names(plan), *sums, *_STANDING, *ladders, *gates], texts)
    if read:
        columns += [f"eff.{name} AS {name}" for name in sorted(read)]
        source += f"\nJOIN eff ON {table}.household_id = eff.household_id"
    if each == "member":
        more, joins = _of_member(plan, texts)
        columns, source = columns + more, source + joins
    return select(columns, source)


def _of_member(plan: Plan, texts: list[str]) -> tuple[list[str], str]:
    """Return what a member's own ladders and verdicts bring to his claims, and the joins."""
    columns, joins = [], ""
    for name, ladder in plan.law.ladders.items():
        if ladder.each != "member":
            continue
        columns += [
            f"COALESCE(l_{name}.effect, 0) AS x_{name}",
            f"COALESCE(l_{name}.state, 'none') AS s_{name}",
        ]
        joins += (
            f"\nLEFT JOIN ladder_{name} AS l_{name} ON l_{name}.household_id = mem.household_id"
            f" AND l_{name}.subject_id = mem.member_id"
        )
    judged = [
        column
        for j in plan.emitter.judgings
        if j.condition.each == "member"
        for column in (j.column, j.reported)
    ]
    verdicts = sorted(named_in(judged, texts))
    if verdicts:
        columns += [f"COALESCE(j.{column}, 0) AS {column}" for column in verdicts]
        joins += (
            "\nLEFT JOIN judged_member AS j ON j.household_id = mem.household_id"
            " AND j.subject_id = mem.member_id"
        )
    return columns, joins


def _kept(
    plan: Plan,
    instances: Instances,
    effects: Mapping[str, LineEffects],
    place: tuple[str, str],
    late: list[Retro],
) -> list[Layer]:
    """Keep the subjects with a line, and sum their lines and what their own effects do to them."""
    each, source = place
    columns, sums = ["household_id", *_KEYS[each]], ["household_id"]
    tests = []
    for instance in instances.of_kind(each):
        columns.append(instance.column)
        sums.append(f"{bigint(f'SUM({instance.column})')} AS {instance.column}")
        tests.append(f"{instance.column} <> 0")
        parts = own_parts(plan, instance, effects[instance.column])
        for letter, sql in parts.items():
            columns.append(f"{bigint(sql)} AS {instance.part(letter)}")
            sums.append(f"{bigint(f'SUM({instance.part(letter)})')} AS {instance.part(letter)}")
        mine = effects[instance.column]
        for letter, sql in own_reasons(mine, parts).items():
            columns.append(f"{sql} AS {instance.part(letter)}")
        for letter, sql in summed_reasons(plan, instances, instance, mine).items():
            sums.append(f"{sql} AS {instance.part(letter)}")
        if instances.refusal(instance) is not None:
            columns.append(instance.part("n"))
            tests.append(f"{instance.part('n')} <> ''")
    for past in late:
        columns.append(past.column)
        sums.append(f"{bigint(f'SUM({past.column})')} AS {past.column}")
        tests.append(f"{past.column} <> 0")
    return [
        Layer(f"claim_{each}", select(columns, source, where=disjunction(tests)), stored=True),
        Layer(f"part_{each}", select(sums, f"claim_{each}", group_by="household_id")),
    ]
