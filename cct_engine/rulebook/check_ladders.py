"""Checks of ladders: every state can be reached and left, and no step is hidden by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.tree import AllOf, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.model_rules import Ladder
    from cct_engine.rulebook.reading import Document

__all__ = ["check_ladders"]

_START = "none"


def check_ladders(law: Law, expressions: Mapping[Path, Node], document: Document) -> None:
    """Refuse ladders with unknown, unreachable or inescapable states and with hidden steps."""
    codes = {component.code for component in law.components}
    for name, ladder in law.ladders.items():
        if _START not in ladder.states:
            document.refuse(
                ("ladders", name, "states"),
                "RB-050",
                "There is no state `none`.",
                "none: {money: none}",
            )
            continue
        known = _check_states_named(name, ladder, document)
        if known:
            _check_reachable(name, ladder, document)
        _check_hidden(name, ladder, expressions, document)
        _check_effects(name, ladder, document)
        for code in () if ladder.applies_to == "all" else ladder.applies_to:
            if code not in codes:
                document.refuse(
                    ("ladders", name, "applies_to"),
                    "RB-015",
                    f"Nobody knows the component `{code}`.",
                    f"Known: {', '.join(sorted(codes))}.",
                )


def _check_states_named(name: str, ladder: Ladder, document: Document) -> bool:
    path: Path = ("ladders", name)
    named: list[tuple[Path, str, str]] = []
    for number, step in enumerate(ladder.steps):
        here = (*path, "steps", number)
        named += [
            ((*here, "from"), state, f"Step {number + 1} starts from") for state in step.from_
        ]
        named.append(((*here, "to"), step.to, f"Step {number + 1} leads to"))
    for code, entry in ladder.states.items():
        if entry.then is not None:
            named.append(((*path, "states", code, "then"), entry.then, f"State `{code}` leads to"))
    if ladder.memory is not None:
        named.append(((*path, "memory", "then"), ladder.memory.then, "The memory leads to"))
    unknown = [(where, state, what) for where, state, what in named if state not in ladder.states]
    for where, state, what in unknown:
        document.refuse(
            where,
            "RB-050",
            f"{what} `{state}`, which is no state.",
            f"One of: {', '.join(ladder.states)}.",
        )
    return not unknown


def _check_reachable(name: str, ladder: Ladder, document: Document) -> None:
    reached = {_START}
    while True:
        more = {step.to for step in ladder.steps if reached & set(step.from_)}
        more |= {then for code in reached if (then := ladder.states[code].then) is not None}
        if more <= reached:
            break
        reached |= more
    for code in ladder.states:
        if code not in reached:
            document.refuse(
                ("ladders", name, "states", code),
                "RB-051",
                f"State `{code}` can never be reached.",
                "A step to it, or remove it.",
            )
    for code, state in ladder.states.items():
        leaves = state.then is not None or any(code in step.from_ for step in ladder.steps)
        ends = state.ends is not None or state.money == "not_due"
        if not (leaves or ends or ladder.memory is not None):
            document.refuse(
                ("ladders", name, "states", code),
                "RB-053",
                f"State `{code}` has no way out and does not end.",
                "A step from it, `then:`, a memory, or `ends: enrolment`.",
            )


def _check_hidden(
    name: str, ladder: Ladder, expressions: Mapping[Path, Node], document: Document
) -> None:
    tests = [
        expressions.get(("ladders", name, "steps", n, "when")) for n in range(len(ladder.steps))
    ]
    for number, step in enumerate(ladder.steps):
        for earlier in range(number):
            before = ladder.steps[earlier]
            wider = set(step.from_) <= set(before.from_)
            if wider and _implies(tests[number], tests[earlier]):
                document.refuse(
                    ("ladders", name, "steps", number),
                    "RB-052",
                    f"Step {number + 1} is hidden: step {earlier + 1} matches whenever it does.",
                    "The special case first.",
                )
                break


def _implies(special: Node | None, general: Node | None) -> bool:
    """Return whether the parts of ``general`` are all among the parts of ``special``."""
    if special is None or general is None:
        return False
    parts = special.parts if isinstance(special, AllOf) else (special,)
    wanted = general.parts if isinstance(general, AllOf) else (general,)
    return all(part in parts for part in wanted)


def _check_effects(name: str, ladder: Ladder, document: Document) -> None:
    for code, state in ladder.states.items():
        path: Path = ("ladders", name, "states", code)
        if state.money == "hold" and state.release is None:
            document.refuse(
                path, "RB-054", f"State `{code}` holds but never releases.", "release: next_cycle"
            )
        if state.money == "reduce" and state.by is None:
            document.refuse(path, "RB-054", f"State `{code}` does not say by how much.", "by: 50 %")
        if state.months is not None and state.cycles is not None:
            document.refuse(path, "RB-054", f"State `{code}` lasts twice.", "months or cycles")
