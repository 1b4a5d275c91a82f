"""Checks of keys that would have no effect where they stand, or one on everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from cct_engine.rulebook.tree import Constant, Defined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.reading import Tree
    from cct_engine.rulebook.tree import Node

__all__ = ["check_effects"]

_OF_MONEY = {"by": ("reduce",), "release": ("hold",), "hold_limit": ("hold",)}
_FOR_SOME = {"unless", "excluded", "stops", "exempt_when", "switched_off_when"}
"""Where what holds of everybody would leave nothing."""


def check_effects(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """Refuse what is said and does nothing, or does it to everybody."""
    for path in _without_law(checked.document.tree, ()):
        checked.refuse(path, "RB-008", "This `law:` says nothing.", "The article that says so.")
    _check_zone(checked)
    _check_states(checked)
    _check_lines(checked)
    _check_payee(checked, expressions)
    for path, tree in expressions.items():
        _check_constant(checked, path, tree)


def _without_law(tree: Tree, path: Path) -> Iterator[Path]:
    """Yield the places at which a source is asked for and none is named."""
    steps: list[tuple[str | int, Tree]] = []
    if isinstance(tree, dict):
        steps += tree.items()
    elif isinstance(tree, list):
        steps += enumerate(tree)
    for step, below in steps:
        if step == "law" and not str(below or "").strip():
            yield (*path, step)
        yield from _without_law(below, (*path, step))


def _check_zone(checked: Checked) -> None:
    zone = checked.law.time_zone
    if zone not in available_timezones():
        message = f"Nobody knows the time zone `{zone}`."
        checked.refuse(("time_zone",), "RB-015", message, "Asia/Kolkata, America/Lima, UTC.")


def _check_states(checked: Checked) -> None:
    for name, ladder in checked.law.ladders.items():
        for code, state in ladder.states.items():
            for key, kinds in _OF_MONEY.items():
                if getattr(state, key) is not None and state.money not in kinds:
                    checked.refuse(
                        ("ladders", name, "states", code, key),
                        "RB-054",
                        f"State `{code}` has `money: {state.money}`; `{key}` says nothing of it.",
                        f"money: {kinds[0]}, or leave `{key}` out.",
                    )
            if state.by == 0:
                path: Path = ("ladders", name, "states", code, "by")
                message = f"State `{code}` reduces by nothing."
                checked.refuse(path, "RB-054", message, "by: 50 %")


def _check_lines(checked: Checked) -> None:
    """Refuse limits of what is not counted, stops of no line, and money that never goes back."""
    law = checked.law
    each = {component.code: component.each for component in law.components}
    for number, limit in enumerate(law.limits):
        for code in limit.over:
            if each.get(code) == "household":
                checked.refuse(
                    ("limits", number, "over"),
                    "RB-036",
                    f"Limit `{limit.name}` counts persons, and `{code}` is of the household.",
                    "Components of members or pregnancies; `instalments` for how often.",
                )
    for number, stop in enumerate(law.stops):
        if not stop.lines:
            message = f"`{stop.name}` holds no line."
            checked.refuse(("stops", number, "lines"), "RB-041", message, "lines: all")
    for number, rule in enumerate(law.unclaimed):
        if rule.after == "never" and rule.then is not None:
            message = "Money that never goes back has nothing to follow."
            checked.refuse(("unclaimed", number, "then"), "RB-041", message, "after: 90 days")


def _check_payee(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """A rule for any member above others: these are never asked."""
    for number, _ in enumerate(checked.law.payee[:-1]):
        if _value(expressions["payee", number, "where"]) is True:
            checked.refuse(
                ("payee", number + 1),
                "RB-052",
                f"This rule is hidden: rule {number + 1} is for every member.",
                "The special case first.",
            )
            return


def _check_constant(checked: Checked, path: Path, tree: Node) -> None:
    """Refuse TRUE where it leaves nothing, and FALSE everywhere."""
    value = _value(tree)
    if value is False and path != ("standing", "keep"):  # who comes once, goes again
        message = "This holds of nobody, so what stands here never comes."
        checked.refuse(path, "RB-059", message, "A test, or leave the entry out.")
    if value is True and _FOR_SOME & {step for step in path if isinstance(step, str)}:
        message = "This holds of everybody, and was to be an exception."
        checked.refuse(path, "RB-059", message, "A test, or leave the entry out.")


def _value(node: Node) -> object:
    while isinstance(node, Defined):
        node = node.node
    return node.value if isinstance(node, Constant) and isinstance(node.value, bool) else None
