"""What a line's own effects forfeit, hold and withhold."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cct_engine.rulebook.compiler.parameters import NotInForce
from cct_engine.rulebook.compiler.sqltext import Range, case, conjunction, rounded
from cct_engine.rulebook.values import read_minor

if TYPE_CHECKING:
    from cct_engine.rulebook.compiler.effects import LineEffects
    from cct_engine.rulebook.compiler.instances import Instance
    from cct_engine.rulebook.compiler.plan import Plan
    from cct_engine.rulebook.model_money import Withholding

__all__ = ["own_parts", "rounded_share", "withheld_share", "withholding_of"]


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
        withheld = rounded_share(plan, left, share)
        parts["w"] = withheld if free == "1 = 1" else case([(free, withheld)], "0")
    return parts


def withholding_of(plan: Plan, code: str) -> Withholding | None:
    """Return the rule by which a share of a component waits for a certificate, if any."""
    return next((w for w in plan.law.withholding if code in w.of), None)


def withheld_share(plan: Plan, code: str) -> Fraction | None:
    """Return the share of a component that waits in this cycle, if any."""
    withholding = withholding_of(plan, code)
    if withholding is None:
        return None
    try:
        value = plan.parameters.at(withholding.share, plan.cycle.first_day)
    except NotInForce:
        return None
    return value if isinstance(value, Fraction) else None


def rounded_share(plan: Plan, amount: str, share: Fraction) -> str:
    """Return the share of an amount that is never negative, rounded by the convention."""
    convention = plan.law.conventions.rounding
    unit = read_minor(convention.unit, currency=plan.rulebook.currency)
    part = rounded(amount, share, mode=convention.mode, unit=unit, bounds=Range(0, 10**13))
    # A part rounded to a large unit is still no more than the whole.
    return part if unit == 1 else f"CASE WHEN {part} > {amount} THEN {amount} ELSE {part} END"
