"""From what is due to what is paid: forfeits, holds, withholding and deductions of a household.

The four states of an amount are due = payable + held + withheld + forfeited, for every component
and so for every household.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.parts import own_parts, rounded_share, withheld_share
from cct_engine.rulebook.compiler.place import NEVER_HOLDS
from cct_engine.rulebook.compiler.plan import Columns, Layer, Plan, layered
from cct_engine.rulebook.compiler.reasons import deduction_reasons
from cct_engine.rulebook.compiler.sqltext import bigint, case, disjunction, total

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances

__all__ = ["Split", "split", "splits", "together"]


@dataclass(frozen=True, slots=True)
class Split:
    """The SQL of one component's amounts on one row, or of several that share their fate.

    ``lost_if`` and ``held_if`` are the household's tests; ``own_lost`` and ``own_held`` what the
    subjects' own effects take, where neither test holds. ``reason``: of a deduction, which has
    no effects of its own, its code.
    """

    due: str
    lost_if: str = NEVER_HOLDS
    held_if: str = NEVER_HOLDS
    own_lost: str = "0"
    own_held: str = "0"
    withheld: str = "0"
    reason: str = ""

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
    for column, reason in deduction_reasons(instances, effects, found).items():
        found[column] = replace(found[column], reason=reason)
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
        left = due if lost == "0" else f"({due} - {lost})"
        kept = f"{owner}{instance.part('w')}" if "w" in own else rounded_share(plan, left, share)
        withheld = f"({case([(disjunction([forfeit, hold]), '0')], kept)})"
    return Split(due, forfeit, hold, lost, held, withheld)


def _deducted(
    instances: Instances, instance: Instance, found: dict[str, Split], last: str
) -> tuple[Split, list[Layer]]:
    """Evaluate a deduction again on what forfeits leave, and on what holds leave.

    A youth's 50 lost under a deduction of half costs the family 25, not 50: the deduction's own
    line gives back the other 25.
    """
    above = [found[column] for column in instances.above(instance)]
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
