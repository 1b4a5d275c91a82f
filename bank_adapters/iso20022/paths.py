"""The elements that are read, as a tree to walk beside the document."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank_adapters.iso20022.family import Family, Scope

__all__ = ["Node", "Standing", "grow"]


class Standing(StrEnum):
    """Where the reader stands between two elements."""

    UNITS = "units"  # a unit may start here
    ROWS = "rows"  # inside a unit, where a row of its table may start
    ELSEWHERE = "elsewhere"


class Node:
    """One element on a path that is read."""

    __slots__ = ("attributes", "children", "column", "scope", "standing")

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.column: str | None = None
        self.attributes: dict[str, str] = {}
        self.scope: str | None = None
        self.standing = Standing.ELSEWHERE

    def below(self, path: str, namespace: str) -> Node:
        """Return the node of a path, made where it is missing."""
        node = self
        for tag in path.split("/"):
            name = f"{namespace} {tag}" if namespace else tag
            node = node.children.setdefault(name, Node())
        return node


def grow(root: Node, scope: Scope, family: Family, namespace: str) -> None:
    """Add the elements of a scope, and of those below it, to the tree."""
    node = root.below(scope.path, namespace)
    node.scope = scope.name
    for column, path in scope.columns.items():
        element, _, attribute = path.partition("/@")
        leaf = node.below(element, namespace)
        if attribute:
            leaf.attributes[attribute] = column
        else:
            leaf.column = column
    for child in scope.children:
        grow(node, child, family, namespace)
    if scope.name == family.holder:
        node.standing = Standing.UNITS
    if scope.name == "unit" and family.many is not None:
        node.below(family.many.container, namespace).standing = Standing.ROWS
