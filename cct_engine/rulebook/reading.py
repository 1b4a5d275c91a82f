"""Strict reading of YAML: what stands in the file is what the law says, or it is refused.

Numbers with a point stay text (a float would lose money), ``yes/no/on/off`` are text, and only
``true``, ``false``, ``null`` and whole numbers are more than text. Keys given twice, anchors,
aliases, merges and keys without a value are refused with line and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from cct_engine.rulebook.problems import Place, Problem, RefusedRulebook

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable

__all__ = ["Document", "Tree", "file_text", "read_text"]

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | int | bool | None"
Path: TypeAlias = tuple[str | int, ...]
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None}


@dataclass(slots=True)
class Document:
    """A file's content with the place of every entry, and what was refused while reading."""

    file: str
    tree: Tree = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Iterable[str | int]) -> Place:
        """Return where an entry stands; for one that is missing, where its section starts."""
        full = tuple(path)
        known = full
        while known and known not in self.places:
            known = known[:-1]
        line, column = self.places.get(known, (1, 1))
        return Place(self.file, line, column, _written(full))

    def refuse(self, path: Iterable[str | int], code: str, message: str, instead: str) -> None:
        """Add a problem at an entry."""
        self.problems.append(Problem(self.place(path), code, message, instead))


def file_text(path: pathlib.Path) -> str:
    """Return a file's text; raise :class:`RefusedRulebook` where it is not written in UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        place = Place(path.name, line, 1, "")
        message = "This is not text in UTF-8."
        raise RefusedRulebook(
            (Problem(place, "RB-000", message, "Save the file with the encoding UTF-8."),)
        ) from None


def read_text(text: str, *, file: str) -> Document:
    """Read one YAML document strictly; problems are collected, nothing is raised."""
    document = Document(file)
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"A character that no text has: U+{ord(text[error.position]):04X}."
        place = Place(file, line, column, "")
        document.problems.append(Problem(place, "RB-000", message, "Delete it."))
        return document
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"This is not YAML: {error.problem or error.context}."
        place = Place(file, line, column, "")
        document.problems.append(Problem(place, "RB-000", message, "Check indents and quotes."))
        return document
    if root is None:
        document.refuse((), "RB-000", "The file is empty.", "Start with `programme:`.")
        return document
    document.tree = _convert(root, (), document, set())
    return document


def _convert(node: Node, path: Path, document: Document, seen: set[int]) -> Tree:
    mark = node.start_mark
    document.places.setdefault(path, (mark.line + 1, mark.column + 1))
    if node.anchor or id(node) in seen:
        document.refuse(
            path, "RB-007", "Anchors, aliases and merges hide what a line says.", "Write it out."
        )
        return None
    seen.add(id(node))
    if isinstance(node, MappingNode):
        return _mapping(node, path, document, seen)
    if isinstance(node, SequenceNode):
        return [_convert(item, (*path, n), document, seen) for n, item in enumerate(node.value)]
    if isinstance(node, ScalarNode):
        return _scalar(str(node.value), plain=node.style is None)
    return None


def _mapping(node: MappingNode, path: Path, document: Document, seen: set[int]) -> dict[str, Tree]:
    content: dict[str, Tree] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            document.refuse(path, "RB-006", "A key must be a word.", "name: value")
            continue
        key = str(key_node.value)
        here = (*path, key)
        line = key_node.start_mark.line + 1
        if key == "<<" and key_node.style is None:
            message = "Anchors, aliases and merges hide what a line says."
            document.refuse((*path, key), "RB-007", message, "Write it out.")
            continue
        if key in content:
            first, _ = document.places[here]
            message = f"`{key}` is given twice (lines {first} and {line})."
            instead = "One entry; put the new value under `values` with its `from`."
            place = Place(document.file, line, key_node.start_mark.column + 1, _written(here))
            document.problems.append(Problem(place, "RB-002", message, instead))
            continue
        document.places[here] = (line, key_node.start_mark.column + 1)
        if _is_cut(node, value_node):
            message = f"`{key}` came out as a key without a value: YAML cut the line at a comma."
            document.refuse(here, "RB-003", message, 'Put the whole expression in "quotes".')
            continue
        content[key] = _convert(value_node, here, document, seen)
    return content


def _is_cut(mapping: MappingNode, value: Node) -> bool:
    empty = isinstance(value, ScalarNode) and value.value == "" and value.style is None
    return bool(mapping.flow_style and empty)


def _scalar(text: str, *, plain: bool) -> str | int | bool | None:
    if not plain:
        return text
    if text in _WORDS or text == "":
        return _WORDS.get(text)
    return int(text) if _WHOLE.fullmatch(text) else text


def _written(path: Path) -> str:
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step + 1}]")
        else:
            parts.append(f".{step}" if parts else step)
    return "".join(parts)
