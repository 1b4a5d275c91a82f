"""Checks of a ladder's time: no rung lasts for ever, and none waits for what never comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.tree import Name, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model_rules import Ladder, State
    from cct_engine.rulebook.tree import Node

__all__ = ["check_rungs"]

_START = "none"


def check_rungs(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """Refuse rungs that nobody leaves, and ladders that nobody climbs."""
    for name, ladder in checked.law.ladders.items():
        _check_climbed(checked, expressions, name, ladder)
        _check_times(checked, name, ladder)
        _check_left(checked, name, ladder)


def _check_climbed(
    checked: Checked, expressions: Mapping[Path, Node], name: str, ladder: Ladder
) -> None:
    """A ladder that asks for a breach is tripped by a condition."""
    if any(condition.breach.ladder == name for condition in checked.law.conditions.values()):
        return
    for number in range(len(ladder.steps)):
        path: Path = ("ladders", name, "steps", number, "when")
        words = {node.name for node in walk(expressions[path]) if isinstance(node, Name)}
        if words & {"breach", "judged"}:
            checked.refuse(
                path,
                "RB-041",
                f"Ladder `{name}` waits for a breach, and no condition trips it.",
                f"`breach: {{ladder: {name}}}` in a condition.",
            )
            return


def _check_times(checked: Checked, name: str, ladder: Ladder) -> None:
    """Refuse a time without an end, and an end without a time."""
    for code, state in ladder.states.items():
        path: Path = ("ladders", name, "states", code)
        if state.until is not None and state.then is None:
            message = f"State `{code}` says until when, and not what comes then."
            checked.refuse((*path, "until"), "RB-054", message, "then: none")
        if state.then is not None and state.until is None and not _is_timed(state):
            message = f"State `{code}` leads to `{state.then}` when its time is up, and has none."
            checked.refuse((*path, "then"), "RB-054", message, "months: 1, or `until`.")
        if state.then is not None:
            _check_entered(checked, ladder, (*path, "then"), state.then)
    if ladder.memory is not None:
        _check_entered(checked, ladder, ("ladders", name, "memory", "then"), ladder.memory.then)


def _is_timed(state: State) -> bool:
    return state.months is not None or state.cycles is not None


def _check_entered(checked: Checked, ladder: Ladder, path: Path, code: str) -> None:
    """The time of a state runs from a step to it; entered otherwise it has no end."""
    state = ladder.states[code]
    if _is_timed(state) and state.until is None:
        checked.refuse(
            path,
            "RB-053",
            f"The time of `{code}` runs from a step to it; led to so, it would never be over.",
            "A step to it, or a state that has no time.",
        )


def _check_left(checked: Checked, name: str, ladder: Ladder) -> None:
    """Refuse a state that takes money and from which no way leads to one that does not."""
    ways: dict[str, set[str]] = {code: set() for code in ladder.states}
    for step in ladder.steps:
        for code in step.from_:
            ways[code].add(step.to)
    for code, state in ladder.states.items():
        if state.then is not None:
            ways[code].add(state.then)
        if ladder.memory is not None and code != _START:
            ways[code].add(ladder.memory.then)
    free = {code for code, state in ladder.states.items() if _is_free(state)}
    while more := {code for code, led in ways.items() if led & free} - free:
        free |= more
    for code in ladder.states:
        if code not in free:
            checked.refuse(
                ("ladders", name, "states", code),
                "RB-053",
                f"State `{code}` takes money, and no way leads from it to a state that does not.",
                "A step, `then:` or a memory that leads to `none`.",
            )


def _is_free(state: State) -> bool:
    """Return whether a state takes nothing, ends the enrolment, or is over by itself."""
    over = _is_timed(state) and state.then is None and state.until is None
    return state.money in {"none", "not_due"} or state.ends is not None or over
