"""Checks of names: none twice, also not in other capitals, and none that means something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cct_engine.rulebook.names import BUILT_IN_NAMES
from cct_engine.rulebook.tree import Call, Constant, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.tree import Node

__all__ = ["check_names"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MEMORIES = ("standing", "payee")
_MOST_CYCLES = 60
_Placed = tuple["Path", str]


def check_names(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """Refuse names that could be taken for one another: engines do not tell capitals apart."""
    law = checked.law
    groups: dict[str, list[_Placed]] = {
        "component": [(("components", n), c.code) for n, c in enumerate(law.components)],
        "ladder": [(("ladders", name), name) for name in law.ladders],
        "condition": [(("conditions", name), name) for name in law.conditions],
        "classification": [(("targeting", name), name) for name in law.targeting],
    }
    for noun in ("household", "member", "pregnancy"):
        own = getattr(law.attributes, noun)
        groups[f"attribute of a {noun}"] = [(("attributes", noun, name), name) for name in own]
        for name, attribute in own.items():
            known = BUILT_IN_NAMES[noun].get(name)
            if known is not None and known.type != attribute.type:
                message = f"`{name}` is a {known.type} in every programme."
                checked.refuse(
                    ("attributes", noun, name, "type"), "RB-017", message, "Another name."
                )
    for kind, named in groups.items():
        _check_capitals(checked, kind, named)
    for section in ("limits", "caps", "withholding", "stops"):
        _check_once(checked, section, [entry.name for entry in getattr(law, section)])
    _check_ladders(checked)
    _check_events(checked, expressions)


def _check_capitals(checked: Checked, kind: str, named: Iterable[_Placed]) -> None:
    seen: dict[str, str] = {}
    for path, name in named:
        first = seen.setdefault(name.lower(), name)
        if first != name:
            message = f"`{name}` and {kind} `{first}` differ in their capitals only."
            checked.refuse(path, "RB-002", message, "Another name.")


def _check_once(checked: Checked, section: str, names: list[str]) -> None:
    for number, name in enumerate(names):
        if name.lower() in {other.lower() for other in names[:number]}:
            message = f"`{name}` is given twice."
            checked.refuse((section, number, "name"), "RB-002", message, "Another name.")


def _check_ladders(checked: Checked) -> None:
    for name, ladder in checked.law.ladders.items():
        if name.lower() in _MEMORIES:
            message = f"`{name}` is what every programme remembers already."
            checked.refuse(("ladders", name), "RB-002", message, "Another name.")
        for word, counter in ladder.counters.items():
            ways = (counter.consecutive, counter.within is not None, counter.last is not None)
            path: Path = ("ladders", name, "counters", word)
            if sum(ways) != 1:
                message = f"Counter `{word}` counts in one way."
                checked.refuse(path, "RB-054", message, "consecutive: true, within or last")
            if counter.last is not None and not 1 <= counter.last.length <= _MOST_CYCLES:
                message = f"Counter `{word}` remembers {_MOST_CYCLES} cycles at most, 1 at least."
                checked.refuse((*path, "last"), "RB-054", message, f"{_MOST_CYCLES} cycles")


def _check_events(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """A code of an event becomes the name of a column: it is a word."""
    seen: dict[tuple[str, str], str] = {}
    for path, tree in expressions.items():
        for node in walk(tree):
            if not (isinstance(node, Call) and node.function in _CODED):
                continue
            first = node.arguments[0]
            code = str(first.value) if isinstance(first, Constant) else ""
            if _NAME.fullmatch(code) is None:
                message = f"`{code}` is no code: a letter, then letters, digits and _."
                checked.refuse(path, "RB-006", message, "event('selected')")
                continue
            known = seen.setdefault((_CODED[node.function], code.lower()), code)
            if known != code:
                message = f"`{code}` and `{known}` differ in their capitals only."
                checked.refuse(path, "RB-002", message, f"`{known}`")


_CODED = {"event": "event", "event_on": "event", "in_programme": "programme"}
