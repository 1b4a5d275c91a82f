"""From what is due to what is paid: forfeits, holds, withholding and deductions of a household.

The four states of an amount are due = payable + held + withheld + forfeited, for every component
and so for every household.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.caps import is_capped
from cct_engine.rulebook.compiler.parts import own_parts, rounded_share, withheld_share
from cct_engine.rulebook.compiler.place import NEVER_HOLDS
from cct_engine.rulebook.compiler.plan import Layer, Plan, layered, select
from cct_engine.rulebook.compiler.sqltext import (
    bigint,
    case,
    disjunction,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cct_engine.rulebook.compiler.caps import Capped
    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.retro import Retro

__all__ = [
    "Columns",
    "Split",
    "due_layers",
    "gross_layers",
    "split",
    "splits",
    "together",
    "with_parts",
]

Columns = dict[str, tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Split:
    """The SQL of one component's amounts on one row, or of several that share their fate.

    ``lost_if`` and ``held_if`` are the household's tests; ``own_lost`` and ``own_held`` what the
    subjects' own effects take, where neither test holds.
    """

    due: str
    lost_if: str = NEVER_HOLDS
    held_if: str = NEVER_HOLDS
    own_lost: str = "0"
    own_held: str = "0"
    withheld: str = "0"

    @property
    def forfeited(self) -> str:
        """Return what is lost."""
        return case([(self.lost_if, self.due)], self.own_lost)

    @property
    def held(self) -> str:
        """Return what is due, generated and kept back."""
        return case([(self.lost_if, "0"), (self.held_if, self._rest)], self.own_held)

    @property
    def kept(self) -> str:
        """Return due less forfeited."""
        return case([(self.lost_if, "0")], self._rest)

    @property
    def free(self) -> str:
        """Return due less forfeited and held."""
        left = self._rest if self.own_held == "0" else f"({self._rest} - {self.own_held})"
        return case([(disjunction([self.lost_if, self.held_if]), "0")], left)

    @property
    def payable(self) -> str:
        """Return what is left after withholding."""
        return self.free if self.withheld == "0" else f"({self.free} - ({self.withheld}))"

    @property
    def _rest(self) -> str:
        return self.due if self.own_lost == "0" else f"({self.due} - {self.own_lost})"


def together(splits: Iterable[Split]) -> list[Split]:
    """Return the sums of those splits that share their tests: one CASE for all of them."""
    groups: dict[tuple[str, str], list[Split]] = {}
    for part in splits:
        groups.setdefault((part.lost_if, part.held_if), []).append(part)
    return [
        Split(
            f"({total(part.due for part in parts)})",
            lost_if,
            held_if,
            _sum(part.own_lost for part in parts),
            _sum(part.own_held for part in parts),
            _sum(part.withheld for part in parts),
        )
        for (lost_if, held_if), parts in groups.items()
    ]


def _sum(terms: Iterable[str]) -> str:
    parts = [term for term in terms if term != "0"]
    return f"({' + '.join(parts)})" if parts else "0"


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
    capped = is_capped(instances)
    for instance in instances.of_kind("household"):
        if not capped or instance.component.kind == "deduction":
            _add_amount(instances, instance, effects[instance.column].live, amounts)
    amounts |= {
        late.column: (late.sql, frozenset())
        for late in retro
        if late.instance.component.each == "household"
    }
    layers, last = layered("due", start.name, amounts)
    return [start, *layers], last


def gross_layers(
    instances: Instances, effects: Mapping[str, LineEffects], sources: Mapping[str, str]
) -> tuple[list[Layer], str]:
    """Return the layers to the household's row before any cap, and the name of the last."""
    columns, source = ["eff.*"], "eff"
    layers: list[Layer] = []
    for each, claims in sources.items():
        mine = instances.of_kind(each)
        names = [instances.read_name(instance) for instance in mine]
        if not mine:
            continue
        sums = ["household_id", *(f"{bigint(f'SUM({name})')} AS {name}" for name in names)]
        layers.append(Layer(f"gross_{each}", select(sums, claims, group_by="household_id")))
        source += f"\nLEFT JOIN gross_{each} ON gross_{each}.household_id = eff.household_id"
        columns += [
            _gated(effects[i.column].live, f"gross_{each}.{name}", name)
            for i, name in zip(mine, names, strict=True)
        ]
    layers.append(Layer("gross_0", select(columns, source)))
    amounts: Columns = {}
    for instance in instances.of_kind("household"):
        if instance.component.kind == "benefit":
            _add_amount(instances, instance, effects[instance.column].live, amounts)
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
        late = [past.column for past in retro if past.instance.component.each == each]
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
    for number, instance in enumerate(capped.lines if capped else ()):
        if instance.component.each == "household":
            columns.append(f"COALESCE(cut_household.k_{number}, 0) AS {instance.column}")
    if capped is not None and capped.of_household:
        source += f"\nLEFT JOIN cut_household ON cut_household.household_id = {start}.household_id"
    return Layer("due_0", select(columns, source))


def _gated(live: str, value: str, name: str) -> str:
    return f"CASE WHEN {live} THEN COALESCE({value}, 0) ELSE {bigint('0')} END AS {name}"


def _add_amount(instances: Instances, instance: Instance, live: str, amounts: Columns) -> None:
    above = _above(instances, instance)
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


def _above(instances: Instances, instance: Instance) -> list[str]:
    """Return the lines above a deduction: those of its month, if it comes by month."""
    return [
        i.column
        for i in instances.found
        if i.order < instance.order
        and (not instance.monthly or (i.monthly and i.month == instance.month))
    ]


def splits(
    plan: Plan, instances: Instances, effects: Mapping[str, LineEffects], last: str
) -> tuple[dict[str, Split], list[Layer], str]:
    """Return each instance's split over the row of the last layer, and the layers it needs."""
    found: dict[str, Split] = {}
    layers: list[Layer] = []
    for instance in instances.found:
        if instance.component.kind == "deduction":
            found[instance.column], more = _deducted(instances, instance, found, last)
            layers += more
            last = more[-1].name
        else:
            found[instance.column] = split(plan, instance, effects[instance.column])
    return found, layers, last


def split(plan: Plan, instance: Instance, effects: LineEffects, *, owner: str = "") -> Split:
    """Return the split of a component's sum, or of one subject's line (``owner``: its table)."""
    household = effects.household
    own = own_parts(plan, instance, effects) if instance.component.each != "household" else {}
    due = f"{owner}{instance.column}"
    lost = f"{owner}{instance.part('f')}" if "f" in own else "0"
    if household.reductions:
        shares = [(e.test, rounded_share(plan, due, share)) for e, share in household.reductions]
        lost = f"({case(shares, lost)})"
    held = f"{owner}{instance.part('h')}" if "h" in own else "0"
    forfeit, hold = household.any("forfeits"), household.any("holds")
    withheld = "0"
    share = withheld_share(plan, instance.code)
    if share is not None:
        kept = f"{owner}{instance.part('w')}" if "w" in own else rounded_share(plan, due, share)
        withheld = f"({case([(disjunction([forfeit, hold]), '0')], kept)})"
    return Split(due, forfeit, hold, lost, held, withheld)


def _deducted(
    instances: Instances, instance: Instance, found: dict[str, Split], last: str
) -> tuple[Split, list[Layer]]:
    """Evaluate a deduction again on what forfeits leave, and on what holds leave.

    A youth's 50 lost under a deduction of half costs the family 25, not 50: the deduction's own
    line gives back the other 25.
    """
    above = [found[column] for column in _above(instances, instance)]
    columns: Columns = {}
    groups = together(above)
    for letter, kept in (("1", [s.kept for s in groups]), ("2", [s.free for s in groups])):
        subtotal = instance.part(f"subtotal {letter}")
        columns[subtotal] = (bigint(total(kept)), frozenset())
        amount = instances.amount(instance, {"subtotal": subtotal})
        sql = f"-({amount[0]})" if amount else bigint("0")
        guarded = f"CASE WHEN {instance.column} = 0 THEN {bigint('0')} ELSE {sql} END"
        columns[instance.part(letter)] = (guarded, frozenset({subtotal}))
    layers, _ = layered(f"deduct_{instance.order}_{instance.month.number}", last, columns)
    due, kept_part, free_part = instance.column, instance.part("1"), instance.part("2")
    lost, held = f"({due} - {kept_part})", f"({kept_part} - {free_part})"
    return Split(due, own_lost=lost, own_held=held), layers
