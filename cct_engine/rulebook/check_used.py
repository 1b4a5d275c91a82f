"""Checks that what a law names is read somewhere: a number that nobody reads was meant for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.tree import Call, Constant, Defined, Name, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model import Law
    from cct_engine.rulebook.tree import Node

__all__ = ["check_used"]

_SECTIONS = {
    "parameters": "parameter",
    "tables": "table",
    "definitions": "definition",
    "windows": "window",
    "facts": "fact",
}
_THRESHOLDS = ("at_least", "at_most", "less_than")


def check_used(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """Refuse parameters, tables, definitions, windows, facts and counters that nothing reads."""
    read = {*_in_sections(checked.law)}
    for tree in expressions.values():
        read |= {*_in_expression(tree)}
    for section, noun in _SECTIONS.items():
        for name in getattr(checked.law, section):
            if (noun, name) not in read:
                _unused(checked, (section, name), noun, name)
    for name, ladder in checked.law.ladders.items():
        own = [tree for path, tree in expressions.items() if path[:2] == ("ladders", name)]
        words = {node.name for tree in own for node in walk(tree) if isinstance(node, Name)}
        for word in ladder.counters:
            if word not in words:
                _unused(checked, ("ladders", name, "counters", word), "counter", word)


def _unused(checked: Checked, path: Path, noun: str, name: str) -> None:
    message = f"Nothing reads the {noun} `{name}`."
    checked.refuse(path, "RB-058", message, "Read it where it was meant for, or leave it out.")


def _in_sections(law: Law) -> Iterator[tuple[str, str]]:
    """Yield what the sections name outside expressions."""
    for condition in law.conditions.values():
        yield "fact", condition.fact
        yield "window", condition.window
        for key in _THRESHOLDS:
            yield "parameter", str(getattr(condition, key))
    for withholding in law.withholding:
        yield "fact", withholding.release.by


def _in_expression(tree: Node) -> Iterator[tuple[str, str]]:
    for node in walk(tree):
        if isinstance(node, Name):
            yield node.of, node.name
        elif isinstance(node, Defined):
            yield "definition", node.name
        elif isinstance(node, Call) and node.function == "lookup":
            table = node.arguments[0]
            yield "table", str(table.value) if isinstance(table, Constant) else ""
