"""Checks of the rows of a table against what it is looked up by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.tree import Call, Constant, Name, Type, walk
from cct_engine.rulebook.vocabulary import known_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.tree import Node

__all__ = ["check_tables"]


def check_tables(checked: Checked, expressions: Mapping[Path, Node]) -> None:
    """Refuse a row that no look-up can find: no whole number, or a code that never comes."""
    asked = {
        (str(table.value), place, key)
        for node in expressions.values()
        for call in walk(node)
        if isinstance(call, Call) and call.function == "lookup"
        for table in call.arguments[:1]
        if isinstance(table, Constant)
        for place, key in enumerate(call.arguments[1:])
    }
    known = known_attributes(checked.law)
    refused: set[Path] = set()
    for name, place, key in sorted(asked, key=str):
        codes = known.get(key.of, {}).get(key.name) if isinstance(key, Name) else None
        for path, written in _keys(checked, name, place):
            if path in refused:
                continue
            if key.type is Type.INT and not written.isdigit():
                refused.add(path)
                message = f"`{name}` is looked up by a number, and `{written}` is none."
                checked.refuse(path, "RB-006", message, "1")
            elif codes is not None and codes.values and written not in codes.values:
                refused.add(path)
                message = f"`{name}` is looked up by a code that is never '{written}'."
                instead = f"One of: {', '.join(codes.values)}."
                checked.refuse(path, "RB-025", message, instead)


def _keys(checked: Checked, table: str, place: int) -> Iterator[tuple[Path, str]]:
    """Yield the keys of a table's rows at a level, each with its path."""
    for number, dated in enumerate(checked.law.tables[table].values):
        level: list[tuple[Path, object]] = [
            (("tables", table, "values", number, "rows"), dated.rows)
        ]
        for _ in range(place + 1):
            level = [
                ((*path, key), below)
                for path, rows in level
                if isinstance(rows, dict)
                for key, below in rows.items()
            ]
        yield from ((path, str(path[-1])) for path, _ in level)
