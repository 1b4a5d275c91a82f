"""Rows of the database as data frames whose amounts stay whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import sqlalchemy as sa

from cct_engine.papers import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CODES", "frame", "money"]

CODES: Final = """
    LEFT JOIN registry.programme programme ON programme.programme_id = m.programme_id
    LEFT JOIN registry.fund fund ON fund.fund_id = m.fund_id
"""
"""Joins that give ``programme.code`` and ``fund.code`` to a movement ``m``."""


def frame(
    connection: sa.Connection, statement: str, asked: Mapping[str, object], *whole: str
) -> pd.DataFrame:
    """Return the rows; columns named in ``whole`` are 64-bit integers, never floats."""
    rows = connection.execute(sa.text(statement), dict(asked))
    found = pd.DataFrame.from_records(
        [tuple(row) for row in rows], columns=list(rows.keys()), coerce_float=False
    )
    return found.astype(dict.fromkeys(whole, "int64"))


def money(amount_minor: Any, currency: str) -> Money:
    """Return an amount of a frame as a cell."""
    return Money(int(amount_minor), str(currency))
