"""Caps: lines that together pass a ceiling shrink to it, and every cent has its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.instances import Earlier
from cct_engine.rulebook.compiler.past import recorded_sums
from cct_engine.rulebook.compiler.place import Place
from cct_engine.rulebook.compiler.plan import UNION_ALL, Layer, Plan, select
from cct_engine.rulebook.compiler.retro import past_cycles
from cct_engine.rulebook.compiler.sqltext import LIMIT, bigint, case, literal
from cct_engine.rulebook.compiler.unwritable import TooLarge, standing_at
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.retro import Retro
    from cct_engine.rulebook.model_money import Cap

__all__ = ["Capped", "cap_layers", "cut_rows", "is_capped"]

_ROW = (
    *("household_id", "member_id", "pregnancy_id", "claim", "component"),
    *("for_month", "for_cycle"),
)


@dataclass(slots=True)
class Capped:
    """The lines under some cap, and the layers that cut them; ``cut_household`` has k_<place>."""

    lines: list[Instance]
    layers: list[Layer] = field(default_factory=list)

    @property
    def of_household(self) -> bool:
        """Return whether a component of the household itself is among the lines."""
        return any(line.component.each == "household" for line in self.lines)


def is_capped(instances: Instances, retro: Sequence[Retro]) -> bool:
    """Return whether some line of this cycle, or one paid late with it, stands under a cap."""
    lines = [*instances.found, *(late.instance for late in retro)]
    return any("g" in instances.stages(i) for i in lines)


def cap_layers(
    plan: Plan,
    instances: Instances,
    retro: Sequence[Retro],
    sources: dict[str, str],
    gross: str,
) -> Capped:
    """Return the layers from the lines before any cap to the lines after the last one.

    ``gross``: the household's row with every component before caps. Caps work in list order. If
    the components of a cap come to more than it allows, its `lines` shrink to what the others
    leave, not below 0: proportionally, what is left over going unit by unit by `remainder` and
    `tie`, or in order, the last line first. The lowest ids are always the last tie-break.
    """
    cycles = [instances, *past_cycles(retro)]
    mine = [i for cycle in cycles for i in cycle.found if "g" in cycle.stages(i)]
    capped = Capped(mine)
    capped.layers.append(Layer("cap_0", _lines(mine, sources, gross)))
    for number, cap in enumerate(plan.law.caps, start=1):
        with standing_at("caps", number - 1, "at_most"):
            capped.layers += _cut(plan, cycles, number, cap, gross)
    last = f"cap_{len(plan.law.caps)}"
    for each in ("member", "pregnancy"):
        of_kind = [(n, i) for n, i in enumerate(mine) if i.component.each == each]
        if of_kind:
            key = f"{each}_id"
            capped.layers.append(_pivoted(f"cut_{each}", last, of_kind, f"household_id, {key}"))
            same = f"k.household_id = c.household_id AND k.{key} = c.{key}"
            columns = [f"COALESCE(k_{n}, 0) AS {i.column}" for n, i in of_kind]
            source = f"{sources[each]} AS c\nLEFT JOIN cut_{each} AS k ON {same}"
            capped.layers.append(Layer(f"capped_{each}", select(["c.*", *columns], source)))
            sources[each] = f"capped_{each}"
    if capped.of_household:
        of_kind = [(n, i) for n, i in enumerate(mine) if i.component.each == "household"]
        capped.layers.append(_pivoted("cut_household", last, of_kind, "household_id"))
    return capped


def cut_rows(plan: Plan, instances: Instances, retro: Sequence[Retro], gross: str = "gross") -> str:
    """Return one row per line of a sum that a ceiling cut; nothing where there is no ceiling.

    ``place`` is the ceiling's in the list, ``ceiling`` what it allowed in that month or cycle,
    ``before`` and ``after`` the line as it came to the ceiling and as it left it.
    """
    cycles = [instances, *past_cycles(retro)]
    selects = []
    for number, cap in enumerate(plan.law.caps, start=1):
        with standing_at("caps", number - 1, "at_most"):
            ceiling = _room(plan, cycles, cap, whole=True)
        source = (
            f"cap_{number}_b AS p\nJOIN cap_{number} AS k ON k.household_id = p.household_id"
            " AND k.member_id = p.member_id AND k.pregnancy_id = p.pregnancy_id"
            f" AND k.claim = p.claim\nJOIN {gross} AS g ON g.household_id = p.household_id"
        )
        columns = [f"p.{name} AS {name}" for name in _ROW]
        columns += [f"{bigint(str(number - 1))} AS place", f"{bigint(ceiling)} AS ceiling"]
        columns += ["p.amount AS before", "k.amount AS after"]
        selects.append(select(columns, source, where="p.cut = 1"))
    if not selects:
        return ""
    order = "household_id, place, for_month, component, member_id, pregnancy_id"
    return f"{UNION_ALL.join(selects)}\nORDER BY {order}"


def _lines(mine: list[Instance], sources: dict[str, str], gross: str) -> str:
    selects = []
    for number, instance in enumerate(mine):
        each = instance.component.each
        source = gross if each == "household" else sources[each]
        member = "CAST(0 AS BIGINT)" if each == "household" else "member_id"
        pregnancy = "pregnancy_id" if each == "pregnancy" else "CAST(0 AS BIGINT)"
        columns = [
            "household_id",
            f"{member} AS member_id",
            f"{pregnancy} AS pregnancy_id",
            f"{bigint(str(number))} AS claim",
            f"{literal(instance.code)} AS component",
            f"{bigint(str(instance.month.number))} AS for_month",
            f"{bigint(str(instance.moment.cycle_first.number))} AS for_cycle",
            f"{instance.part('g')} AS amount",
        ]
        selects.append(select(columns, source, where=f"{instance.part('g')} > 0"))
    return "\nUNION ALL\n".join(selects)


def _pivoted(name: str, last: str, of_kind: list[tuple[int, Instance]], key: str) -> Layer:
    columns = [key]
    columns += [
        f"{bigint(f'SUM(CASE WHEN claim = {n} THEN amount ELSE 0 END)')} AS k_{n}"
        for n, _ in of_kind
    ]
    where = f"claim IN ({', '.join(str(n) for n, _ in of_kind)})"
    return Layer(name, select(columns, last, where=where, group_by=key))


def _cut(plan: Plan, cycles: Sequence[Instances], number: int, cap: Cap, gross: str) -> list[Layer]:
    before, stem = f"cap_{number - 1}", f"cap_{number}"
    unit = read_minor(cap.reduce.unit, currency=plan.rulebook.currency)
    part = "household_id, for_month" if cap.per == "month" else "household_id, for_cycle"
    shrinks = f"component IN ({', '.join(literal(code) for code in cap.reduce.lines)})"
    others = [code for code in cap.of if code not in cap.reduce.lines]
    beside = f"component IN ({', '.join(literal(code) for code in others)})" if others else "1 = 0"
    row = [f"p.{name} AS {name}" for name in (*_ROW, "amount")]
    wanted = f"SUM(CASE WHEN p.{shrinks} THEN p.amount ELSE 0 END) OVER (PARTITION BY {_of(part)})"
    theirs = f"SUM(CASE WHEN p.{beside} THEN p.amount ELSE 0 END) OVER (PARTITION BY {_of(part)})"
    if not others:
        theirs = "0"
    room = _room(plan, cycles, cap)
    first = [*row, f"{bigint(wanted)} AS wanted", f"{bigint(f'{room} - {theirs}')} AS room"]
    source = f"{before} AS p\nJOIN {gross} AS g ON g.household_id = p.household_id"
    allowed = f"CASE WHEN room <= 0 THEN 0 ELSE CAST(DIV(room, {unit}) AS BIGINT) * {unit} END"
    cut = f"CASE WHEN {shrinks} AND wanted > room THEN 1 ELSE 0 END"
    # Where nothing is left to cut nothing is divided, but an engine may try it beforehand.
    whole = case([("wanted > 0", "wanted")], "1")
    second = [
        "*",
        f"{bigint(allowed)} AS allowed",
        f"{bigint(cut)} AS cut",
        f"{bigint(whole)} AS whole",
    ]
    layers = [
        Layer(f"{stem}_a", select(first, source, where="p.amount > 0")),
        Layer(f"{stem}_b", select(second, f"{stem}_a")),
    ]
    if cap.reduce.how == "in_order":
        return [*layers, *_in_order(cap, stem, part, unit)]
    return [*layers, *_proportional(cap, stem, part, unit)]


def _of(part: str) -> str:
    return ", ".join(f"p.{name}" for name in part.split(", "))


def _room(plan: Plan, cycles: Sequence[Instances], cap: Cap, *, whole: bool = False) -> str:
    """Return the ceiling less the components that no cap shrinks, over the row ``g``.

    In a month paid late, what was recorded for it before is taken off, too. ``whole``: the ceiling.
    """
    node = plan.rulebook.expression("caps", plan.law.caps.index(cap), "at_most")
    by_month = cap.per == "month"
    branches = []
    for instances in cycles:
        first = instances.plan.moment.cycle_first
        for month in instances.plan.moment.cycle_months if by_month else (first,):
            moment = instances.plan.moment.in_month(month)
            under = [
                i
                for i in instances.found
                if i.code in cap.of and (i.month == month or not by_month)
            ]
            if instances is not cycles[0] and not under:
                continue
            reader = Earlier(instances, by_month)
            place = Place("household", moment, components=reader, monthly=by_month)
            ceiling = plan.emitter.value(node, place)
            _check_size(instances, cap, plan.emitter.range(node, place).high)
            beside = [i.column for i in under if "g" not in instances.stages(i)]
            if instances.late:
                months = (month,) if by_month else moment.cycle_months
                for code in cap.of:
                    beside += recorded_sums(plan, code, months, of="household")
            taken = "" if whole else "".join(f" - {column}" for column in beside)
            left = f"({ceiling}){taken}"
            key = f"for_month = {month.number}" if by_month else f"for_cycle = {first.number}"
            branches.append((f"p.{key}", f"({left})"))
    return case(branches[:-1], branches[-1][1])


def _check_size(instances: Instances, cap: Cap, ceiling: int) -> None:
    highest = [
        instances.ranges[i.column].high
        for i in instances.found
        if i.code in cap.reduce.lines and i.column in instances.ranges
    ]
    if max(highest, default=0) * max(ceiling, 1) >= LIMIT:
        raise TooLarge(f"Cap `{cap.name}`", "A smaller ceiling, or amounts with a smaller bound.")


def _proportional(cap: Cap, stem: str, part: str, unit: int) -> list[Layer]:
    product = "amount * allowed"
    share = f"CAST(DIV({product}, whole * {unit}) AS BIGINT) * {unit}"
    third = ["*", f"{bigint(case([('cut = 1', share)], 'amount'))} AS share"]
    fourth = ["*", f"{bigint(case([('cut = 1', f'{product} - share * wanted')], '0'))} AS fraction"]
    ids = "member_id ASC, pregnancy_id ASC, claim ASC"
    tie = ", ".join(cap.reduce.tie)
    order = {
        "largest_fraction": f"fraction DESC, {tie}, {ids}",
        "first": f"{tie}, {ids}",
        "last": ", ".join(_turned(entry) for entry in f"{tie}, {ids}".split(", ")),
        "highest": f"amount DESC, {tie}, {ids}",
    }[cap.reduce.remainder]
    over = f"PARTITION BY {part}, cut"
    fifth = [
        "*",
        f"{bigint(f'SUM(share) OVER ({over})')} AS given",
        f"ROW_NUMBER() OVER ({over} ORDER BY {order}) AS place",
    ]
    more = f"place <= CAST(DIV(allowed - given, {unit}) AS BIGINT) AND share + {unit} <= amount"
    amount = case([("cut = 0", "amount"), (more, f"share + {unit}")], "share")
    return [
        Layer(f"{stem}_c", select(third, f"{stem}_b")),
        Layer(f"{stem}_d", select(fourth, f"{stem}_c")),
        Layer(f"{stem}_e", select(fifth, f"{stem}_d")),
        Layer(stem, select([*_ROW, f"{bigint(amount)} AS amount"], f"{stem}_e")),
    ]


def _in_order(cap: Cap, stem: str, part: str, unit: int) -> list[Layer]:
    places = case(
        [(f"component = {literal(code)}", str(n)) for n, code in enumerate(cap.reduce.lines)],
        str(len(cap.reduce.lines)),
    )
    order = f"{places}, {', '.join(cap.reduce.tie)}, member_id, pregnancy_id, claim"
    frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    before = f"SUM(amount) OVER (PARTITION BY {part}, cut ORDER BY {order} {frame})"
    third = ["*", f"{bigint(f'COALESCE({before}, 0)')} AS earlier"]
    left = f"CAST(DIV(allowed - earlier, {unit}) AS BIGINT) * {unit}"
    amount = case(
        [("cut = 0 OR allowed - earlier >= amount", "amount"), ("allowed <= earlier", "0")], left
    )
    return [
        Layer(f"{stem}_c", select(third, f"{stem}_b")),
        Layer(stem, select([*_ROW, f"{bigint(amount)} AS amount"], f"{stem}_c")),
    ]


def _turned(entry: str) -> str:
    name, _, direction = entry.partition(" ")
    return f"{name} {'ASC' if direction == 'DESC' else 'DESC'}"
