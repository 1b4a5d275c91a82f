"""Answering a control with one query: how many, how much, and the first lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cct_engine.audit.control import Evidence
from cct_engine.papers import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cct_engine.audit.control import Ask

__all__ = ["answer", "counted"]


def answer(statement: str, ask: Ask) -> Evidence:
    """Run a control's query. Only as many lines as asked for are read; sums are the database's."""
    asked = {"cycle_id": ask.cycle_id, "as_of": ask.as_of}
    wanted = {name: value for name, value in asked.items() if f":{name}" in statement}
    first = ask.connection.execute(
        sa.text(f"SELECT * FROM ({statement}) AS evidence LIMIT {ask.row_max + 1:d}"), wanted
    )
    columns = tuple(first.keys())
    rows = [tuple(row) for row in first]
    if len(rows) <= ask.row_max:
        return counted(columns, rows)
    sums = ask.connection.execute(sa.text(_sums(statement, columns)), wanted).all()
    amounts = tuple(Money(int(row[1]), row[0]) for row in sums if row[1])
    return Evidence(sum(row[2] for row in sums), amounts, columns, tuple(rows[: ask.row_max]))


def counted(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> Evidence:
    """Add up evidence that is all here."""
    kept = tuple(rows)
    sums: Counter[str] = Counter()
    if "amount_minor" in columns:
        amount, currency = columns.index("amount_minor"), columns.index("currency")
        for row in kept:
            sums[row[currency]] += row[amount] or 0
    amounts = tuple(Money(total, name) for name, total in sorted(sums.items()) if total)
    return Evidence(len(kept), amounts, tuple(columns), kept)


def _sums(statement: str, columns: Sequence[str]) -> str:
    if "amount_minor" not in columns:
        return f"SELECT '', 0, count(*) FROM ({statement}) AS evidence"
    return f"""SELECT currency, CAST(coalesce(sum(amount_minor), 0) AS bigint), count(*)
               FROM ({statement}) AS evidence GROUP BY currency ORDER BY currency"""
