"""Checks of conditions: what they read is there, the threshold fits, a breach has an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model_rules import Condition

__all__ = ["check_conditions"]

_THRESHOLDS = ("at_least", "at_most", "less_than")


def check_conditions(checked: Checked) -> None:
    """Refuse conditions that read nothing known, have no threshold or no effect."""
    for name, condition in checked.law.conditions.items():
        _check_reads(checked, name, condition)
        _check_breach(checked, name, condition)
        if (condition.missing == "hold") != (condition.hold is not None):
            checked.refuse(
                ("conditions", name, "missing"),
                "RB-040",
                f"Condition `{name}` must say how long it holds for a report, and only then.",
                "missing: hold, hold: {cycles: 2, then: release}",
            )
        written = [(key, getattr(condition, key)) for key in _THRESHOLDS]
        thresholds = [(key, value) for key, value in written if value is not None]
        if len(thresholds) != 1:
            checked.refuse(
                ("conditions", name),
                "RB-042",
                f"Condition `{name}` needs one threshold.",
                "at_least, at_most or less_than.",
            )
        for key, value in thresholds:
            _check_threshold(checked, condition, value, ("conditions", name, key))


def _check_reads(checked: Checked, name: str, condition: Condition) -> None:
    law, path = checked.law, ("conditions", name)
    checked.known(condition.fact, law.facts, (*path, "fact"), "fact")
    checked.known(condition.window, law.windows, (*path, "window"), "window")
    fact = law.facts.get(condition.fact)
    for key in ("justified_by", "supply_side"):
        for reason in getattr(condition, key) if fact is not None else ():
            checked.known(reason, fact.reasons if fact else (), (*path, key), "reason")


def _check_breach(checked: Checked, name: str, condition: Condition) -> None:
    breach, path = condition.breach, ("conditions", name, "breach")
    if breach.ladder is None and not breach.forfeit:
        checked.refuse(
            path,
            "RB-041",
            f"Condition `{name}` has no effect.",
            "`breach: {ladder: …}` or `{forfeit: …, scope: …}`.",
        )
    if breach.forfeit and breach.scope is None:
        message = f"Condition `{name}` forfeits without a `scope`."
        checked.refuse(path, "RB-041", message, "scope: member_month")
    if breach.ladder is not None:
        checked.known(breach.ladder, checked.law.ladders, (*path, "ladder"), "ladder")
    each = {component.code: component.each for component in checked.law.components}
    for code in breach.forfeit:
        checked.known(code, checked.components, (*path, "forfeit"), "component")
        of_members = breach.scope in {"member", "member_month"} and code in each
        if of_members and (condition.each, each[code]) != ("member", "member"):
            checked.refuse(
                (*path, "scope"),
                "RB-041",
                f"`{name}` is judged for each {condition.each} and `{code}` is paid for each "
                f"{each[code]}: no member loses his own line.",
                "scope: household" if breach.scope == "member" else "scope: household_month",
            )
    ladder = checked.law.ladders.get(breach.ladder or "")
    if ladder is not None and (condition.each, ladder.each) == ("household", "member"):
        checked.refuse(
            (*path, "ladder"),
            "RB-041",
            f"`{name}` is judged for the household, ladder `{breach.ladder}` climbs by member.",
            "A ladder of the household.",
        )


def _check_threshold(checked: Checked, condition: Condition, value: str | int, path: Path) -> None:
    fact = checked.law.facts.get(condition.fact)
    needed = "percent" if fact is not None and fact.measure == "ratio" else "int"
    if isinstance(value, int):
        if needed == "percent":
            checked.refuse(path, "RB-021", f"`{value}` is not a share.", "A percent parameter.")
        return
    parameter = checked.law.parameters.get(value)
    if parameter is None:
        _check_threshold_named(checked, value, path)
    elif parameter.type != needed:
        checked.refuse(
            path,
            "RB-017",
            f"`{condition.fact}` is compared as {needed}, `{value}` is {parameter.type}.",
            f"A parameter of type {needed}.",
        )


def _check_threshold_named(checked: Checked, value: str, path: Path) -> None:
    """Refuse a threshold that is no parameter; one that differs by group is two conditions."""
    if value.isidentifier():
        checked.known(value, sorted(checked.law.parameters), path, "parameter")
        return
    checked.refuse(
        path,
        "RB-015",
        f"A threshold is the name of a parameter, not `{value}`.",
        "For each group a condition with its own `where` and its own parameter.",
    )
