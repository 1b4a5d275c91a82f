"""Why a line was lost and why it waits, as one code (``cct_engine.rulebook.reasons``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cct_engine.rulebook.compiler.parts import own_parts, withheld_share, withholding_of
from cct_engine.rulebook.compiler.sqltext import case, literal
from cct_engine.rulebook.reasons import AND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance, Instances
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.compiler.splitting import Split

__all__ = ["deduction_reasons", "line_reason", "own_reasons", "summed_reasons"]

_Branches = list[tuple[str, str]]


class _Why(NamedTuple):
    """The tests and reasons that a line is lost, and that it waits."""

    lost: _Branches
    waits: _Branches


def own_reasons(effects: LineEffects, parts: Iterable[str]) -> dict[str, str]:
    """Return, by letter, the SQL of why a subject's own effects take from a line or hold it."""
    own = effects.own
    if not {"f", "h"} & set(parts):
        return {}
    lost = [(effect.test, effect.reason) for effect in own.forfeits]
    shares = [(effect.test, effect.reason) for effect, _ in own.reductions]
    waits = [(effect.test, effect.reason) for effect in own.holds]
    if not shares or not waits:
        return {"r": case([*lost, *shares, *waits], literal(""))}
    return {"r": case([*lost, *shares], literal("")), "q": case(waits, literal(""))}


def summed_reasons(
    plan: Plan, instances: Instances, instance: Instance, effects: LineEffects
) -> dict[str, str]:
    """Return, by letter, the reason of a component's subjects that a deduction below it tells.

    Of several reasons the first by the alphabet is told.
    """
    later = [i.component.kind for i in instances.found if i.order > instance.order]
    if "deduction" not in later:
        return {}
    parts = own_parts(plan, instance, effects)
    waits = "q" if "q" in own_reasons(effects, parts) else "r"
    return {
        told: f"MIN(CASE WHEN {instance.part(part)} <> 0 THEN {instance.part(letter)} END)"
        for part, letter, told in (("f", "r", "x"), ("h", waits, "y"))
        if part in parts
    }


def line_reason(
    plan: Plan, instance: Instance, effects: LineEffects, part: Split, *, owner: str | None
) -> str:
    """Return the SQL of a line's code; ``owner``: the table of a subject's line."""
    why = _why(instance, effects, owner)
    end = literal("")
    withholding = withholding_of(plan, instance.code)
    if withholding is not None and withheld_share(plan, instance.code) is not None:
        end = literal(f"withholding:{withholding.name}")
    if effects.household.reductions or effects.own.reductions:
        return _both(part, case(why.lost, literal("")), case(why.waits, end))
    return case([*why.lost, *why.waits], end)


def deduction_reasons(
    instances: Instances, effects: Mapping[str, LineEffects], splits: Mapping[str, Split]
) -> dict[str, str]:
    """Return the SQL of each deduction's code, by its column.

    It is lost, and waits, with the lines above it: it tells the reason of the first of them.
    """
    lost: dict[str, str] = {}
    waits: dict[str, str] = {}
    found = {}
    for instance in instances.found:
        column = instance.column
        if instance.component.kind != "deduction":
            lost[column], waits[column] = _summed(instance, effects[column], splits[column])
            continue
        above = instances.above(instance)
        lost[column], waits[column] = (
            case(
                [
                    (f"({amounts[name]}) <> 0", reasons[name])
                    for name in above
                    if amounts[name] != "0"
                ],
                literal(""),
            )
            for reasons, amounts in (
                (lost, {name: splits[name].forfeited for name in above}),
                (waits, {name: splits[name].held for name in above}),
            )
        )
        found[column] = _both(splits[column], lost[column], waits[column])
    return found


def _summed(instance: Instance, effects: LineEffects, part: Split) -> tuple[str, str]:
    """Return why a component's sum was lost and why it waits, on the household's row."""
    household, own = effects.household, effects.own
    lost = [(effect.test, effect.reason) for effect in household.forfeits]
    lost += [(effect.test, effect.reason) for effect, _ in household.reductions]
    waits = [(effect.test, effect.reason) for effect in household.holds]
    if part.own_held != "0":
        waits.insert(0, (f"{part.own_held} <> 0", instance.part("y")))
    told = instance.part("x") if own.forfeits or own.reductions else literal("")
    return case(lost, told), case(waits, literal(""))


def _why(instance: Instance, effects: LineEffects, owner: str | None) -> _Why:
    household, own = effects.household, effects.own
    lost = [(effect.test, effect.reason) for effect in household.forfeits]
    lost += [(effect.test, effect.reason) for effect, _ in household.reductions]
    waits = [(effect.test, effect.reason) for effect in household.holds]
    if owner is not None and (own.forfeits or own.reductions):
        lost.append((f"{owner}{instance.part('f')} <> 0", f"{owner}{instance.part('r')}"))
    if owner is not None and own.holds:
        letter = "q" if own.reductions else "r"
        waits.insert(0, (f"{owner}{instance.part('h')} <> 0", f"{owner}{instance.part(letter)}"))
    return _Why(lost, waits)


def _both(part: Split, lost: str, waits: str) -> str:
    """Return one code for a line of which a part may be lost and the rest wait."""
    taken = f"({part.forfeited}) <> 0"
    left = f"({part.held}) + ({part.withheld}) <> 0"
    joined = f"{lost} || {literal(AND)} || {waits}"
    return case([(f"{taken} AND {left}", joined), (taken, lost)], waits)
