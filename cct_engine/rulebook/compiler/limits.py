"""Limits: the most claims or members counted, and who is chosen, in the order of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.plan import UNION_ALL, Layer, Plan, select
from cct_engine.rulebook.compiler.sqltext import bigint, case, flag, literal
from cct_engine.rulebook.compiler.unwritable import NotCompiled, standing_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.retro import Retro
    from cct_engine.rulebook.model_money import Limit

__all__ = ["left_out_rows", "limit_layers"]

_SUBJECTS = ("member", "pregnancy")
_CLAIM = ("household_id", "member_id", "pregnancy_id", "claim", "component", "for_month", "amount")


def limit_layers(
    plan: Plan, instances: Instances, retro: Sequence[Retro], sources: dict[str, str]
) -> list[Layer]:
    """Return the layers that choose among claims; without limits there are none, and no windows.

    Limits work in list order, an inner one before an outer one. ``counts: member`` first keeps
    each member's best claim by the same order. The lowest member id is always the last tie-break.
    In a month paid late, whoever was recorded for it keeps the place, before anybody else.
    ``sources``: the layer of each subject's claims, which this one takes the place of.
    """
    mine = _under_limits(instances, retro)
    if not mine:
        return []
    layers = [Layer("pick_0", _all_claims(plan, mine, sources))]
    for number, limit in enumerate(plan.law.limits, start=1):
        layers += _picked(plan, number, limit, mine)
    layers += _brought_back(instances, mine, f"pick_{len(plan.law.limits)}", sources)
    return layers


def left_out_rows(plan: Plan, instances: Instances, retro: Sequence[Retro]) -> str:
    """Return one row per claim that a limit left out, and how; nothing where no limit counts.

    ``place`` is the limit's in the list. ``why``: ``most``, because others were chosen, or
    ``once``, because the member is counted with another claim. ``for_month`` is 0 for a line of
    the cycle, and below 0 for a month paid late.
    """
    mine = _under_limits(instances, retro)
    selects = []
    for number, limit in enumerate(plan.law.limits if mine else ()):
        under = [i for i in mine if i.code in limit.over]
        counted = f"component IN ({', '.join(literal(code) for code in limit.over)})"
        most = _most(plan, number, [i for i in under if i.late or i.monthly])
        row = [*_CLAIM, f"{bigint(str(number))} AS place"]
        over = f"{counted} AND nth > {most}"
        columns = [*row, "'most' AS why", f"{bigint(most)} AS most"]
        selects.append(select(columns, f"rank_{number + 1}", where=over))
        if limit.counts == "member":
            columns = [*row, "'once' AS why", f"{bigint(most)} AS most"]
            selects.append(select(columns, f"best_{number + 1}", where=f"{counted} AND best > 1"))
    if not selects:
        return ""
    order = "household_id, place, why, for_month, component, member_id, pregnancy_id"
    return f"{UNION_ALL.join(selects)}\nORDER BY {order}"


def _under_limits(instances: Instances, retro: Sequence[Retro]) -> list[Instance]:
    """Return the lines of members and pregnancies that some limit counts."""
    lines = [*instances.found, *(late.instance for late in retro)]
    return [i for i in lines if "u" in instances.stages(i) and i.component.each in _SUBJECTS]


def _month(instance: Instance) -> int:
    """Return the number that tells a limit's months apart: 0 for the cycle, below 0 past ones."""
    if instance.monthly:
        return instance.month.number
    return -instance.month.number if instance.late else 0


def _ordering(plan: Plan) -> list[str]:
    """Return the attributes of members that some limit orders by."""
    names = [
        (number, entry.split(" ")[0])
        for number, limit in enumerate(plan.law.limits)
        for entry in limit.by
    ]
    known = plan.needs.attributes["member"]
    for number, name in names:
        if name not in {"amount", "member_id"} and name not in known:
            with standing_at("limits", number, "by"):
                what = f"A limit ordered by `{name}`"
                raise NotCompiled(what, "`amount`, or an attribute of the member.")
    return list(dict.fromkeys(n for _, n in names if n not in {"amount", "member_id"}))


def _all_claims(plan: Plan, mine: list[Instance], sources: dict[str, str]) -> str:
    """Return one row per claim that some limit counts."""
    selects = []
    order = _ordering(plan)
    for number, instance in enumerate(mine):
        each = instance.component.each
        pregnancy = "c.pregnancy_id" if each == "pregnancy" else "CAST(0 AS BIGINT)"
        source = f"{sources[each]} AS c"
        owner = "c"
        if each == "pregnancy" and order:
            owner = "mem"
            source += (
                "\nJOIN mem ON mem.household_id = c.household_id AND mem.member_id = c.member_id"
            )
        columns = [
            "c.household_id AS household_id",
            "c.member_id AS member_id",
            f"{pregnancy} AS pregnancy_id",
            f"{bigint(str(number))} AS claim",
            f"{literal(instance.code)} AS component",
            f"{bigint(str(_month(instance)))} AS for_month",
            f"c.{instance.part('u')} AS amount",
            *(f"{owner}.{plan.needs.column('member', name)} AS o_{name}" for name in order),
        ]
        where = f"c.{instance.part('u')} <> 0"
        if any(i.late for i in mine):
            taken = f"c.{instance.part('t')}" if instance.late else bigint("0")
            columns.append(f"{taken} AS taken")
            where += f" OR {taken} = 1" if instance.late else ""
        selects.append(select(columns, source, where=where))
    return "\nUNION ALL\n".join(selects)


def _picked(plan: Plan, number: int, limit: Limit, mine: Sequence[Instance]) -> list[Layer]:
    """Return the layers of one limit; every column is named, so that none is carried on twice."""
    before, row = f"pick_{number - 1}", [*_CLAIM, *(f"o_{name}" for name in _ordering(plan))]
    late = any(i.late for i in mine)
    row += ["taken"] if late else []
    dated = [i for i in mine if i.code in limit.over and (i.late or i.monthly)]
    most = _most(plan, number - 1, dated)
    counted = f"component IN ({', '.join(literal(code) for code in limit.over)})"
    order = ", ".join([*(["taken DESC"] if late else []), *map(_order_by, limit.by)])
    order += ", member_id ASC, pregnancy_id ASC, claim ASC"
    layers = []
    kept = ""
    if limit.counts == "member":
        best = (
            "ROW_NUMBER() OVER (PARTITION BY household_id, for_month, member_id, "
            f"{flag(counted)} ORDER BY {order}) AS best"
        )
        layers.append(Layer(f"best_{number}", select([*row, best], before)))
        before, kept = f"best_{number}", f"best = 1 OR NOT ({counted})"
    nth = (
        f"ROW_NUMBER() OVER (PARTITION BY household_id, for_month, {flag(counted)} "
        f"ORDER BY {order}) AS nth"
    )
    layers.append(Layer(f"rank_{number}", select([*row, nth], before, where=kept)))
    chosen = f"NOT ({counted}) OR nth <= {most}"
    layers.append(Layer(f"pick_{number}", select(row, f"rank_{number}", where=chosen)))
    return layers


def _most(plan: Plan, number: int, dated: Sequence[Instance]) -> str:
    """Return how many are counted: in the cycle, and in each month as the law is in that month."""
    path = ("limits", number, "at_most")
    now = plan.value(*path)
    then = {_month(i): plan.value(*path, moment=i.moment) for i in dated}
    if not all(most.isdigit() for most in (now, *then.values())):
        with standing_at(*path):
            raise NotCompiled(
                "A limit that differs between households",
                "A number or a parameter without `fixed_by`.",
            )
    return case([(f"for_month = {m}", most) for m, most in then.items() if most != now], now)


def _order_by(entry: str) -> str:
    name, _, direction = entry.partition(" ")
    column = name if name in {"amount", "member_id"} else f"o_{name}"
    return f"{column} {direction or 'ASC'}"


def _brought_back(
    instances: Instances, mine: list[Instance], last: str, sources: dict[str, str]
) -> list[Layer]:
    """Set the claims that were not chosen to 0, so that what follows needs no other shape."""
    layers = []
    for each in _SUBJECTS:
        of_kind = [(n, i) for n, i in enumerate(mine) if i.component.each == each]
        if not of_kind:
            continue
        key = "member_id" if each == "member" else "pregnancy_id"
        chosen = ["household_id", key]
        chosen += [
            f"{bigint(f'MAX(CASE WHEN claim = {n} THEN 1 ELSE 0 END)')} AS k_{n}"
            for n, _ in of_kind
        ]
        layers.append(
            Layer(f"chosen_{each}", select(chosen, last, group_by=f"household_id, {key}"))
        )
        columns = [
            f"CASE WHEN k_{n} = 1 THEN c.{i.part('u')} ELSE CAST(0 AS BIGINT) END"
            f" AS {instances.after(i, 'u')}"
            for n, i in of_kind
        ]
        source = (
            f"{sources[each]} AS c\nLEFT JOIN chosen_{each} AS k ON k.household_id = c.household_id"
            f" AND k.{key} = c.{key}"
        )
        layers.append(Layer(f"limited_{each}", select(["c.*", *columns], source)))
        sources[each] = f"limited_{each}"
    return layers
