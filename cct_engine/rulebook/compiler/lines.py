"""The outlet ``line``: one row per line, of this cycle or of money that was open before it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cct_engine.rulebook.compiler.effects import kept_effects
from cct_engine.rulebook.compiler.plan import UNION_ALL, Plan, in_order, select
from cct_engine.rulebook.compiler.reasons import line_reason
from cct_engine.rulebook.compiler.splitting import split
from cct_engine.rulebook.compiler.sqltext import bigint, case, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.retro import Retro
    from cct_engine.rulebook.compiler.splitting import Split

__all__ = ["line_outlet"]

_ZERO = "CAST(0 AS BIGINT)"
_LINE = (
    "household_id",
    "source",
    "component",
    "component_order",
    "person_id",
    "pregnancy_id",
    "for_month",
    "due",
    "payable",
    "held",
    "withheld",
    "forfeited",
    "origin_month",
    "reason_code",
)


_ORDER = (
    "household_id, place, component_order, person_id, pregnancy_id, for_month, origin_month"
    ", component, reason_code, due"  # two balances of one line differ in nothing else
)


class _Select(NamedTuple):
    columns: dict[str, str]
    source: str
    where: str


def line_outlet(
    plan: Plan,
    instances: Instances,
    effects: Mapping[str, LineEffects],
    splits: Mapping[str, Split],
    retro: list[Retro],
) -> str:
    """Return one row per line: due = payable + held + withheld + forfeited in each.

    What the place of a line says, or what is 0 in all lines, is written after they were sorted.
    """
    selects: list[_Select] = []
    for instance in instances.found:
        mine = effects[instance.column]
        if instance.component.each == "household":
            selects.append(_household_line(plan, instance, mine, splits[instance.column]))
        else:
            selects.append(_subject_line(plan, instance, mine))
        selects += _refused_line(plan, instances, instance, mine)
    selects += [_late_line(plan, late) for late in retro]
    selects += _balance_lines(plan)
    said = {"source": _by_place([columns["source"] for columns, _, _ in selects])}
    said |= {
        name: _ZERO
        for name in ("held", "withheld", "forfeited")
        if all(columns[name] == _ZERO for columns, _, _ in selects)
    }
    rows = UNION_ALL.join(
        select(
            [f"{sql} AS {name}" for name, sql in columns.items() if name not in said]
            + [f"{place} AS place"],
            source,
            where=where,
        )
        for place, (columns, source, where) in enumerate(selects)
    )
    columns = [f"{said[name]} AS {name}" if name in said else name for name in _LINE]
    return select(columns, in_order(rows, _ORDER))


def _by_place(values: list[str]) -> str:
    """Return the SQL of a value that is the same from one place to a later one."""
    changes = enumerate(pairwise(values), start=1)
    ends = [(f"place < {place}", value) for place, (value, after) in changes if value != after]
    return case(ends, values[-1])


def _line(plan: Plan, keys: dict[str, str], amounts: dict[str, str], reason: str) -> dict[str, str]:
    """Return the columns of a line by name."""
    origin = keys.pop("origin_month", str(plan.cycle.number))
    states = ("due", "payable", "held", "withheld", "forfeited")
    money = {name: bigint(amounts.get(name, "0")) for name in states}
    ends = {"origin_month": f"CAST({origin} AS INTEGER)", "reason_code": reason}
    return keys | money | ends


def _keys(source: str, instance: Instance, **more: str) -> dict[str, str]:
    return {
        "household_id": more.get("household_id", "household_id"),
        "source": literal(source),
        "component": literal(instance.code),
        "component_order": bigint(str(instance.order)),
        "person_id": more.get("person_id", _ZERO),
        "pregnancy_id": more.get("pregnancy_id", _ZERO),
        "for_month": f"CAST({instance.month.number} AS INTEGER)",
    }


def _amounts(part: Split) -> dict[str, str]:
    return {
        "due": part.due,
        "payable": part.payable,
        "held": part.held,
        "withheld": part.withheld,
        "forfeited": part.forfeited,
    }


def _household_line(plan: Plan, instance: Instance, effects: LineEffects, part: Split) -> _Select:
    reason = part.reason or line_reason(plan, instance, effects, part, owner=None)
    where = f"{instance.column} <> 0"
    if instance.component.keep_zero:
        where = f"{where} OR (eligible = 1 AND gross <> 0)"
    return _Select(_line(plan, _keys("due", instance), _amounts(part), reason), "pay", where)


def _refused_line(
    plan: Plan, instances: Instances, instance: Instance, effects: LineEffects
) -> list[_Select]:
    """Return the line of 0 that says why a component that would be due is refused."""
    if instances.refusal(instance) is None:
        return []
    each = instance.component.each
    reason, source, where = instance.part("n"), "pay", f"{instance.part('n')} <> ''"
    keys = _keys("due", instance)
    if each != "household":
        reason = f"c.{reason}"
        source = f"claim_{each} AS c\nJOIN eff ON eff.household_id = c.household_id"
        where = f"{reason} <> '' AND {effects.live}"
        pregnancy = "c.pregnancy_id" if each == "pregnancy" else _ZERO
        keys = _keys(
            "due",
            instance,
            household_id="c.household_id",
            person_id="c.member_id",
            pregnancy_id=pregnancy,
        )
    return [_Select(_line(plan, keys, {}, reason), source, where)]


def _subject_line(plan: Plan, instance: Instance, effects: LineEffects) -> _Select:
    each = instance.component.each
    part = split(plan, instance, effects, owner="c.")
    person = "c.member_id"
    pregnancy = "c.pregnancy_id" if each == "pregnancy" else _ZERO
    keys = _keys(
        "due", instance, household_id="c.household_id", person_id=person, pregnancy_id=pregnancy
    )
    reason = line_reason(plan, instance, effects, part, owner="c.")
    source = f"claim_{each} AS c\nJOIN eff ON eff.household_id = c.household_id"
    where = f"c.{instance.column} <> 0 AND {effects.live}"
    return _Select(_line(plan, keys, _amounts(part), reason), source, where)


def _late_line(plan: Plan, late: Retro) -> _Select:
    """A past month that comes with the enrolment; held whole if nothing can go out now."""
    each = late.instance.component.each
    amount, source, keys = late.column, "pay", _keys("arrears", late.instance)
    if each != "household":
        amount = f"c.{late.column}"
        source = f"claim_{each} AS c\nJOIN eff ON eff.household_id = c.household_id"
        keys = _keys(
            "arrears",
            late.instance,
            household_id="c.household_id",
            person_id="c.member_id",
            pregnancy_id="c.pregnancy_id" if each == "pregnancy" else _ZERO,
        )
    held = f"CASE WHEN blocked = 1 THEN {amount} ELSE 0 END"
    amounts = {"due": amount, "payable": f"{amount} - {held}", "held": held}
    reasons = [(effect.test, effect.reason) for effect in kept_effects(plan)]
    columns = _line(plan, keys, amounts, case(reasons, literal("")))
    return _Select(columns, source, f"{amount} <> 0")


def _balance_lines(plan: Plan) -> list[_Select]:
    orders = {component.code: n for n, component in enumerate(plan.law.components)}
    order = case(
        [(f"component = {literal(c)}", str(n)) for c, n in orders.items()], str(len(orders))
    )
    selects = []
    for source, amounts in {
        "released": {"due": "amount", "payable": "amount"},
        "arrears": {"due": "amount", "payable": "amount"},
        "lapsed": {"due": "amount", "forfeited": "amount"},
    }.items():
        reason = "reason_code" if source == "arrears" else "kind || ':' || reason_code"
        columns = _line(plan, _balance_keys(source, order), amounts, reason)
        selects.append(_Select(columns, "open_money", f"becomes = {literal(source)}"))
    taken = {"due": "-taken", "payable": "-taken"}
    columns = _line(plan, _balance_keys("recovery", order), taken, "reason_code")
    selects.append(_Select(columns, "recovered", "taken > 0"))
    return selects


def _balance_keys(source: str, order: str) -> dict[str, str]:
    return {
        "household_id": "household_id",
        "source": literal(source),
        "component": "component",
        "component_order": bigint(order),
        "person_id": "person_id",
        "pregnancy_id": "pregnancy_id",
        "for_month": "CAST(for_month AS INTEGER)",
        "origin_month": "origin_month",
    }
