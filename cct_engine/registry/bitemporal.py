"""Valid time and known time: the one predicate that reads them, and the one way to write them.

A row holds from ``valid_from`` (inclusive) to ``valid_to`` (exclusive), and was known from
``known_from`` to ``known_to`` in the same way. Nothing is overwritten: what is no longer believed
is closed, and what is believed now is a new row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

__all__ = ["AsOf", "Stamp", "Versioned", "as_known", "as_of", "write_versions"]


class AsOf(NamedTuple):
    """A point of view: the world on ``valid``, as it was known at ``known``."""

    valid: date
    known: datetime


def as_known(alias: str, known: datetime) -> str:
    """Return the SQL predicate 'known at this instant'."""
    if known.tzinfo is None:
        raise ValueError("Known time needs an instant with a time zone; ask the clock for one.")
    instant = f"TIMESTAMPTZ '{known.isoformat()}'"
    return f"({alias}.known_from <= {instant} AND {instant} < {alias}.known_to)"


def as_of(alias: str, point: AsOf) -> str:
    """Return the SQL predicate 'valid on this day, as known at this instant'."""
    day = f"DATE '{point.valid.isoformat()}'"
    return (
        f"({alias}.valid_from <= {day} AND {day} < {alias}.valid_to"
        f" AND {as_known(alias, point.known)})"
    )


class Stamp(NamedTuple):
    """Where new rows come from and since when they are known."""

    known_at: datetime
    source_id: int
    basis: str
    act_id: int

    def bound(self) -> dict[str, object]:
        """Return the stamp as statement parameters."""
        return self._asdict()


class Versioned(NamedTuple):
    """A table that keeps one open version per key: keys, then what may change."""

    table: str
    keys: tuple[str, ...]
    values: tuple[str, ...]
    merged: tuple[str, ...] = ()
    """jsonb columns: given members replace those of the same name, the others stay."""


def write_versions(
    connection: sa.Connection,
    into: Versioned,
    wanted: str,
    stamp: Stamp,
    parameters: Mapping[str, object] | None = None,
) -> None:
    """Write what a select says; keep what it does not say.

    ``wanted`` is a select of ``row_number, since, collected_on`` and the columns of ``into``, one
    row per key; ``since`` is the day from which changed values hold (the first version of a key
    holds since ever). A null says nothing: the known value stays. A row that says nothing new
    writes nothing. The ``row_number`` of rows that wrote something is added to ``pg_temp.written``.
    """
    columns = (*into.values, *into.merged)
    told = [f"coalesce(w.{name}, t.{name}) AS {name}" for name in into.values]
    told += [f"coalesce(t.{name}, '{{}}') || w.{name} AS {name}" for name in into.merged]
    same_key = " AND ".join(f"t.{key} = w.{key}" for key in into.keys)
    differs = " OR ".join(f"c.{name} IS DISTINCT FROM c.was_{name}" for name in columns)
    keys = ", ".join(into.keys)
    names = ", ".join((*into.keys, *columns))
    provenance = "known_from, source_id, collected_on, basis, act_id"
    stamped = "CAST(:known_at AS timestamptz), :source_id, collected_on, :basis, :act_id"
    bound = {**(parameters or {}), **stamp.bound()}
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.version",
        f"""
        CREATE TEMP TABLE version ON COMMIT DROP AS
        SELECT * FROM (
            SELECT w.row_number, w.since, w.collected_on,
                {", ".join(f"w.{key}" for key in into.keys)},
                   {", ".join(told)}, {", ".join(f"t.{name} AS was_{name}" for name in columns)},
                   t.valid_from AS was_from, t.known_from AS was_known_from
            FROM ({wanted}) w
            LEFT JOIN {into.table} t
                   ON {same_key} AND t.known_to = 'infinity' AND t.valid_to = 'infinity'
        ) c WHERE was_from IS NULL OR {differs}""",
        f"""
        UPDATE {into.table} t SET known_to = CAST(:known_at AS timestamptz) FROM pg_temp.version w
        WHERE w.was_from IS NOT NULL AND {same_key} AND t.known_to = 'infinity'
          AND t.valid_to = 'infinity'""",
        f"""
        INSERT INTO {into.table} ({names}, valid_from, valid_to, {provenance})
        SELECT {", ".join(f"t.{key}" for key in into.keys)},
               {", ".join(f"t.{name}" for name in columns)}, t.valid_from, w.since,
               CAST(:known_at AS timestamptz), t.source_id, t.collected_on, t.basis, :act_id
        FROM pg_temp.version w
        JOIN {into.table} t ON {same_key} AND t.valid_from = w.was_from AND t.valid_to = 'infinity'
         AND t.known_from = w.was_known_from AND t.known_to = CAST(:known_at AS timestamptz)
        WHERE w.was_from < w.since""",
        f"""
        INSERT INTO {into.table} ({names}, valid_from, {provenance})
        SELECT {names},
               CASE WHEN was_from IS NULL THEN '-infinity' ELSE greatest(was_from, since) END,
               {stamped}
        FROM pg_temp.version ORDER BY {keys}""",
        "INSERT INTO pg_temp.written SELECT row_number FROM pg_temp.version",
    ):
        connection.execute(sa.text(statement), bound)
