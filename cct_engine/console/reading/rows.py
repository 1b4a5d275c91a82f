"""A statement and what it was asked, as plain rows; and who may see what of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SCOPE", "rows"]

SCOPE: Final = "(CAST(:scope AS text[]) IS NULL OR p.code = ANY(:scope))"
"""Keeps the rows of programmes in scope; the programme is ``p``, ``:scope`` None for all."""


def rows(
    connection: sa.Connection, query: str, asked: Mapping[str, object]
) -> list[dict[str, Any]]:
    """Return the rows of a statement as dictionaries."""
    return [dict(row) for row in connection.execute(sa.text(query), asked).mappings()]
